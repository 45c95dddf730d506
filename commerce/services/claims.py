"""Taking orders to deliver: under a lease, with each one's attempt committed before its provider is called."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from commerce.models import Order
from commerce.providers.base import Call
from commerce.services import catalogue as catalogues
from commerce.services import settlement
from commerce.services.constraints import retried
from commerce.services.routing import LiveProvider, Route, Subject, masked_recipient, next_route
from commerce.services.settlement import Failure
from core.crypto import mask
from core.ids import uuid7

# What a lease allows for above the provider's own time-out.
GRACE = timedelta(seconds=5)
NO_OFFER = Failure("no_offer", gettext_noop("No provider can deliver this product now."), retryable=True)


@dataclass(frozen=True, slots=True)
class Job:
    """One call that is ours to make: committed as an attempt, under a lease.

    `asking`: the provider is asked what became of the attempt, before it is sent anything again.
    """

    subject: Subject
    generation: int
    attempt_id: UUID
    provider: LiveProvider
    offer_id: int | None
    call: Call
    cost: Decimal
    checks: int = 0
    asking: bool = False


def claim(order_ids: Collection[UUID]) -> list[Job]:
    """Take those of these orders that are paid and that nobody has begun, oldest first: their first attempts are
    committed when this returns. An order that no provider can deliver ends here.

    Two round trips and one commit, however many they are. Must be called outside any transaction.
    """
    subjects, version = read_subjects(order_ids, new=True)
    jobs = []
    for subject in subjects:
        route = next_route(subject, version)
        if route is None:
            _refuse(subject)
        else:
            jobs.append(job_of(subject, route, generation=subject.generation + 1, attempt_id=uuid7()))
    return _claimed(jobs, version) if jobs else []


_READ = """
SELECT
    o.id, o.order_number, o.generation, o.is_test, o.product_id, o.sku, o.category_code, o.face_value,
    o.quantity, o.currency, o.cost, o.recipient, o.recipient_key, o.user_email,
    EXISTS (SELECT 1 FROM commerce_delivery d WHERE d.order_id = o.id),
    (SELECT sim_type FROM commerce_product p WHERE p.id = o.product_id),
    coalesce((SELECT version FROM commerce_catalogueversion), 0)
FROM commerce_order o WHERE o.id = ANY(%s)
"""
_READ_NEW = _READ + " AND o.status = 'created' AND o.payment_status = 'held' ORDER BY o.created_at"


def read_subjects(order_ids: Collection[UUID], *, new: bool = False) -> tuple[list[Subject], int]:
    """What the engine needs of orders, and the number the catalogue has now, in one query.

    Args:
        new: only those that are paid and not begun.
    """
    with connection.cursor() as cursor:
        cursor.execute(_READ_NEW if new else _READ, [list(order_ids)])
        rows = cursor.fetchall()
    return [_subject(row) for row in rows], rows[0][-1] if rows else 0


def job_of(
    subject: Subject,
    route: Route,
    *,
    generation: int,
    attempt_id: UUID,
    checks: int = 0,
    asking: bool = False,
) -> Job:
    call = Call(
        key=str(attempt_id),
        sku=route.sku,
        recipient=subject.recipient,
        recipient_key=subject.recipient_key,
        amount=subject.face_value,
        quantity=subject.quantity,
        currency=subject.currency,
        category=subject.category_code,
        sim_type=subject.sim_type,
        email=subject.user_email,
        order_number=subject.order_number,
        timeout=route.provider.timeout,
    )
    return Job(
        subject, generation, attempt_id, route.provider, route.offer_id, call, route.cost, checks, asking
    )


def lease_for(provider: LiveProvider) -> timedelta:
    return timedelta(seconds=provider.timeout) + GRACE


def request_of(job: Job, version: int) -> dict[str, Any]:
    """What an attempt keeps of the call, its recipient masked."""
    call = job.call
    return {
        "sku": call.sku,
        "amount": str(call.amount) if call.amount is not None else None,
        "quantity": call.quantity,
        "recipient": masked_recipient(job.subject, catalogues.current(version), mask),
    }


# The orders are locked in order of id: of two workers that were handed the same ones, one waits for the other, and
# takes none that the other has taken.
_CLAIM = """
WITH wanted AS (
    SELECT * FROM unnest(
        %(orders)s::uuid[], %(generations)s::integer[], %(leases)s::timestamptz[], %(attempts)s::uuid[],
        %(offers)s::bigint[], %(providers)s::bigint[], %(costs)s::numeric[], %(currencies)s::text[],
        %(requests)s::jsonb[]
    ) AS w(order_id, generation, lease_until, attempt_id, offer_id, provider_id, cost, currency, request)
), locked AS MATERIALIZED (
    SELECT id FROM commerce_order WHERE id = ANY(%(orders)s::uuid[]) ORDER BY id FOR NO KEY UPDATE
), claimed AS (
    UPDATE commerce_order o SET status = 'processing', generation = o.generation + 1,
        lease_until = w.lease_until, next_check_at = NULL, updated_at = %(now)s
    FROM locked l JOIN wanted w ON w.order_id = l.id
    WHERE o.id = l.id AND o.status = 'created' AND o.payment_status = 'held' AND o.generation = w.generation
    RETURNING o.id
)
INSERT INTO commerce_attempt (id, order_id, number, offer_id, provider_id, status, cost, currency,
    provider_reference, request, response, error_code, error_message, checks, started_at)
SELECT w.attempt_id, w.order_id, 1, w.offer_id, w.provider_id, 'pending', w.cost, w.currency,
    '', w.request, '{}', '', '', 0, %(now)s
FROM wanted w JOIN claimed c ON c.id = w.order_id
RETURNING order_id
"""


@retried
def _claimed(jobs: Sequence[Job], version: int) -> list[Job]:
    now = timezone.now()
    values: dict[str, Any] = {
        "now": now,
        "orders": [job.subject.id for job in jobs],
        "generations": [job.subject.generation for job in jobs],
        "leases": [now + lease_for(job.provider) for job in jobs],
        "attempts": [job.attempt_id for job in jobs],
        "offers": [job.offer_id for job in jobs],
        "providers": [job.provider.id for job in jobs],
        "costs": [job.cost for job in jobs],
        "currencies": [job.subject.currency for job in jobs],
        "requests": [connection.ops.adapt_json_value(request_of(job, version), None) for job in jobs],
    }
    # Durable: an attempt that is not committed must never be sent.
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        ours = {order_id for (order_id,) in cursor.fetchall()}
    return [job for job in jobs if job.subject.id in ours]


@retried
@transaction.atomic(durable=True)
def _refuse(subject: Subject) -> None:
    order = settlement.lock(subject.id)
    if order.status == Order.Status.CREATED and order.payment_status == Order.PaymentStatus.HELD:
        settlement.release(order=order, failure=NO_OFFER)


def _subject(row: Sequence[Any]) -> Subject:
    values = list(row[:-1])
    recipient = values[11]
    values[11] = json.loads(recipient) if isinstance(recipient, str) else recipient
    return Subject(*values)
