"""Telling customers what became of their orders, behind the events: nobody who settles an order waits for it.

The task reads each seal of the audit's chain once, seconds after it was made: it holds every event, and none twice.
Nothing is on the way of an order, nothing is lost with a process, and a key for each event keeps it from being told
twice.
"""

import logging
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from commerce.models import Order, OrderNews
from commerce.services import notices
from core.models import AuditSeal, Event

KINDS = ("order.fulfilled", "order.failed", "order.cancelled", "order.reversed", "refund.created")
# Later than that it is no news: after a long standstill nobody is woken for it.
FRESH = timedelta(days=1)
SEALS = 10
log = logging.getLogger(__name__)
# Materialized: only subjects of these kinds are orders' ids.
_READ = """
WITH happened AS MATERIALIZED (
    SELECT e.id, e.subject_id FROM (
        SELECT unnest(s.ids) AS id FROM core_auditseal s WHERE s.number > %(seal)s AND s.number <= %(last)s
    ) AS sealed JOIN core_event e ON e.id = sealed.id
    WHERE e.id > %(after)s AND e.kind = ANY(%(kinds)s) AND e.created_at > %(since)s
)
SELECT h.id, o.id FROM happened h JOIN commerce_order o ON o.id = h.subject_id::uuid
WHERE o.customer_id IS NOT NULL AND NOT o.is_test ORDER BY h.id
"""


def tell() -> int:
    """Tell of what was sealed since the last time; how many events that were."""
    told = 0
    newest = AuditSeal.objects.aggregate(last=Max("number"))["last"] or 0
    place, _made = OrderNews.objects.get_or_create(pk=1)
    while place.seal < newest:
        last = min(place.seal + SEALS, newest)
        told += _tell(_happened(place, last))
        # Somebody else may have come further meanwhile.
        OrderNews.objects.filter(pk=1).update(seal=Greatest("seal", Value(last)))
        place.refresh_from_db()
    return told


def begin_here() -> None:
    """Tell nobody of what has happened up to now, in the caller's transaction."""
    newest = Event.objects.aggregate(last=Max("id"))["last"] or 0
    OrderNews.objects.update_or_create(pk=1, defaults={"after": newest})


def _happened(place: OrderNews, last: int) -> list[tuple[Event, Order]]:
    values: dict[str, Any] = {
        "seal": place.seal,
        "last": last,
        "after": place.after,
        "kinds": list(KINDS),
        "since": timezone.now() - FRESH,
    }
    with connection.cursor() as cursor:
        cursor.execute(_READ, values)
        found = cursor.fetchall()
    events = Event.objects.in_bulk([number for number, _order_id in found])
    related = Order.objects.select_related("customer__user", "delivery")
    orders = related.in_bulk({order_id for _number, order_id in found})
    return [(events[number], orders[order_id]) for number, order_id in found]


def _tell(happened: list[tuple[Event, Order]]) -> int:
    for event, order in happened:
        try:
            with transaction.atomic():
                notices.tell_outcome(order, event.kind, event.data, key=f"news:{event.pk}")
        except Exception:
            log.exception("a customer was not told", extra={"event": event.pk, "kind": event.kind})
    return len(happened)
