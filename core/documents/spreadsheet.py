"""Tables as Excel workbooks: typed cells that can be sorted and filtered, and a sheet that says what they are."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from itertools import chain, islice
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from core.documents.formulas import neutral
from core.documents.tables import Column, Document, Kind, Money, Row, Totals, Value
from core.money import exponent

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Excel's own limits: characters in a cell, rows in a sheet.
LONGEST_TEXT = 32_767
MOST_ROWS = 1_048_576
LONGEST_EXACT_INTEGER = 10**15
MEASURED_ROWS = 200
# A thousand times the rows that were measured have a sum of so many letters more.
MORE_DIGITS = 4
NARROWEST, WIDEST = 9, 48
DATE, MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"
BOLD = Font(bold=True)
HEAD = PatternFill("solid", fgColor="FFE8ECEF")
RIGHT = Alignment(horizontal="right", vertical="top")
WRAPPED = Alignment(wrap_text=True, vertical="top")


def workbook(document: Document) -> bytes:
    """The rows with a frozen header, a filter and totals by currency; then a sheet with what they are."""
    book = Workbook(write_only=True)
    totals = Totals(document.columns)
    _rows_sheet(book, document, totals)
    _summary_sheet(book, document, totals)
    book.properties.title, book.properties.creator = neutral(document.title), neutral(document.made_by)
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def _rows_sheet(book: Any, document: Document, totals: Totals) -> None:
    sheet = book.create_sheet(_("Rows"))
    sheet.sheet_view.rightToLeft = get_language_bidi()
    sheet.freeze_panes = "A2"
    rows = iter(document.rows)
    first = list(islice(rows, MEASURED_ROWS))
    for letter, width in _widths(document, first):
        sheet.column_dimensions[letter].width = width
    sheet.append([_head(sheet, column) for column in document.columns])
    # One row for the header, a few for the totals.
    for row in islice(totals.watch(chain(first, rows)), MOST_ROWS - 50):
        sheet.append([_cell(sheet, value, document.zone) for value in row])
    last = get_column_letter(max(len(document.columns), 1))
    sheet.auto_filter.ref = f"A1:{last}{totals.count + 1}"
    for line in _total_lines(document.columns, totals):
        sheet.append([_bold(_cell(sheet, value, document.zone)) for value in line])
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _total_lines(columns: Sequence[Column], totals: Totals) -> Iterator[list[Value]]:
    """A line a currency: sums of different currencies never share a cell."""
    sums = {index: totals.of(index) for index in range(len(columns))}
    for number in range(max((len(each) for each in sums.values()), default=0)):
        line: list[Value] = [each[number] if number < len(each) else None for each in sums.values()]
        if line[0] is None:
            line[0] = _("Total")
        yield line


def _summary_sheet(book: Any, document: Document, totals: Totals) -> None:
    sheet = book.create_sheet(_("About"))
    sheet.sheet_view.rightToLeft = get_language_bidi()
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 26, 60
    for label, value in summary(document, totals):
        sheet.append([_bold(_cell(sheet, label, document.zone)), _cell(sheet, value, document.zone)])


def summary(document: Document, totals: Totals) -> Iterator[tuple[str, Value]]:
    """What a reader asks of a table: which rows, when, by whom, how many, adding up to what."""
    yield _("List"), document.title
    yield _("Made at"), document.made_at
    yield _("Time zone"), document.zone_name
    yield _("Made by"), document.made_by
    yield from document.filters or [(_("Filters"), _("None: all rows"))]
    yield _("Rows"), totals.count
    for title, sums in totals.named():
        for amount in sums:
            currency = amount.currency if isinstance(amount, Money) else ""
            yield " ".join((_("Total"), title, currency)).strip(), amount


def _head(sheet: Any, column: Column) -> Any:
    cell = _bold(_cell(sheet, column.title, None))
    cell.fill = HEAD
    cell.alignment = RIGHT if column.kind in (Kind.MONEY, Kind.NUMBER) else WRAPPED
    return cell


def _bold(cell: Any) -> Any:
    cell.font = BOLD
    return cell


def _cell(sheet: Any, value: Value, zone: Any) -> Any:
    match value:
        case Money():
            return _styled(sheet, value.amount, money_format(value.currency))
        case datetime():
            local = timezone.make_naive(value, zone) if timezone.is_aware(value) else value
            return _styled(sheet, local.replace(microsecond=0), MOMENT)
        case date():
            return _styled(sheet, value, DATE)
        case int() if abs(value) < LONGEST_EXACT_INTEGER:
            return _styled(sheet, value, "0")
        case Decimal() | float():
            return _styled(sheet, value, "General")
        case None:
            return _styled(sheet, None, "General")
        case _:
            return _text(sheet, str(value))


def money_format(currency: str) -> str:
    """With the decimals it is paid in, and its code behind."""
    places = f".{'0' * exponent(currency)}" if exponent(currency) else ""
    letters = "".join(letter for letter in currency if letter.isalpha())
    return f'#,##0{places}\\ "{letters}"'


def _styled(sheet: Any, value: Any, number_format: str) -> Any:
    cell = WriteOnlyCell(sheet, value=value)
    cell.number_format = number_format
    return cell


def _text(sheet: Any, text: str) -> Any:
    """Never a formula, whatever it begins with: the apostrophe says so, and so does the type of the cell."""
    cell = WriteOnlyCell(sheet, value=neutral(text)[:LONGEST_TEXT])
    cell.data_type = "s"
    cell.quotePrefix = True
    cell.number_format = "@"
    return cell


def _widths(document: Document, rows: Sequence[Row]) -> Iterator[tuple[str, float]]:
    """As wide as the first rows need, within reason."""
    longest = [len(column.title) + 3 for column in document.columns]
    for row in rows:
        for index, value in enumerate(row):
            longest[index] = max(longest[index], length(value))
    widths = zip(longest, total_widths(document.columns, rows), strict=True)
    for index, widest in enumerate(map(max, widths), start=1):
        yield get_column_letter(index), min(max(widest + 1, NARROWEST), WIDEST)


def total_widths(
    columns: Sequence[Column], rows: Sequence[Row], sums: Mapping[int, Sequence[Value]] | None = None
) -> list[int]:
    """How wide the sums may become, by the sums of the first rows; exactly where `sums` are known by then."""
    totals = Totals(columns)
    for row in rows:
        totals.add(row)
    known = [totals.of(index) if sums is None else sums.get(index, ()) for index in range(len(columns))]
    more = MORE_DIGITS if sums is None and len(rows) >= MEASURED_ROWS else 0
    # Bold letters are a little wider.
    return [max((length(value) + 1 + more for value in each), default=0) for each in known]


def length(value: Value) -> int:
    """As wide as it is read."""
    match value:
        case None:
            return 0
        case Money():
            return len(f"{value.amount:,.2f} {value.currency}")
        case datetime():
            return len(MOMENT)
        case date():
            return len(DATE)
        case _:
            return max((len(line) for line in str(value).splitlines()), default=0)
