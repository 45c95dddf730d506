"""Transactions and users of some days, one after the other: never held as a whole, never cut."""

from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from analytics.services import company_days
from analytics.services.period import Period
from commerce.models import Customer, Transaction
from commerce.services.order_view import money, rfc3339
from core.events import record

ROWS_AT_ONCE = 2_000
LONGEST_SECONDS = 900
TRANSACTIONS = (
    *("transaction_id", "created_at", "type", "status", "amount", "currency", "payment_method", "order"),
    *("user", "reseller"),
)
USERS = (
    "id",
    "full_name",
    "email",
    "status",
    "city",
    "country",
    "email_verified",
    "phone_verified",
    "created_at",
)


def rows(kind: str, period: Period) -> tuple[tuple[str, ...], Iterator[dict[str, Any]]]:
    """The columns of `transactions` or `users`, and their rows, newest first; that they were taken is written down."""
    record(
        "analytics.exported",
        subject=("analytics", kind),
        data={"start_date": period.first.isoformat(), "end_date": period.last.isoformat()},
    )
    if kind == "users":
        return USERS, _read(_users(period))
    return TRANSACTIONS, _read(_transactions(period))


def _read(found: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """In one transaction, where a cursor hands over rows as they are asked for; as long as a slow reader may take."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('statement_timeout', %(most)s, true),"
            " set_config('idle_in_transaction_session_timeout', %(most)s, true)",
            {"most": f"{LONGEST_SECONDS}s"},
        )
        yield from found


def _within(found: QuerySet[Any], period: Period) -> QuerySet[Any]:
    begin, end = company_days.begin(period.first), company_days.end(period.last)
    return found.filter(created_at__gte=begin, created_at__lt=end)


def _transactions(period: Period) -> Iterator[dict[str, Any]]:
    found = _within(Transaction.objects.all(), period).order_by("-created_at")
    columns = (
        *("transaction_id", "created_at", "transaction_type", "status", "amount", "currency"),
        *("payment_method", "order_id", "customer_id", "reseller_id", "account__customer_id"),
        "account__reseller_id",
    )
    for row in found.values(*columns).iterator(ROWS_AT_ONCE):
        yield {
            "transaction_id": row["transaction_id"],
            "created_at": rfc3339(row["created_at"]),
            "type": row["transaction_type"],
            "status": row["status"],
            "amount": money(row["amount"]),
            "currency": row["currency"],
            "payment_method": row["payment_method"],
            "order": str(row["order_id"]) if row["order_id"] else None,
            "user": row["customer_id"] or row["account__customer_id"],
            "reseller": row["reseller_id"] or row["account__reseller_id"],
        }


def _users(period: Period) -> Iterator[dict[str, Any]]:
    found = _within(Customer.objects.all(), period).order_by("-created_at", "-id")
    for one in found.iterator(ROWS_AT_ONCE):
        yield {
            "id": one.pk,
            "full_name": one.full_name,
            "email": one.email,
            "status": one.status,
            "city": one.city,
            "country": one.country,
            "email_verified": one.email_verified_at is not None,
            "phone_verified": one.phone_verified_at is not None,
            "created_at": rfc3339(one.created_at),
        }
