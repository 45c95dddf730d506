"""Reports as Excel workbooks: a summary with a native chart, then a sheet of typed cells for each table."""

import re
from collections.abc import Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.utils import get_column_letter

from analytics.models import Format, ReportRun
from analytics.packs.base import Chart, Section
from analytics.renderers.base import Reading, Renderer, SectionRows, Written, renderers, statement
from analytics.renderers.cells import LARGE, Cells
from analytics.renderers.sheets import FastRows, abandon, begin
from analytics.services.pulse import Pulse
from core.documents.formulas import neutral
from core.documents.spreadsheet import length, total_widths
from core.documents.tables import Column, Kind, Row
from core.exceptions import InvalidInput

MEASURED_ROWS = 200
NARROWEST, WIDEST = 9, 48
# Excel's own limit; some lines are for the header and the totals.
MOST_ROWS = 1_048_576 - 100
FORBIDDEN = re.compile(r"[\\[\]:*?/'\x00-\x1f]")


class WorkbookRenderer(Renderer):
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    most_rows = MOST_ROWS

    def write(self, reading: Reading, path: Path, pulse: Pulse) -> Written:
        book = Workbook(write_only=True)
        try:
            return self._written(book, reading, path, pulse)
        except BaseException:
            abandon(book)
            raise

    def _written(self, book: Any, reading: Reading, path: Path, pulse: Pulse) -> Written:
        summary = book.create_sheet(_("Summary"))
        written, names = Written(), {_("Summary")}
        pulse.phase = ReportRun.Phase.WRITING
        for number, section in enumerate(reading.sections, start=1):
            sheet = book.create_sheet(_name(section.title, names))
            beside = path.with_name(f"{path.name}-{number}")
            written.counted.append(_rows_sheet(sheet, section, reading, pulse, beside))
        _summary_sheet(summary, reading, written, path.with_name(f"{path.name}-summary"))
        book.properties.title, book.properties.creator = neutral(reading.title), neutral(reading.made_by)
        pulse.phase = ReportRun.Phase.SAVING
        book.save(path)
        return written


renderers.add(Format.XLSX, WorkbookRenderer())


def _rows_sheet(sheet: Any, section: Section, reading: Reading, pulse: Pulse, beside: Path) -> Any:
    sheet.sheet_view.rightToLeft = get_language_bidi()
    sheet.freeze_panes = "A2"
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    found = SectionRows(section, pulse)
    rows = iter(found)
    first = list(islice(rows, MEASURED_ROWS))
    for index, width in enumerate(_widths(section.columns, first, found), start=1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    cells = Cells(sheet, reading.zone)
    begin(sheet, beside)
    sheet.append(cells.head(section.columns))
    lines = FastRows(sheet, cells, beside.with_name(f"{beside.name}-rows"), len(section.columns))
    for row in chain(first, rows):
        if found.totals.count > MOST_ROWS:
            raise InvalidInput("too_many_rows", _("Excel holds a million rows: take this as CSV."))
        lines.add(row)
    last = get_column_letter(max(len(section.columns), 1))
    sheet.auto_filter.ref = f"A1:{last}{found.totals.count + 1}"
    for line in found.total_lines():
        if line[0] is None:
            line[0] = _("Total")
        lines.add(line, total=True)
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    lines.join()
    return found.counted()


def _summary_sheet(sheet: Any, reading: Reading, written: Written, beside: Path) -> None:
    sheet.sheet_view.rightToLeft = get_language_bidi()
    sheet.sheet_view.showGridLines = False
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 34, 24
    for letter in "CDEFGH":
        sheet.column_dimensions[letter].width = 16
    begin(sheet, beside)
    cells, at = Cells(sheet, reading.zone), 0
    for label, value in statement(reading, written):
        # The title in large type is what one sees first.
        line = [cells.cell(label, bold=True), cells.cell(value, bold=at == 0)]
        if at == 0:
            line[1].font = LARGE
        sheet.append(line)
        at += 1
    for section in reading.sections:
        if section.chart is not None:
            at = _chart(sheet, cells, section.chart, at)


def _chart(sheet: Any, cells: Cells, chart: Chart, at: int) -> int:
    """The chart's figures as a table, and the chart beside it. Says which line comes next."""
    sheet.append([])
    sheet.append([cells.cell(chart.title, bold=True)])
    names = [Column(one.name, Kind.NUMBER) for one in chart.series]
    sheet.append(cells.head([Column(""), *names]))
    for number, label in enumerate(chart.labels):
        sheet.append(cells.row([label, *(one.values[number] for one in chart.series)]))
    head, rows = at + 3, len(chart.labels)
    drawn: Any = LineChart() if chart.kind == "lines" else BarChart()
    if chart.kind == "stacked":
        drawn.grouping, drawn.overlap = "stacked", 100
    drawn.title, drawn.height, drawn.width = neutral(chart.title), 9, 20
    drawn.title.overlay = False
    if len(chart.series) > 1:
        drawn.legend.position = "b"
    else:
        drawn.legend = None
    drawn.y_axis.title = chart.unit or None
    _turn(drawn, chart)
    drawn.x_axis.delete = drawn.y_axis.delete = False
    figures = Reference(sheet, min_col=2, max_col=1 + len(chart.series), min_row=head, max_row=head + rows)
    drawn.add_data(figures, titles_from_data=True)
    drawn.set_categories(Reference(sheet, min_col=1, min_row=head + 1, max_row=head + rows))
    sheet.add_chart(drawn, f"D{head - 1}")
    # Room for the picture where its table is short.
    blank = max(0, 18 - rows)
    for _line in range(blank):
        sheet.append([])
    return at + 3 + rows + blank


def _turn(drawn: Any, chart: Chart) -> None:
    """Names stand beside their bars, the largest on top; otherwise time and steps run as the language does."""
    lying, mirrored = chart.kind == "names", get_language_bidi()
    if lying:
        drawn.type = "bar"
    if lying or mirrored:
        drawn.x_axis.scaling.orientation = "maxMin"
    if lying and mirrored:
        drawn.y_axis.scaling.orientation = "maxMin"
    if lying:
        # With the names turned round, the amounts would stand above the bars.
        drawn.y_axis.crosses = "max"


def _widths(columns: Sequence[Column], rows: Sequence[Row], found: SectionRows) -> list[float]:
    """As wide as the first rows and their totals need, within reason: of a sum without room Excel shows ####."""
    longest = [len(column.title) + 3 for column in columns]
    for row in rows:
        for index, value in enumerate(row):
            longest[index] = max(longest[index], length(value))
    for index, width in enumerate(total_widths(columns, rows, found.copied.sums if found.copied else None)):
        longest[index] = max(longest[index], width)
    return [min(max(one + 1, NARROWEST), WIDEST) for one in longest]


def _name(title: str, taken: set[str]) -> str:
    """A name of a sheet: at most 31 letters, none that Excel refuses, none twice."""
    base = FORBIDDEN.sub(" ", title).strip()[:31] or _("Rows")
    name, number = base, 2
    while name.lower() in {one.lower() for one in taken}:
        name = f"{base[: 31 - len(str(number)) - 1]} {number}"
        number += 1
    taken.add(name)
    return name
