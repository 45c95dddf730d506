"""Statuses as a dot and a word: the colour helps, the word tells."""

from functools import lru_cache
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html, format_html_join
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
    words = str(text) if isinstance(text, Promise) else text
    return Cell.saying(words, _badge(conditional_escape(words), tone))


@lru_cache(maxsize=1000)
def _badge(text: SafeString, tone: str) -> SafeString:
    return format_html('<span class="tl-badge tl-badge--{}"><i aria-hidden="true"></i>{}</span>', tone, text)


def two_lines(first: Any, second: Any, *, phone: Any = "") -> Cell:
    """What matters, and something small under it.

    Args:
        phone: a third line on a phone alone, of a column that has no room there.
    """
    markup = format_html('<bdi>{}</bdi><small class="tl-under"><bdi>{}</bdi></small>', first, second)
    if phone:
        markup += format_html('<small class="tl-under tl-phone-only"><bdi>{}</bdi></small>', phone)
    return Cell.saying(f"{first} · {second}" if second else str(first), markup)


def unbroken(text: str, between: str = " – ") -> Cell:
    """A period in a narrow column breaks between its days, never within one."""
    parts = text.split(between)
    ends = [part + between.rstrip() for part in parts[:-1]] + parts[-1:]
    markup = format_html_join(" ", '<bdi class="tl-nowrap">{}</bdi>', [(end,) for end in ends])
    return Cell.saying(text, markup)


def money_cell(text: Any) -> Cell:
    """An amount in a list: right-aligned, figures of one width, and in one piece in right-to-left pages."""
    return Cell.saying(text, format_html('<bdi class="tl-money">{}</bdi>', text))


def meter(used: int, limit: int, *, label: Any, text: Any, note: Any = "", bare: bool = False) -> Cell:
    """How much of a limit is used: a bar, and the figures beside it. Without a limit (0) only the figures.

    Args:
        label: what is measured, for those who listen.
        text: how it stands, in words.
        bare: the bar alone, where the figures stand elsewhere.
    """
    plain = f"{used:,} / {limit:,}" if limit else f"{used:,}"
    figures = format_html('<bdi class="tl-usage__figures">{}</bdi>', plain)
    small = format_html('<small class="tl-muted">{}</small>', note) if note else ""
    if not limit:
        if bare:
            return Cell.saying("", SafeString(""))
        return Cell.saying(plain, format_html('<span class="tl-usage tl-money">{}{}</span>', figures, small))
    tone = "danger" if used >= limit else "warning" if used * 5 >= limit * 4 else "success"
    bar = format_html(
        '<span class="tl-usage__bar" role="meter" aria-label="{}" aria-valuemin="0" aria-valuemax="{}"'
        ' aria-valuenow="{}" aria-valuetext="{}"><i class="tl-usage--{}" style="inline-size:{}%"></i></span>',
        label,
        limit,
        min(used, limit),
        text,
        tone,
        f"{min(100, used / limit * 100):.1f}",
    )
    if bare:
        return Cell.saying(plain, bar)
    return Cell.saying(
        plain, format_html('<span class="tl-usage tl-money">{}{}{}</span>', figures, bar, small)
    )
