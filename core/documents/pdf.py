"""Tables as PDF: branded, paged, light on ink, and at most as long as somebody reads."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice, pairwise
from typing import Any
from unicodedata import bidirectional, category

from django.template.loader import render_to_string
from django.utils import formats, timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

from core.branding_settings import BrandingPage
from core.documents.formulas import CONTROLS
from core.documents.tables import (
    MOST_PRINTED_ROWS,
    Column,
    Document,
    Kind,
    Money,
    Totals,
    Value,
    printed_rows,
)
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
FIGURES = (Kind.MONEY, Kind.NUMBER)
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
    most = printed_rows(document.columns, most)
    printed = [[printed_text(value, document.zone) for value in row] for row in islice(rows, most)]
    for _row in rows:
        # Not printed, but counted and added up.
        pass
    total_lines = _total_lines(document.columns, totals)
    measured = [*total_lines, *printed]
    columns = printed_columns(document.columns, measured)
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
            "rows": looks(columns, printed),
            "total_lines": looks(columns, total_lines),
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


def looks(columns: Sequence[PrintedColumn], rows: list[list[str]]) -> list[list[tuple[str, str]]]:
    """Each text with the class of its cell."""
    figures = [column.figures for column in columns]
    return [[(text, look(text, figures=one)) for text, one in zip(row, figures, strict=True)] for row in rows]


def look(text: str, *, figures: bool) -> str:
    """The class of a cell: in a page from right to left, words of the other direction keep theirs on every line."""
    if figures:
        return "n"
    strong = next((side for side in map(bidirectional, text) if side in ("L", "R", "AL")), "L")
    # What has no letters at all, a phone number or a range, is read from left to right everywhere.
    return "l" if text and strong == "L" and get_language_bidi() else ""


def _lengths(columns: Sequence[Column], rows: list[list[str]], *, head: int = 14) -> list[int]:
    """Of each column, in letters of middling width; titles take a second line when they are longer than `head`."""
    longest = [
        max(5, min(len(column.title), head), *(min(len(word), 14) for word in column.title.split()))
        for column in columns
    ]
    for row in rows[:MEASURED_ROWS]:
        for index, text in enumerate(row):
            longest[index] = max(longest[index], min(_letters(text), 34))
    figures = [column.kind in FIGURES for column in columns]
    # Text beside figures stands apart from them, which takes room of its own: figures stand at the right.
    before, this = (False, True) if get_language_bidi() else (True, False)
    apart = [3 if pair == (before, this) else 0 for pair in pairwise([this, *figures])]
    return [length + more for length, more in zip(longest, apart, strict=True)]


def _letters(text: str) -> int:
    """Capitals are wider than other letters, and marks of direction take no room at all."""
    shown = [letter for letter in text if category(letter) not in ("Cf", "Mn")]
    return len(shown) + sum(map(str.isupper, shown)) // 4


def width_of(columns: Sequence[Column], rows: list[list[str]]) -> int:
    return sum(length + 2 for length in _lengths(columns, rows))


def _fitted(columns: Sequence[Column], rows: list[list[str]]) -> list[int]:
    """Where a line has no room for all, long words give way: a number or a date broken in two is read by nobody."""
    lengths = _lengths(columns, rows)
    if sum(length + 2 for length in lengths) > WIDE_LINE:
        lengths = _lengths(columns, rows, head=1)
    whole = [
        length <= KEPT_WHOLE or column.kind != Kind.TEXT
        for column, length in zip(columns, lengths, strict=True)
    ]
    kept = sum(length for length, one in zip(lengths, whole, strict=True) if one)
    room, over = WIDE_LINE - 2 * len(lengths) - kept, sum(lengths) - kept
    if over <= room or not over:
        return lengths
    share = max(room, 0) / over
    return [
        length if one else max(10, int(length * share)) for length, one in zip(lengths, whole, strict=True)
    ]


def printed_columns(columns: Sequence[Column], rows: list[list[str]]) -> list[PrintedColumn]:
    """Shares of the width by what is in them: a table of fixed layout is laid out several times faster."""
    lengths = _fitted(columns, rows)
    whole = sum(length + 2 for length in lengths) or 1
    return [
        PrintedColumn(column.title, column.kind in FIGURES, round(100 * (length + 2) / whole, 2))
        for column, length in zip(columns, lengths, strict=True)
    ]


def _total_lines(columns: Sequence[Column], totals: Totals) -> list[list[str]]:
    """A line a currency."""
    sums = [totals.of(index) for index in range(len(columns))]
    return [
        [printed_text(each[number], None) if number < len(each) else "" for each in sums]
        for number in range(max(map(len, sums), default=0))
    ]
