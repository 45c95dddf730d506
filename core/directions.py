"""Arrows between words: they point the way the reader's lines run."""

from typing import Any

from django.utils.translation import get_language_bidi

# Around a word of unknown direction: it moves nothing beside it.
ISOLATE, END = "\u2068", "\u2069"


def arrow() -> str:
    return "←" if get_language_bidi() else "→"


def isolated(text: Any) -> str:
    """Where lines run from right to left, a text that runs its own way: an address, a phone number, a name."""
    return f"{ISOLATE}{text}{END}" if get_language_bidi() else str(text)


def from_to(before: Any, after: Any) -> str:
    """What something was and is, in the order in which it is read."""
    if not get_language_bidi():
        return f"{before} → {after}"
    return f"{ISOLATE}{before}{END} ← {ISOLATE}{after}{END}"
