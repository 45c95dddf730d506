"""What figures are compared with: the ledger itself, which no figure is read from."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from analytics.services import company_days

DAYS = 30
# What buyers paid for good, net of tax and fees, of the orders of a period.
REVENUE = """
SELECT {key}, coalesce(sum(CASE t.kind WHEN 'sale' THEN t.amount WHEN 'refund_sale' THEN -t.amount END), 0) AS revenue
  FROM commerce_transfer AS t JOIN commerce_order AS o ON o.id = t.order_id
 WHERE t.currency = %s AND NOT o.is_test AND o.created_at >= %s AND o.created_at < %s GROUP BY 1
"""


def ledger(key: str, currency: str = "USD") -> dict[Any, Decimal]:
    """Revenue of the last 30 days by something."""
    last = company_days.today()
    first = last - timedelta(days=DAYS - 1)
    with connection.cursor() as cursor:
        cursor.execute(REVENUE.format(key=key), [currency, company_days.begin(first), company_days.end(last)])
        return {key: amount for key, amount in cursor.fetchall() if amount}
