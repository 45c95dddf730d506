"""Values as cells of a sheet, and cells as the text that a form reads."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

# A spreadsheet takes a text that begins like this for a formula (also the full-width sign of East Asian keyboards).
FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")
SHIELD = "'"
EXACT_DIGITS = 15
MAX_CELL = 10_000

type Value = str | int | float | Decimal | bool | None


def shielded(text: str) -> str:
    """A text that no spreadsheet calculates: with an apostrophe before what would begin a formula.

    A text that has such an apostrophe already gets another, so that `unshielded` gives back what was.
    """
    start = text.lstrip(" \u00a0")[:1] or text[:1]
    if start in FORMULA_STARTS or _is_shielded(text):
        return SHIELD + text
    return text


def unshielded(text: str) -> str:
    return text[1:] if _is_shielded(text) else text


def _is_shielded(text: str) -> bool:
    if not text.startswith(SHIELD):
        return False
    rest = text.lstrip(SHIELD)
    return (rest.lstrip(" \u00a0")[:1] or rest[:1]) in FORMULA_STARTS


def for_sheet(value: Any) -> Value:
    """A cell of an exported sheet: numbers stay numbers, everything else is text that calculates nothing."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return value if abs(value) < 10**EXACT_DIGITS else str(value)
    if isinstance(value, Decimal):
        return value if len(value.as_tuple().digits) <= EXACT_DIGITS else as_text(value)
    return shielded(as_text(value))


def as_text(value: Any) -> str:
    """What a form reads: plain digits, ISO dates, yes or no."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**EXACT_DIGITS:
        return str(int(value))
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)
