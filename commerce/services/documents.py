"""Writing a paper: whom it is for, what it says and how we look are copied onto it, and the database numbers it.

Whoever issues one writes what it stands for first (`DocumentTransfer`), then the paper, in one transaction.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.document_settings import document_settings
from commerce.models import (
    Account,
    Customer,
    Document,
    DocumentLetterhead,
    Order,
    Payment,
    Reseller,
    Transfer,
)
from core.actors import current_actor
from core.branding_settings import BrandingPage
from core.codes import typed_code
from core.events import record
from core.exceptions import Conflict, InvalidInput
from core.general_settings import default_language, general
from core.ids import ALPHABET
from core.site_settings import load

# A hundred random bits: nobody finds a paper by trying.
CODE_LETTERS, CODE_GROUP = 20, 5
LONGEST_TAX_NUMBER = 40
# How the letters that codes leave out are taken for those they have.
MISREAD = str.maketrans("OIL", "011")
# Of papers as they are written now: a later release prints the older ones as they were meant.
FORM = 1


@dataclass(frozen=True, slots=True)
class Wish:
    """How a paper is asked for: its language (else the party's, else ours) and the party's tax number."""

    language: str = ""
    tax_number: str = ""


@dataclass(slots=True)
class Draft:
    """A paper about to be written; amounts in the wallet's currency."""

    kind: Document.Kind
    account: Account
    amount: Decimal
    content: dict[str, Any]
    zone: str
    wish: Wish = Wish()
    pk: int | None = None
    tax: Decimal = Decimal(0)
    opening: Decimal | None = None
    order: Order | None = None
    payment: Payment | None = None
    transfer: Transfer | None = None
    corrects: Document | None = None
    cancels: bool = False
    since: datetime | None = None
    until: datetime | None = None
    party: dict[str, str] = field(default_factory=dict)


def require_live(account: Account) -> None:
    """
    Raises:
        Conflict: `test_mode`; `no_party` for accounts of the company.
    """
    if not account.is_wallet:
        raise Conflict("no_party", _("Documents are of wallets: choose a reseller's or a customer's."))
    if account.is_test:
        raise Conflict("test_mode", _("Test mode is play money: it has no documents."))


def lock(key: str) -> None:
    """Until the transaction ends nobody else issues papers of this; orders and wallets are left alone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"commerce.document:{key}"])


def next_id() -> int:
    """The id of a paper about to be written, for the rows it stands for."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('commerce_document', 'id'))")
        return int(cursor.fetchone()[0])


@transaction.atomic
def write(draft: Draft) -> Document:
    """Number the paper and freeze it. The number is locked until the transaction ends: call it last.

    Raises:
        Conflict: `test_mode`, `no_party`. InvalidInput: `unknown_language`, `invalid_tax_number`.
    """
    require_live(draft.account)
    party = draft.party or party_of(draft.account, draft.wish.tax_number)
    content = {"form": FORM, **draft.content}
    actor = current_actor()
    document = Document(
        id=draft.pk or next_id(),
        kind=draft.kind,
        year=0,
        sequence=0,
        code=new_code(),
        reseller_id=draft.account.reseller_id,
        customer_id=draft.account.customer_id,
        account=draft.account,
        order=draft.order,
        payment=draft.payment,
        transfer=draft.transfer,
        corrects=draft.corrects,
        cancels=draft.cancels,
        since=draft.since,
        until=draft.until,
        zone=draft.zone,
        language=language_for(draft.account, draft.wish.language),
        currency=draft.account.currency,
        amount=draft.amount,
        tax=draft.tax,
        opening=draft.opening,
        party=party,
        content=content,
        digest=digest_of(content),
        letterhead=letterhead(),
        actor_kind=actor.kind,
        # A customer's own name is nothing that stays after them.
        actor_label="" if actor.kind == "customer" else actor.label[:150],
        issued_at=timezone.now(),
    )
    document.save(force_insert=True)
    document.refresh_from_db(fields=["year", "sequence", "number", "issued_at"])
    data = {"number": document.number, "amount": str(document.amount), "currency": document.currency}
    record("document.issued", subject=document, data=data)
    return document


