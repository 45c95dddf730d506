"""Papers as files: PDF of all of them, and Excel and CSV of statements, all from what was frozen."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import segno
from django.template.loader import render_to_string
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from commerce.models import Document
from commerce.services import documents, paper_words
from core.directions import isolated
from core.documents import delimited, pdf, spreadsheet
from core.documents.tables import MOST_PRINTED_ROWS, Column, Kind, Money, Row
from core.documents.tables import Document as Table
from core.exceptions import InvalidInput
from core.zones import zone_named

PDF, EXCEL, CSV = "pdf", "xlsx", "csv"
TEMPLATE = "documents/paper.html"
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class PaperFile:
    """A paper to be sent or saved."""

    name: str
    content_type: str
    content: bytes


def formats_of(document: Document) -> tuple[str, ...]:
    return (PDF, EXCEL, CSV) if document.kind == Document.Kind.STATEMENT else (PDF,)


def file_of(document: Document, kind: str, *, site: str = "") -> PaperFile:
    """
    Args:
        site: as of `documents.verify_url`.

    Raises:
        InvalidInput: `unknown_format`. PdfUnavailable: where Pango is missing.
    """
    if kind not in formats_of(document):
        raise InvalidInput("unknown_format", _("There is no such file of this document."), field="format")
    name = f"{document.number}.{kind}"
    with paper_words.spoken(document):
        if kind == PDF:
            return PaperFile(name, pdf.CONTENT_TYPE, pdf.html_to_pdf(html(document, site=site)))
        table = as_table(document, site=site)
        if kind == EXCEL:
            return PaperFile(name, spreadsheet.CONTENT_TYPE, spreadsheet.workbook(table))
        return PaperFile(name, delimited.CONTENT_TYPE, b"".join(delimited.csv_lines(table)))


def html(document: Document, *, most: int = MOST_PRINTED_ROWS, site: str = "") -> str:
    """What is drawn: a page of its own, all of it escaped text. In the active language."""
    url = documents.verify_url(document, site)
    context = {
        "document": document,
        "brand": document.letterhead.content,
        "title": paper_words.title(document),
        "language": document.language,
        "direction": "rtl" if get_language_bidi() else "ltr",
        "issuer_lines": [isolated(line) for line in paper_words.issuer_lines(document)],
        "party_name": isolated(paper_words.party_name(document)),
        "party_lines": [isolated(line) for line in paper_words.party_lines(document)],
        "facts": [(label, isolated(value)) for label, value in paper_words.facts(document)],
        "amount_title": paper_words.amount_title(document),
        "amount": paper_words.money(document.amount, document),
        "verify_url": isolated(url),
        "qr": _qr(url),
        "issued_at": paper_words.moment(document.issued_at),
        "page_words": pdf.page_words(),
        "foot": isolated_lines(document.letterhead.content.get("footer", "")),
    }
    return render_to_string(TEMPLATE, context | _of_kind(document, most))


def isolated_lines(text: str) -> list[str]:
    """A note in another language than the paper's ends with its own full stop."""
    return [isolated(line) for line in text.splitlines()]


def _of_kind(document: Document, most: int) -> dict[str, Any]:
    if document.kind == Document.Kind.STATEMENT:
        return _statement(document, most)
    net = document.content.get("net")
    content = document.content
    return {
        "lines": paper_words.lines(document),
        "taxes": [(isolated(rate), base, amount) for rate, base, amount in paper_words.taxes(document)],
        "net": paper_words.money(net, document) if net else "",
        "tax": paper_words.money(document.tax, document) if document.tax else "",
        "tax_name": document.letterhead.content.get("tax_name") or _("Tax"),
        "paid": paper_words.money(content["paid"], document) if content.get("paid") else "",
        "due": paper_words.money(content["due"], document) if content.get("due") else "",
        "commission": paper_words.money(content["commission"], document)
        if Decimal(content.get("commission", 0))
        else "",
        "returned": paper_words.money(document.amount, document)
        if document.kind == Document.Kind.CREDIT_NOTE and not document.cancels
        else "",
        "note": isolated_lines(document.letterhead.content["invoice_note"])
        if document.kind == Document.Kind.INVOICE
        else [],
        "ledger": content.get("ledger"),
    }


def _statement(document: Document, most: int) -> dict[str, Any]:
    came, went = paper_words.totals(document)
    count = len(document.content["movements"])
    return {
        "opening": paper_words.money(document.opening or ZERO, document),
        "came": paper_words.money(came, document),
        "went": paper_words.money(went, document),
        "sums": paper_words.sums(document),
        "movements": paper_words.movements(document, most),
        "count": count,
        "cut": most if count > most else 0,
        "open": document.until is not None and document.until > document.issued_at,
        "note": isolated_lines(document.letterhead.content["statement_note"]),
        "ledger": document.content["ledger"],
    }


def _qr(url: str) -> str:
    return str(segno.make(url, error="m", micro=False).png_data_uri(scale=8, border=2))


def as_table(document: Document, *, site: str = "") -> Table:
    """A statement's rows: what it opened with, every movement, what it closed with."""
    titles = [
        Column(_("Transfer"), Kind.NUMBER),
        Column(_("At"), Kind.DATETIME),
        Column(_("What")),
        Column(_("Order")),
        Column(_("Reference")),
        Column(_("Why")),
        Column(_("Amount"), Kind.MONEY, totalled=True),
        Column(_("Balance"), Kind.MONEY),
    ]
    return Table(
        title=f"{paper_words.title(document)} {document.number}",
        columns=titles,
        rows=_rows(document),
        made_by=document.letterhead.content["legal_name"],
        made_at=document.issued_at,
        zone=zone_named(document.zone),
        filters=[
            *paper_words.facts(document),
            (_("For"), paper_words.party_name(document)),
            (_("Opening balance"), paper_words.money(document.opening or ZERO, document)),
            (_("Closing balance"), paper_words.money(document.amount, document)),
            (_("Verification code"), document.code),
            (_("Confirm it at"), documents.verify_url(document, site)),
        ],
    )


def _rows(document: Document) -> Iterator[Row]:
    def row(at: datetime | None, what: str, balance: Decimal) -> Row:
        return (None, at, what, "", "", "", None, Money(balance, document.currency))

    yield row(document.since, _("Opening balance"), document.opening or ZERO)
    for pk, kind, at, order, reference, why, amount, balance in document.content["movements"]:
        yield (
            pk,
            datetime.fromisoformat(at),
            paper_words.kind_title(kind),
            order,
            reference,
            why,
            Money(Decimal(amount), document.currency),
            Money(Decimal(balance), document.currency),
        )
    yield row(document.until, _("Closing balance"), document.amount)
