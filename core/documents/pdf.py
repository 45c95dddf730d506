"""Tables as PDF: branded, paged, light on ink, and at most as long as somebody reads."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice, pairwise
from typing import Any

from django.template.loader import render_to_string
from django.utils import formats, timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

from core.branding_settings import BrandingPage
from core.documents.formulas import CONTROLS
from core.documents.tables import MOST_PRINTED_ROWS, Column, Document, Kind, Money, Totals, Value
from core.exceptions import DomainError
from core.general_settings import general
from core.money import format_money
from core.site_settings import load

CONTENT_TYPE = "application/pdf"
TEMPLATE = "documents/list.html"
SVG = "{http://www.w3.org/2000/svg}"
# So many letters a line are readable upright; a wider table lies on its side.
UPRIGHT_WIDTH = 92
LONGEST_CELL = 300
# Letters that a line of a page on its side holds, and those of a cell that is never squeezed.
WIDE_LINE, KEPT_WHOLE = 160, 18
MEASURED_ROWS = 200
# A line of the log for each page or table of a font is no news.
logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)
logging.getLogger("fontTools").setLevel(logging.WARNING)


class PdfUnavailable(DomainError):
    """The system lacks what draws PDF; everything else works."""

    status = 503


@dataclass(frozen=True, slots=True)
class PrintedColumn:
    title: str
    figures: bool
    share: float


def pdf(document: Document, *, most: int = MOST_PRINTED_ROWS) -> bytes:
    """The document as PDF: the first `most` rows in detail, counts and sums of all.

    Raises:
        PdfUnavailable: where Pango is missing, saying what to install.
    """
    return html_to_pdf(document_html(document, most=most))


def document_html(document: Document, *, most: int = MOST_PRINTED_ROWS) -> str:
    """What is drawn: a page of its own, all of it escaped text."""
    totals = Totals(document.columns)
    rows = totals.watch(document.rows)
    printed = [[printed_text(value, document.zone) for value in row] for row in islice(rows, most)]
    for _row in rows:
        # Not printed, but counted and added up.
        pass
    total_lines = _total_lines(document.columns, totals)
    measured = [*total_lines, *printed]
    columns = printed_columns(document.columns, measured)
    figures = [column.figures for column in columns]
    return render_to_string(
        TEMPLATE,
        {
            "document": document,
            "brand": load(BrandingPage),
            "letterhead": general().letterhead,
            "language": get_language() or "en",
            "direction": "rtl" if get_language_bidi() else "ltr",
            "page_words": page_words(),
            "landscape": width_of(document.columns, measured) > UPRIGHT_WIDTH,
            "columns": columns,
            "rows": [list(zip(row, figures, strict=True)) for row in printed],
            "total_lines": total_lines,
            "count": totals.count,
            "cut": len(printed) if totals.count > len(printed) else 0,
            "made_at": printed_text(document.made_at, document.zone),
        },
    )


def html_to_pdf(html: str) -> bytes:
    """Draws a page with our own files only; pictures drawn in the page itself (SVG) are taken out.

    Raises:
        PdfUnavailable: where WeasyPrint cannot be loaded.
    """
    try:
        from weasyprint.urls import FatalURLFetchingError

        from core.documents.drawing import Page, one_rubbish_collection
        from core.documents.fetching import BASE, OwnFilesFetcher, fonts, forget_fonts
    except (ImportError, OSError) as error:
        raise PdfUnavailable(
            "pdf_unavailable",
            _(
                "PDF needs the library Pango on the server: install libpango-1.0-0, libpangoft2-1.0-0 and"
                " libharfbuzz-subset0 (Debian, Ubuntu) or pango (macOS, Alpine, Fedora). Excel and CSV work now."
            ),
        ) from error
    try:
        with one_rubbish_collection():
            page = Page(string=html, base_url=BASE, url_fetcher=OwnFilesFetcher())
            _strip_svg(page.etree_element)
            return page.write_pdf(font_config=fonts())  # type: ignore[no-any-return]
    except OSError:
        forget_fonts()
        raise
    except FatalURLFetchingError as error:
        # A BaseException in WeasyPrint: it would end the worker.
        raise PdfUnavailable("pdf_failed", _("The PDF could not be drawn. Take Excel or CSV.")) from error


def page_words() -> SafeString:
    """In CSS, where a page stands among all: numbers alone are read the wrong way round from right to left."""
    told = _("Page %(page)s of %(pages)s").replace("\\", "").replace('"', "'")
    return mark_safe('"%s"' % (told % {"page": '" counter(page) "', "pages": '" counter(pages) "'}))  # nosec B308 B703


def is_available() -> bool:
    """Whether this system can draw PDF."""
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):
        return False
    return True


def _strip_svg(root: Any) -> None:
    for parent in list(root.iter()):
        for child in list(parent):
            if isinstance(child.tag, str) and child.tag.lower().removeprefix(SVG) == "svg":
                parent.remove(child)


def printed_text(value: Value, zone: Any) -> str:
    match value:
        case None:
            return ""
        case Money():
            return format_money(value.amount, value.currency)
        case datetime():
            local = timezone.localtime(value, zone) if timezone.is_aware(value) else value
            return formats.date_format(local, "SHORT_DATETIME_FORMAT")
        case date():
            return formats.date_format(value, "SHORT_DATE_FORMAT")
        case Decimal() | float():
            return formats.number_format(value)
        case int():
            return str(value)
        case _:
            text = CONTROLS.sub("", str(value))
            return text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"


def _lengths(columns: Sequence[Column], rows: list[list[str]]) -> list[int]:
    longest = [min(len(column.title), 14) for column in columns]
    figures = [column.kind in (Kind.MONEY, Kind.NUMBER) for column in columns]
    for index, is_figure in enumerate(figures):
        # Words wrap wherever they end; a number that is wider than its column runs into the next one.
        for row in rows if is_figure else rows[:MEASURED_ROWS]:
            longest[index] = max(longest[index], min(len(row[index]), 34))
    # Text beside figures stands apart from them, which takes room of its own.
    apart = [3 if before and not this else 0 for before, this in pairwise([False, *figures])]
    return [max(length, 5) + more for length, more in zip(longest, apart, strict=True)]


def width_of(columns: Sequence[Column], rows: list[list[str]]) -> int:
    return sum(length + 2 for length in _lengths(columns, rows))


def _fitted(lengths: list[int]) -> list[int]:
    """Where a line has no room for all, long words give way: a number or a date broken in two is read by nobody."""
    short = [length for length in lengths if length <= KEPT_WHOLE]
    room = WIDE_LINE - 2 * len(lengths) - sum(short)
    over = sum(lengths) - sum(short)
    if over <= room or not over:
        return lengths
    share = max(room, 0) / over
    return [length if length <= KEPT_WHOLE else max(10, int(length * share)) for length in lengths]


def printed_columns(columns: Sequence[Column], rows: list[list[str]]) -> list[PrintedColumn]:
    """Shares of the width by what is in them: a table of fixed layout is laid out several times faster."""
    lengths = _fitted(_lengths(columns, rows))
    whole = sum(length + 2 for length in lengths) or 1
    return [
        PrintedColumn(
            column.title, column.kind in (Kind.MONEY, Kind.NUMBER), round(100 * (length + 2) / whole, 2)
        )
        for column, length in zip(columns, lengths, strict=True)
    ]


def _total_lines(columns: Sequence[Column], totals: Totals) -> list[list[str]]:
    """A line a currency."""
    sums = [totals.of(index) for index in range(len(columns))]
    return [
        [printed_text(each[number], None) if number < len(each) else "" for each in sums]
        for number in range(max(map(len, sums), default=0))
    ]
