"""The figures of a period: what the first page and the API show. Each question is one query over the days.

Sums are of the base currency; what other currencies came to is kept apart. Counts are of all orders.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection

from analytics.services import company_days
from analytics.services.day_rows import PARTIES, PRODUCTS, Kind, Source, kept_through, source
from analytics.services.period import Period
from commerce.models import Order

ZERO = Decimal(0)
# A buyer in one number: resellers as they are, customers below zero.
_PARTY = "coalesce(d.reseller_id, -d.customer_id)"
_NET = "coalesce(sum(d.revenue - d.refunds) FILTER (WHERE d.currency = %(base)s), 0)"
# Every buyer is added up once, and both lists are picked from that.
_BUYERS = """
WITH sums AS MATERIALIZED (
    SELECT {party} AS party, sum(d.orders) AS orders, {net} AS net FROM ({days}) AS d GROUP BY 1
), picked AS (
    (SELECT true AS by_orders, * FROM sums ORDER BY orders DESC, party LIMIT %(most)s)
    UNION ALL
    (SELECT false, * FROM sums WHERE party > 0 ORDER BY net DESC, orders DESC, party LIMIT %(most)s)
)
SELECT p.by_orders, p.party, p.orders, p.net, coalesce(reseller.business_name, customer.full_name),
       (SELECT count(*) FROM sums)
  FROM picked AS p
  LEFT JOIN commerce_reseller AS reseller ON reseller.id = p.party
  LEFT JOIN commerce_customer AS customer ON customer.id = -p.party
"""
_SOLD = """
SELECT s.brand_id, s.product_id, s.orders, s.revenue, brand.name, product.name
  FROM (SELECT p.brand_id, d.product_id, sum(d.captured) AS orders,
               coalesce(sum(d.revenue - d.refunds) FILTER (WHERE d.currency = %(base)s), 0) AS revenue
          FROM ({days}) AS d JOIN commerce_product AS p ON p.id = d.product_id
         GROUP BY GROUPING SETS ((p.brand_id), (d.product_id)) HAVING sum(d.captured) > 0) AS s
  LEFT JOIN commerce_product AS product ON product.id = s.product_id
  LEFT JOIN commerce_brand AS brand ON brand.id = coalesce(s.brand_id, product.brand_id)
"""
_SUMMED = """
SELECT day, status, currency, sum(orders), sum(captured), sum(volume), sum(revenue), sum(refunds), sum(cost),
       sum(commission)
  FROM ({days}) AS d GROUP BY 1, 2, 3
"""


@dataclass(slots=True)
class Sums:
    """What some orders came to. `revenue` is captured, net of tax and of what was given back since."""

    orders: int = 0
    paid: int = 0
    failed: int = 0
    volume: Decimal = ZERO
    revenue: Decimal = ZERO
    refunds: Decimal = ZERO
    cost: Decimal = ZERO
    commission: Decimal = ZERO

    @property
    def margin(self) -> Decimal:
        return self.revenue - self.cost - self.commission

    @property
    def failed_share(self) -> float:
        """Failed of all orders, from 0 to 100."""
        return self.failed / self.orders * 100 if self.orders else 0.0

    @property
    def average(self) -> Decimal:
        """Revenue an order that was paid."""
        return self.revenue / self.paid if self.paid else ZERO

    def count(self, status: str, orders: int, paid: int) -> None:
        self.orders += orders
        self.paid += paid
        self.failed += orders if status == Order.Status.FAILED else 0

    def include(self, other: "Sums") -> None:
        """Add the sums of other orders to these."""
        self.orders += other.orders
        self.paid += other.paid
        self.failed += other.failed
        self.volume += other.volume
        self.revenue += other.revenue
        self.refunds += other.refunds
        self.cost += other.cost
        self.commission += other.commission

    def put(self, status: str, currency: str, orders: int, paid: int, money: Iterable[Decimal]) -> None:
        """Count some orders, and add their money if it is the base currency's."""
        self.count(status, orders, paid)
        if currency == settings.BASE_CURRENCY:
            self.add(money)

    def add(self, money: Iterable[Decimal]) -> None:
        volume, revenue, refunds, cost, commission = money
        self.volume += volume
        self.revenue += revenue - refunds
        self.refunds += refunds
        self.cost += cost
        self.commission += commission


