"""Reports as PDF: what it comes to and a chart first, then as many rows as somebody reads."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils import formats
from django.utils.translation import get_language, get_language_bidi

from analytics.models import Format, ReportRun
from analytics.packs.base import Chart, Proof, Section
from analytics.renderers.base import CopySection, Counted, Reading, Renderer, SectionRows, Written, renderers
from analytics.services.pulse import Pulse
from analytics.services.run_words import by_title
from core.branding_settings import BrandingPage
from core.documents import pdf
from core.documents.pdf import looks, printed_columns, printed_text, width_of
from core.documents.tables import MOST_PRINTED_ROWS, Value, printed_rows
from core.general_settings import general
from core.money import format_money
from core.site_settings import load

# Marks around what is read from left to right, as format_money has them.
LEFT, END = "\N{LEFT-TO-RIGHT ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
TEMPLATE = "documents/report.html"
# Of a chart with more, every other label is written, or every third.
MOST_LABELS = 16
ROUND_SIZES = tuple(map(Decimal, ("1", "1.2", "1.6", "2", "3", "4", "6", "8")))
# What is taken off in a waterfall: pale, so that it is told apart in black and white too.
TAKEN = "#f0b27a"
COLOURS = ("", "#d97706", "#2563eb", "#7c3aed", "#db2777", "#64748b")


@dataclass(frozen=True, slots=True)
class Bar:
    """Shares of the plot's width and height, in percent."""

    left: float
    width: float
    bottom: float
    height: float
    colour: str


@dataclass(frozen=True, slots=True)
class LyingBar:
    """A name, its bar in percent of the room's width, and how much it is."""

    label: str
    left: float
    width: float
    value: str


@dataclass(frozen=True, slots=True)
class DrawnChart:
    title: str
    bars: list[Bar]
    labels: list[tuple[float, float, str]]
    # How far up, what it says, whether it is zero.
    ticks: list[tuple[float, str, bool]]
    legend: list[tuple[str, str]]
    lying: Sequence[LyingBar] = ()


class Paper(Renderer):
    content_type = "application/pdf"
    most_rows = MOST_PRINTED_ROWS

    def write(self, reading: Reading, path: Path, pulse: Pulse) -> Written:
        written, left = Written(), MOST_PRINTED_ROWS
        pulse.phase = ReportRun.Phase.WRITING
        sections = []
        for section in reading.sections:
            found = SectionRows(section, pulse)
            printed = _printed(section, found, printed_rows(section.columns, left), reading)
            left -= len(printed)
            written.counted.append(_whole(section, found))
            sections.append(_section(section, found, printed, written.counted[-1], reading))
        pulse.phase = ReportRun.Phase.DRAWING
        path.write_bytes(pdf.html_to_pdf(_html(reading, written, sections)))
        pulse.check()
        return written


renderers.add(Format.PDF, Paper())


def _printed(section: Section, found: SectionRows, most: int, reading: Reading) -> list[list[str]]:
    """The rows that are printed; of those of a pack the others are counted and added up as well."""
    rows: Iterator[Any] = iter(found)
    kept = [[_shown(value, reading.zone) for value in row] for row in islice(rows, most)]
    if not isinstance(section, CopySection):
        for _row in rows:
            pass
    return kept


def _whole(section: Section, found: SectionRows) -> Counted:
    counted = found.counted()
    if isinstance(section, CopySection):
        # The database counted them all; they need not be read to be left out.
        counted.rows = section.number
    return counted


def _section(
    section: Section, found: SectionRows, printed: list[list[str]], counted: Counted, reading: Reading
) -> dict[str, Any]:
    total_lines = [[_shown(value, reading.zone) for value in line] for line in found.total_lines()]
    measured = [*total_lines, *printed]
    columns = printed_columns(section.columns, measured)
    return {
        "title": section.title,
        "note": section.note,
        "columns": columns,
        "rows": looks(columns, printed),
        "count": counted.rows,
        "cut": len(printed) if counted.rows > len(printed) else 0,
        "total_lines": looks(columns, total_lines),
        "figures": by_title([(label, _shown(value, reading.zone)) for label, value in section.figures]),
        "sums": by_title([(title, _shown(value, reading.zone)) for title, value in counted.sums]),
        "chart": drawn(section.chart) if section.chart else None,
        "proofs": [_proof(proof) for proof in section.proofs],
        "width": width_of(section.columns, measured),
    }


def _shown(value: Value, zone: Any) -> str:
    """As in every document, but numbers are grouped and have the minus of amounts."""
    if not isinstance(value, int | Decimal | float):
        return printed_text(value, zone)
    size: Any = abs(value)
    said = formats.number_format(size, use_l10n=True, force_grouping=True)
    if value >= 0:
        return str(said)
    return f"{LEFT}−{said}{END}" if get_language_bidi() else f"−{said}"


def _html(reading: Reading, written: Written, sections: list[dict[str, Any]]) -> str:
    return render_to_string(
        TEMPLATE,
        {
            "reading": reading,
            "brand": load(BrandingPage),
            "letterhead": general().letterhead,
            "language": get_language() or "en",
            "direction": "rtl" if get_language_bidi() else "ltr",
            "landscape": max((one["width"] for one in sections), default=0) > pdf.UPRIGHT_WIDTH,
            "sections": sections,
            "several": len(sections) > 1,
            "rows": written.rows,
            "made_at": printed_text(reading.made_at, reading.zone),
            "page_words": pdf.page_words(),
            "zone": str(reading.zone),
        },
    )


