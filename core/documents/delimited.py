"""Tables as CSV: streamed, so that a million rows need no more memory than a thousand."""

import csv
from collections.abc import Generator, Iterable
from datetime import date, datetime
from decimal import Decimal
from itertools import batched
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from core.documents.formulas import neutral
from core.documents.tables import Column, Document, Kind, Money, Value

BOM = "\ufeff"
ROWS_AT_ONCE = 500
CONTENT_TYPE = "text/csv; charset=utf-8"


class Line:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(document: Document, *, bom: bool = True) -> Generator[bytes]:
    """The header and the rows, some hundred at a time.

    A column of money is two: the amount as a plain number, and its currency. Times carry their offset.

    Args:
        bom: the mark by which Excel knows UTF-8.
    """
    writer = csv.writer(Line())
    yield ((BOM if bom else "") + str(writer.writerow(header(document.columns)))).encode()
    for rows in batched(document.rows, ROWS_AT_ONCE):
        yield "".join(
            str(writer.writerow(cells(document.columns, row, document.zone))) for row in rows
        ).encode()


def header(columns: Iterable[Column]) -> list[str]:
    titles: list[str] = []
    for column in columns:
        titles.append(neutral(column.title))
        if column.kind == Kind.MONEY:
            titles.append(neutral(_("%(column)s: currency") % {"column": column.title}))
    return titles


def cells(columns: Iterable[Column], row: Iterable[Value], zone: Any) -> list[str]:
    cells: list[str] = []
    for column, value in zip(columns, row, strict=True):
        if column.kind == Kind.MONEY:
            cells += _money(value, zone)
        else:
            cells.append(_text(value, zone))
    return cells


def _money(value: Value, zone: Any) -> tuple[str, str]:
    if isinstance(value, Money):
        return f"{value.amount:f}", neutral(value.currency)
    return _text(value, zone), ""


def _text(value: Value, zone: Any) -> str:
    if type(value) is str:
        return neutral(value)  # most cells are
    match value:
        case None:
            return ""
        case Money():
            return f"{value.amount:f} {value.currency}"
        case datetime():
            return _moment(value, zone)
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
        case int() | float():
            return str(value)
        case _:
            return neutral(str(value))


def _moment(value: datetime, zone: Any) -> str:
    aware = timezone.localtime(value, zone) if timezone.is_aware(value) else value
    return aware.isoformat(sep=" ", timespec="seconds")
