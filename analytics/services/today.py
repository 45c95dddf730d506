"""Today's figures against yesterday's up to the same hour, read by index from what happened today.

Revenue is the captured price, net of tax and fees, less what was refunded; test mode is left out; sums are of the
base currency, as product.md's rule 10 has it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import Count, Q, Sum
from django.utils import timezone

from commerce.models import Attempt, Order, Payment, Reseller, Transfer
from commerce.services.unknown import Risk, at_risk

STUCK_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Day:
    """What one day, or a part of it, came to. Amounts in the base currency."""

    orders: int
    failed: int
    revenue: Decimal
    margin: Decimal


@dataclass(frozen=True, slots=True)
class Attention:
    """What somebody should look at."""

    at_risk: list[Risk]
    stuck: int
    late_payments: int
    pending_resellers: int


def today(now: datetime | None = None) -> tuple[Day, Day]:
    """Today so far, and yesterday up to the same time, in the active zone."""
    moment = timezone.localtime(now)
    begin = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    day = timedelta(days=1)
    return _day(begin, moment), _day(begin - day, moment - day)


def attention(now: datetime | None = None) -> Attention:
    """Counts and amounts of what waits for a person; each by a small index."""
    moment = now or timezone.now()
    waiting = Q(status=Order.Status.CREATED, payment_status=Order.PaymentStatus.HELD) | Q(
        status=Order.Status.PROCESSING
    )
    stuck = Order.objects.filter(waiting, is_test=False, created_at__lt=moment - STUCK_AFTER)
    by_hand = Attempt.objects.filter(status=Attempt.Status.PENDING, provider__adapter="manual").values(
        "order_id"
    )
    return Attention(
        at_risk=at_risk(),
        stuck=stuck.exclude(pk__in=by_hand).count(),
        late_payments=Payment.objects.filter(needs_decision=True).count(),
        pending_resellers=Reseller.objects.filter(status=Reseller.Status.PENDING).count(),
    )


def _day(begin: datetime, end: datetime) -> Day:
    orders = Order.objects.filter(created_at__gte=begin, created_at__lt=end, is_test=False)
    counted = orders.aggregate(all=Count("pk"), failed=Count("pk", filter=Q(status=Order.Status.FAILED)))
    sums = _moved(begin, end)
    revenue = sums.get("sale", Decimal(0)) - sums.get("refund_sale", Decimal(0))
    spent = sums.get("cost", Decimal(0)) - sums.get("cost_back", Decimal(0))
    paid = sums.get("commission", Decimal(0)) - sums.get("commission_back", Decimal(0))
    return Day(counted["all"], counted["failed"], revenue, revenue - spent - paid)


def _moved(begin: datetime, end: datetime) -> dict[str, Decimal]:
    kinds = ("sale", "refund_sale", "cost", "cost_back", "commission", "commission_back")
    rows = (
        Transfer.objects.filter(
            created_at__gte=begin,
            created_at__lt=end,
            kind__in=kinds,
            currency=settings.BASE_CURRENCY,
            debit_account__is_test=False,
        )
        .order_by()
        .values_list("kind")
        .annotate(total=Sum("amount"))
    )
    return dict(rows)