@dataclass(slots=True)
class Totals:
    """A period as a whole and by day; `others` are the sums of other currencies."""

    whole: Sums = field(default_factory=Sums)
    days: dict[date, Sums] = field(default_factory=dict)
    others: dict[str, Sums] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A brand, product or buyer with its orders and revenue in the period."""

    id: int
    name: str
    orders: int
    revenue: Decimal
    kind: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Buyers:
    """How many there were, the most active, and the resellers with the most revenue."""

    count: int
    first: list[Ranked]
    resellers: list[Ranked]


def totals(*periods: Period) -> list[Totals]:
    """Each of some periods, by one query over the days from the first to the last of them."""
    whole = Period(min(one.first for one in periods), max(one.last for one in periods))
    found = [Totals(days={day: Sums() for day in one.all_days()}) for one in periods]
    for day, status, currency, orders, paid, *money in rows(_SUMMED, PRODUCTS, whole):
        for total in found:
            if day in total.days:
                _put(total, day, status, currency, orders, paid, money)
    return found


def _put(
    total: Totals, day: date, status: str, currency: str, orders: int, paid: int, money: list[Decimal]
) -> None:
    total.statuses[status] = total.statuses.get(status, 0) + orders
    total.whole.put(status, currency, orders, paid, money)
    total.days[day].put(status, currency, orders, paid, money)
    if currency != settings.BASE_CURRENCY:
        other = total.others.setdefault(currency, Sums())
        other.count(status, orders, paid)
        other.add(money)


def by_brand_and_product(period: Period) -> tuple[list[Ranked], list[Ranked]]:
    """Brands by revenue and products by how often they were bought, highest first."""
    brands: list[Ranked] = []
    products: list[Ranked] = []
    found = rows(_SOLD, PRODUCTS, period, base=settings.BASE_CURRENCY)
    for brand_id, product_id, orders, revenue, brand, product in found:
        if product_id is None:
            brands.append(Ranked(brand_id, brand or "–", orders, revenue))
        else:
            products.append(Ranked(product_id, product or "–", orders, revenue, note=brand or ""))
    brands.sort(key=lambda one: (-one.revenue, -one.orders, one.id))
    products.sort(key=lambda one: (-one.orders, -one.revenue, one.id))
    return brands, products


def buyers(period: Period, *, most: int = 8) -> Buyers:
    """The first buyers by orders, resellers and customers alike, and the first resellers by revenue."""
    active, resellers, count = list[Ranked](), list[Ranked](), 0
    found = rows(_BUYERS, PARTIES, period, base=settings.BASE_CURRENCY, most=most)
    for by_orders, party, orders, net, name, count in found:  # noqa: B007  # The same in every row.
        kind = "reseller" if party > 0 else "customer"
        (active if by_orders else resellers).append(Ranked(abs(party), name or "–", orders, net, kind))
    active.sort(key=lambda one: (-one.orders, one.kind, one.id))
    resellers.sort(key=lambda one: (-one.revenue, -one.orders, one.id))
    return Buyers(count, active, resellers)


def by_hour(day: date) -> list[Sums]:
    """The 24 hours of a day, always from the orders; where clocks are put back one hour counts twice."""
    hours = [Sums() for _ in range(24)]
    begin, end = company_days.begin(day), company_days.end(day)
    for hour, status, currency, orders, paid, *money in _live(PRODUCTS.live(by_hour=True), begin, end):
        hours[hour].put(status, currency, orders, paid, money)
    return hours


def so_far(moment: datetime) -> tuple[Sums, Sums]:
    """Orders of this day up to now, and of the day before up to the same time; always from the orders."""
    begin, day = company_days.begin(company_days.today(moment)), timedelta(days=1)
    now, before = Sums(), Sums()
    # The rest of yesterday is left out.
    until = "%(end)s AND (o.created_at < %(pause)s OR o.created_at >= %(resume)s)"
    days = PRODUCTS.live(end=until)
    for date_, status, currency, orders, paid, *money in _live(
        days, begin - day, moment, pause=moment - day, resume=begin
    ):
        (now if date_ == begin.date() else before).put(status, currency, orders, paid, money)
    return now, before


def _live(days: str, begin: datetime, end: datetime, **more: datetime) -> list[tuple[Any, ...]]:
    params: dict[str, Any] = {"zone": str(company_days.zone()), "begin": begin, "end": end, **more}
    with connection.cursor() as cursor:
        cursor.execute(_SUMMED.replace("{days}", days), params)
        return cursor.fetchall()


def rows(sql: str, kind: Kind, period: Period, **params: Any) -> list[tuple[Any, ...]]:
    """The rows of a query whose `{days}` are the days of a period."""
    days: Source = source(kind, period.first, period.last, through=kept_through())
    with connection.cursor() as cursor:
        whole = sql.replace("{party}", _PARTY).replace("{net}", _NET).replace("{days}", days.sql)
        cursor.execute(whole, days.params | params)
        return cursor.fetchall()
