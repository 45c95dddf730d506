"""Delivering an order: claim it, commit an Attempt, call the provider outside any transaction, record what
became of it.

Whoever claims an order raises its `generation` and holds it until `lease_until`; an outcome is recorded only
under the generation it was asked for, so of two workers with the same order one changes nothing. A worker
that dies between leaves a lease that runs out, and `commerce.services.requery` asks the provider what became
of the attempt. The attempt's id is the provider's key: the same attempt submitted twice is delivered once.
"""

import json
import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from commerce.models import Attempt, Order
from commerce.providers.base import Call, Outcome, Result, answer, masked, storable
from commerce.services import catalogue as catalogues
from commerce.services import settlement
from commerce.services.catalogue_reading import read_version
from commerce.services.constraints import retried
from commerce.services.routing import LiveProvider, Route, Subject, masked_recipient, next_route
from commerce.services.settlement import Failure
from core.actors import current_actor
from core.crypto import encrypt, mask
from core.events import announce
from core.events import record as record_event
from core.ids import uuid7
from core.request_context import request_id

log = logging.getLogger(__name__)

# What a lease allows for above the provider's own time-out.
GRACE = timedelta(seconds=5)
# When an open attempt is asked about again, counted in times asked; then every last of them.
SCHEDULE = (5, 15, 60, 300, 1800, 7200)
OPEN = (Attempt.Status.PENDING, Attempt.Status.UNKNOWN)
NO_OFFER = Failure("no_offer", gettext_noop("No provider can deliver this product now."), retryable=True)

_S = Order.Status
_READ = """
SELECT
    o.id, o.order_number, o.generation, o.is_test, o.product_id, o.sku, o.category_code, o.face_value,
    o.quantity, o.currency, o.cost, o.recipient, o.recipient_key, o.user_email,
    EXISTS (SELECT 1 FROM commerce_delivery d WHERE d.order_id = o.id),
    (SELECT sim_type FROM commerce_product p WHERE p.id = o.product_id),
    coalesce((SELECT version FROM commerce_catalogueversion), 0)
FROM commerce_order o WHERE o.id = %s
"""
_READ_NEW = _READ + " AND o.status = 'created' AND o.payment_status = 'held'"


@dataclass(frozen=True, slots=True)
class Job:
    """One call that is ours to make: committed as an attempt, under a lease."""

    subject: Subject
    generation: int
    attempt_id: UUID
    provider: LiveProvider
    call: Call
    cost: Decimal
    checks: int = 0


def deliver(order_id: UUID, *, within: float | None = None) -> bool:
    """Deliver a paid order that nobody has begun, trying its offers until one delivers or all have surely
    failed.

    Args:
        within: seconds after which no provider is waited for; each is given its own time-out otherwise.

    Returns whether the order was ours to deliver. Must be called outside any transaction.
    """
    job = _claim(order_id)
    if job is None:
        return False
    run(job, within=within)
    return True


def run(job: Job | None, *, within: float | None = None) -> None:
    """Make a call, record its outcome, and so on while a sure failure leads to a next provider."""
    while job is not None:
        call = job.call if within is None else replace(job.call, timeout=min(job.call.timeout, within))
        job = record(job, answer(job.provider.adapter.submit, call))


def record(job: Job, result: Result) -> Job | None:
    """Write down what a call came to: the money, the order, the attempt. Returns the next call to make, if
    any.
    """
    if result.outcome == Outcome.DELIVERED and settle_delivery(job, result):
        return None
    return _record(job, result)


@retried
@transaction.atomic
def _record(job: Job, result: Result) -> Job | None:
    order = settlement.lock(job.subject.id)
    if order.generation != job.generation or order.is_final or result.outcome == Outcome.DELIVERED:
        # A delivery comes here only where it was not ours to settle.
        _late(order, job, result)
        return None
    if result.outcome == Outcome.FAILED:
        return _failed(order, job, result)
    _open(order, job, result)
    return None


