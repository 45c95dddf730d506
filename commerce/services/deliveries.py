"""The steps of a shipped order's delivery, and what they do to the order.

The order is being delivered (`processing`, its attempt with a provider that delivers by hand) until the
parcel is there: `delivered` captures the money, `cancelled` releases it, which is why cancelling asks for the right
to cancel orders (`RIGHTS`). A delivery in test mode follows its order, which the sandbox decides.
"""

from dataclasses import asdict, dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.models import Attempt, Delivery, Order, Payment, Product
from commerce.recipients import iccid as iccids
from commerce.services import esims, second_person, settlement
from commerce.services.constraints import retried, violated
from commerce.services.fulfilment import OPEN
from commerce.services.settlement import Failure
from commerce.services.unknown import Decision, close_by_hand
from commerce.transitions import DELIVERY, require
from core.actors import SYSTEM
from core.events import record
from core.exceptions import Conflict, InvalidInput
from core.models import User

_D = Delivery.Status
MOVE, CANCEL = "commerce.move_delivery", "commerce.cancel_order"
# What a person needs for each step.
RIGHTS = {step: CANCEL if step == _D.CANCELLED else MOVE for step in _D}
# Steps that need the order paid and its attempt open.
IN_FLIGHT = (_D.CONFIRMED, _D.DISPATCHED, _D.DELIVERED)
# Steps that settle the money of an order on its way.
ENDING = (_D.DELIVERED, _D.CANCELLED)
# What of a step is kept encrypted where it waits for a second person: with it a card is known, or an eSIM installed.
SECRET = ("iccid", "activation_code")
UNDER_WAY = (_D.PENDING, _D.CONFIRMED, _D.DISPATCHED)
FOLLOWS = {
    Order.Status.FULFILLED: _D.DELIVERED,
    Order.Status.FAILED: _D.CANCELLED,
    Order.Status.CANCELLED: _D.CANCELLED,
}
BATCH = 100


@dataclass(frozen=True, slots=True)
class Step:
    """One step: where to, and what is told with it. Empty texts leave what is known."""

    to: str
    reason: str = ""
    courier: str = ""
    tracking_number: str = ""
    iccid: str = ""
    activation_code: str = ""


@retried
@transaction.atomic
def move(*, order_id: UUID, step: Step) -> Delivery:
    """Take a delivery one step on, and its order with it.

    Raises:
        InvalidInput: `courier_required` to dispatch, `invalid_iccid`, `iccid_required` to activate,
        `invalid_activation_code`, `activation_code_required` to activate an eSIM, `reason_required` to cancel.
        Conflict: `no_delivery`, `invalid_transition`, `not_in_flight`, `iccid_taken`, `not_an_esim`.
        ApprovalNeeded: it ends an order above the limit.
    """
    order = settlement.lock(order_id)
    delivery = Delivery.objects.select_for_update(no_key=True).filter(order_id=order_id).first()
    if delivery is None:
        raise Conflict("no_delivery", _("This order is not shipped."))
    require(DELIVERY, delivery.status, step.to)
    attempt = order.attempts.filter(status__in=OPEN).select_related("provider").first()
    if step.to in IN_FLIGHT and (order.status != Order.Status.PROCESSING or attempt is None):
        raise Conflict("not_in_flight", _("The order is not paid, not yet taken up, or has ended."))
    if attempt and order.status == Order.Status.PROCESSING and step.to in ENDING:
        _ask(order, attempt, step)
    _tell(delivery, step)
    _keep_code(order, delivery, step)
    _save(delivery, step)
    data = {"to": delivery.status, "tracking": delivery.delivery_tracking_number, "reason": step.reason}
    record("delivery.moved", subject=order, data=data)
    if step.to == _D.DELIVERED and attempt:
        evidence = delivery.delivery_tracking_number
        close_by_hand(order, attempt, Decision(True, step.reason or _("Delivered."), evidence, evidence))
    elif step.to == _D.CANCELLED:
        _cancel_order(order, attempt, step)
    return delivery


def _ask(order: Order, attempt: Attempt, step: Step) -> None:
    told = asdict(step)
    secret = {name: told.pop(name) for name in SECRET}
    second_person.for_delivery(
        order,
        attempt,
        delivered=step.to == _D.DELIVERED,
        step={name: str(value) for name, value in told.items()},
        secret={name: value for name, value in secret.items() if value},
    )


def cancel(*, order_id: UUID, reason: str) -> None:
    """Cancel a shipped order's delivery, or an order that is not shipped.

    Raises:
        InvalidInput: `reason_required`. Conflict: as `move` and `settlement.cancel`.
    """
    if Delivery.objects.filter(order_id=order_id).exists():
        move(order_id=order_id, step=Step(_D.CANCELLED, reason=reason))
    else:
        settlement.cancel(order_id=order_id, reason=reason)


