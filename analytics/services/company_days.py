"""Days of the company: where one begins and ends does not depend on who looks."""

from datetime import date, datetime, time, timedelta, tzinfo

from django.utils import timezone


def zone() -> tzinfo:
    """The company's zone: the setting TIME_ZONE."""
    return timezone.get_default_timezone()


def today(now: datetime | None = None) -> date:
    return timezone.localtime(now, zone()).date()


def begin(day: date) -> datetime:
    """The first moment of a day; where clocks change, a day has 23 or 25 hours."""
    return datetime.combine(day, time.min, zone())


def end(day: date) -> datetime:
    """The first moment after a day."""
    return begin(day + timedelta(days=1))
