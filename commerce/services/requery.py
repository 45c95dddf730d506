"""Asking again: what became of open attempts, and finishing whatever a lost worker or broker left behind.

The database is the truth. `sweep` runs every few seconds and hands over only what is due; everything it
starts may be started twice without harm.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.models import Attempt, Order, Payment
from commerce.providers.base import Outcome, Result, answer
from commerce.services import dispatch, settlement
from commerce.services.catalogue_reading import read_version
from commerce.services.constraints import retried
from commerce.services.deliveries import follow_orders
from commerce.services.fulfilment import OPEN, Job, advance, job_of, lease_for, read_subject, record, run
from commerce.services.reversals import notice_reversals
from commerce.services.routing import LiveProvider, Route, directory
from commerce.services.settlement import Failure

log = logging.getLogger(__name__)

BATCH = 200
# How long an order handed over to be asked about stays out of the next sweeps.
HANDED_OVER = timedelta(seconds=30)
# For orders in flight whose provider is gone from the directory, or that have no open attempt.
SHORT_LEASE = timedelta(seconds=15)

type Start = Callable[[UUID], object]


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found to do."""

    dispatched: int
    requeried: int
    expired: int
    reversed: int
    followed: int


def requery(order_id: UUID) -> bool:
    """Ask the provider of an order in flight what became of it, and act on the answer.

    A provider that never saw the attempt is sent it again under the same key. Returns whether the order was
    ours to ask about. Must be called outside any transaction.
    """
    claimed = _claim(order_id)
    if claimed is None:
        return False
    job = claimed.job
    if job is None:
        run(_go_on(order_id, claimed.generation))
        return True
    result = answer(job.provider.adapter.status, job.call)
    if result.outcome == Outcome.NOT_FOUND:
        run(job)
    else:
        run(record(replace(job, checks=job.checks + 1), result))
    return True


def sweep(*, deliver: Callable[[list[UUID]], object], ask: Start) -> Swept:
    """Find what is due and hand it over: `deliver` gets created orders, `ask` those in flight."""
    created = dispatch.take()
    if created:
        deliver(created)
    due = _due()
    for order_id in due:
        ask(order_id)
    expired = sum(map(_cancelled, _unpaid()))
    return Swept(len(created), len(due), expired, notice_reversals(), follow_orders())


def _cancelled(order_id: UUID) -> bool:
    """One that cannot be cancelled keeps none of the others."""
    try:
        return cancel_unpaid(order_id)
    except Exception:
        log.exception("an unpaid order was not cancelled", extra={"order": str(order_id)})
        return False


@retried
@transaction.atomic
def cancel_unpaid(order_id: UUID) -> bool:
    """Cancel a buyer's order that was not paid in time; a payment that comes later waits for a decision."""
    order = settlement.lock(order_id)
    waiting = order.status == Order.Status.CREATED and order.payment_status == Order.PaymentStatus.PENDING
    if not waiting or order.expires_at is None or order.expires_at > timezone.now():
        return False
    failure = Failure("payment_expired", _("It was not paid in time."), retryable=True)
    settlement.release(order=order, failure=failure, status=Order.Status.CANCELLED)
    order.payments.filter(status=Payment.Status.PENDING).update(
        status=Payment.Status.CANCELLED, updated_at=timezone.now()
    )
    return True


@dataclass(frozen=True, slots=True)
class _Claimed:
    generation: int
    job: Job | None


@transaction.atomic(durable=True)
def _claim(order_id: UUID) -> _Claimed | None:
    """Take an order in flight that nobody holds: its generation is raised and its lease is ours."""
    now = timezone.now()
    order = (
        Order.objects.select_for_update(no_key=True, skip_locked=True)
        .filter(pk=order_id, status__in=[Order.Status.PROCESSING, Order.Status.UNKNOWN])
        .only("id", "generation", "lease_until")
        .first()
    )
    if order is None or (order.lease_until is not None and order.lease_until > now):
        return None
    attempt = Attempt.objects.filter(order=order, status__in=OPEN).first()
    provider = directory(read_version()).providers.get(attempt.provider_id) if attempt else None
    if attempt and provider is None:
        log.error("the provider of an open attempt has no adapter", extra={"order": str(order_id)})
    lease = lease_for(provider) if provider else SHORT_LEASE
    order.generation += 1
    Order.objects.filter(pk=order_id).update(
        generation=order.generation, lease_until=now + lease, next_check_at=None, updated_at=now
    )
    if attempt and provider:
        return _Claimed(order.generation, _job(order.generation, attempt, provider))
    return None if attempt else _Claimed(order.generation, None)


def _job(generation: int, attempt: Attempt, provider: LiveProvider) -> Job | None:
    found = read_subject(attempt.order_id)
    if found is None:
        return None
    route = Route(provider, attempt.offer_id, attempt.request.get("sku", ""), attempt.cost)
    return job_of(found[0], route, generation=generation, attempt_id=attempt.pk, checks=attempt.checks)


@retried
@transaction.atomic
def _go_on(order_id: UUID, generation: int) -> Job | None:
    """An order in flight without an open attempt: on to the next provider, or its end."""
    order = settlement.lock(order_id)
    found = read_subject(order_id)
    if order.generation != generation or order.is_final or found is None:
        return None
    last = order.attempts.filter(status=Attempt.Status.FAILED).last()
    return advance(order, found[0], _result_of(last) if last else None)


def _result_of(attempt: Attempt) -> Result:
    return Result(Outcome.FAILED, error_code=attempt.error_code, message=attempt.error_message)


# An order whose lease ran out was being delivered by a process that is gone; one whose check is due waits for
# it.
_DUE = """
WITH picked AS MATERIALIZED (
    SELECT id FROM commerce_order
    WHERE status IN ('processing', 'unknown') AND (lease_until IS NULL OR lease_until <= %(now)s)
        AND coalesce(next_check_at, lease_until) <= %(now)s
    ORDER BY created_at LIMIT %(most)s FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE commerce_order o SET next_check_at = %(later)s FROM picked WHERE o.id = picked.id RETURNING o.id
"""


def _due() -> list[UUID]:
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"now": now, "later": now + HANDED_OVER, "most": BATCH})
        return [row[0] for row in cursor.fetchall()]


def _unpaid() -> list[UUID]:
    waiting = Order.objects.filter(
        status=Order.Status.CREATED,
        payment_status=Order.PaymentStatus.PENDING,
        expires_at__lte=timezone.now(),
    )
    return list(waiting.order_by("created_at").values_list("pk", flat=True)[:BATCH])
