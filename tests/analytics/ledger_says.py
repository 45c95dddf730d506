"""What the standard reports must come to, told by SQL of its own: by accounts, where reports ask by orders and kinds.

Nothing here is shared with the reports: days are cut by the database's own clocks, and accounts of test mode are left
out by their mark.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db import connection

from commerce.models import Account
from tests.analytics.rereading import Amounts

_BEGIN = "(%(first)s::date::timestamp AT TIME ZONE %(zone)s)"
_END = "((%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s)"
_SIDES = """
SELECT a.kind, s.currency, sum(s.debit), sum(s.credit)
  FROM (SELECT t.debit_account_id AS account_id, t.currency, t.amount AS debit, 0 AS credit
          FROM commerce_transfer AS t WHERE {when}
         UNION ALL
        SELECT t.credit_account_id, t.currency, 0, t.amount FROM commerce_transfer AS t WHERE {when}) AS s
  JOIN commerce_account AS a ON a.id = s.account_id AND NOT a.is_test
 GROUP BY 1, 2
"""
_IN_WINDOW = f"{{column}} >= {_BEGIN} AND {{column}} < {_END}"
_PLACED = f"t.order_id IN (SELECT id FROM commerce_order WHERE {_IN_WINDOW.format(column='created_at')})"
_CARRIED = (
    f"t.order_id IN (SELECT order_id FROM commerce_delivery WHERE {_IN_WINDOW.format(column='created_at')})"
)
_HELD = f"""
SELECT h.currency, sum(h.amount) FROM commerce_hold AS h JOIN commerce_account AS a ON a.id = h.account_id
 WHERE NOT a.is_test AND h.created_at < {_END} AND (h.settled_at IS NULL OR h.settled_at >= {_END}) GROUP BY 1
"""
_WAITING = f"""
SELECT h.currency, sum(h.amount) FROM commerce_hold AS h JOIN commerce_account AS a ON a.id = h.account_id
  JOIN commerce_order AS o ON o.id = h.order_id
 WHERE NOT a.is_test AND h.settled_at IS NULL AND o.status = 'unknown' AND {_IN_WINDOW.format(column="o.created_at")}
 GROUP BY 1
"""
# Nothing of them is in the ledger: the orders themselves say what they would have brought.
_FAILED = f"""
SELECT o.currency, sum(o.total) FROM commerce_order AS o JOIN commerce_account AS a ON a.id = o.account_id
 WHERE NOT a.is_test AND o.status = 'failed' AND {_IN_WINDOW.format(column="o.created_at")} GROUP BY 1
"""
_LINES = f"""
SELECT s.currency, sum(greatest(s.before, 0)), sum(greatest(-s.before, 0)), sum(greatest(s.after, 0)),
       sum(greatest(-s.after, 0))
  FROM (SELECT m.currency, sum(m.amount) FILTER (WHERE m.at < {_BEGIN}) AS before, sum(m.amount) AS after
          FROM (SELECT debit_account_id AS account_id, currency, amount, created_at AS at FROM commerce_transfer
                 UNION ALL
                SELECT credit_account_id, currency, -amount, created_at FROM commerce_transfer) AS m
          JOIN commerce_account AS a ON a.id = m.account_id AND NOT a.is_test
         WHERE m.at < {_END}
         GROUP BY a.kind, a.code, a.reseller_id IS NULL, a.customer_id IS NULL, m.currency) AS s
 GROUP BY 1
