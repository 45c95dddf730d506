"""The figures of a period: what the first page and the API show. Each question is one query over the days.

Sums are of the base currency; what other currencies came to is kept apart. Counts are of all orders.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection

from analytics.services.day_rows import PARTIES, PRODUCTS, Kind, Source, kept_through, source
from analytics.services.period import Period, this_month
from commerce.models import Brand, Customer, Order, Product, Reseller

ZERO = Decimal(0)
# A buyer in one number: resellers as they are, customers below zero. Ranked by whole numbers first, because adding
# up the money of everybody costs more than that of the first few.
_PARTY = "coalesce(d.reseller_id, -d.customer_id)"
_NET = "coalesce(sum(d.revenue - d.refunds) FILTER (WHERE d.currency = %(base)s), 0)"
_RANKING = """
SELECT {party}, sum(d.orders), count(*) OVER () FROM ({days}) AS d {wanted}
 GROUP BY 1 ORDER BY {by} DESC, 1 LIMIT %(most)s
"""
_BY = {"orders": "2", "revenue": _NET}
_ONLY = {"": "", "reseller": "WHERE d.reseller_id IS NOT NULL", "customer": "WHERE d.customer_id IS NOT NULL"}
_MONEY = "SELECT {party}, {net} FROM ({days}) AS d WHERE {party} = ANY(%(ids)s) GROUP BY 1"


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
    """The most active, and how many there were at all."""

    count: int
    first: list[Ranked]


def totals(*periods: Period) -> list[Totals]:
    """Each of some periods, by one query over the days from the first to the last of them."""
    whole = Period(min(one.first for one in periods), max(one.last for one in periods))
    found = [Totals(days={day: Sums() for day in one.all_days()}) for one in periods]
    sql = (
        "SELECT day, status, currency, sum(orders), sum(captured), sum(volume), sum(revenue), sum(refunds),"
        " sum(cost), sum(commission) FROM ({days}) AS d GROUP BY 1, 2, 3"
    )
    for day, status, currency, orders, paid, *money in rows(sql, PRODUCTS, whole):
        for total in found:
            if day in total.days:
                _put(total, day, status, currency, orders, paid, money)
    return found


def _put(
    total: Totals, day: date, status: str, currency: str, orders: int, paid: int, money: list[Decimal]
) -> None:
    total.statuses[status] = total.statuses.get(status, 0) + orders
    total.whole.count(status, orders, paid)
    total.days[day].count(status, orders, paid)
    if currency == settings.BASE_CURRENCY:
        total.whole.add(money)
        total.days[day].add(money)
    else:
        other = total.others.setdefault(currency, Sums())
        other.count(status, orders, paid)
        other.add(money)


def by_brand_and_product(period: Period) -> tuple[list[Ranked], list[Ranked]]:
    """Brands by revenue and products by how often they were bought, highest first; names are not filled in."""
    sql = (
        "SELECT p.brand_id, d.product_id, sum(d.captured), coalesce(sum(d.revenue - d.refunds)"
        " FILTER (WHERE d.currency = %(base)s), 0)"
        " FROM ({days}) AS d JOIN commerce_product AS p ON p.id = d.product_id"
        " GROUP BY GROUPING SETS ((p.brand_id), (d.product_id)) HAVING sum(d.captured) > 0"
    )
    brands: list[Ranked] = []
    products: list[Ranked] = []
    for brand_id, product_id, orders, revenue in rows(sql, PRODUCTS, period, base=settings.BASE_CURRENCY):
        ranked = Ranked(brand_id or product_id, "", orders, revenue)
        (products if brand_id is None else brands).append(ranked)
    brands.sort(key=lambda one: (-one.revenue, -one.orders, one.id))
    products.sort(key=lambda one: (-one.orders, -one.revenue, one.id))
    return brands, products


def named_brands(ranked: list[Ranked]) -> list[Ranked]:
    names = dict(Brand.objects.filter(pk__in=[one.id for one in ranked]).values_list("pk", "name"))
    return [Ranked(one.id, names.get(one.id, "–"), one.orders, one.revenue) for one in ranked]


def named_products(ranked: list[Ranked]) -> list[Ranked]:
    found = Product.objects.filter(pk__in=[one.id for one in ranked]).values_list("pk", "name", "brand__name")
    names = {pk: (name, brand) for pk, name, brand in found}
    return [
        Ranked(one.id, names[one.id][0], one.orders, one.revenue, note=names[one.id][1])
        for one in ranked
        if one.id in names
    ]


def buyers(period: Period, *, most: int = 8, only: str = "", by: str = "orders") -> Buyers:
    """The most active buyers, resellers and customers alike.

    Args:
        only: `reseller` or `customer`; both where empty.
        by: `orders` or `revenue`.
    """
    ranking = _RANKING.replace("{wanted}", _ONLY[only]).replace("{by}", _BY[by])
    found = rows(ranking, PARTIES, period, base=settings.BASE_CURRENCY, most=most)
    ids = [row[0] for row in found]
    sums = dict(rows(_MONEY, PARTIES, period, base=settings.BASE_CURRENCY, ids=ids))
    resellers = dict(Reseller.objects.filter(pk__in=ids).values_list("pk", "business_name"))
    customers = dict(
        Customer.objects.filter(pk__in=[-party for party in ids if party < 0]).values_list("pk", "full_name")
    )
    first = [
        Ranked(party, resellers.get(party, "–"), orders, sums.get(party, ZERO), "reseller")
        if party > 0
        else Ranked(-party, customers.get(-party, "–"), orders, sums.get(party, ZERO), "customer")
        for party, orders, _count in found
    ]
    return Buyers(found[0][-1] if found else 0, first)


def failed_this_month() -> Sums:
    """This month's orders, counted, with those that failed."""
    [month] = totals(this_month())
    return month.whole


def rows(sql: str, kind: Kind, period: Period, **params: Any) -> list[tuple[Any, ...]]:
    """The rows of a query whose `{days}` are the days of a period."""
    days: Source = source(kind, period.first, period.last, through=kept_through())
    with connection.cursor() as cursor:
        whole = sql.replace("{party}", _PARTY).replace("{net}", _NET).replace("{days}", days.sql)
        cursor.execute(whole, days.params | params)
        return cursor.fetchall()