def read_subject(order_id: UUID, sql: str = _READ) -> tuple[Subject, int] | None:
    """What the engine needs of an order, and the number the catalogue has now, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, [order_id])
        row = cursor.fetchone()
    if row is None:
        return None
    values = list(row)
    values[11] = _parsed(values[11])
    *told, version = values
    return Subject(*told), version


def job_of(subject: Subject, route: Route, *, generation: int, attempt_id: UUID, checks: int = 0) -> Job:
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
    return Job(subject, generation, attempt_id, route.provider, call, route.cost, checks)


def lease_for(provider: LiveProvider) -> timedelta:
    return timedelta(seconds=provider.timeout) + GRACE


def advance(order: Order, subject: Subject, last: Result | None = None) -> Job | None:
    """Open an attempt at the next provider, or end the order where none is left. The order is locked.

    Args:
        last: the sure failure that led here; the order fails with it.
    """
    version = read_version()
    tried = set(order.attempts.filter(status=Attempt.Status.FAILED).values_list("provider_id", flat=True))
    route = next_route(subject, version, tried)
    if route is None:
        settlement.release(order=order, failure=_failure(last))
        return None
    now = timezone.now()
    order.generation += 1
    order.status = _S.PROCESSING
    order.lease_until, order.next_check_at, order.updated_at = now + lease_for(route.provider), None, now
    order.save(update_fields=["generation", "status", "lease_until", "next_check_at", "updated_at"])
    job = job_of(subject, route, generation=order.generation, attempt_id=uuid7())
    Attempt.objects.create(**_attempt_row(job, route, version), number=order.attempts.count() + 1)
    return job


_CLAIM = """
WITH claimed AS (
    UPDATE commerce_order SET status = 'processing', generation = generation + 1,
        lease_until = %(lease_until)s, next_check_at = NULL, updated_at = %(now)s
    WHERE id = %(order)s AND status = 'created' AND payment_status = 'held' AND generation = %(generation)s
    RETURNING id
)
INSERT INTO commerce_attempt (id, order_id, number, offer_id, provider_id, status, cost, currency,
    provider_reference, request, response, error_code, error_message, checks, started_at)
SELECT %(attempt)s, id, 1, %(offer)s, %(provider)s, 'pending', %(cost)s, %(currency)s,
    '', %(request)s, '{}', '', '', 0, %(now)s
