"""From a placed order to a worker that delivers it: a hint over the broker, and the database as the truth
behind it.

A web process says `hint()` and goes on; one thread of it publishes a single message for all hints of the
moment. The message carries no ids: whoever gets it takes a batch of created orders from the database. Where
the broker is down nothing is lost, the sweep takes them a few seconds later.
"""

import logging
import os
import threading
import time
from datetime import timedelta
from typing import Any
from uuid import UUID

from celery import current_app
from django.db import connection, transaction
from django.utils import timezone

from commerce.models import Order
from commerce.services import fulfilment

log = logging.getLogger(__name__)

# How many created orders may be with the workers at a time: more would only age in the broker's queue.
MOST_HANDED_OVER = 400
# So long others leave an order alone that was handed to a worker, which claims it before it delivers.
HANDED_OVER = timedelta(seconds=20)
# A charge is delivered by the request that placed it, which gets so much of a head start.
HEAD_START = timedelta(seconds=3)
# A lone order is hinted at once; of a burst, each message costs the web process what two orders cost.
COALESCE_SECONDS = 0.1
AFTER_FAILURE_SECONDS = 1.0
POLL_SECONDS = 0.05


class Publisher:
    """One daemon thread a process that turns any number of hints into one message at a time."""

    def __init__(self) -> None:
        self._wanted = threading.Event()
        self._lock = threading.Lock()
        self._pid = 0

    def hint(self) -> None:
        """Never waits and never fails."""
        if self._pid != os.getpid():
            self._start()
        self._wanted.set()

    def _start(self) -> None:
        with self._lock:
            if self._pid != os.getpid():
                self._pid = os.getpid()
                threading.Thread(target=self._publish_for_ever, name="dispatch-hints", daemon=True).start()

    def _publish_for_ever(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            try:
                current_app.send_task("commerce.dispatch", ignore_result=True, retry=False, expires=60)
                time.sleep(COALESCE_SECONDS)
            except Exception as error:
                log.warning("the broker took no hint, the sweep will deliver: %s", error)
                time.sleep(AFTER_FAILURE_SECONDS)


_publisher = Publisher()


def hint() -> None:
    """Say that there is something to deliver, once the transaction that made it is committed."""
    transaction.on_commit(_publisher.hint, robust=True)


_TAKE = """
WITH room AS (
    SELECT %(most)s - count(*) AS orders FROM (
        SELECT 1 FROM commerce_order WHERE status = 'created' AND lease_until > %(now)s LIMIT %(most)s
    ) handed_over
), picked AS MATERIALIZED (
    -- Materialized: a plan that asks a subquery again would find other rows the second time, for the first are locked.
    SELECT id FROM commerce_order
    WHERE status = 'created' AND payment_status = 'held' AND (lease_until IS NULL OR lease_until <= %(now)s)
        AND (channel <> 'charge' OR created_at < %(head_start)s)
    ORDER BY created_at LIMIT (SELECT orders FROM room) FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE commerce_order o SET lease_until = %(until)s FROM picked WHERE o.id = picked.id RETURNING o.id
"""


def take(most: int = MOST_HANDED_OVER) -> list[UUID]:
    """Created, paid orders that nobody was handed yet, oldest first; they are the caller's to hand over.

    Gives so many that at most `most` are handed over at a time.
    """
    now = timezone.now()
    values: dict[str, Any] = {
        "now": now,
        "until": now + HANDED_OVER,
        "head_start": now - HEAD_START,
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        return [row[0] for row in cursor.fetchall()]


def deliver_now(order_id: UUID, timeout: float) -> None:
    """Deliver an order in this process and wait for it at most `timeout` seconds.

    Where a worker took it first, waits for the worker. The order may still be open afterwards.
    """
    until = time.monotonic() + timeout
    if fulfilment.deliver(order_id, within=timeout):
        return
    while time.monotonic() < until and _being_delivered(order_id):
        time.sleep(POLL_SECONDS)


def _being_delivered(order_id: UUID) -> bool:
    return Order.objects.filter(
        pk=order_id,
        status__in=[Order.Status.CREATED, Order.Status.PROCESSING],
        lease_until__gt=timezone.now(),
    ).exists()
