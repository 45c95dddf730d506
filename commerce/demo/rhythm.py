"""When people buy: more each month, at week-ends, after payday and in the evening."""

from bisect import bisect_right
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from commerce.demo.moments import DAY, HOUR

DAYS = 365
# Monday to Sunday.
WEEK = (0.88, 0.90, 0.94, 0.99, 1.13, 1.20, 1.06)
# Hours of the day, UTC.
HOURS = (
    0.5,
    0.35,
    0.3,
    0.3,
    0.45,
    0.8,
    1.2,
    1.7,
    2.2,
    2.6,
    2.8,
    3.0,
    3.1,
    2.9,
    2.8,
    2.9,
    3.2,
    3.6,
    3.9,
    3.8,
    3.2,
    2.3,
    1.5,
    0.9,
)
_CURVE = list(accumulate(HOURS))
FIRST_LEVEL, GROWTH = 0.55, 0.95


def _month(day: date) -> float:
    """Salaries come at the end of the month."""
    if day.day >= 25:
        return 1.24
    if day.day <= 3:
        return 1.15
    return 0.93 if 10 <= day.day <= 19 else 1.0


def _season(day: date) -> float:
    if (day.month == 12 and day.day >= 18) or (day.month == 1 and day.day <= 2):
        return 1.35
    return 1.28 if day.month == 11 and 23 <= day.day <= 29 else 1.0


def orders_by_day(total: int, first: date, part_of_today: float, rng: Random) -> list[int]:
    """How many orders came on each day from `first` on; the last day is as far along as `part_of_today`, 0 to 1."""
    weights = []
    for number in range(DAYS + 1):
        day = first + timedelta(days=number)
        growth = FIRST_LEVEL + GROWTH * (number / DAYS) ** 1.2
        weights.append(growth * WEEK[day.weekday()] * _month(day) * _season(day) * rng.uniform(0.94, 1.06))
    weights[-1] *= part_of_today
    scale = total / sum(weights)
    ends = [round(sum_so_far * scale) for sum_so_far in accumulate(weights)]
    return [end - begin for begin, end in zip([0, *ends[:-1]], ends, strict=True)]


def share_of_day(ms_of_day: int) -> float:
    """How much of a day's business is done by this time of the day."""
    hour, rest = divmod(ms_of_day, HOUR)
    before = _CURVE[hour - 1] if hour else 0.0
    return (before + HOURS[hour] * rest / HOUR) / _CURVE[-1]


def times_of_day(count: int, until: int, rng: Random) -> list[int]:
    """Sorted milliseconds within a day, before `until`."""
    most = share_of_day(until) * _CURVE[-1] if until < DAY else _CURVE[-1]
    draw = rng.random
    times = []
    for _each in range(count):
        hour = bisect_right(_CURVE, draw() * most)
        times.append(min(int((hour + draw()) * HOUR), until - 1))
    times.sort()
    return times
