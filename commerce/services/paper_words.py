"""What stands on a paper, in its language and by the clock of its zone: read from what was frozen, and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from commerce.models import Document, Transfer
from core.money import format_money
from core.zones import zone_named

# What a receipt of money that came in is for, as it is frozen on it.
BROUGHT = (Transfer.Kind.PAYMENT, Transfer.Kind.FUNDING)


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """One row of an invoice, a credit note or a receipt."""

    what: str
    note: str
    quantity: str
    unit_price: str
    net: str


@dataclass(frozen=True, slots=True)
class PrintedMovement:
    """One row of a statement."""

    at: str
    what: str
    note: str
    came: str
    went: str
    balance: str


@contextmanager
def spoken(document: Document) -> Iterator[None]:
    """The paper's language and clock."""
    with override(document.language), timezone.override(zone_named(document.zone)):
        yield


def title(document: Document) -> str:
    match document.kind:
        case Document.Kind.STATEMENT:
            return _("Statement of account")
        case Document.Kind.CREDIT_NOTE:
            return _("Credit note")
        case Document.Kind.RECEIPT:
            return _("Receipt")
    return _("Invoice")


def party_name(document: Document) -> str:
    """Whom it is for; a customer who was erased has no name any more."""
    if document.party.get("erased"):
        return _("Erased customer %(id)s") % {"id": document.customer_id}
    return str(document.party.get("name", ""))


def party_lines(document: Document) -> list[str]:
    """Everything below the name."""
    party = document.party
    number = party.get("tax_number", "")
    lines = [
        party.get("contact", ""),
        *str(party.get("address", "")).splitlines(),
        party.get("place", ""),
        party.get("email", ""),
        _("Tax number: %(number)s") % {"number": number} if number else "",
    ]
    return [line.strip() for line in lines if line.strip()]


def issuer_lines(document: Document) -> list[str]:
    own = document.letterhead.content
    number, registration = own.get("tax_number", ""), own.get("registration", "")
    lines = [
        *str(own.get("address", "")).splitlines(),
        own.get("email", ""),
        own.get("phone", ""),
        _("Tax number: %(number)s") % {"number": number} if number else "",
        _("Registration: %(number)s") % {"number": registration} if registration else "",
    ]
    return [line.strip() for line in lines if line.strip()]


def facts(document: Document) -> list[tuple[str, str]]:
    """What a reader looks for first."""
    content = document.content
    found = [
        (_("Number"), document.number),
        (_("Issued at"), moment(document.issued_at)),
        (_("Period"), period(document) if document.until else ""),
        (_("Date of supply"), day(document.since) if document.since and not document.until else ""),
        (_("Paid at"), moment(datetime.fromisoformat(content["paid_at"])) if content.get("paid_at") else ""),
        (_("Order"), content.get("order", "")),
        (_("Corrects invoice"), content.get("corrects", "")),
        (
            _("Invoice of"),
            day(datetime.fromisoformat(content["corrects_issued_at"]))
            if content.get("corrects_issued_at")
            else "",
        ),
        (_("Reason"), content.get("reason", "")),
        (_("Paid by"), content.get("method", "")),
        (_("Reference"), content.get("reference", "")),
        (_("Account"), document.party.get("id", "")),
        (_("Currency"), document.currency),
        (_("Time zone"), document.zone),
    ]
    return [(label, value) for label, value in found if value]


def period(document: Document) -> str:
    """Its first and its last day, as people say them and by its own clock, whoever reads it."""
    if document.since is None or document.until is None:
        return ""
    zone = zone_named(document.zone)
    since, until = (timezone.localtime(at, zone) for at in (document.since, document.until))
    whole = all((at.hour, at.minute, at.second, at.microsecond) == (0, 0, 0, 0) for at in (since, until))
    if not whole:
        return " – ".join(formats.date_format(at, "DATETIME_FORMAT") for at in (since, until))
    first, last = (
        formats.date_format(at, "DATE_FORMAT") for at in (since, until - timedelta(microseconds=1))
    )
    return first if first == last else f"{first} – {last}"


def moment(at: datetime) -> str:
    return formats.date_format(timezone.localtime(at), "DATETIME_FORMAT")


def day(at: datetime) -> str:
    return formats.date_format(timezone.localtime(at), "DATE_FORMAT")


def lines(document: Document) -> list[PrintedLine]:
    """What it is about; a receipt of money that came into a wallet names nothing but that."""
    content = document.content
    came = [{"kind": content["for"], "net": document.amount}] if content.get("for") in BROUGHT else []
    return [_line(document, line) for line in content.get("lines") or came]


def _line(document: Document, line: dict[str, Any]) -> PrintedLine:
    unit = line.get("unit_price")
    return PrintedLine(
        line_title(line),
        str(line.get("sku", "")),
        str(line.get("quantity", "")),
        money(unit, document) if unit else "",
        money(line["net"], document),
    )


def line_title(line: dict[str, Any]) -> str:
    if "product" not in line:
        return kind_title(line["kind"])
    named = f"{line['brand']} · {line['product']}"
    return _("Refund: %(what)s") % {"what": named} if line["kind"] == Transfer.Kind.REFUND_SALE else named


def taxes(document: Document) -> list[tuple[str, str, str]]:
    """What each rate is on and how much it is."""
    name = document.letterhead.content.get("tax_name") or _("Tax")
    return [
        (
            f"{name} {formats.number_format(Decimal(one['rate']))} %" if one["rate"] else name,
            money(one["base"], document),
            money(one["tax"], document),
        )
        for one in document.content.get("taxes", [])
    ]


def movements(document: Document, most: int) -> list[PrintedMovement]:
    """The first rows of a statement; its sums are of all of them."""
    return [_movement(document, row) for row in document.content["movements"][:most]]


def _movement(document: Document, row: list[Any]) -> PrintedMovement:
    _id, kind, at, order, reference, why, amount, balance = row
    value = Decimal(amount)
    told = formats.date_format(timezone.localtime(datetime.fromisoformat(at)), "SHORT_DATETIME_FORMAT")
    printed = money(abs(value), document)
    return PrintedMovement(
        told,
        kind_title(kind),
        " · ".join(part for part in (order, reference, why) if part),
        printed if value > 0 else "",
        printed if value < 0 else "",
        money(balance, document),
    )


def sums(document: Document) -> list[tuple[str, int, str, str]]:
    """How often and how much of each kind of movement."""
    return [
        (
            kind_title(kind),
            number,
            money(came, document) if Decimal(came) else "",
            money(went, document) if Decimal(went) else "",
        )
        for kind, number, came, went in document.content["sums"]
    ]


def totals(document: Document) -> tuple[Decimal, Decimal]:
    """All that came in and all that went out."""
    rows = document.content["sums"]
    return sum((Decimal(row[2]) for row in rows), Decimal(0)), sum(
        (Decimal(row[3]) for row in rows), Decimal(0)
    )


def kind_title(kind: str) -> str:
    return str(Transfer.Kind(kind).label)


def money(amount: Decimal | str, document: Document) -> str:
    return format_money(Decimal(amount), document.currency)


def amount_title(document: Document) -> str:
    """What `amount` is called on this paper."""
    match document.kind:
        case Document.Kind.STATEMENT:
            return _("Closing balance")
        case Document.Kind.RECEIPT:
            return _("Received")
        case Document.Kind.CREDIT_NOTE:
            return _("Credited")
    return pgettext("of an invoice", "Total")
