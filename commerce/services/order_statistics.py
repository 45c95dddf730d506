"""How many orders and for how much, by status, source, network and day; amounts by currency, never added up."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from commerce.models import Order
from commerce.services.order_view import money

KINDS = ("status", "source", "network", "day")
# One pass over the orders for all five questions.
_SQL = """
SELECT status, source, network, day, currency, count(*), sum(total)
FROM (SELECT o.status, o.source, o.brand_name AS network, (o.created_at AT TIME ZONE 'UTC')::date AS day,
             o.currency, o.total
      FROM ({orders}) AS o) AS counted
GROUP BY GROUPING SETS (
    (currency), (status, currency), (source, currency), (network, currency), (day, currency))
ORDER BY status, source, network, day, currency
"""


@dataclass(slots=True)
class Tally:
    count: int = 0
    amounts: dict[str, Decimal] = field(default_factory=dict)

    def add(self, currency: str, count: int, amount: Decimal) -> None:
        self.count += count
        self.amounts[currency] = self.amounts.get(currency, Decimal(0)) + amount

    def shown(self) -> dict[str, Any]:
        return {"count": self.count, "amounts": {code: money(sum_) for code, sum_ in self.amounts.items()}}


def statistics(orders: QuerySet[Order]) -> dict[str, Any]:
    """The orders of this queryset, counted; test mode is left out whoever asks."""
    rows = _rows(orders.filter(is_test=False))
    whole, parts = Tally(), {kind: dict[str, Tally]() for kind in KINDS}
    for *keys, currency, count, amount in rows:
        kind, key = _part(keys)
        tally = parts[kind].setdefault(key, Tally()) if kind else whole
        tally.add(currency, count, amount)
    return whole.shown() | {
        f"by_{kind}": [{kind: key, **tally.shown()} for key, tally in parts[kind].items()] for kind in KINDS
    }


def _part(keys: Iterable[Any]) -> tuple[str, str]:
    """Which question a row answers: the one column that is set; none is the whole."""
    found = ((kind, str(key)) for kind, key in zip(KINDS, keys, strict=True) if key is not None)
    return next(found, ("", ""))


def _rows(orders: QuerySet[Order]) -> list[tuple[Any, ...]]:
    columns = orders.order_by().values("status", "source", "brand_name", "created_at", "currency", "total")
    try:
        inner, params = columns.query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_SQL.format(orders=inner), params)
        return cursor.fetchall()
