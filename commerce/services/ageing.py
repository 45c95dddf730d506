"""How old what parties owe is: payments settle the oldest debits first, and the rest is aged by days of credit.

The one reckoning there is: the list, a reseller's page, reminders, the report of balances and composed reports read it
from here, as rows (`debts`) or as expressions of a query over wallets (`Aged`, `Bucket`, `DaysLate`, `OldestUnpaid`).
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import DateField, DateTimeField, F, Func, IntegerField, Q, TextField, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from commerce.credit_settings import CreditPage
from commerce.models import Account
from commerce.services.closing import company_zone
from core.money import MoneyField
from core.site_settings import load

# What each wallet held at a moment: what was booked since is taken off what it holds now.
BOOKED_SINCE = """
SELECT account_id, sum(amount) AS amount
  FROM (SELECT debit_account_id AS account_id, amount FROM commerce_transfer
         WHERE created_at >= %(until)s AND debit_balance_after IS NOT NULL
         UNION ALL
        SELECT credit_account_id, -amount FROM commerce_transfer
         WHERE created_at >= %(until)s AND credit_balance_after IS NOT NULL) AS m
 GROUP BY 1"""
# Of one wallet, which `asked` names: current, 1–30, 31–60, 61–90 and more than 90 days late.
_SUMS = tuple(
    f"coalesce(sum(u.amount) FILTER (WHERE late.days {bounds}), 0)"
    for bounds in ("<= 0", "BETWEEN 1 AND 30", "BETWEEN 31 AND 60", "BETWEEN 61 AND 90", "> 90")
)
_BUCKETS, _LATE, _OLDEST = f"ARRAY[{', '.join(_SUMS)}]", "greatest(max(late.days), 0)", "min(u.moved_at)"
_UNPAID = """
 CROSS JOIN LATERAL commerce_unpaid(asked.account, asked.owed, asked.until) AS u
 CROSS JOIN LATERAL (SELECT asked.today - (u.moved_at AT TIME ZONE asked.zone)::date - asked.days AS days) AS late"""
_SINCE = f"LEFT JOIN ({BOOKED_SINCE}) AS later ON later.account_id = a.id"
# The day is the one that ends at the moment: midnight belongs to the day before it.
_SQL = f"""
SELECT a.id, a.reseller_id, coalesce(r.business_name, p.full_name), coalesce(r.status, p.status), a.currency,
       asked.owed, a.credit_limit, asked.days, {_BUCKETS}, {_LATE}, {_OLDEST}
  FROM commerce_account AS a
  LEFT JOIN commerce_reseller AS r ON r.id = a.reseller_id
  LEFT JOIN commerce_customer AS p ON p.id = a.customer_id
  LEFT JOIN commerce_creditterms AS c ON c.reseller_id = a.reseller_id
  {{since}}
 CROSS JOIN LATERAL (SELECT a.id, -(a.balance + {{booked}}), {{until}}, coalesce(c.days, %(days)s), %(zone)s,
                            ((%(until)s - interval '1 microsecond') AT TIME ZONE %(zone)s)::date
                    ) AS asked (account, owed, until, days, zone, today){_UNPAID}
 WHERE NOT a.is_test AND asked.owed > 0 AND {{owing}}
   AND (a.kind = 'wallet' AND a.reseller_id IS NOT NULL OR %(everybody)s AND a.kind IN ('wallet', 'bonus'))
   AND (%(reseller)s::bigint IS NULL OR a.reseller_id = %(reseller)s)
   AND (%(currency)s = '' OR a.currency = %(currency)s)
 GROUP BY a.id, r.id, p.id, asked.owed, asked.days
 ORDER BY a.currency, 10 DESC, asked.owed DESC, a.id
"""  # noqa: S608  # nosec B608
# Of now, all that is booked counts, whatever the clock of the machine says that booked it.
_NOW = _SQL.format(since="", booked="0", until="'infinity'::timestamptz", owing="a.balance < 0")
_THEN = _SQL.format(
    since=_SINCE, booked="coalesce(later.amount, 0)", until="%(until)s::timestamptz", owing="true"
)


@dataclass(frozen=True, slots=True)
class Debt:
    """What one wallet owes, in its currency; `buckets` are current, 1–30, 31–60, 61–90 and more than 90 days late.

    `oldest` is when the oldest debit was booked of which something is unpaid; the reseller is None for customers.
    """

    account_id: int
    reseller_id: int | None
    party: str
    status: str
    currency: str
    owed: Decimal
    credit_limit: Decimal
    days: int
    buckets: tuple[Decimal, ...]
    days_late: int
    oldest: datetime

    @property
    def overdue(self) -> Decimal:
        return self.owed - self.buckets[0]


def debts(
    *,
    reseller_id: int | None = None,
    currency: str = "",
    until: datetime | None = None,
    everybody: bool = False,
) -> list[Debt]:
    """Wallets that owe, by currency, the latest payers first.

    Args:
        until: as of just before this moment of the past, else of now.
        everybody: customers' wallets and bonus accounts too, where one was let go below zero.
    """
    values: dict[str, Any] = {
        "until": until or timezone.now(),
        "days": load(CreditPage).days,
        "zone": company_zone().key,
        "reseller": reseller_id,
        "currency": currency,
        "everybody": everybody,
    }
    with connection.cursor() as cursor:
        cursor.execute(_THEN if until else _NOW, values)
        shaped = [(*row[:8], tuple(row[8]), *row[9:]) for row in cursor.fetchall()]
    return [Debt(*one) for one in shaped]


# Resellers' wallets that owe something now: the rows that `debts` tells of.
OWING = Q(kind=Account.Kind.WALLET, is_test=False, reseller__isnull=False, balance__lt=0)


class _OfWallet(Func):
    """Something of what an owing wallet, the row, has not paid now."""

    what: str
    template = (
        "(SELECT %(what)s FROM (SELECT %(expressions)s, 'infinity'::timestamptz)"  # noqa: S608  # nosec B608
        " AS asked (account, owed, days, zone, today, until)" + _UNPAID + ")"
    )

    def __init__(self) -> None:
        zone = company_zone()
        super().__init__(
            F("pk"),
            -F("balance"),
            own_days(),
            Value(zone.key, TextField()),
            Value(timezone.now().astimezone(zone).date(), DateField()),
            what=self.what,
        )


class Aged(_OfWallet):
    """An array of what is current, 1–30, 31–60, 61–90 and more than 90 days late, in the wallet's currency."""

    output_field = ArrayField(MoneyField())
    what = _BUCKETS


class Bucket(_OfWallet):
    """One of them, by its place."""

    output_field = MoneyField()

    def __init__(self, place: int) -> None:
        self.what = _SUMS[place]
        super().__init__()


class DaysLate(_OfWallet):
    """Of the oldest debit of which something is unpaid; zero where nothing is due yet."""

    output_field = IntegerField()
    what = _LATE


class OldestUnpaid(_OfWallet):
    """When that debit was booked."""

    output_field = DateTimeField()
    what = _OLDEST


def own_days() -> Coalesce:
    """The reseller's days of credit, else those of the settings."""
    return Coalesce(F("reseller__credit_terms__days"), Value(load(CreditPage).days, IntegerField()))
