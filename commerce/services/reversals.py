"""Noticing what providers have undone: the money goes back to the buyer, the cost back to our float."""

import logging
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from commerce.models import Attempt
from commerce.providers.base import Reversal
from commerce.services import settlement
from commerce.services.catalogue_reading import read_version
from commerce.services.constraints import retried
from commerce.services.routing import directory

log = logging.getLogger(__name__)

# How far back providers are asked: longer than any outage of ours.
LOOK_BACK = timedelta(days=7)


def notice_reversals() -> int:
    """Ask every provider for its reversals and book those that are new. Returns how many."""
    since = timezone.now() - LOOK_BACK
    booked = 0
    for provider in directory(read_version()).providers.values():
        try:
            found = provider.adapter.reversals(since)
        except Exception:
            log.exception("could not read reversals", extra={"provider": provider.code})
            continue
        booked += _book(provider.id, found)
    return booked


def _book(provider_id: int, found: list[Reversal]) -> int:
    reasons = {reversal.key: reversal.reason for reversal in found}
    ours = [key for key in map(_uuid, reasons) if key]
    fresh = Attempt.objects.filter(pk__in=ours, provider_id=provider_id, status=Attempt.Status.DELIVERED)
    return sum(_reversed(pk, reasons[str(pk)]) for pk in fresh.values_list("pk", flat=True))


def _reversed(attempt_id: UUID, reason: str) -> bool:
    """One that cannot be booked keeps none of the others."""
    try:
        return reverse(attempt_id=attempt_id, reason=reason)
    except Exception:
        log.exception("a reversal was not booked", extra={"attempt": str(attempt_id)})
        return False


@retried
@transaction.atomic
def reverse(*, attempt_id: UUID, reason: str) -> bool:
    """Book one reversal, once; returns whether it was new."""
    order_id = Attempt.objects.values_list("order_id", flat=True).get(pk=attempt_id)
    order = settlement.lock(order_id)
    undone = Attempt.objects.filter(pk=attempt_id, status=Attempt.Status.DELIVERED).update(
        status=Attempt.Status.REVERSED, last_checked_at=timezone.now()
    )
    if undone:
        settlement.reverse(order=order, reason=reason)
    return bool(undone)


def _uuid(key: str) -> UUID | None:
    try:
        return UUID(key)
    except ValueError:
        return None
