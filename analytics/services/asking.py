"""What a report is asked for: days in a zone, and whose rights it is read with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# Longer than any law wants books kept; it bounds what one file may be asked for.
MOST_DAYS = 3_660
FIRST_YEAR, LAST_YEAR = 2000, 2199


class Span(models.TextChoices):
    """Days told by the day a report runs, so that a schedule need not name any."""

    TODAY = "today", gettext_lazy("Today")
    YESTERDAY = "yesterday", gettext_lazy("Yesterday")
    LAST_7 = "last_7", gettext_lazy("Last 7 days")
    LAST_30 = "last_30", gettext_lazy("Last 30 days")
    THIS_WEEK = "this_week", gettext_lazy("This week")
    LAST_WEEK = "last_week", gettext_lazy("Last week")
    THIS_MONTH = "this_month", gettext_lazy("This month")
    LAST_MONTH = "last_month", gettext_lazy("Last month")
    THIS_YEAR = "this_year", gettext_lazy("This year")
    LAST_YEAR = "last_year", gettext_lazy("Last year")
    CHOSEN = "chosen", gettext_lazy("From a day to a day")


@dataclass(frozen=True, slots=True)
class Asked:
    """Whole days from `first` to `last`, both included, by the clocks of `zone`.

    Attributes:
        sees_cost: whether columns of cost and margin are there at all.
        values: what the pack's own form was answered, cleaned.
    """

    first: date
    last: date
    zone: ZoneInfo
    sees_cost: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def begin(self) -> datetime:
        """The first moment of the first day."""
        return midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The first moment after the last day: where clocks change, a day has 23 or 25 hours."""
        return midnight(self.last + timedelta(days=1), self.zone)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def period(self) -> str:
        """For people."""
        first, last = (date_format(day, "DATE_FORMAT") for day in (self.first, self.last))
        return first if first == last else _("%(first)s to %(last)s") % {"first": first, "last": last}


def is_of_our_time(first: date, last: date) -> bool:
    """Beyond these years a clock's changes, and the day after the last, are nothing to reckon with."""
    return first.year >= FIRST_YEAR and last.year <= LAST_YEAR


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone)


def span_days(span: str, *, zone: ZoneInfo, now: datetime | None = None) -> tuple[date, date]:
    """First and last day of a span, both included, as of now in the zone. A week begins on Monday.

    Raises:
        ValueError: for days that are chosen, which no span tells.
    """
    today = timezone.localtime(now, zone).date()
    monday, month = today - timedelta(days=today.weekday()), today.replace(day=1)
    day, before = timedelta(days=1), month - timedelta(days=1)
    spans = {
        Span.TODAY: (today, today),
        Span.YESTERDAY: (today - day, today - day),
        Span.LAST_7: (today - 6 * day, today),
        Span.LAST_30: (today - 29 * day, today),
        Span.THIS_WEEK: (monday, today),
        Span.LAST_WEEK: (monday - 7 * day, monday - day),
        Span.THIS_MONTH: (month, today),
        Span.LAST_MONTH: (before.replace(day=1), before),
        Span.THIS_YEAR: (today.replace(month=1, day=1), today),
        Span.LAST_YEAR: (date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)),
    }
    return spans[Span(span)]
