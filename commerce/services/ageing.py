"""How old what resellers owe is: payments settle the oldest debits first, and the rest is aged by days of credit.

The one reckoning there is: the list, a reseller's page, reminders and reports read it from here.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from commerce.credit_settings import CreditPage
from commerce.services.closing import company_zone
from core.site_settings import load

# Days late at most, of all buckets but the first (not due yet) and the last (all above).
BUCKETS = (0, 30, 60, 90)
# As of a moment: what was booked after it is taken off the balance again.
SQL = """
SELECT a.id, a.reseller_id, r.business_name, r.status, a.currency, owing.owed, a.credit_limit, terms.days,
       coalesce(sum(u.amount) FILTER (WHERE late.days <= 0), 0),
       coalesce(sum(u.amount) FILTER (WHERE late.days BETWEEN 1 AND 30), 0),
       coalesce(sum(u.amount) FILTER (WHERE late.days BETWEEN 31 AND 60), 0),
       coalesce(sum(u.amount) FILTER (WHERE late.days BETWEEN 61 AND 90), 0),
       coalesce(sum(u.amount) FILTER (WHERE late.days > 90), 0),
       greatest(max(late.days), 0), min(u.moved_at)
  FROM commerce_account AS a
  JOIN commerce_reseller AS r ON r.id = a.reseller_id
  LEFT JOIN commerce_creditterms AS c ON c.reseller_id = r.id
  LEFT JOIN (SELECT account_id, sum(amount) AS amount
               FROM (SELECT debit_account_id AS account_id, amount FROM commerce_transfer
                      WHERE %(past)s AND created_at >= %(until)s AND debit_balance_after IS NOT NULL
                      UNION ALL
                     SELECT credit_account_id, -amount FROM commerce_transfer
                      WHERE %(past)s AND created_at >= %(until)s AND credit_balance_after IS NOT NULL) AS m
              GROUP BY 1) AS later ON later.account_id = a.id
 CROSS JOIN LATERAL (SELECT -(a.balance + coalesce(later.amount, 0)) AS owed) AS owing
 CROSS JOIN LATERAL (SELECT coalesce(c.days, %(days)s) AS days) AS terms
 CROSS JOIN LATERAL commerce_unpaid(a.id, owing.owed, %(until)s) AS u
 CROSS JOIN LATERAL (SELECT (%(until)s AT TIME ZONE %(zone)s)::date - (u.moved_at AT TIME ZONE %(zone)s)::date
                            - terms.days AS days) AS late
 WHERE NOT a.is_test AND a.kind = 'wallet' AND owing.owed > 0 AND (%(past)s OR a.balance < 0)
   AND (%(reseller)s::bigint IS NULL OR a.reseller_id = %(reseller)s)
   AND (%(currency)s = '' OR a.currency = %(currency)s)
 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
 ORDER BY a.currency, greatest(max(late.days), 0) DESC, owing.owed DESC, a.id
"""


@dataclass(frozen=True, slots=True)
class Debt:
    """What one wallet owes, in its currency; `buckets` are current, 1–30, 31–60, 61–90 and more than 90 days late."""

    account_id: int
    reseller_id: int
    reseller: str
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


def debts(*, reseller_id: int | None = None, currency: str = "", until: datetime | None = None) -> list[Debt]:
    """Wallets of resellers that owe, by currency, the latest payers first.

    Args:
        until: as of the end of a day of the past, else of now.
    """
    values: dict[str, Any] = {
        "past": until is not None,
        "until": until or timezone.now(),
        "days": load(CreditPage).days,
        "zone": company_zone().key,
        "reseller": reseller_id,
        "currency": currency,
    }
    with connection.cursor() as cursor:
        cursor.execute(SQL, values)
        shaped = [(*row[:8], tuple(row[8:13]), *row[13:]) for row in cursor.fetchall()]
    return [Debt(*one) for one in shaped]