@transaction.atomic
def assign(
    *,
    order_id: UUID,
    courier: str,
    assignee: User | None = None,
    tracking_number: str = "",
    reason: str = "",
) -> Delivery:
    """Say who brings it and which colleague sees to it, before it arrives. What is empty stays as it is.

    Raises:
        InvalidInput: `not_a_colleague`. Conflict: `no_delivery`, or `delivery_over`.
    """
    if assignee is not None and not (assignee.is_active and assignee.is_staff):
        raise InvalidInput("not_a_colleague", _("Only active colleagues take deliveries."), field="assignee")
    delivery = Delivery.objects.select_for_update(no_key=True).filter(order_id=order_id).first()
    if delivery is None:
        raise Conflict("no_delivery", _("This order is not shipped."))
    if delivery.status not in UNDER_WAY:
        raise Conflict("delivery_over", _("This delivery has ended."))
    delivery.courier = courier or delivery.courier
    delivery.assignee = assignee or delivery.assignee
    delivery.delivery_tracking_number = tracking_number or delivery.delivery_tracking_number
    delivery.save()
    data = {
        "courier": delivery.courier,
        "tracking": delivery.delivery_tracking_number,
        "assignee": assignee.get_full_name() or assignee.get_username() if assignee else "",
        "reason": reason,
    }
    record("delivery.assigned", subject=("commerce.order", str(order_id)), data=data)
    return delivery


def follow_orders() -> int:
    """Bring deliveries whose orders ended by other ways to the same end. Returns how many."""
    behind = Delivery.objects.filter(status__in=UNDER_WAY, order__status__in=FOLLOWS)
    return sum(_follow(order_id) for order_id in behind.values_list("order_id", flat=True)[:BATCH])


@retried
@transaction.atomic
def _follow(order_id: UUID) -> bool:
    order = settlement.lock(order_id)
    delivery = (
        Delivery.objects.select_for_update(no_key=True).filter(order=order, status__in=UNDER_WAY).first()
    )
    if delivery is None or order.status not in FOLLOWS:
        return False
    delivery.status = FOLLOWS[Order.Status(order.status)]
    delivery.delivered_at = order.finished_at if delivery.status == _D.DELIVERED else None
    delivery.save()
    record(
        "delivery.moved",
        subject=("commerce.order", str(order_id)),
        data={"to": delivery.status},
        actor=SYSTEM,
    )
    return True


def check_iccid(iccid: str) -> str:
    """The digits of a SIM card's serial number (ITU-T E.118).

    Raises:
        InvalidInput: `invalid_iccid`, saying what is wrong with it.
    """
    try:
        return iccids.read(iccid)
    except iccids.IccidError as error:
        raise InvalidInput("invalid_iccid", str(error), field="iccid") from error


def _tell(delivery: Delivery, step: Step) -> None:
    # Nobody carries an eSIM.
    carried = delivery.sim_type != Product.SimType.ESIM
    if step.to == _D.DISPATCHED and carried and not (step.courier or delivery.courier):
        raise InvalidInput("courier_required", _("Say who brings it."), field="courier")
    if step.to == _D.CANCELLED and not step.reason.strip():
        raise InvalidInput("reason_required", _("Say why."), field="reason")
    delivery.courier = step.courier or delivery.courier
    delivery.delivery_tracking_number = step.tracking_number or delivery.delivery_tracking_number
    if step.iccid:
        delivery.iccid = check_iccid(step.iccid)
    if step.to == _D.ACTIVATED and not delivery.iccid:
        raise InvalidInput(
            "iccid_required", _("Give the ICCID of the SIM that was activated."), field="iccid"
        )


def _keep_code(order: Order, delivery: Delivery, step: Step) -> None:
    """The activation code is what was delivered, so it is kept, encrypted, where delivered codes are."""
    if step.activation_code:
        if delivery.sim_type != Product.SimType.ESIM:
            message = _("Only an eSIM has an activation code.")
            raise Conflict("not_an_esim", message, field="activation_code")
        order.delivered_code = esims.check_code(step.activation_code)
        order.updated_at = timezone.now()
        order.save(update_fields=["delivered_code", "updated_at"])
    if step.to == _D.ACTIVATED and delivery.sim_type == Product.SimType.ESIM and not esims.has_code(order):
        message = _("Give the activation code; the buyer installs the eSIM with it.")
        raise InvalidInput("activation_code_required", message, field="activation_code")


def _save(delivery: Delivery, step: Step) -> None:
    now = timezone.now()
    delivery.status = step.to
    moments = {_D.DISPATCHED: "dispatched_at", _D.DELIVERED: "delivered_at", _D.ACTIVATED: "activated_at"}
    if moment := moments.get(_D(step.to)):
        setattr(delivery, moment, now)
    delivery._change_reason = step.reason[:100] or None  # type: ignore[attr-defined]  # read by simple-history
    try:
        with transaction.atomic():
            delivery.save()
    except IntegrityError as error:
        if violated(error) == "commerce_delivery_iccid_once":
            text = _("Another delivery has this ICCID. Look at the card again, or find that delivery by it.")
            raise Conflict("iccid_taken", text, field="iccid") from error
        raise


def _cancel_order(order: Order, attempt: Attempt | None, step: Step) -> None:
    """Not taken up yet: cancelled. On its way: failed, because it surely does not arrive."""
    if order.status == Order.Status.CREATED:
        failure = Failure("delivery_cancelled", step.reason, retryable=True)
        settlement.release(order=order, failure=failure, status=Order.Status.CANCELLED)
        open_payments = order.payments.filter(status=Payment.Status.PENDING)
        open_payments.update(status=Payment.Status.CANCELLED, updated_at=timezone.now())
    elif attempt and order.status == Order.Status.PROCESSING:
        close_by_hand(order, attempt, Decision(False, step.reason))
