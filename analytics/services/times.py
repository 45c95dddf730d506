"""When a schedule is due, by the clocks of its own zone.

The same fields as a crontab of the beat, read by celery's own parser, so that both mean the same. The moment itself is
worked out here: the beat adds hours to the last run, and so is an hour late on the day clocks change; and it looks at
no crontab whose hour is more than two away, so that what it missed while it was down stays missed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from celery.schedules import ParseException, crontab
from django.utils.translation import gettext as _

from analytics.models import ReportSchedule
from core.exceptions import InvalidInput

F = ReportSchedule.Frequency
# Of 29 February there are eight years at most to the next.
MOST_DAYS = 366 * 8 + 3
MOST_MISSED = 10_000
DAY, HOURS = timedelta(days=1), 24
_FIELD = re.compile(r"[0-9a-z*,/\-]{1,40}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fields:
    """A crontab as it is written; `last_day` keeps only a month's last one of the days."""

    minute: str
    hour: str
    day_of_month: str = "*"
    month_of_year: str = "*"
    day_of_week: str = "*"
    last_day: bool = False

    def columns(self) -> dict[str, str]:
        names = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
        return {name: getattr(self, name) for name in names}


def fields_of(schedule: ReportSchedule) -> Fields:
    """Raises InvalidInput: `invalid_cron`."""
    if schedule.frequency == F.CRON:
        return _typed(schedule.cron)
    minute, hour = str(schedule.at.minute), str(schedule.at.hour)
    if schedule.frequency == F.WEEKLY:
        # A crontab's week begins on Sunday.
        return Fields(minute, hour, day_of_week=str((schedule.weekday + 1) % 7))
    if schedule.frequency == F.MONTHLY and schedule.month_day == ReportSchedule.LAST_DAY:
        return Fields(minute, hour, day_of_month="28-31", last_day=True)
    if schedule.frequency == F.MONTHLY:
        return Fields(minute, hour, day_of_month=str(schedule.month_day))
    return Fields(minute, hour)


def next_time(schedule: ReportSchedule, after: datetime) -> datetime | None:
    """The first moment after that one; none where it never comes."""
    return next(times(schedule, after), None)


def next_times(schedule: ReportSchedule, after: datetime, number: int = 3) -> list[datetime]:
    return list(islice(times(schedule, after), number))


def last_missed(schedule: ReportSchedule, due: datetime, now: datetime) -> datetime:
    """The latest moment until now: what was missed while nothing ran is made up for once."""
    found = due
    for moment in islice(times(schedule, due), MOST_MISSED):
        if moment > now:
            break
        found = moment
    return found


def times(schedule: ReportSchedule, after: datetime) -> Iterator[datetime]:
    """Each once, by the clocks of the schedule's zone.

    A time that clocks leave out is an hour later that day; one that comes twice is the first. Whoever says every hour
    (`0 * * * *`) means as much time between any two: it runs in the hour that comes twice both times, and the hour that
    is left out is none. So does cron: what names its hours goes by the wall, what does not by the time gone by.
    """
    fields, zone, last = fields_of(schedule), ZoneInfo(schedule.zone), after
    told: Any = crontab(**fields.columns())
    every_hour = len(told.hour) == HOURS
    clock = [time(hour, minute) for hour in sorted(told.hour) for minute in sorted(told.minute)]
    # What clocks left out at the end of a day falls into the next.
    day = after.astimezone(zone).date() - DAY
    for _number in range(MOST_DAYS):
        if _is_on(day, told, fields):
            for moment in sorted(_moments(day, clock, zone, twice=every_hour)):
                if moment > last:
                    last = moment
                    yield moment
        day += DAY


def _moments(day: date, clock: list[time], zone: ZoneInfo, *, twice: bool) -> Iterator[datetime]:
    for at in clock:
        first = datetime.combine(day, at, zone).astimezone(UTC)
        yield first
        if twice:
            second = datetime.combine(day, at.replace(fold=1), zone).astimezone(UTC)
            # Of a time that is left out, it comes before.
            if second > first:
                yield second


def _is_on(day: date, told: Any, fields: Fields) -> bool:
    return (
        day.day in told.day_of_month
        and day.month in told.month_of_year
        and (day.weekday() + 1) % 7 in told.day_of_week
        and (not fields.last_day or (day + DAY).day == 1)
    )


def _typed(text: str) -> Fields:
    parts = text.split()
    if len(parts) != 5 or not all(_FIELD.fullmatch(part) for part in parts):
        said = _(
            "Give five fields: minute, hour, day of the month, month, day of the week; such as 0 7 * * 1-5."
        )
        raise InvalidInput("invalid_cron", said, field="cron")
    try:
        told: Any = crontab(*_in_celerys_order(parts))
    except (ValueError, ParseException, ArithmeticError, LookupError) as error:
        said = _("This crontab cannot be read: %(why)s") % {"why": str(error)[:120]}
        raise InvalidInput("invalid_cron", said, field="cron") from error
    if len(told.minute) > 1:
        said = _("At most once an hour: give one minute, such as 0.")
        raise InvalidInput("invalid_cron", said, field="cron")
    minute, hour, day, month, weekday = parts
    return Fields(minute, hour, day, month, weekday)


def _in_celerys_order(parts: list[str]) -> tuple[str, ...]:
    minute, hour, day, month, weekday = parts
    return minute, hour, weekday, day, month
