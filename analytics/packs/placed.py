"""What the orders placed in some days came to, and what the transfers of the same orders say.

Both are read from the orders and the ledger themselves, not from the rollups: those are minutes behind, cut in the
company's zone alone and without fees and tax, and the proof has to read the transfers anyway.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from analytics.packs.base import Asked, Money, Proof
from analytics.packs.reading import Pairs, proof, read, window

_WHERE = """
 WHERE NOT o.is_test AND o.created_at >= %(begin)s AND o.created_at < %(end)s
   AND (%(source)s = '' OR o.source = %(source)s)"""
# What was given back is in the ledger, to the cent. Few orders have any, and an index names them: a reversed order
# has been refunded as well.
_BACK = """
WITH b AS (
     SELECT t.order_id, sum(t.amount) FILTER (WHERE t.kind = 'refund_sale') AS revenue,
            sum(t.amount) FILTER (WHERE t.kind IN ('refund_service_fee', 'refund_delivery_fee')) AS fees,
            sum(t.amount) FILTER (WHERE t.kind = 'cost_back') AS cost,
            sum(t.amount) FILTER (WHERE t.kind = 'commission_back') AS commission
       FROM commerce_order AS o JOIN commerce_transfer AS t ON t.order_id = o.id
      WHERE o.payment_status IN ('refunded', 'partially_refunded') AND NOT o.is_test
        AND o.created_at >= %(begin)s AND o.created_at < %(end)s
      GROUP BY 1),
