"""Today's figures against yesterday's up to the same hour, always from the orders, and what waits for a person.

Revenue is the captured price, net of tax and fees, less what was refunded; test mode is left out; sums are of the
base currency, as product.md's rule 10 has it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from analytics.services import company_days
from analytics.services.day_rows import PRODUCTS
from analytics.services.figures import Sums
from commerce.models import Attempt, Order, Payment, Reseller, SupportTicket
from commerce.services.unknown import Risk, at_risk

STUCK_AFTER = timedelta(minutes=10)
_SUMMED = """
SELECT status, currency, sum(orders), sum(captured), sum(volume), sum(revenue), sum(refunds), sum(cost), sum(commission)
  FROM ({days}) AS d GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Attention:
    """What somebody should look at."""

    at_risk: list[Risk]
    stuck: int
    late_payments: int
    pending_resellers: int
    overdue_tickets: int
    nobodys_tickets: int


def today(now: datetime | None = None) -> tuple[Sums, Sums]:
    """Orders placed today so far, and yesterday up to the same time, in the company's zone."""
    moment = now or timezone.now()
    begin, day = company_days.begin(company_days.today(moment)), timedelta(days=1)
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
    open_tickets = SupportTicket.objects.filter(status=SupportTicket.Status.OPEN).order_by()
    return Attention(
        at_risk=at_risk(),
        stuck=stuck.exclude(pk__in=by_hand).count(),
        late_payments=Payment.objects.filter(needs_decision=True).count(),
        pending_resellers=Reseller.objects.filter(status=Reseller.Status.PENDING).count(),
        overdue_tickets=SupportTicket.objects.filter(due_at__lte=moment).order_by().count(),
        nobodys_tickets=open_tickets.filter(assigned_to=None).count(),
    )


def _day(begin: datetime, end: datetime) -> Sums:
    sums = Sums()
    with connection.cursor() as cursor:
        cursor.execute(
            _SUMMED.format(days=PRODUCTS.live()),
            {"zone": str(company_days.zone()), "begin": begin, "end": end},
        )
        for status, currency, orders, paid, *money in cursor.fetchall():
            sums.count(status, orders, paid)
            if currency == settings.BASE_CURRENCY:
                sums.add(money)
    return sums
