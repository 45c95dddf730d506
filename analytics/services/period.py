"""A range of days as people ask for it, and the period before it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from analytics.services import company_days
from core.exceptions import InvalidInput

DEFAULT_DAYS = 30
MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Period:
    """Days of the company from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Period":
        """As many days right before; of a month so far, the same days of the month before."""
        if self.is_month_so_far:
            first = (self.first - timedelta(days=1)).replace(day=1)
            return Period(first, min(first + timedelta(days=self.days - 1), self.first - timedelta(days=1)))
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    @property
    def is_month_so_far(self) -> bool:
        return self == this_month()

    def all_days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range(self.days)]


def last_days(days: int) -> Period:
    """The last days, today included."""
    today = company_days.today()
    return Period(today - timedelta(days=days - 1), today)


def this_month() -> Period:
    today = company_days.today()
    return Period(today.replace(day=1), today)


def read_period(values: Mapping[str, str], *, default: int = DEFAULT_DAYS) -> Period:
    """`start_date` and `end_date`; either may be left out.

    Args:
        default: how many days are shown where no `start_date` is named.

    Raises:
        InvalidInput: `invalid_date` or `invalid_range`, naming the field.
    """
    today = company_days.today()
    last = read_day(values, "end_date") or today
    first = read_day(values, "start_date") or last - timedelta(days=default - 1)
    if first > last:
        raise InvalidInput(
            "invalid_range", _("The first day comes before the last; exchange the two."), field="start_date"
        )
    if first > today:
        raise InvalidInput(
            "invalid_range",
            _("These days have not come yet; choose a range until today."),
            field="start_date",
        )
    if (last - first).days >= MOST_DAYS:
        raise InvalidInput(
            "invalid_range",
            _("Choose at most %(most)d days; for longer, make a report.") % {"most": MOST_DAYS},
            field="start_date",
        )
    return Period(first, min(last, today))


def read_days(values: Mapping[str, str], *, default: int = DEFAULT_DAYS) -> Period:
    """`days`, brief 3's parameter: the last days with today.

    Raises:
        InvalidInput: `invalid_days`.
    """
    text = values.get("days", "").strip() or str(default)
    # Django reads digits of any script as a number, an address line is plain.
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MOST_DAYS):
        raise InvalidInput(
            "invalid_days", _("Send a number of days from 1 to %(most)d.") % {"most": MOST_DAYS}, field="days"
        )
    return last_days(int(text))


def read_day(values: Mapping[str, str], name: str) -> date | None:
    """A day such as 2025-01-31, or none.

    Raises:
        InvalidInput: `invalid_date`.
    """
    text = values.get(name, "").strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    # Beyond these years neither the arithmetic nor PostgreSQL's holds.
    if day is None or len(text) != len("2025-01-31") or not 1970 <= day.year < 2200:
        raise InvalidInput("invalid_date", _("Give a date such as 2025-01-31."), field=name)
    return day
