"""Reading an uploaded table. Everything is bounded before anything is parsed: size, what a zip unpacks to, rows."""

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.backoffice.importing.cells import MAX_CELL, as_text, unshielded
from core.exceptions import InvalidInput

MEGABYTE = 1024 * 1024
MAX_UPLOAD = 5 * MEGABYTE
MAX_UNPACKED = 20 * MEGABYTE
MAX_RATIO = 100
MAX_MEMBERS = 200
MAX_ROWS = 50_000
MAX_COLUMNS = 60
XLSX, CSV = "xlsx", "csv"
# A number in a cell that a formula or a broken sheet left behind.
ERRORS = frozenset({"#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"})


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row with the number it has in the spreadsheet.

    Attributes:
        broken: columns whose cell cannot be used, with why.
        numbers: columns whose cell holds a number: its text has a point, however people write amounts there.
    """

    number: int
    cells: dict[str, str]
    broken: dict[str, str] = field(default_factory=dict)
    numbers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sheet:
    headers: list[str]
    rows: list[SheetRow]


def refuse(text: str, code: str = "invalid_file") -> InvalidInput:
    return InvalidInput(code, text, field="import_file")


def kind_of(name: str) -> str:
    """`xlsx` or `csv`, by the name's end.

    Raises:
        InvalidInput
    """
    ending = name.rpartition(".")[2].lower()
    if ending not in (XLSX, CSV):
        raise refuse(_("Only .xlsx and .csv files can be imported. Save the table as one of these."))
    return ending


def read(name: str, content: bytes, *, most: int = MAX_ROWS, largest: int = MAX_UPLOAD) -> Sheet:
    """The table in a file of at most so many rows and bytes. Empty rows are left out; the others keep their number.

    Raises:
        InvalidInput: in words for the person who uploaded it.
    """
    kind = kind_of(name)
    if len(content) > largest:
        text = _("The file is larger than %(most)d MB. Split it and import the parts one after the other.")
        raise refuse(text % {"most": largest // MEGABYTE})
    lines = _xlsx(content, most) if kind == XLSX else _csv(content)
    headers: list[str] = []
    rows: list[SheetRow] = []
    for number, line in enumerate(lines, 1):
        if not any(cell not in (None, "") for cell in line):
            continue
        if not headers:
            headers = _headers(line)
        elif len(rows) >= most:
            raise refuse(_("The file has more than %(most)d rows. Split it.") % {"most": most})
        else:
            rows.append(_row(number, headers, line))
    if not headers:
        raise refuse(_("The file is empty."))
    if not rows:
        raise refuse(_("There is nothing below the line with the columns' names."))
    return Sheet(headers, rows)


def _headers(line: list[Any]) -> list[str]:
    names = [as_text(cell).strip().lower()[:80] for cell in line]
    while names and not names[-1]:
        names.pop()
    if len(names) > MAX_COLUMNS:
        raise refuse(_("The file has more than %(most)d columns.") % {"most": MAX_COLUMNS})
    if not all(names):
        raise refuse(_("A column has no name. The first line names the columns, as in the sample file."))
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise refuse(_("The column “%(name)s” is there twice.") % {"name": twice})
    return names


def _row(number: int, headers: list[str], line: list[Any]) -> SheetRow:
    cells: dict[str, str] = {}
    broken: dict[str, str] = {}
    for name, cell in zip(headers, line, strict=False):
        problem = cell.text if isinstance(cell, Unusable) else ""
        text = "" if problem else unshielded(as_text(cell).strip(" \t\r\n\u00a0"))
        if len(text) > MAX_CELL:
            problem = _("This text has more than %(most)d characters.") % {"most": MAX_CELL}
        elif "\x00" in text:
            problem = _("This text has characters that cannot be kept.")
        elif text in ERRORS:
            problem = _("The spreadsheet shows an error here. Write the value itself.")
        if problem:
            broken[name] = problem
        cells[name] = "" if problem else text
    if any(cell not in (None, "") for cell in line[len(headers) :]):
        broken[""] = _("This row has more cells than there are columns.")
    numbers = frozenset(name for name, cell in zip(headers, line, strict=False) if _is_number(cell))
    return SheetRow(number, {name: cells.get(name, "") for name in headers}, broken, numbers)


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float | Decimal) and not isinstance(cell, bool)


@dataclass(frozen=True, slots=True)
class Unusable:
    """In the place of a cell that is no value."""

    text: str


def _csv(content: bytes) -> Iterator[list[Any]]:
    if b"\x00" in content:
        raise refuse(_("This is no CSV file. Save the table as “CSV UTF-8” or as .xlsx."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refuse(_("The file is not in UTF-8. Save the table as “CSV UTF-8” or as .xlsx.")) from error
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    except csv.Error as error:
        raise refuse(
            _("The file cannot be read as CSV: a text in quotes does not end, or is too long.")
        ) from error


def _xlsx(content: bytes, most: int) -> Iterator[list[Any]]:
    guard_zip(content)
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        sheet = next((sheet for sheet in book.worksheets if sheet.sheet_state == "visible"), None)
        if sheet is None:
            raise refuse(_("The workbook has no sheet."))
        sheet.reset_dimensions()
        # One row and one column more than allowed, to tell that there are more; never the million a file may claim.
        for line in sheet.iter_rows(max_row=most + 1002, max_col=MAX_COLUMNS + 1):
            yield [_cell(cell) for cell in line]
    except InvalidInput:
        raise
    except Exception as error:  # a workbook can be broken in as many ways as there are writers
        raise refuse(_("The file cannot be read as an Excel workbook. Save it again as .xlsx.")) from error


def _cell(cell: Any) -> Any:
    if cell.data_type == "f":
        return Unusable(_("There is a formula here. Copy the column and paste it as values."))
    return cell.value


def guard_zip(content: bytes) -> None:
    """Refuse what is no workbook or unpacks to far more than it seems, by the zip's own list and before parsing.

    Raises:
        InvalidInput
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            members = packed.infolist()
            if len(members) > MAX_MEMBERS:
                raise refuse(_("This workbook has too many parts. Save only its first sheet as .xlsx."))
            unpacked = sum(member.file_size for member in members)
            small = sum(member.compress_size for member in members) or 1
            if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * max(small, 1024):
                raise refuse(_("This workbook unpacks to too much. Save it as CSV, or split it."))
            _guard_members(packed, members)
    except InvalidInput:
        raise
    except Exception as error:
        raise refuse(
            _("This is no Excel workbook, whatever it is called. Save the table as .xlsx.")
        ) from error


def _guard_members(packed: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    """What the list says is what comes out, and no XML declares entities (each could stand for a gigabyte)."""
    left = MAX_UNPACKED
    for member in members:
        with packed.open(member) as part:
            data = part.read(left + 1)
        left -= len(data)
        if left < 0:
            raise refuse(_("This workbook unpacks to too much. Save it as CSV, or split it."))
        if member.filename.lower().endswith((".xml", ".rels")) and _declares(data):
            raise refuse(_("This workbook has parts that Excel does not write. Save it again as .xlsx."))


def _declares(data: bytes) -> bool:
    plain = data.replace(b"\x00", b"")
    return b"<!DOCTYPE" in plain or b"<!ENTITY" in plain
