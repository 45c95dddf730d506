"""Charts drawn by the server: they follow the theme by themselves, print, and need no script.

A chart is handed to its template as heights in percent; the same figures stand beside it as a table.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from analytics.services.dashboard import Dashboard
from analytics.services.figures import Sums
from analytics.widgets.base import base_money, day_name
from core.money import SIGNS, format_money

# More columns than these cannot be told apart: then each is a week.
MOST_COLUMNS = 92
LABELS = 6
CIRCLE = 100


@dataclass(frozen=True, slots=True)
class Bar:
    """A day or week: `height` and `before` in percent of the axis, `label` under it or empty."""

    name: str
    label: str
    height: float
    value: str
    before_value: str
    orders: str
    is_today: bool
    side: str


@dataclass(frozen=True, slots=True)
class BarChart:
    bars: list[Bar]
    ticks: list[tuple[float, str]]
    line: str
    unit: str
    empty: bool


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a ring: `share` of a hundred, beginning at `offset`."""

    name: str
    value: str
    share: float
    offset: float
    tone: int
    link: str
    width: float


def revenue_chart(found: Dashboard, today: date) -> BarChart:
    """Revenue by day, with the period before as a line, day for day; of a single day, by hour."""
    if found.hours:
        return _hours(found.hours)
    return day_chart(found.now.days, list(found.before.days.values()), today)


def day_chart(of: Mapping[date, Sums], before: list[Sums], today: date, currency: str = "") -> BarChart:
    """Revenue by day, or by week where there are many days, with as many days before as a line.

    Args:
        currency: of the sums; the base currency where it is empty.
    """
    days, money = list(of.items()), currency or settings.BASE_CURRENCY
    weekly = len(days) > MOST_COLUMNS
    step = 7 if weekly else 1
    groups = [days[start : start + step] for start in range(0, len(days), step)]
    earlier = [_revenue(before[start : start + step]) for start in range(0, len(days), step)]
    values = [_revenue([sums for _day, sums in group]) for group in groups]
    top, ticks = axis(max([*values, *earlier, Decimal(0)]), money)
    every = math.ceil(len(groups) / LABELS)
    bars = [
        Bar(
            name=_name(group[0][0], group[-1][0]),
            label=date_format(group[0][0], "j M") if (len(groups) - 1 - number) % every == 0 else "",
            height=percent(value, top),
            value=format_money(value, money),
            before_value=format_money(past, money),
            orders=f"{sum(sums.orders for _day, sums in group):,}",
            is_today=group[-1][0] == today,
            side=_side(number, len(groups)),
        )
        for number, (group, value, past) in enumerate(zip(groups, values, earlier, strict=True))
    ]
    line = _line(earlier, top) if any(earlier) else ""
    return BarChart(bars, ticks, line, "week" if weekly else "day", not any(values) and not any(earlier))


def _line(values: list[Decimal], top: Decimal) -> str:
    """The points of a line through the middles of the columns."""
    width = 100 / max(len(values), 1)
    return " ".join(
        f"{(number + 0.5) * width:.2f},{100 - percent(value, top):.2f}" for number, value in enumerate(values)
    )


def _hours(hours: list[Sums]) -> BarChart:
    top, ticks = axis(max(sums.revenue for sums in hours))
    bars = [
        Bar(
            name=f"{hour:02}:00 – {hour:02}:59",
            label=f"{hour:02}:00" if hour % 4 == 0 else "",
            height=percent(sums.revenue, top),
            value=base_money(sums.revenue),
            before_value="",
            orders=f"{sums.orders:,}",
            is_today=False,
            side=_side(hour, 24),
        )
        for hour, sums in enumerate(hours)
    ]
    return BarChart(bars, ticks, "", "hour", not any(sums.revenue for sums in hours))


def _side(number: int, of: int) -> str:
    return "start" if number < of / 3 else "end" if number > of * 2 / 3 else "middle"


def ring(parts: list[tuple[str, Decimal, str]]) -> list[Slice]:
    """Parts of a whole, in the order given; what came to nothing or less is left out of the ring."""
    whole = sum((value for _name, value, _link in parts if value > 0), Decimal(0))
    most = max((value for _name, value, _link in parts), default=Decimal(0))
    slices, offset = [], 0.0
    for tone, (name, value, link) in enumerate(parts):
        share = float(value / whole * CIRCLE) if whole and value > 0 else 0.0
        width = percent(value, most)
        slices.append(Slice(name, base_money(value), share, -offset, tone, link, width))
        offset += share
    return slices


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a bar list: its part of the longest in percent."""

    name: Any
    value: Any
    note: Any
    width: float
    link: str = ""
    tone: str = ""


def lines(parts: list[tuple[Any, Decimal, Any, Any, str, str]]) -> list[Line]:
    """Bars side by side: name, size, value as read, note, link and tone of each."""
    most = max((size for _name, size, *_rest in parts), default=Decimal(0))
    return [
        Line(name, value, note, percent(size, most), link, tone)
        for name, size, value, note, link, tone in parts
    ]


def axis(most: Decimal, currency: str = "") -> tuple[Decimal, list[tuple[float, str]]]:
    """The top of an axis and its marks: round numbers, at most five of them."""
    if most <= 0:
        return Decimal(1), [(0.0, short(Decimal(0), currency))]
    rough = float(most) / 4
    power = 10 ** math.floor(math.log10(rough))
    step = next(size * power for size in (1, 2, 2.5, 5, 10) if size * power >= rough)
    count = math.ceil(float(most) / step)
    top = Decimal(str(step)) * count
    marks = range(count + 1)
    return top, [(100 * number / count, short(Decimal(str(step)) * number, currency)) for number in marks]


def short(amount: Decimal, currency: str = "") -> str:
    """An amount as an axis has room for: $12k."""
    value, unit = float(amount), ""
    for size, name in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            value, unit = value / size, name
            break
    number = f"{value:.2f}".rstrip("0").rstrip(".")
    sign = SIGNS.get(currency or settings.BASE_CURRENCY)
    return f"{sign}{number}{unit}" if sign else f"{number}{unit}"


def percent(value: Decimal, top: Decimal) -> float:
    return max(0.0, float(value / top * 100)) if top > 0 else 0.0


def _revenue(sums: list[Sums]) -> Decimal:
    return sum((one.revenue for one in sums), Decimal(0))


def _name(first: date, last: date) -> Any:
    if first == last:
        return date_format(first, "D j M Y")
    return _("%(first)s to %(last)s") % {"first": date_format(first, "j M"), "last": day_name(last)}
