"""The pack of a signed period: what was found, every break with how it ended, who prepared it and who signed.

All of it is frozen by then, so that the pack of today is the pack of any day.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from commerce.models import ReconciliationBreak, SignOff
from commerce.services import sign_offs
from core.documents import pdf, spreadsheet
from core.documents.tables import Column, Document, Kind, Money, Row
from core.exceptions import NotFound
from core.money import format_money
from core.zones import zone_named

MAKERS: dict[str, Any] = {
    "pdf": (pdf.CONTENT_TYPE, pdf.pdf),
    "xlsx": (spreadsheet.CONTENT_TYPE, spreadsheet.workbook),
}


def file_of(signed: SignOff, kind: str, *, made_by: str) -> tuple[str, str, bytes]:
    """Its name, content type and content.

    Raises:
        NotFound: `unknown_format`. PdfUnavailable: where Pango is missing.
    """
    if kind not in MAKERS:
        raise NotFound("unknown_format", _("There is no such file of this sign-off."))
    content_type, make = MAKERS[kind]
    name = f"sign-off-{signed.pk}-{signed.first_day:%Y-%m-%d}-{signed.last_day:%Y-%m-%d}.{kind}"
    return name, content_type, make(as_table(signed, made_by=made_by))


def as_table(signed: SignOff, *, made_by: str) -> Document:
    """In the active language; days are the source's."""
    rows = sign_offs.breaks_of(signed)
    first, last = (date_format(day, "DATE_FORMAT") for day in (signed.first_day, signed.last_day))
    return Document(
        title=_("Reconciliation of %(source)s") % {"source": signed.source},
        subtitle=f"{first} – {last}",
        columns=[
            Column(_("Break")),
            Column(_("Day"), Kind.DATE),
            Column(_("Kind")),
            Column(_("Reference")),
            Column(_("Ours"), Kind.MONEY, totalled=True),
            Column(_("Theirs"), Kind.MONEY, totalled=True),
            Column(_("Difference"), Kind.MONEY, totalled=True),
            Column(_("How it ended")),
            Column(_("Closed by")),
            Column(_("Reason")),
        ],
        rows=_rows(rows, signed.source.currency),
        made_by=made_by,
        made_at=timezone.now(),
        zone=zone_named(signed.source.time_zone),
        filters=_facts(signed),
        number=rows.count(),
    )


def _facts(signed: SignOff) -> list[tuple[str, str]]:
    told, currency = signed.figures, signed.source.currency

    def number(name: str) -> str:
        return f"{told.get(name) or 0:,}"

    def money(name: str) -> str:
        return format_money(Decimal(str(told.get(name) or 0)), currency)

    zone = zone_named(signed.source.time_zone)
    facts = [
        (_("Source"), f"{signed.source} · {signed.source.get_kind_display()} · {currency}"),
        (_("Lines"), number("lines")),
        (_("Matched"), number("matched")),
        (_("Their total"), money("total")),
        (_("Breaks"), number("breaks")),
        (_("Difference booked"), number("booked")),
        (_("Corrected"), number("corrected")),
        (_("Explained"), number("explained")),
        (_("Left open within the tolerance"), number("left_open")),
        (_("Difference that stays"), money("left")),
        (_("Prepared by"), signed.prepared_by),
        (_("Signed by"), signed.signed_by),
        (_("Signed at"), date_format(timezone.localtime(signed.created_at, zone), "DATETIME_FORMAT")),
        (_("Note"), signed.note),
    ]
    return [(label, value) for label, value in facts if value]


def _rows(rows: Any, currency: str) -> Iterator[Row]:
    def money(value: Decimal | None) -> Money | None:
        return None if value is None else Money(value, currency)

    for one in rows.iterator(chunk_size=1_000):
        found: ReconciliationBreak = one
        is_open = found.status == ReconciliationBreak.Status.OPEN
        yield (
            f"B{found.pk}",
            found.day,
            str(found.get_kind_display()),
            found.reference,
            money(found.ours),
            money(found.theirs),
            money(found.difference),
            str(found.get_status_display() if is_open else found.get_resolution_display()),
            found.closed_by or ("" if is_open else _("the matching")),
            found.reason,
        )
