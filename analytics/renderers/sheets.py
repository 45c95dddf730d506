"""Rows of a sheet written as XML by ourselves: openpyxl makes an object of each cell, which costs ten times as much.

openpyxl makes everything else: the book, its styles, the head of a sheet and what stands before and after its rows.
"""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from django.utils import timezone
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet._writer import ALL_TEMP_FILES, WorksheetWriter

from analytics.renderers.cells import Cells
from core.documents.formulas import neutral
from core.documents.spreadsheet import (
    DATE,
    LONGEST_EXACT_INTEGER,
    LONGEST_TEXT,
    MOMENT,
    money_format,
)
from core.documents.tables import Money, Value

END = b"</sheetData>"
# Rows are handed to the file so many at once.
AT_ONCE = 500
# What Excel would take for the code of a character.
CODES = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
BLANK = re.compile(r"^\s|\s$|[\n\t]")

type Written = tuple[str, str]


def begin(sheet: Any, path: Path) -> None:
    """Have openpyxl write the sheet there and not among the system's temporary files, where a killed worker leaves it.

    Views, widths and frozen panes are set before.
    """
    sheet._writer = WorksheetWriter(sheet, out=str(path))
    # It takes the file off this list when it is done with it.
    ALL_TEMP_FILES.append(str(path))
    sheet._writer.write_top()


def abandon(book: Any) -> None:
    """End what was begun in its order; thrown away as it is, it would complain."""
    for sheet in book.worksheets:
        if sheet._writer is None:
            continue
        if not sheet.closed:
            with suppress(Exception):  # whatever ended it before
                sheet.close()
        with suppress(ValueError):
            ALL_TEMP_FILES.remove(sheet._writer.out)


class FastRows:
    """Rows of one sheet, after its head, in a file of their own until `join`."""

    def __init__(self, sheet: Any, cells: Cells, path: Path, columns: int) -> None:
        self.sheet, self.cells, self.path = sheet, cells, path
        self.number = 1
        self.letters = [get_column_letter(index) for index in range(1, columns + 1)]
        self._styles: dict[tuple[str, bool, bool], str] = {}
        self._kinds: dict[type, Callable[[Any], Written]] = {
            str: _text, Money: _money, datetime: self._moment, date: _day,
            int: _whole, Decimal: _number, float: _number,
        }  # fmt: skip
        self._kept: list[str] = []
        self._file = path.open("w", encoding="utf-8")

    def add(self, values: Sequence[Value], *, total: bool = False) -> None:
        self.number += 1
        number = self.number
        parts = [f'<row r="{number}">']
        for letter, value in zip(self.letters, values, strict=False):
            if value is None:
                if total:  # the line above it goes on
                    parts.append(f'<c r="{letter}{number}" s="{self._style("General", total)}"/>')
                continue
            style, written = self._kinds.get(type(value), _other)(value)
            parts.append(f'<c r="{letter}{number}" s="{self._style(style, total)}"{written}</c>')
        parts.append("</row>")
        self._kept.append("".join(parts))
        if len(self._kept) >= AT_ONCE:
            self._flush()

    def join(self) -> None:
        """Put the rows into the sheet's own file, which is whole then. Filters and print settings are set before."""
        self._flush()
        self._file.close()
        self.sheet.close()
        out = Path(self.sheet._writer.out)
        before, _end, after = out.read_bytes().rpartition(END)
        with out.open("wb") as whole, self.path.open("rb") as rows:
            whole.write(before)
            while block := rows.read(1024 * 1024):
                whole.write(block)
            whole.write(END + after)
        self.path.unlink()

    def _flush(self) -> None:
        self._file.write("".join(self._kept))
        self._kept.clear()

    def _moment(self, value: datetime) -> Written:
        local = timezone.make_naive(value, self.cells.zone) if timezone.is_aware(value) else value
        return MOMENT, f' t="n"><v>{to_excel(local.replace(microsecond=0))}</v>'

    def _style(self, number_format: str, total: bool) -> str:
        key = (number_format, total, total)
        found = self._styles.get(key)
        if found is None:
            cell = self.cells.styled(None, number_format, bold=total, top=total)
            found = self._styles[key] = str(cell.style_id)
        return found


@lru_cache(maxsize=20_000)
def _text(value: str) -> Written:
    """Never a formula, whatever it begins with. Names and states come again and again."""
    text = escape(CODES.sub("_x005F_", neutral(value)[:LONGEST_TEXT]))
    space = ' xml:space="preserve"' if BLANK.search(text) else ""
    return "@", f' t="inlineStr"><is><t{space}>{text}</t></is>'


def _money(value: Money) -> Written:
    return _format(value.currency), f' t="n"><v>{value.amount:f}</v>'


def _day(value: date) -> Written:
    return DATE, f' t="n"><v>{to_excel(value)}</v>'


def _whole(value: int) -> Written:
    if abs(value) >= LONGEST_EXACT_INTEGER:
        return _text(str(value))
    return "#,##0", f' t="n"><v>{value}</v>'


def _number(value: Decimal | float) -> Written:
    return "#,##0.00", f' t="n"><v>{value:f}</v>' if isinstance(
        value, Decimal
    ) else f' t="n"><v>{value!r}</v>'


def _other(value: Any) -> Written:
    """Words that are translated when they are written, and what else reads as text."""
    return _text(str(value))


@lru_cache(maxsize=200)
def _format(currency: str) -> str:
    return money_format(currency)
