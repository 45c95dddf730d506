"""Day by day: what our ledger says of a source, what the source's statements say, and what the bank's say.

A provider charges us and is paid by the bank; a gateway brings money and pays it to the bank. Days are the source's.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from commerce.models import StatementSource
from core.zones import zone_named

LONGEST = 92
# What the ledger moved on the source's own account, signed as its statement says it.
LEDGER = """
SELECT (t.created_at AT TIME ZONE %(zone)s)::date AS day,
       sum(CASE WHEN t.{more}_account_id = a.id THEN t.amount ELSE -t.amount END)
           FILTER (WHERE t.kind NOT IN ('float_funding', 'settlement') OR a.kind = 'bank') AS booked,
       sum(CASE WHEN t.{more}_account_id = a.id THEN -t.amount ELSE t.amount END)
           FILTER (WHERE t.kind IN ('float_funding', 'settlement') AND a.kind <> 'bank') AS paid
FROM commerce_account a
JOIN commerce_transfer t ON a.id IN (t.debit_account_id, t.credit_account_id)
WHERE a.kind = %(account)s AND a.code = %(code)s AND a.currency = %(currency)s AND NOT a.is_test
  AND t.created_at >= %(begin)s AND t.created_at < %(end)s
GROUP BY 1
"""
STATEMENT = """
SELECT day, sum(amount), count(*) FROM commerce_statementline
WHERE source_id = %(source)s AND day BETWEEN %(first)s AND %(last)s GROUP BY 1
"""
# What the bank's statement has of what we paid a provider, or a gateway paid us.
BANK = """
SELECT l.day, sum(CASE f.kind WHEN 'float' THEN -l.amount ELSE l.amount END)
FROM commerce_statementsource b
JOIN commerce_statementline l ON l.source_id = b.id
JOIN commerce_transfer t ON t.id = l.transfer_id AND t.kind IN ('float_funding', 'settlement')
JOIN commerce_account f ON f.id IN (t.debit_account_id, t.credit_account_id)
    AND f.kind = %(account)s AND f.code = %(code)s
WHERE b.kind = 'bank' AND b.currency = %(currency)s AND l.day BETWEEN %(first)s AND %(last)s
GROUP BY 1
"""
OPEN = """
SELECT day, count(*) FROM commerce_reconciliationbreak
WHERE source_id = %(source)s AND status = 'open' AND day BETWEEN %(first)s AND %(last)s GROUP BY 1
"""
ACCOUNTS = {"provider": "float", "gateway": "gateway", "bank": "bank"}


@dataclass(slots=True)
class Day:
    """One day of a source, in its currency; None where nobody has said anything."""

    day: date
    ledger: Decimal = Decimal(0)
    statement: Decimal | None = None
    lines: int = 0
    paid: Decimal = Decimal(0)
    bank: Decimal | None = None
    breaks: int = 0

    @property
    def difference(self) -> Decimal | None:
        return None if self.statement is None else self.statement - self.ledger

    @property
    def has_anything(self) -> bool:
        return bool(self.ledger or self.paid or self.lines or self.bank or self.breaks)


def days(source: StatementSource, first: date, last: date) -> list[Day]:
    """Every day from first to last, at most `LONGEST` of them."""
    last = min(last, first + timedelta(days=LONGEST - 1))
    zone = zone_named(source.time_zone)
    values: dict[str, Any] = {
        "zone": zone.key,
        "source": source.pk,
        "account": ACCOUNTS[source.kind],
        "code": source.provider.code if source.provider else source.gateway,
        "currency": source.currency,
        "first": first,
        "last": last,
        "begin": datetime.combine(first, time.min, tzinfo=zone),
        "end": datetime.combine(last + timedelta(days=1), time.min, tzinfo=zone),
    }
    found = {
        first + timedelta(days=number): Day(first + timedelta(days=number))
        for number in range((last - first).days + 1)
    }
    more = "credit" if source.kind == StatementSource.Kind.PROVIDER else "debit"
    with connection.cursor() as cursor:
        cursor.execute(LEDGER.format(more=more), values)
        for day, booked, paid in cursor.fetchall():
            found[day].ledger, found[day].paid = booked or Decimal(0), paid or Decimal(0)
        cursor.execute(STATEMENT, values)
        for day, amount, lines in cursor.fetchall():
            found[day].statement, found[day].lines = amount, lines
        if source.kind != StatementSource.Kind.BANK:
            cursor.execute(BANK, values)
            for day, amount in cursor.fetchall():
                found[day].bank = amount
        cursor.execute(OPEN, values)
        for day, breaks in cursor.fetchall():
            found[day].breaks = breaks
    return list(found.values())
