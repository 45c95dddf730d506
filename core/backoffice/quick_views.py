"""What everybody asks of a list, as tabs above it: one click instead of a sheet of filters."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class QuickView:
    """A name, and the filters for the day it is asked on."""

    title: Any
    filters: Callable[[date], dict[str, str]]


def last_week(today: date, field: str) -> dict[str, str]:
    """Monday to Sunday before this week, as `DayRangeFilter` takes them."""
    monday = today - timedelta(days=today.weekday() + 7)
    return {f"{field}_from": str(monday), f"{field}_to": str(monday + timedelta(days=6))}
