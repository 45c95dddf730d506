"""The days as SQL: computed from the orders, read from the rollups, or both.

One expression makes the rollups, the days that are still live and what the nightly check compares with.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from analytics.models import DailyParty, DailyProduct, RollupState
from analytics.services import company_days

SUMS = ("orders", "captured", "volume", "revenue", "refunds", "cost", "commission")

# What was given back is in the ledger, to the cent; few orders have any, so this looks there for those alone. What a
# provider's statement corrected has an index of its own (`commerce_transfer_corrected`): fewer still.
_LIVE = """
SELECT {moment} AS day, {keys}, o.status, o.currency,
       count(*)::int AS orders,
       (count(*) FILTER (WHERE o.captured_amount > 0))::int AS captured,
       coalesce(sum(o.captured_amount), 0) AS volume,
       coalesce(sum(o.price) FILTER (WHERE o.captured_amount > 0), 0) AS revenue,
       coalesce(sum(b.price), 0) AS refunds,
       coalesce(sum(o.cost) FILTER (WHERE o.captured_amount > 0), 0) - coalesce(sum(b.cost), 0)
           + coalesce(sum(c.cost), 0) AS cost,
       coalesce(sum(o.commission) FILTER (WHERE o.captured_amount > 0), 0)
           - coalesce(sum(b.commission), 0) AS commission
  FROM commerce_order AS o
  LEFT JOIN LATERAL (
       SELECT sum(t.amount) FILTER (WHERE t.kind = 'refund_sale') AS price,
              sum(t.amount) FILTER (WHERE t.kind = 'cost_back') AS cost,
              sum(t.amount) FILTER (WHERE t.kind = 'commission_back') AS commission
         FROM commerce_transfer AS t
        WHERE t.order_id = o.id AND (o.refunded_amount > 0 OR o.status = 'reversed')
  ) AS b ON true
  LEFT JOIN (
       SELECT t.order_id, sum(CASE d.kind WHEN 'cost' THEN t.amount ELSE -t.amount END) AS cost
         FROM commerce_transfer AS t JOIN commerce_account AS d ON d.id = t.debit_account_id
        WHERE t.kind = 'cost_correction' AND t.order_id IS NOT NULL
        GROUP BY 1
  ) AS c ON c.order_id = o.id
 WHERE NOT o.is_test AND o.created_at >= {begin} AND o.created_at < {end}{only}
 GROUP BY 1, {keys}, o.status, o.currency
"""


_DAY = "(o.created_at AT TIME ZONE %(zone)s)::date"
_HOUR = "extract(hour FROM o.created_at AT TIME ZONE %(zone)s)::int"
_through: ContextVar[tuple[date | None] | None] = ContextVar("through", default=None)


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the two rollups: its table and what tells its rows apart beside day, status and currency."""

    table: str
    keys: tuple[str, ...]

    @property
    def columns(self) -> str:
        return ", ".join(("day", *self.keys, "status", "currency", *SUMS))

    def live(
        self, begin: str = "%(begin)s", end: str = "%(end)s", *, by_hour: bool = False, only: str = ""
    ) -> str:
        """The rows computed from the orders placed between two moments.

        Args:
            by_hour: `day` is the hour of the day, from 0 to 23.
            only: a key that has to be `%(only)s`.
        """
        keys = ", ".join(f"o.{key}" for key in self.keys)
        moment, wanted = _HOUR if by_hour else _DAY, f" AND o.{only} = %(only)s" if only else ""
        return _LIVE.format(moment=moment, keys=keys, begin=begin, end=end, only=wanted)


PRODUCTS = Kind(DailyProduct._meta.db_table, ("product_id",))
PARTIES = Kind(DailyParty._meta.db_table, ("reseller_id", "customer_id"))
KINDS = (PRODUCTS, PARTIES)


@dataclass(frozen=True, slots=True)
class Source:
    """A subquery of days with its parameters: `SELECT … FROM ({source.sql}) AS d`."""

    sql: str
    params: dict[str, Any]


@contextmanager
def one_reading() -> Iterator[None]:
    """Several questions one after the other ask how far the days are kept only once."""
    token = _through.set((kept_through(),))
    try:
        yield
    finally:
        _through.reset(token)


def kept_through() -> date | None:
    """The last day that is read from the rollups; None where none was made for this zone."""
    if known := _through.get():
        return known[0]
    states = RollupState.objects.filter(zone=str(company_days.zone()))
    return states.values_list("through", flat=True).first()


def source(kind: Kind, first: date, last: date, *, through: date | None, only: str = "") -> Source:
    """The days of a range, both included: past ones from the rollup, the rest from the orders.

    Args:
        through: what `kept_through` said; read once for several sources.
        only: one of the kind's keys, to be given as the parameter of this name.
    """
    if only and only not in kind.keys:
        raise ValueError(f"“{only}” is no key of {kind.table}.")
    wanted = f" AND {only} = %(only)s" if only else ""
    today = company_days.today()
    kept_last = min(last, through, today - timedelta(days=1)) if through else None
    parts, params = [], {"zone": str(company_days.zone()), "first": first, "last": last}
    live_first = first
    if kept_last and kept_last >= first:
        days = f"day BETWEEN %(first)s AND %(kept_last)s{wanted}"
        parts.append(f"SELECT {kind.columns} FROM {kind.table} WHERE {days}")  # noqa: S608  # nosec B608
        params["kept_last"], live_first = kept_last, kept_last + timedelta(days=1)
    live_last = min(last, today)
    if live_first <= live_last or not parts:
        parts.append(f"SELECT {kind.columns} FROM ({kind.live(only=only)}) AS live")  # noqa: S608  # nosec B608
        params |= {"begin": company_days.begin(live_first), "end": company_days.end(live_last)}
    return Source(" UNION ALL ".join(parts), params)
