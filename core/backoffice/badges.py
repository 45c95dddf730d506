"""Statuses as a dot and a word: the colour helps, the word tells."""

from typing import Any, Literal

from django.utils.html import format_html
from django.utils.safestring import SafeString

type Tone = Literal["success", "warning", "danger", "info", "neutral"]
TONES: tuple[str, ...] = ("success", "warning", "danger", "info", "neutral")


class Cell(SafeString):
    """Markup of a list that remembers what it says, for the list as a file."""

    plain: Any = ""

    @classmethod
    def saying(cls, plain: Any, markup: SafeString) -> "Cell":
        cell = cls(markup)
        cell.plain = plain
        return cell


def status_badge(text: Any, tone: Tone | str = "neutral") -> Cell:
    """A badge for lists and pages.

    Raises:
        ValueError: for a tone that has no colour.
    """
    if tone not in TONES:
        raise ValueError(f"“{tone}” is no tone; known: {', '.join(TONES)}.")
    return Cell.saying(
        text,
        format_html('<span class="tl-badge tl-badge--{}"><i aria-hidden="true"></i>{}</span>', tone, text),
    )


def money_cell(text: Any) -> Cell:
    """An amount in a list: right-aligned, figures of one width, and in one piece in right-to-left pages."""
    return Cell.saying(text, format_html('<bdi class="tl-money">{}</bdi>', text))