"""
K = Account.Kind
FEES = (K.SERVICE_FEES, K.DELIVERY_FEES)
SOLD = (K.REVENUE, *FEES, K.TAX)
# On these a debit is what comes in.
OURS = (K.BANK, K.GATEWAY, K.FLOAT, K.COMMISSION, K.COST, K.ADJUSTMENT)
# By the number of the table and the title of its column.
type Expected = dict[tuple[int, str], Amounts]


class Books:
    """Debits and credits by kind of account, of some transfers."""

    def __init__(self, when: str, params: dict[str, Any]) -> None:
        self._rows = _rows(_SIDES.format(when=when), params)

    def debits(self, *kinds: str) -> Amounts:
        return self._of(kinds, 2)

    def credits(self, *kinds: str) -> Amounts:
        return self._of(kinds, 3)

    def _of(self, kinds: tuple[str, ...], at: int) -> Amounts:
        found = Amounts()
        for row in self._rows:
            if row[0] in kinds:
                found.put(row[1], row[at])
        return found


@dataclass(frozen=True)
class Ledger:
    """Some whole days, both included."""

    first: date
    last: date
    zone: str

    @cached_property
    def params(self) -> dict[str, Any]:
        return {"first": self.first, "last": self.last, "zone": self.zone}

    @cached_property
    def placed(self) -> Books:
        return Books(_PLACED, self.params)

    @cached_property
    def carried(self) -> Books:
        return Books(_CARRIED, self.params)

    @cached_property
    def booked(self) -> Books:
        return Books(_IN_WINDOW.format(column="t.created_at"), self.params)

    @cached_property
    def so_far(self) -> Books:
        return Books(f"t.created_at < {_END}", self.params)

    def amounts(self, sql: str) -> Amounts:
        found = Amounts()
        for currency, amount in _rows(sql, self.params):
            found.put(currency, amount)
        return found


def expected(key: str, of: Ledger) -> Expected:
    return EXPECTED[key](of)


def _sales(of: Ledger) -> Expected:
    b = of.placed
    captured, refunded = b.credits(*SOLD), b.debits(*SOLD)
    return {
        (0, "Revenue"): b.credits(K.REVENUE),
        (0, "Fees"): b.credits(*FEES),
        (0, "Tax"): b.credits(K.TAX),
        (0, "Captured"): captured,
        (0, "Refunded"): refunded,
        (0, "Net"): captured - refunded,
        (1, "Revenue"): b.credits(K.REVENUE),
        **_margin(of),
        (1, "Commission"): b.debits(K.COMMISSION) - b.credits(K.COMMISSION),
    }


def _margin(of: Ledger) -> Expected:
    b = of.placed
    cost = b.debits(K.COST) - b.credits(K.COST)
    commission = b.debits(K.COMMISSION) - b.credits(K.COMMISSION)
    kept = b.credits(K.REVENUE) - b.debits(K.REVENUE)
    return {
        (1, "Refunds of the price"): b.debits(K.REVENUE),
        (1, "Cost"): cost,
        (1, "Margin"): kept - cost - commission,
    }


def _waterfall(of: Ledger) -> Expected:
    b, found = of.placed, _margin(of)
    fees = b.credits(*FEES) - b.debits(*FEES)
    return {
        **found,
        (1, "Price"): b.credits(K.REVENUE),
        (1, "Commissions"): b.debits(K.COMMISSION) - b.credits(K.COMMISSION),
        (1, "Fees kept"): fees,
        (1, "Margin with fees"): found[1, "Margin"] + fees,
    }


def _failed(of: Ledger) -> Expected:
    failed = of.amounts(_FAILED)
    return {(0, "Value"): failed, (1, "Held"): of.amounts(_WAITING), (2, "Value"): failed}


def _commissions(of: Ledger) -> Expected:
    credited, back = of.booked.debits(K.COMMISSION), of.booked.credits(K.COMMISSION)
    return {(0, "Credited"): credited, (0, "Reversed"): back, (0, "Net"): credited - back}


def _taxes(of: Ledger) -> Expected:
    collected, back = of.booked.credits(K.TAX), of.booked.debits(K.TAX)
    return {
        (table, title): amounts
        for table in (0, 1)
        for title, amounts in (("Collected", collected), ("Given back", back), ("Tax due", collected - back))
    }


def _wallets(of: Ledger) -> Expected:
    balances = of.so_far.credits(K.WALLET, K.BONUS) - of.so_far.debits(K.WALLET, K.BONUS)
    return {(2, "Balance"): balances, (2, "Held"): of.amounts(_HELD)}


def _trial(of: Ledger) -> Expected:
    titles = ("Opening, debit", "Opening, credit", "Closing, debit", "Closing, credit")
    found: Expected = {(0, title): Amounts() for title in titles}
    for currency, *amounts in _rows(_LINES, of.params):
        for title, amount in zip(titles, amounts, strict=True):
            found[0, title].put(currency, amount)
    return {**found, (0, "Debits"): of.booked.debits(*K), (0, "Credits"): of.booked.credits(*K)}


def _daily(of: Ledger) -> Expected:
    theirs = [kind for kind in K if kind not in OURS]
    b = of.booked
    return {
        (0, "In"): b.debits(*OURS) + b.credits(*theirs),
        (0, "Out"): b.credits(*OURS) + b.debits(*theirs),
    }


def _refunds(of: Ledger) -> Expected:
    refunded, back = of.booked.debits(*SOLD), of.booked.credits(K.COMMISSION)
    return {
        (table, title): amounts
        for table in (0, 1, 2)
        for title, amounts in (("Refunded", refunded), ("Commission taken back", back))
    }


def _providers(of: Ledger) -> Expected:
    b, until = of.booked, of.so_far
    return {
        (0, "Cost"): b.debits(K.COST),
        (1, "Cost"): b.debits(K.COST),
        (1, "Given back"): b.credits(K.COST),
        (1, "Closing"): until.debits(K.FLOAT) - until.credits(K.FLOAT),
    }


def _deliveries(of: Ledger) -> Expected:
    return {
        (1, "Price"): of.carried.credits(K.REVENUE),
        (1, "Delivery fees"): of.carried.credits(K.DELIVERY_FEES),
    }


def _growth(of: Ledger) -> Expected:
    return {(1, "Revenue"): of.placed.credits(K.REVENUE)}


def _rows(sql: str, params: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


EXPECTED: dict[str, Callable[[Ledger], Expected]] = {
    **dict.fromkeys(
        ("sales_by_day", "sales_by_product", "sales_by_brand", "sales_by_reseller", "sales_by_provider"),
        _sales,
    ),
    "margin_waterfall": _waterfall,
    "failed_orders": _failed,
    "commissions": _commissions,
    "taxes": _taxes,
    "wallet_balances": _wallets,
    "trial_balance": _trial,
    "daily_proof": _daily,
    "refunds": _refunds,
    "provider_costs": _providers,
    "sim_deliveries": _deliveries,
    "user_growth": _growth,
}
