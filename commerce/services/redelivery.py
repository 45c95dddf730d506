"""What staff do with an order that did not get through: try again now, or place it anew."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from commerce.models import Order
from commerce.services import dispatch, orders, settlement
from commerce.services.buyers import buyer_by_reseller
from commerce.services.fulfilment import deliver
from commerce.services.order_rows import OrderRequest
from commerce.services.order_view import present
from commerce.services.requery import requery
from core.actors import current_actor
from core.events import record
from core.exceptions import Conflict, InvalidInput

# A person waits for the dialog to close: a slow provider is left to the workers.
SECONDS = 5.0


def is_open(order: Order) -> bool:
    """Paid, and not over."""
    return order.status in Order.OPEN_STATUSES and order.payment_status == Order.PaymentStatus.HELD


def can_be_placed_again(order: Order) -> bool:
    """Over without a delivery, and a reseller's: a customer pays anew by himself."""
    ended = order.status in (Order.Status.FAILED, Order.Status.CANCELLED, Order.Status.REVERSED)
    return ended and order.reseller_id is not None and not order.is_test


def retry(*, order: Order, reason: str) -> None:
    """Deliver an order that waits, or ask the provider that has it what became of it. Never a second delivery.

    Raises:
        Conflict: `not_open` where the order is over or unpaid.
    """
    if not is_open(order):
        raise Conflict("not_open", _("This order is over or not paid; there is nothing to try again."))
    record("order.retried", subject=order, data={"reason": reason})
    if order.status == Order.Status.CREATED:
        deliver(order.pk, within=SECONDS)
        dispatch.hint()
        return
    requery(order.pk)


def place_again(*, order: Order, reason: str) -> UUID:
    """A new order like one that failed, at today's price, paid from the same reseller's wallet.

    Raises:
        InvalidInput: as placing an order does. Conflict: `not_failed`.
    """
    if not can_be_placed_again(order):
        raise Conflict("not_failed", _("Only an order that ended without a delivery can be placed again."))
    buyer = buyer_by_reseller(order.reseller_id or 0, actor=current_actor())
    if buyer is None:
        raise InvalidInput("unknown_reseller", _("The reseller no longer exists."))
    delivery = getattr(order, "delivery", None)
    request = OrderRequest(
        product_id=order.product_id,
        recipient=order.recipient,
        amount=_range_amount(order),
        quantity=order.quantity,
        client_id=order.client_id,
        delivery_address=delivery.delivery_address if delivery else "",
        delivery_city=delivery.city if delivery else "",
        user_email=order.user_email,
        channel=Order.Channel.ADMIN,
        retry_of_id=order.pk,
    )
    with transaction.atomic():
        settlement.lock(order.pk)
        if order.retries.exists():
            raise Conflict("placed_again_already", _("This order was placed again already."))
        answer = orders.place_order(buyer=buyer, request=request, present=present)
        record("order.placed_again", subject=order, data={"order": str(answer.order_id), "reason": reason})
    if answer.order_id is None:
        raise Conflict("try_again", _("The order was not placed. Try again."))
    return answer.order_id


def _range_amount(order: Order):  # type: ignore[no-untyped-def]  # Decimal or None, as the field is
    return order.face_value if order.product.is_range else None
