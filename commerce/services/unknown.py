"""What a person decides: outcomes that nobody could confirm, and orders delivered by hand.

Both end an attempt that is open. Deciding raises the order's generation, so an answer of the provider that is
still on its way changes nothing any more; one that contradicts the decision is recorded for people to see.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Min, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.models import Attempt, Delivery, Order
from commerce.providers.base import providers
from commerce.services import break_endings, second_person, settlement
from commerce.services.constraints import retried
from commerce.services.fulfilment import OPEN
from commerce.services.settlement import Failure
from core.events import record
from core.exceptions import Conflict, InvalidInput


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person found out.

    `reference` is the provider's own, `evidence` says where it was seen; `code` is the code delivered, for
    products that are one.
    """

    delivered: bool
    reason: str
    evidence: str = ""
    reference: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Risk:
    """How much stands open in one currency."""

    currency: str
    orders: int
    amount: Decimal
    oldest: datetime


@retried
@transaction.atomic
def resolve(*, order_id: UUID, decision: Decision) -> Order:
    """End an order whose outcome is unknown, or that waits to be delivered by hand.

    Delivered captures the money held; failed releases it.

    Raises:
        InvalidInput: `reason_required`; `evidence_required` where it is called delivered without any.
        Conflict: `nothing_to_decide`; `decided_by_delivery` for a shipped order, whose delivery's steps
        decide it. ApprovalNeeded: above the limit.
    """
    _check(decision)
    order = settlement.lock(order_id)
    attempt = _open_attempt(order)
    if attempt is None:
        raise Conflict(
            "nothing_to_decide", _("Nothing about this order is open: it has ended, or is being delivered.")
        )
    if _by_hand(attempt) and Delivery.objects.filter(order=order).exists():
        raise Conflict("decided_by_delivery", _("This order is shipped: move its delivery instead."))
    words = {name: getattr(decision, name) for name in ("reason", "evidence", "reference")}
    second_person.for_decision(order, attempt, delivered=decision.delivered, words=words, code=decision.code)
    close_by_hand(order, attempt, decision)
    return order


def close_by_hand(order: Order, attempt: Attempt, decision: Decision) -> None:
    """End the open attempt of a locked order as a person decided, and settle the money."""
    now = timezone.now()
    attempt.status = Attempt.Status.DELIVERED if decision.delivered else Attempt.Status.FAILED
    attempt.provider_reference = decision.reference[:120] or attempt.provider_reference
    attempt.response = {
        **attempt.response,
        "decided_by_hand": {"reason": decision.reason, "evidence": decision.evidence},
    }
    attempt.finished_at = now
    attempt.save(update_fields=["status", "provider_reference", "response", "finished_at"])
    order.generation += 1
    order.save(update_fields=["generation"])
    data = {
        "outcome": attempt.status,
        "reason": decision.reason,
        "evidence": decision.evidence,
        "reference": decision.reference,
    }
    record("order.resolved", subject=order, data=data)
    break_endings.decided(attempt, reason=decision.reason)
    if decision.delivered:
        order.delivered_code = decision.code or order.delivered_code
        settlement.capture(order=order, attempt=attempt)
    else:
        settlement.release(
            order=order, failure=Failure("not_delivered", decision.reason[:300], retryable=True)
        )


def at_risk() -> list[Risk]:
    """Money held for orders of unknown outcome, by currency; test mode is no money."""
    rows = (
        Order.objects.filter(status=Order.Status.UNKNOWN, is_test=False)
        .order_by()
        .values("currency")
        .annotate(orders=Count("pk"), amount=Sum("total"), oldest=Min("created_at"))
        .order_by("-amount")
    )
    return [Risk(row["currency"], row["orders"], row["amount"], row["oldest"]) for row in rows]


def by_hand_orders(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Those that wait for a person: in flight at a provider that delivers by hand, and not shipped."""
    adapters = [key for key, adapter in providers.items() if adapter.by_hand]
    waiting = Attempt.objects.filter(status__in=OPEN, provider__adapter__in=adapters).values("order_id")
    return orders.filter(status=Order.Status.PROCESSING, delivery=None, pk__in=waiting)


def _check(decision: Decision) -> None:
    if not decision.reason.strip():
        raise InvalidInput("reason_required", _("Say why."), field="reason")
    if decision.delivered and not (decision.evidence.strip() or decision.reference.strip()):
        raise InvalidInput(
            "evidence_required",
            _("Give the provider's reference, or where the delivery was seen."),
            field="evidence",
        )


def _open_attempt(order: Order) -> Attempt | None:
    """The attempt a person may decide on: of an unknown order, or one in the hands of staff."""
    attempt = order.attempts.filter(status__in=OPEN).select_related("provider").first()
    if attempt is None:
        return None
    return attempt if order.status == Order.Status.UNKNOWN or _by_hand(attempt) else None


def _by_hand(attempt: Attempt) -> bool:
    adapter = attempt.provider.adapter
    return adapter in providers and providers.get(adapter).by_hand
