"""What was booked on accounts in some days: the side of the ledger that knows no orders.

Debits and credits are added up account by account in one reading of the transfers, and only then looked up by kind.
Test mode has accounts of its own, which are left out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from analytics.packs.base import Asked
from analytics.packs.reading import Pairs, read, window
from commerce.gateways.base import gateways
from commerce.models import Account, Provider

# Of a million transfers, some ten thousand pairs of accounts: the transfers are read once, and each side of the pairs.
_MOVED = """
WITH moved AS MATERIALIZED (
     SELECT debit_account_id, credit_account_id, sum(amount) AS amount FROM commerce_transfer
      WHERE {when} AND {touching} GROUP BY 1, 2)
SELECT a.kind, a.code,
       CASE WHEN a.reseller_id IS NOT NULL THEN 'reseller' WHEN a.customer_id IS NOT NULL THEN 'customer' ELSE '' END,
       a.currency, sum(m.debits), sum(m.credits)
  FROM (SELECT debit_account_id AS account_id, sum(amount) AS debits, 0 AS credits FROM moved GROUP BY 1
         UNION ALL
        SELECT credit_account_id, 0, sum(amount) FROM moved GROUP BY 1) AS m
  JOIN commerce_account AS a ON a.id = m.account_id
 WHERE NOT a.is_test AND {named}
 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""
_ONES = "(SELECT id FROM commerce_account WHERE kind = ANY(%(kinds)s))"
_TOUCHING = f"(debit_account_id IN {_ONES} OR credit_account_id IN {_ONES})"
DURING = "created_at >= %(begin)s AND created_at < %(end)s"
BEFORE = "created_at < %(begin)s"
UNTIL_END = "created_at < %(end)s"


@dataclass(frozen=True, slots=True)
class Moved:
    """Debits and credits of one company account, or of all wallets of one kind of party."""

    kind: str
    code: str
    party: str
    currency: str
    debits: Decimal
    credits: Decimal

    @property
    def net(self) -> Decimal:
        """Credits less debits."""
        return self.credits - self.debits


def moved(asked: Asked, *kinds: str, when: str = DURING) -> list[Moved]:
    """Of all kinds of accounts, unless some are named."""
    only = (
        {"touching": _TOUCHING, "named": "a.kind = ANY(%(kinds)s)"}
        if kinds
        else dict.fromkeys(("touching", "named"), "true")
    )
    sql = _MOVED.format(when=when, **only)
    return [Moved(*row) for row in read(sql, {**window(asked), "kinds": list(kinds)})]


def credits(found: Iterable[Moved]) -> Pairs:
    return ((one.currency, one.credits) for one in found)


def debits(found: Iterable[Moved]) -> Pairs:
    return ((one.currency, one.debits) for one in found)


# Where a debit is what comes in: what we have or spend. On all others it is a credit: what we owe or earn.
RAISED_BY_DEBIT = {
    Account.Kind.BANK, Account.Kind.GATEWAY, Account.Kind.FLOAT, Account.Kind.COMMISSION, Account.Kind.COST,
    Account.Kind.ADJUSTMENT,
}  # fmt: skip
# The balances that wallets keep by themselves, as of the end of the last day.
_KEPT = """
SELECT a.currency, sum(a.balance) + coalesce((
       SELECT sum(later.amount) FROM (
              SELECT t.amount FROM commerce_transfer AS t JOIN commerce_account AS d ON d.id = t.debit_account_id
               WHERE t.created_at >= %(end)s AND t.debit_balance_after IS NOT NULL AND NOT d.is_test
                 AND d.kind = %(kind)s AND d.currency = a.currency
               UNION ALL
              SELECT -t.amount FROM commerce_transfer AS t JOIN commerce_account AS c ON c.id = t.credit_account_id
               WHERE t.created_at >= %(end)s AND t.credit_balance_after IS NOT NULL AND NOT c.is_test
                 AND c.kind = %(kind)s AND c.currency = a.currency) AS later), 0)
  FROM commerce_account AS a WHERE a.kind = %(kind)s AND NOT a.is_test GROUP BY a.currency
"""


def kept_balances(asked: Asked, kind: str) -> Pairs:
    """What all wallets of a kind say they hold: their balances, less what was booked after the last day."""
    return [(currency, amount) for currency, amount in read(_KEPT, {**window(asked), "kind": kind})]


def raised(kind: str, debits: Decimal, credits: Decimal) -> tuple[Decimal, Decimal]:
    """What came in and what went out, as people say it of this kind of account."""
    return (debits, credits) if kind in RAISED_BY_DEBIT else (credits, debits)


def names_of(found: Iterable[Moved]) -> list[str]:
    """For people: “Provider float · Atlas Connect”."""
    parties = {"reseller": _("Resellers"), "customer": _("Customers")}
    providers = dict(Provider.objects.values_list("code", "name"))

    def whose(one: Moved) -> str:
        if one.kind == Account.Kind.GATEWAY and one.code in gateways:
            return str(gateways.get(one.code).title)
        return providers.get(one.code, one.code) if one.code else str(parties.get(one.party, ""))

    return [" · ".join(filter(None, (str(Account.Kind(one.kind).label), whose(one)))) for one in found]
