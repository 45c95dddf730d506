"""Delivering an order: claim it, commit an Attempt, call the provider outside any transaction, record what
became of it.

Whoever claims an order raises its `generation` and holds it until `lease_until`; an outcome is recorded only
under the generation it was asked for, so of two workers with the same order one changes nothing. A worker
that dies between leaves a lease that runs out, and `commerce.services.requery` asks the provider what became
of the attempt. The attempt's id is the provider's key: the same attempt submitted twice is delivered once.
"""

import logging
from collections.abc import Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, connections, transaction
from django.utils import timezone

from commerce.models import Attempt, Order
from commerce.providers.base import Outcome, Result, answer, masked, storable
from commerce.services import settlement
from commerce.services.catalogue_reading import read_version
from commerce.services.claims import NO_OFFER, Job, claim, job_of, lease_for, request_of
from commerce.services.constraints import refusable, retried
from commerce.services.routing import Subject, next_route
from commerce.services.settlement import Failure
from core.actors import current_actor
from core.crypto import encrypt
from core.events import announce
from core.events import record as record_event
from core.ids import uuid7
from core.request_context import request_id

log = logging.getLogger(__name__)

# When an open attempt is asked about again, counted in times asked; then every last of them.
SCHEDULE = (5, 15, 60, 300, 1800, 7200)
OPEN = (Attempt.Status.PENDING, Attempt.Status.UNKNOWN)

_S = Order.Status

type Answered = tuple[Job, Result]


def deliver(order_id: UUID, *, within: float | None = None) -> bool:
    """Deliver a paid order that nobody has begun, trying its offers until one delivers or all have surely
    failed.

    Args:
        within: seconds after which no provider is waited for; each is given its own time-out otherwise.

    Returns whether the order was ours to deliver. Must be called outside any transaction.
    """
    jobs = claim([order_id])
    carry_out(jobs, within=within)
    return bool(jobs)


def deliver_all(order_ids: Sequence[UUID]) -> None:
    """Deliver many at the price of a few: they are claimed together, and those delivered are settled together.

    One that breaks keeps none of the others: it is logged, and the sweep will see to it.
    """
    if not order_ids:
        return
    try:
        jobs = claim(order_ids)
    except Exception:
        if len(order_ids) == 1:
            log.exception("an order could not be claimed", extra={"order": str(order_ids[0])})
        else:
            for order_id in order_ids:
                deliver_all([order_id])
        return
    carry_out(jobs)


def carry_out(jobs: Collection[Job], *, within: float | None = None) -> None:
    """Make calls and record what they come to, and so on while a sure failure leads to a next provider.

    Calls over a network are all made at once, each in a thread, and recorded as they are answered, so that a slow
    provider keeps no other order waiting. The threads do nothing but call: all writing is done here.
    """
    alone = len(jobs) == 1
    with ThreadPoolExecutor(max(1, len(jobs)), "calls") as threads:
        under_way: dict[Future[Result], Job] = {}
        ready: list[Job] = list(jobs)
        while ready or under_way:
            near = [job for job in ready if alone or job.provider.adapter.is_near]
            for job in ready:
                if not (alone or job.provider.adapter.is_near):
                    under_way[threads.submit(_call_in_thread, job, within)] = job
            answered = [(job, _call(job, within)) for job in near]
            if not answered:
                done, _waiting = wait(under_way, return_when=FIRST_COMPLETED)
                answered = [(under_way.pop(call), call.result()) for call in done]
            ready = record_all(answered)


def _call(job: Job, within: float | None) -> Result:
    call = job.call if within is None else replace(job.call, timeout=min(job.call.timeout, within))
    adapter = job.provider.adapter
    return answer(adapter.status if job.asking else adapter.submit, call)


def _call_in_thread(job: Job, within: float | None) -> Result:
    try:
        return _call(job, within)
    finally:
        # Those of this thread, should the adapter have opened any.
        connections.close_all()


def record_all(answered: Sequence[Answered]) -> list[Job]:
    """Write down what calls came to: the money, the orders, the attempts. Returns the next calls to make.

    What cannot be written down is logged; its lease runs out, and the provider is asked again.
    """
    next_calls, results = [], []
    for job, result in answered:
        if not job.asking:
            results.append((job, result))
        elif result.outcome == Outcome.NOT_FOUND:
            next_calls.append(replace(job, asking=False))
        else:
            results.append((replace(job, checks=job.checks + 1, asking=False), result))
    settled = _settled([one for one in results if one[1].outcome == Outcome.DELIVERED])
    for job, result in results:
        if job.attempt_id in settled:
            continue
        try:
            next_call = record(job, result)
        except Exception:
            log.exception("an outcome was not recorded", extra={"order": job.subject.order_number})
        else:
            next_calls += [next_call] if next_call else []
    return next_calls


def _settled(delivered: Sequence[Answered]) -> set[UUID]:
    """Settle deliveries together. Where one of them breaks, none is settled, and each is recorded by itself."""
    try:
        return settle_deliveries(delivered) if len(delivered) > 1 else set()
    except Exception:
        log.exception("deliveries were not settled together", extra={"orders": len(delivered)})
        return set()


def record(job: Job, result: Result) -> Job | None:
    """Write down what one call came to. Returns the next call to make, if any."""
    if result.outcome == Outcome.DELIVERED and settle_deliveries([(job, result)]):
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
    Attempt.objects.create(
        id=job.attempt_id,
        order=order,
        number=order.attempts.count() + 1,
        offer_id=job.offer_id,
        provider_id=job.provider.id,
        cost=job.cost,
        currency=subject.currency,
        request=request_of(job, version),
        started_at=now,
    )
    return job


_SETTLE = """
SELECT attempt_id, event_id FROM commerce_settle_deliveries(
    %s::uuid[], %s::integer[], %s::uuid[], %s::text[], %s::jsonb[], %s::integer[], %s::text[], %s::uuid[],
    %s, %s, %s, %s, %s)
"""


@retried
def settle_deliveries(delivered: Sequence[Answered]) -> set[UUID]:
    """Deliveries written down in one round trip: see `commerce/sql/settle_deliveries.sql`. Returns the attempts that
    were settled; the others' orders are no longer ours.
    """
    replies, actor = [_reply(result) for _job, result in delivered], current_actor()
    values: list[Any] = [
        [job.subject.id for job, _result in delivered],
        [job.generation for job, _result in delivered],
        [job.attempt_id for job, _result in delivered],
        [reply["provider_reference"] for reply in replies],
        [connection.ops.adapt_json_value(reply["response"], None) for reply in replies],
        [job.checks for job, _result in delivered],
        [encrypt(storable(result.code, most=4000)) for _job, result in delivered],
        [uuid7() for _one in delivered],
        actor.kind,
        actor.id,
        actor.label,
        request_id(),
        timezone.now(),
    ]
    with refusable(), connection.cursor() as cursor:
        cursor.execute(_SETTLE, values)
        settled = cursor.fetchall()
    for _attempt_id, event_id in settled:
        announce("order.fulfilled", event_id)
    return {attempt_id for attempt_id, _event_id in settled}


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