def new_code() -> str:
    letters = "".join(secrets.choice(ALPHABET) for _letter in range(CODE_LETTERS))
    return "-".join(letters[at : at + CODE_GROUP] for at in range(0, CODE_LETTERS, CODE_GROUP))


def digest_of(content: dict[str, Any]) -> str:
    told = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()


def language_for(account: Account, wanted: str) -> str:
    """
    Raises:
        InvalidInput: `unknown_language`.
    """
    known = dict(settings.LANGUAGES)
    if wanted and wanted not in known:
        raise InvalidInput("unknown_language", _("We have no such language."), field="language")
    user = account.customer.user if account.customer else None
    return next(code for code in (wanted, user.language if user else "", default_language()) if code in known)


def party_of(account: Account, tax_number: str = "") -> dict[str, str]:
    """Whom the paper is for, as they are called and live now; the first line is the name.

    Raises:
        InvalidInput: `invalid_tax_number`.
    """
    number = " ".join(tax_number.split())
    if len(number) > LONGEST_TAX_NUMBER or not number.isprintable():
        raise InvalidInput(
            "invalid_tax_number",
            _("At most %(most)d characters.") % {"most": LONGEST_TAX_NUMBER},
            field="tax_number",
        )
    owner: Reseller | Customer | None = account.reseller or account.customer
    if owner is None:
        raise Conflict("no_party", _("Documents are of wallets: choose a reseller's or a customer's."))
    reseller = isinstance(owner, Reseller)
    place = [getattr(owner, "postal_code", ""), owner.city, owner.state, owner.country]
    return {
        "name": owner.business_name if isinstance(owner, Reseller) else owner.full_name,
        "contact": owner.contact_person if isinstance(owner, Reseller) else "",
        "address": owner.address,
        # A city may be a state of its own, as Berlin is.
        "place": ", ".join(dict.fromkeys(part for part in place if part)),
        "email": owner.email or "",
        "tax_number": number,
        "id": f"{'R' if reseller else 'C'}{owner.pk}",
    }


def letterhead() -> DocumentLetterhead:
    """How we look now; kept once for all papers that look so."""
    brand, company, own = load(BrandingPage), general(), document_settings()
    content = {
        "name": brand.name,
        "tagline": brand.tagline,
        "primary_color": brand.primary_color,
        "logo": brand.logo,
        "footer": brand.footer,
        "legal_name": company.legal_name or company.company_name or brand.name,
        "address": company.address,
        "email": company.support_email,
        "phone": company.support_phone,
        "tax_number": own.tax_number,
        "registration": own.registration,
        "tax_name": own.tax_name,
        "invoice_note": own.invoice_note,
        "statement_note": own.statement_note,
        "site": settings.SITE_URL.rstrip("/"),
    }
    found, _made = DocumentLetterhead.objects.get_or_create(
        digest=digest_of(content), defaults={"content": content}
    )
    return found


def verify_url(document: Document, site: str = "") -> str:
    """Where anybody confirms the paper.

    Args:
        site: our address as the caller reached it, where the server was told none when the paper was issued.
    """
    known = document.letterhead.content.get("site") or site.rstrip("/")
    return f"{known}{reverse('document', args=[document.code])}"


def whole_url(document: Document, site: str = "") -> str:
    """The same for a mail; empty where nobody has told us our address: half a link leads nowhere."""
    url = verify_url(document, site or settings.SITE_URL)
    return "" if url.startswith("/") else url


def by_code(typed: str) -> Document | None:
    """The paper of a code as somebody typed it: in any case, with or without dashes, O for 0 and I or L for 1."""
    letters = typed_code(typed).upper().translate(MISREAD)
    if len(letters) != CODE_LETTERS or not set(letters) <= set(ALPHABET):
        return None
    code = "-".join(letters[at : at + CODE_GROUP] for at in range(0, CODE_LETTERS, CODE_GROUP))
    return Document.objects.select_related("letterhead", "corrects").filter(code=code).first()


def plain(amount: Decimal) -> str:
    return f"{amount:.2f}"
