"""What may still be changed of an order: its notes and where it is sent, until somebody has begun with it."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.models import Delivery, Order
from commerce.services import settlement
from commerce.services.constraints import retried
from core.events import record
from core.exceptions import Conflict, InvalidInput


@dataclass(frozen=True, slots=True)
class Change:
    """Both as they shall be; an order that is not shipped has no address."""

    notes: str = ""
    delivery_address: str = ""
    # None leaves the city as it is.
    city: str | None = None


@retried
@transaction.atomic
def change(*, order_id: UUID, wanted: Change) -> Order:
    """Change the notes and the address of a pending order.

    Pending is an order nobody has taken up; a shipped one waits at our own desk, so it is pending as long as its
    delivery is.

    Raises:
        InvalidInput: `required` where a shipped order would lose its address, `not_shipped` where another gets one.
        Conflict: `not_pending`.
    """
    order = settlement.lock(order_id)
    delivery = Delivery.objects.select_for_update(no_key=True).filter(order_id=order_id).first()
    if not _pending(order, delivery):
        raise Conflict("not_pending", _("This order is no longer pending, so it stays as it is."))
    _check_address(delivery, wanted.delivery_address)
    changed = [*_noted(order, wanted.notes), *_addressed(delivery, wanted)]
    if changed:
        # The fields alone: an address is personal, and events are kept for ever.
        record("order.changed", subject=order, data={"fields": changed})
    return order


def _pending(order: Order, delivery: Delivery | None) -> bool:
    if delivery is None:
        return order.status == Order.Status.CREATED
    return order.status in Order.OPEN_STATUSES and delivery.status == Delivery.Status.PENDING


def _check_address(delivery: Delivery | None, address: str) -> None:
    if delivery is None and address:
        raise InvalidInput("not_shipped", _("This order is not shipped."), field="delivery_address")
    if delivery is not None and not address.strip():
        raise InvalidInput("required", _("This field is required."), field="delivery_address")


def _noted(order: Order, notes: str) -> list[str]:
    if order.notes == notes:
        return []
    order.notes, order.updated_at = notes, timezone.now()
    order.save(update_fields=["notes", "updated_at"])
    return ["notes"]


def _addressed(delivery: Delivery | None, wanted: Change) -> list[str]:
    if delivery is None:
        return []
    city = delivery.city if wanted.city is None else wanted.city.strip()
    values = {"delivery_address": wanted.delivery_address, "city": city}
    changed = [name for name, value in values.items() if getattr(delivery, name) != value]
    for name in changed:
        setattr(delivery, name, values[name])
    if changed:
        delivery.save()
    return changed