FROM claimed
"""


def _claim(order_id: UUID) -> Job | None:
    """Take a created, paid order: its first attempt is committed when this returns. Two round trips."""
    found = read_subject(order_id, _READ_NEW)
    if found is None:
        return None
    subject, version = found
    route = next_route(subject, version)
    if route is None:
        _refuse(subject)
        return None
    job = job_of(subject, route, generation=subject.generation + 1, attempt_id=uuid7())
    now = timezone.now()
    row = _attempt_row(job, route, version)
    values: dict[str, Any] = {
        "order": subject.id,
        "generation": subject.generation,
        "lease_until": now + lease_for(route.provider),
        "now": now,
        "attempt": job.attempt_id,
        "offer": route.offer_id,
        "provider": route.provider.id,
        "cost": route.cost,
        "currency": subject.currency,
        "request": connection.ops.adapt_json_value(row["request"], None),
    }
    # Durable: an attempt that is not committed must never be sent.
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        return job if cursor.rowcount == 1 else None


@retried
@transaction.atomic(durable=True)
def _refuse(subject: Subject) -> None:
    order = settlement.lock(subject.id)
    if order.status == _S.CREATED and order.payment_status == Order.PaymentStatus.HELD:
        settlement.release(order=order, failure=_failure(None))


_SETTLE = "SELECT commerce_settle_delivery(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"


@retried
def settle_delivery(job: Job, result: Result) -> bool:
    """A delivery written down in one round trip: see `commerce/sql/settle_delivery.sql`. False where the
    order is no longer ours.
    """
    reply, actor = _reply(result), current_actor()
    values = [
        job.subject.id,
        job.generation,
        job.attempt_id,
        reply["provider_reference"],
        connection.ops.adapt_json_value(reply["response"], None),
        job.checks,
        encrypt(storable(result.code, most=4000)),
        uuid7(),
        actor.kind,
        actor.id,
        actor.label,
        request_id(),
        timezone.now(),
    ]
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, values)
        [event_id] = cursor.fetchone()
    if event_id is not None:
        announce("order.fulfilled", event_id)
    return event_id is not None


def _failed(order: Order, job: Job, result: Result) -> Job | None:
    _close(job, result)
    return advance(order, job.subject, result)


def _open(order: Order, job: Job, result: Result) -> None:
    """Nothing is known for sure: the money stays held, nobody else is asked, and this provider is asked
    again.
    """
    pending = result.outcome == Outcome.PENDING and job.checks < len(SCHEDULE)
    by_hand = job.provider.adapter.by_hand
    now = timezone.now()
    Attempt.objects.filter(pk=job.attempt_id).update(
        **_reply(result),
        status=Attempt.Status.PENDING if pending or by_hand else Attempt.Status.UNKNOWN,
        checks=job.checks,
        last_checked_at=now if job.checks else None,
    )
    became_unknown = not (pending or by_hand) and order.status != _S.UNKNOWN
    order.status = _S.PROCESSING if pending or by_hand else _S.UNKNOWN
    order.lease_until, order.updated_at = None, now
    order.next_check_at = (
        None if by_hand else now + timedelta(seconds=SCHEDULE[min(job.checks, len(SCHEDULE) - 1)])
    )
    order.save(update_fields=["status", "lease_until", "next_check_at", "updated_at"])
    if became_unknown:
        record_event(
            "order.unknown", subject=order, data={"provider": job.provider.code, "why": result.error_code}
        )


def _late(order: Order, job: Job, result: Result) -> None:
    """An answer to a call that is no longer ours. What it says is settled already, or will be asked for
    again; only a delivery of an order that ended otherwise is worth a person's time.
    """
    delivered = result.outcome == Outcome.DELIVERED
    if delivered and order.status in (_S.FAILED, _S.CANCELLED):
        log.error(
            "delivered after the order had ended",
            extra={"order": order.order_number, "provider": job.provider.code},
        )
        data = {"provider": job.provider.code, "attempt": str(job.attempt_id), "reference": result.reference}
        record_event("attempt.contradicted", subject=order, data=data)


def _close(job: Job, result: Result) -> None:
    """End the attempt as surely failed."""
    now = timezone.now()
    closed = Attempt.objects.filter(pk=job.attempt_id, status__in=OPEN).update(
        **_reply(result),
        status=Attempt.Status.FAILED,
        checks=job.checks,
        last_checked_at=now if job.checks else None,
        finished_at=now,
    )
    if closed != 1:
        raise RuntimeError(f"Attempt {job.attempt_id} was closed under our lease.")


def _reply(result: Result) -> dict[str, Any]:
    return {
        "provider_reference": storable(result.reference, most=120),
        "response": masked(result.raw),
        "error_code": storable(result.error_code, most=40),
        "error_message": storable(result.message, most=300),
    }


def _failure(result: Result | None) -> Failure:
    if result is None:
        return NO_OFFER
    return Failure(
        storable(result.error_code, most=40) or "provider_error",
        storable(result.message, most=300) or "The provider refused the order.",
        result.retryable,
    )


def _attempt_row(job: Job, route: Route, version: int) -> dict[str, Any]:
    subject = job.subject
    request = {
        "sku": route.sku,
        "amount": str(subject.face_value) if subject.face_value is not None else None,
        "quantity": subject.quantity,
        "recipient": masked_recipient(subject, catalogues.current(version), mask),
    }
    return {
        "id": job.attempt_id,
        "order_id": subject.id,
        "offer_id": route.offer_id,
        "provider_id": route.provider.id,
        "cost": route.cost,
        "currency": subject.currency,
        "request": request,
        "started_at": timezone.now(),
    }


def _parsed(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