-- What reconciliation found a provider to have taken more or less; an index knows these alone.
c AS (
     SELECT t.order_id, sum(CASE d.kind WHEN 'cost' THEN t.amount ELSE -t.amount END) AS cost
       FROM commerce_transfer AS t JOIN commerce_account AS d ON d.id = t.debit_account_id
      WHERE t.kind = 'cost_correction' AND t.order_id IS NOT NULL
      GROUP BY 1)"""
_SUMS = """
SELECT {key} AS key, o.currency, count(*) AS orders, count(*) FILTER (WHERE o.captured_amount > 0) AS paid,
       coalesce(sum(o.price) FILTER (WHERE o.captured_amount > 0), 0) AS revenue,
       coalesce(sum(o.service_fee + o.delivery_fee) FILTER (WHERE o.captured_amount > 0), 0) AS fees,
       coalesce(sum(o.tax) FILTER (WHERE o.captured_amount > 0), 0) AS tax,
       sum(o.captured_amount) AS captured, sum(o.refunded_amount) AS refunded,
       coalesce(sum(b.revenue), 0) AS revenue_back, coalesce(sum(b.fees), 0) AS fees_back,
       coalesce(sum(o.cost) FILTER (WHERE o.captured_amount > 0), 0) - coalesce(sum(b.cost), 0)
           + coalesce(sum(c.cost), 0) AS cost,
       coalesce(sum(o.commission) FILTER (WHERE o.captured_amount > 0), 0)
           - coalesce(sum(b.commission), 0) AS commission
  FROM commerce_order AS o LEFT JOIN b ON b.order_id = o.id LEFT JOIN c ON c.order_id = o.id{join}{where}
 GROUP BY 1, 2"""
_POSTED = """
SELECT CASE WHEN t.kind = 'cost_correction' AND t.debit_account_id NOT IN (
                SELECT id FROM commerce_account WHERE kind = 'cost') THEN 'cost_lowered' ELSE t.kind END,
       t.currency, sum(t.amount)
  FROM commerce_transfer AS t JOIN commerce_order AS o ON o.id = t.order_id{where}
 GROUP BY 1, 2"""

FEES = ("service_fee", "delivery_fee")
CAPTURES = ("sale", *FEES, "tax")
COSTS, COSTS_BACK = ("cost", "cost_correction"), ("cost_back", "cost_lowered")
REFUNDS = tuple(f"refund_{kind}" for kind in CAPTURES)


@dataclass(frozen=True, slots=True)
class Sums:
    """Orders of one key and currency; what was given back later counts with its order.

    Attributes:
        revenue: the captured price, net of tax, before refunds; `revenue_back` is what was given back of it.
        captured: all that buyers paid for them, with fees and tax; `refunded` what they got back of that.
        cost: as corrected, net of what providers gave back; so is `commission` of what was taken back.
    """

    labels: tuple[Any, ...]
    currency: str
    orders: int
    paid: int
    revenue: Decimal
    fees: Decimal
    tax: Decimal
    captured: Decimal
    refunded: Decimal
    revenue_back: Decimal
    fees_back: Decimal
    cost: Decimal
    commission: Decimal

    @property
    def net(self) -> Decimal:
        return self.captured - self.refunded

    @property
    def net_revenue(self) -> Decimal:
        return self.revenue - self.revenue_back

    @property
    def net_fees(self) -> Decimal:
        return self.fees - self.fees_back

    @property
    def margin(self) -> Decimal:
        return self.net_revenue - self.cost - self.commission

    @property
    def margin_with_fees(self) -> Decimal:
        return self.margin + self.net_fees

    def money(self, *fields: str) -> tuple[Money, ...]:
        return tuple(Money(getattr(self, field), self.currency) for field in fields)


@dataclass(frozen=True, slots=True)
class By:
    """What orders are told apart by.

    Attributes:
        key: an expression of the order `o`, or of what `join` adds.
        names: expressions of what is shown for a key, of `s.key` and what `named_by` adds.
    """

    key: str
    names: tuple[str, ...]
    join: str = ""
    named_by: str = ""
    order: str = "s.currency, s.captured DESC"


def params(asked: Asked) -> dict[str, Any]:
    return {**window(asked), "source": asked.values.get("source") or ""}


def sums(asked: Asked, by: By) -> list[Sums]:
    """One for each key and currency."""
    inner = _SUMS.format(key=by.key, join=by.join, where=_WHERE)
    names = ", ".join(by.names)
    # All of it is written in this package; what was asked for comes as parameters.
    sql = f"{_BACK} SELECT {names}, s.* FROM ({inner}) AS s {by.named_by} ORDER BY {by.order}, {names}"  # noqa: S608  # nosec B608
    width = len(by.names)
    return [Sums(tuple(row[:width]), *row[width + 1 :]) for row in read(sql, params(asked))]


class Posted:
    """What the transfers of the orders placed in some days add up to, by kind."""

    def __init__(self, asked: Asked) -> None:
        self._rows = read(_POSTED.format(where=_WHERE), params(asked))

    def of(self, *kinds: str, less: Iterable[str] = ()) -> Pairs:
        taken = set(less)
        for kind, currency, amount in self._rows:
            if kind in kinds:
                yield currency, amount
            elif kind in taken:
                yield currency, -amount


def sales_proofs(found: list[Sums], posted: Posted) -> list[Proof]:
    def ours(field: str) -> Pairs:
        return ((sums.currency, getattr(sums, field)) for sums in found)

    return [
        proof(_("Revenue ties to the ledger"), ours("revenue"), posted.of("sale")),
        proof(_("Captured ties to the ledger"), ours("captured"), posted.of(*CAPTURES)),
        proof(_("Refunded ties to the ledger"), ours("refunded"), posted.of(*REFUNDS)),
    ]


def fees_proof(found: list[Sums], posted: Posted) -> Proof:
    kept = ((sums.currency, sums.net_fees) for sums in found)
    return proof(
        _("Fees tie to the ledger"), kept, posted.of(*FEES, less=[f"refund_{kind}" for kind in FEES])
    )


def margin_proofs(found: list[Sums], posted: Posted) -> list[Proof]:
    def ours(field: str) -> Pairs:
        return ((sums.currency, getattr(sums, field)) for sums in found)

    return [
        proof(_("Cost ties to the ledger"), ours("cost"), posted.of(*COSTS, less=COSTS_BACK)),
        proof(
            _("Commission ties to the ledger"),
            ours("commission"),
            posted.of("commission", less=["commission_back"]),
        ),
        proof(
            _("Margin ties to the ledger"),
            ours("margin"),
            posted.of("sale", *COSTS_BACK, "commission_back", less=["refund_sale", *COSTS, "commission"]),
        ),
    ]
