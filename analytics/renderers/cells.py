"""Cells of a workbook, made fast: a style is built once a column, not once a cell."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

from core.documents.formulas import neutral
from core.documents.spreadsheet import (
    DATE,
    LONGEST_EXACT_INTEGER,
    LONGEST_TEXT,
    MOMENT,
    money_format,
)
from core.documents.tables import Column, Kind, Money, Value

PLAIN = Font(name="Calibri", size=11)
BOLD = Font(name="Calibri", size=11, bold=True)
LARGE = Font(name="Calibri", size=16, bold=True)
HEAD = PatternFill("solid", fgColor="FFE8ECEF")
TOP = Border(top=Side("thin", color="FF43525C"))
RIGHT = Alignment(horizontal="right", vertical="top")
WRAPPED = Alignment(wrap_text=True, vertical="top")


class Cells:
    """Makes the cells of one sheet. Times are written in its zone, naive, as Excel keeps them."""

    def __init__(self, sheet: Any, zone: Any) -> None:
        self.sheet, self.zone = sheet, zone
        self._styles: dict[tuple[str, bool, bool], Any] = {}

    def row(self, values: Sequence[Value]) -> list[Any]:
        return [self.cell(value) for value in values]

    def total(self, values: Sequence[Value]) -> list[Any]:
        return [self.cell(value, bold=True, top=True) for value in values]

    def head(self, columns: Sequence[Column]) -> list[Any]:
        return [self._head(column) for column in columns]

    def cell(self, value: Value, *, bold: bool = False, top: bool = False) -> Any:
        """A typed cell: numbers stay numbers, text is never a formula."""
        if isinstance(value, str):
            return self._text(value, bold, top)
        if isinstance(value, Money):
            return self.styled(value.amount, money_format(value.currency), bold, top)
        if isinstance(value, datetime):
            local = timezone.make_naive(value, self.zone) if timezone.is_aware(value) else value
            return self.styled(local.replace(microsecond=0), MOMENT, bold, top)
        if isinstance(value, date):
            return self.styled(value, DATE, bold, top)
        if isinstance(value, int) and abs(value) >= LONGEST_EXACT_INTEGER:
            return self._text(str(value), bold, top)
        if isinstance(value, int):
            return self.styled(value, "#,##0", bold, top)
        if isinstance(value, Decimal | float):
            return self.styled(value, "#,##0.00", bold, top)
        return self.styled(None, "General", bold, top)

    def _text(self, text: str, bold: bool, top: bool) -> Any:
        """Never a formula, whatever it begins with: the apostrophe says so, and so does the type of the cell."""
        cell = self.styled(neutral(text)[:LONGEST_TEXT], "@", bold, top)
        cell.data_type = "s"
        return cell

    def _head(self, column: Column) -> Any:
        cell = WriteOnlyCell(self.sheet, value=neutral(column.title))
        cell.font, cell.fill, cell.number_format = BOLD, HEAD, "@"
        cell.alignment = RIGHT if column.kind in (Kind.MONEY, Kind.NUMBER) else WRAPPED
        cell.data_type = "s"
        return cell

    def styled(self, value: Any, number_format: str, bold: bool, top: bool) -> Any:
        cell = WriteOnlyCell(self.sheet, value=value)
        style = self._styles.get((number_format, bold, top))
        if style is None:
            cell.number_format = number_format
            cell.font = BOLD if bold else PLAIN
            if top:
                cell.border = TOP
            if number_format == "@":
                cell.quotePrefix = True
            self._styles[number_format, bold, top] = cell._style
        else:
            cell._style = style
        return cell
