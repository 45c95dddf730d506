"""Many orders and their attempts, copied from one by SQL past all guards: for what is about their number."""

from datetime import datetime, timedelta

from django.db import connection

from commerce.models import Order, Provider

ORDERS = """
INSERT INTO commerce_order SELECT r.* FROM commerce_order o, generate_series(1, %(many)s) AS g,
    LATERAL jsonb_populate_record(o, jsonb_build_object(
        'id', lpad(to_hex(g + %(start)s), 32, '0'), 'order_number', 'GEN-' || (g + %(start)s),
        'reference', 'GEN-' || (g + %(start)s))) AS r
WHERE o.id = %(order)s
"""
ATTEMPTS = """
INSERT INTO commerce_attempt (id, order_id, number, provider_id, status, cost, currency, provider_reference, request,
    response, error_code, error_message, checks, started_at, finished_at)
SELECT ('a' || substr(lpad(to_hex(g + %(start)s), 32, '0'), 2))::uuid, lpad(to_hex(g + %(start)s), 32, '0')::uuid, 1,
    %(provider)s, 'delivered', 1 + (g %% 5000) / 100.0, 'USD', 'PR-' || (g + %(start)s), '{}', '{}', '', '', 0,
    %(begin)s + g * %(step)s, %(begin)s + g * %(step)s
FROM generate_series(1, %(many)s) AS g
"""


def make_attempts(
    *, like: Order, provider: Provider, many: int, begin: datetime, days: float, start: int = 0
) -> None:
    """`many` delivered attempts over so many days: ids a000…n, references PR-n, orders GEN-n, costs from 1.00 up."""
    values = {
        "many": many,
        "start": start,
        "order": like.pk,
        "provider": provider.pk,
        "begin": begin,
        "step": timedelta(days=days) / (many + 1),
    }
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(ORDERS, values)
        cursor.execute(ATTEMPTS, values)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        cursor.execute("ANALYZE commerce_order")
        cursor.execute("ANALYZE commerce_attempt")


def attempt_id(number: int) -> str:
    text = f"a{number:031x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def cost_of(number: int) -> float:
    return 1 + number % 5000 / 100
