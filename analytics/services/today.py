"""Today's figures against yesterday's up to the same hour, always from the orders, and what waits for a person.

Revenue is the captured price, net of tax and fees, less what was refunded; test mode is left out; sums are of the
base currency, as product.md's rule 10 has it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from analytics.services import figures
from analytics.services.figures import Sums
from commerce.models import Order, Payment, Reseller, SupportTicket
from commerce.services.floats import Float, low_floats
from commerce.services.unknown import Risk, at_risk, by_hand_orders
from core.models import Approval, FailedTask

STUCK_AFTER = timedelta(minutes=10)
# Beyond so many, the number says only that there are too many.
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Attention:
    """What somebody should look at; counts stop at MOST_COUNTED."""

    at_risk: list[Risk]
    low_floats: list[Float]
    stuck: int
    by_hand: int
    late_payments: int
    overdue_tickets: int
    nobodys_tickets: int
    failed_tasks: int
    pending_resellers: int
    approvals: int


def today(now: datetime | None = None) -> tuple[Sums, Sums]:
    """Orders placed today so far, and yesterday up to the same time, in the company's zone."""
    return figures.so_far(now or timezone.now())


def attention(now: datetime | None = None) -> Attention:
    """Counts and amounts of what waits for a person; each by a small index, all counts in one query."""
    moment = now or timezone.now()
    waiting = Q(status=Order.Status.CREATED, payment_status=Order.PaymentStatus.HELD) | Q(
        status=Order.Status.PROCESSING
    )
    real = Order.objects.filter(is_test=False)
    by_hand = by_hand_orders(real)
    stuck = real.filter(waiting, created_at__lt=moment - STUCK_AFTER)
    return Attention(
        at_risk=at_risk(),
        low_floats=low_floats(),
        **_counted(
            # What nobody can hurry is not stuck: parcels on their way, and what waits for a hand.
            stuck=stuck.filter(delivery=None).exclude(pk__in=by_hand.values("pk")),
            by_hand=by_hand,
            late_payments=Payment.objects.filter(needs_decision=True),
            overdue_tickets=SupportTicket.objects.filter(due_at__lte=moment),
            nobodys_tickets=SupportTicket.objects.filter(status=SupportTicket.Status.OPEN, assigned_to=None),
            failed_tasks=FailedTask.objects.filter(state=FailedTask.State.OPEN),
            pending_resellers=Reseller.objects.filter(status=Reseller.Status.PENDING),
            approvals=Approval.objects.filter(status=Approval.Status.PENDING, expires_at__gt=moment),
        ),
    )


def _counted(**wanted: QuerySet[Any]) -> dict[str, int]:
    """The number of rows of each, by one query."""
    parts, params, counts = [], list[Any](), dict.fromkeys(wanted, 0)
    for name, rows in wanted.items():
        try:
            sql, values = rows.order_by().values("pk")[:MOST_COUNTED].query.sql_with_params()
        except EmptyResultSet:
            continue
        parts.append(f"SELECT '{name}', count(*) FROM ({sql}) AS {name}")  # noqa: S608  # nosec B608
        params += values
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        return counts | dict(cursor.fetchall())
