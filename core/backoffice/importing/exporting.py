"""Rows as a file: xlsx and csv, in the shape that can be imported again."""

import csv
import io
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.backoffice.importing.cells import as_text
from core.backoffice.importing.files import CSV, XLSX
from core.exceptions import InvalidInput

CONTENT_TYPES = {
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    CSV: "text/csv; charset=utf-8",
}
# What one request writes; more go through the list's own exports.
MOST_ROWS = {XLSX: 20_000, CSV: 100_000}


def table(kind: str, headers: list[Any], rows: Iterable[list[Any]]) -> bytes:
    """The file.

    Raises:
        InvalidInput: there are more rows than a request writes.
    """
    bounded = _bounded(rows, MOST_ROWS[kind])
    return _xlsx(headers, bounded) if kind == XLSX else _csv(headers, bounded)


def _bounded(rows: Iterable[list[Any]], most: int) -> Iterator[list[Any]]:
    for count, row in enumerate(rows, 1):
        if count > most:
            text = _("More than %(most)d rows: narrow the list with its filters, or take it as CSV.")
            raise InvalidInput("too_many", text % {"most": most})
        yield row


def _csv(headers: list[Any], rows: Iterable[list[Any]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(headers)
    for row in rows:
        writer.writerow([as_text(cell) if isinstance(cell, Decimal) else cell for cell in row])
    # With its mark, so that Excel reads it as UTF-8.
    return out.getvalue().encode("utf-8-sig")


def _xlsx(headers: list[Any], rows: Iterable[list[Any]]) -> bytes:
    import openpyxl
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(title="Topline")
    sheet.freeze_panes = "A2"
    bold = []
    for number, header in enumerate(headers):
        cell = WriteOnlyCell(sheet, value=header)
        cell.font = Font(bold=True)
        bold.append(cell)
        sheet.column_dimensions[_letters(number)].width = max(12, len(str(header)) + 4)
    sheet.append(bold)
    for row in rows:
        cells = []
        for value in row:
            cell = WriteOnlyCell(
                sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value
            )
            if isinstance(value, str):
                # Whatever it looks like, it is text.
                cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _letters(number: int) -> str:
    from openpyxl.utils import get_column_letter

    return get_column_letter(number + 1)
