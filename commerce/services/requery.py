"""Asking again: what became of open attempts, and finishing whatever a lost worker or broker left behind.

The database is the truth. `sweep` runs every few seconds and hands over only what is due; everything it
starts may be started twice without harm.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.models import Attempt, Order, Payment
from commerce.providers.base import Outcome, Result
from commerce.services import dispatch, settlement
from commerce.services.catalogue_reading import read_version
from commerce.services.claims import Job, job_of, lease_for, read_subjects
from commerce.services.constraints import retried
from commerce.services.deliveries import follow_orders
from commerce.services.fulfilment import OPEN, advance, carry_out
from commerce.services.reversals import notice_reversals
from commerce.services.routing import LiveProvider, Route, directory
from commerce.services.settlement import Failure

log = logging.getLogger(__name__)

BATCH = 200
# Orders asked about at a time, each in a thread of its own where its provider is far.
AT_ONCE = 20
# For orders in flight whose provider is gone from the directory, or that have no open attempt.
SHORT_LEASE = timedelta(seconds=15)


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
    job = claimed.job or _go_on(order_id, claimed.generation)
    carry_out([job] if job else [])
    return True


def requery_due() -> bool:
    """Ask about orders whose lease ran out or whose check is due, oldest first. Returns whether more may be due."""
    due, claimed = _due(AT_ONCE), 0
    jobs = []
    for order_id in due:
        try:
            taken = _claim(order_id)
            job = taken and (taken.job or _go_on(order_id, taken.generation))
        except Exception:
            log.exception("an order in flight could not be taken up", extra={"order": str(order_id)})
            continue
        claimed += taken is not None
        jobs += [job] if job else []
    carry_out(jobs)
    # Where all were somebody else's, whoever took them sees to the rest.
    return len(due) == AT_ONCE and claimed > 0


def sweep(*, deliver: Callable[[list[UUID]], object], ask: Callable[[], object]) -> Swept:
    """Find what is due: `deliver` gets created orders; `ask` is called where orders in flight wait to be asked about.

    Those are handed to nobody: whoever asks takes them from the database then. However long the broker's queue,
    none is in it twice.
    """
    created = dispatch.take()
    if created:
        deliver(created)
    due = _due(BATCH)
    if due:
        ask()
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


def _job(generation: int, attempt: Attempt, provider: LiveProvider) -> Job:
    [subject], _version = read_subjects([attempt.order_id])
    route = Route(provider, attempt.offer_id, attempt.request.get("sku", ""), attempt.cost)
    return job_of(
        subject, route, generation=generation, attempt_id=attempt.pk, checks=attempt.checks, asking=True
    )


@retried
@transaction.atomic
def _go_on(order_id: UUID, generation: int) -> Job | None:
    """An order in flight without an open attempt: on to the next provider, or its end."""
    order = settlement.lock(order_id)
    if order.generation != generation or order.is_final:
        return None
    [subject], _version = read_subjects([order_id])
    last = order.attempts.filter(status=Attempt.Status.FAILED).last()
    return advance(order, subject, _result_of(last) if last else None)


def _result_of(attempt: Attempt) -> Result:
    return Result(Outcome.FAILED, error_code=attempt.error_code, message=attempt.error_message)


# An order whose lease ran out was being delivered by a process that is gone; one whose check is due waits for
# it.
_DUE = """
SELECT id FROM commerce_order
WHERE status IN ('processing', 'unknown') AND (lease_until IS NULL OR lease_until <= %(now)s)
    AND coalesce(next_check_at, lease_until) <= %(now)s
ORDER BY created_at LIMIT %(most)s
"""


def _due(most: int) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"now": timezone.now(), "most": most})
        return [row[0] for row in cursor.fetchall()]


def _unpaid() -> list[UUID]:
    waiting = Order.objects.filter(
        status=Order.Status.CREATED,
        payment_status=Order.PaymentStatus.PENDING,
        expires_at__lte=timezone.now(),
    )
    return list(waiting.order_by("created_at").values_list("pk", flat=True)[:BATCH])