def _proof(proof: Proof) -> dict[str, Any]:
    return {
        "label": proof.label,
        "ties": proof.ties,
        "lines": [
            (format_money(ours, currency), format_money(ledger, currency))
            for currency, ours, ledger in proof.lines()
        ],
    }


def drawn(chart: Chart) -> DrawnChart | None:
    """Bars from zero, below it too; those of a waterfall from where the one before ended."""
    spans = list(_spans(chart))
    values = [end for row in spans for span in row for end in span]
    high, low = max(values, default=Decimal(0)), min(values, default=Decimal(0))
    size = _top(max(high, -low), whole=not chart.unit and all(value == int(value) for value in values))
    if not size:
        return None
    tick = size / 4
    top = (high / tick).to_integral_value(ROUND_CEILING) * tick
    base = (low / tick).to_integral_value(ROUND_FLOOR) * tick
    step, every = 100 / len(spans), -(-len(spans) // MOST_LABELS)
    axis = _Axis(base, top - base)
    if chart.kind == "names":
        return DrawnChart(chart.title, [], [], [], [], _lying(chart, _Axis(low, high - low)))
    bars = [bar for number, row in enumerate(spans) for bar in _bars(row, number * step, step, axis, chart)]
    labels = [
        (_side((number + 0.5) * step - step * every / 2, step * every), step * every, label)
        for number, label in enumerate(chart.labels)
        if number % every == 0 and (number + every) * step <= 100.01
    ]
    legend = [(one.name, COLOURS[index % len(COLOURS)]) for index, one in enumerate(chart.series)]
    marks = [base + tick * number for number in range(int((top - base) / tick) + 1)]
    ticks = [(axis.share(value), _tick(value), not value) for value in marks]
    return DrawnChart(chart.title, bars, labels, ticks, legend)


@dataclass(frozen=True, slots=True)
class _Axis:
    base: Decimal
    height: Decimal

    def share(self, value: Decimal) -> float:
        """How far up it stands, in percent."""
        return float(100 * (value - self.base) / self.height)


type _Span = tuple[Decimal, Decimal]


def _spans(chart: Chart) -> Iterator[list[_Span]]:
    """From where to where each bar goes, label by label."""
    reached = zero = Decimal(0)
    for number, values in enumerate(zip(*(one.values for one in chart.series), strict=True)):
        row = [Decimal(value or 0) for value in values]
        if chart.kind == "stacked":
            reached = zero
            kept = [max(value, zero) for value in row]
            yield [(sum(kept[:index], zero), sum(kept[: index + 1], zero)) for index in range(len(kept))]
        elif chart.kind == "waterfall" and number not in chart.totals:
            yield [(reached, reached + row[0])]
            reached += row[0]
        else:
            yield [(zero, value) for value in row]
            reached = row[0]


def _bars(row: list[_Span], start: float, step: float, axis: _Axis, chart: Chart) -> Iterator[Bar]:
    """Those of one label: side by side, or one on the other; a fifth of the place stays free."""
    stacked, room = chart.kind == "stacked", step * 0.8
    width = room if stacked else room / len(row)
    for index, span in enumerate(row):
        low, high = (axis.share(end) for end in sorted(span))
        left = start + step * 0.1 + (0 if stacked else index * width)
        if high > low:
            colour = COLOURS[index % len(COLOURS)]
            if chart.kind == "waterfall" and span[1] < span[0]:
                colour = TAKEN
            yield Bar(_side(left, width), width * 0.94, low, high - low, colour)


def _lying(chart: Chart, axis: _Axis) -> list[LyingBar]:
    """A line a name, for names need more room than stands under a bar. The largest is as long as the room."""
    found = []
    for label, value in zip(chart.labels, chart.series[0].values, strict=True):
        low, high = sorted((axis.share(Decimal(0)), axis.share(Decimal(value or 0))))
        said = format_money(Decimal(value), chart.unit) if chart.unit and value else _shown(value, None)
        found.append(LyingBar(label, _side(low, high - low), high - low, said))
    return found


def _side(left: float, width: float) -> float:
    """Time runs as the language does."""
    return 100 - left - width if get_language_bidi() else left


def _top(value: Decimal, *, whole: bool = False) -> Decimal:
    """The next round number that four ticks divide well; of what is counted, into whole numbers."""
    if value <= 0:
        return Decimal(0)
    tens = Decimal(10) ** value.adjusted()
    sizes = (step * power for power in (tens, tens * 10) for step in ROUND_SIZES)
    return next(size for size in sizes if size >= value and (not whole or not size % 4))


def _tick(value: Decimal) -> str:
    """With as many decimal places as it has."""
    exponent = value.normalize().as_tuple().exponent
    places = max(0, -exponent) if isinstance(exponent, int) else 0
    said = formats.number_format(abs(value), decimal_pos=places, use_l10n=True, force_grouping=True)
    return f"−{said}" if value < 0 else str(said)
