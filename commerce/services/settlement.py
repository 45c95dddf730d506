"""The money steps of an order that exists: pay, capture, release, refund, reverse, cancel.

Each takes the order as `lock` returned it (wallet first, then order), inside one transaction, and does all of it:
the hold, the transfers, both statuses and the event. The database checks every step once more.
"""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.models import Account, Attempt, Hold, Order, Payment, Transfer
from commerce.services import ledger, second_person
from commerce.services.constraints import retried
from commerce.services.ledger import Movement, company_account
from commerce.transitions import ORDER, PAYMENT, require
from core.events import record
from core.exceptions import Conflict, InvalidInput
from core.money import format_money, quantize

_K, _T = Account.Kind, Transfer.Kind


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an order was not delivered: a published code, words for the buyer, and whether trying again makes sense."""

    code: str
    message: str
    retryable: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an order's total: what captures it, what refunds it and the company account it goes to."""

    field: str
    capture: Transfer.Kind
    refund: Transfer.Kind
    account: Account.Kind


PARTS = (
    Part("price", _T.SALE, _T.REFUND_SALE, _K.REVENUE),
    Part("service_fee", _T.SERVICE_FEE, _T.REFUND_SERVICE_FEE, _K.SERVICE_FEES),
    Part("delivery_fee", _T.DELIVERY_FEE, _T.REFUND_DELIVERY_FEE, _K.DELIVERY_FEES),
    Part("tax", _T.TAX, _T.REFUND_TAX, _K.TAX),
)


def lock(order_id: UUID) -> Order:
    """The order and its wallet, locked until the transaction ends: wallet before order, everywhere.

    Raises:
        Order.DoesNotExist
    """
    account_id = Order.objects.values_list("account_id", flat=True).get(pk=order_id)
    account = ledger.lock_wallet(account_id)
    order = Order.objects.select_for_update(no_key=True).get(pk=order_id)
    order.account = account
    return order


def capture(*, order: Order, attempt: Attempt | None = None) -> None:
    """The order was delivered: the hold becomes revenue, fees, tax, commission and cost, in the order's currency.

    Args:
        attempt: the attempt that delivered; its provider's float pays its cost. None where staff delivered by hand.

    Raises:
        Conflict: `invalid_transition` where the order is not in flight or nothing is held.
    """
    require(PAYMENT, order.payment_status, Order.PaymentStatus.CAPTURED)
    require(ORDER, order.status, Order.Status.FULFILLED)
    _settle_hold(order, Hold.Status.CAPTURED)
    order.cost = attempt.cost if attempt else Decimal(0)
    ledger.post(_capture_movements(order, attempt), order=order)
    order.provider_reference = attempt.provider_reference if attempt else order.provider_reference
    order.failure_code, order.failure_message, order.failure_retryable = "", "", False
    order.payment_status = Order.PaymentStatus.CAPTURED
    order.captured_amount = order.total
    _finish(order, Order.Status.FULFILLED)
    record("order.fulfilled", subject=order, data={"provider": attempt.provider.code if attempt else ""})


def release(
    *,
    order: Order,
    failure: Failure,
    status: Order.Status = Order.Status.FAILED,
    payment_status: Order.PaymentStatus = Order.PaymentStatus.RELEASED,
) -> None:
    """The order was surely not delivered: what was held is free again.

    Args:
        payment_status: `failed` where a gateway says so; then nothing was held.

    Raises:
        Conflict: `invalid_transition`.
    """
    require(ORDER, order.status, status)
    require(PAYMENT, order.payment_status, payment_status)
    if order.payment_status == Order.PaymentStatus.HELD:
        _settle_hold(order, Hold.Status.RELEASED)
    order.payment_status = payment_status
    order.failure_code = failure.code
    order.failure_message = failure.message[:300]
    order.failure_retryable = failure.retryable
    _finish(order, status)
    record(f"order.{status.value}", subject=order, data={"code": failure.code, "message": failure.message})


@retried
@transaction.atomic
def cancel(*, order_id: UUID, reason: str) -> Order:
    """Cancel an order nobody has begun to deliver; its hold is released and an open payment is cancelled.

    Raises:
        Conflict: `invalid_transition` once it is being delivered or has ended.
    """
    order = lock(order_id)
    release(
        order=order,
        failure=Failure("cancelled", reason or _("Cancelled."), retryable=True),
        status=Order.Status.CANCELLED,
    )
    order.payments.filter(status=Payment.Status.PENDING, refund_of=None).update(
        status=Payment.Status.CANCELLED, updated_at=timezone.now()
    )
    return order


def pay(*, order: Order, payment: Payment) -> None:
    """A buyer's payment arrived: it is credited to the buyer's wallet and held for the order.

    Raises:
        Conflict: `invalid_transition` where the order does not wait for a payment.
    """
    require(PAYMENT, order.payment_status, Order.PaymentStatus.HELD)
    receive(order=order, payment=payment)
    now = timezone.now()
    Hold.objects.create(
        order=order, account=order.account, amount=order.total, currency=order.currency, created_at=now
    )
    order.payment_status = Order.PaymentStatus.HELD
    order.paid_at = order.updated_at = now
    order.save(update_fields=["payment_status", "paid_at", "updated_at"])
    record("order.paid", subject=order, data={"payment": str(payment.pk), "amount": str(payment.amount)})


def receive(*, order: Order, payment: Payment) -> Transfer:
    """Credit a completed payment to the buyer's wallet: gateway → wallet, once per payment."""
    gateway = company_account(_K.GATEWAY, payment.currency, is_test=order.is_test, code=payment.gateway)
    [transfer] = ledger.post(
        [Movement(_T.PAYMENT, gateway, order.account, payment.amount)],
        payment=payment,
        external_reference=str(payment.pk),
    )
    return transfer


@retried
@transaction.atomic
def refund(*, order_id: UUID, amount: Decimal | None, reason: str, payout: Payment | None = None) -> Order:
    """Give back what a delivered order captured, whole or in part, to the wallet that paid it.

    Each part of the price is given back in proportion, and the commission taken back likewise; the cents left by
    rounding are settled by the last refund.

    Args:
        amount: in the order's currency; None gives back all that is left.
        payout: the payment that takes the money out of the wallet again, where it goes back all the way.

    Raises:
        InvalidInput: `invalid_amount`, `refund_exceeds_captured`, `reason_required`.
        Conflict: `not_refundable`. ApprovalNeeded: above the limit.
    """
    if not reason.strip():
        raise InvalidInput("reason_required", _("Say why the money goes back."), field="reason")
    order = lock(order_id)
    if order.refundable <= 0:
        raise Conflict("not_refundable", _("Nothing of this order is left to refund."))
    value = order.refundable if amount is None else amount
    if value <= 0 or quantize(value, order.currency) != value:
        raise InvalidInput("invalid_amount", _("Give an amount above zero, in whole cents."), field="amount")
    if value > order.refundable:
        raise InvalidInput(
            "refund_exceeds_captured",
            _("At most %(left)s is left to refund.")
            % {"left": format_money(order.refundable, order.currency)},
            field="amount",
        )
    if payout is None:
        # A payout was held up already where it began.
        second_person.for_refund(order, value, reason=reason)
    _give_back(order, value, reason, payout)
    order.save(update_fields=["payment_status", "updated_at"])
    record(
        "refund.created",
        subject=order,
        data={
            "amount": str(value),
            "currency": order.currency,
            "reason": reason,
            **({"payout": str(payout.pk)} if payout else {}),
        },
    )
    return order


def reverse(*, order: Order, reason: str) -> None:
    """The provider undid its delivery: all that is left goes back to the wallet, and the cost back to our float.

    Raises:
        Conflict: `invalid_transition` where the order is not fulfilled.
    """
    require(ORDER, order.status, Order.Status.REVERSED)
    if order.refundable > 0:
        _give_back(order, order.refundable, reason)
    booked = order.transfers.filter(kind=_T.COST).select_related("debit_account", "credit_account").first()
    if booked:
        back = Movement(_T.COST_BACK, booked.credit_account, booked.debit_account, booked.amount)
        ledger.post([back], order=order, reason=reason)
    _finish(order, Order.Status.REVERSED)
    record("order.reversed", subject=order, data={"reason": reason})


def _capture_movements(order: Order, attempt: Attempt | None) -> list[Movement]:
    def account(kind: Account.Kind, code: str = "") -> Account:
        return company_account(kind, order.currency, is_test=order.is_test, code=code)

    movements = [
        Movement(part.capture, order.account, account(part.account), getattr(order, part.field))
        for part in PARTS
        if getattr(order, part.field) > 0
    ]
    if order.commission > 0:
        movements.append(Movement(_T.COMMISSION, account(_K.COMMISSION), order.account, order.commission))
    if attempt and attempt.cost > 0:
        movements.append(
            Movement(_T.COST, account(_K.COST), account(_K.FLOAT, attempt.provider.code), attempt.cost)
        )
    return movements


def _settle_hold(order: Order, status: Hold.Status) -> None:
    settled = Hold.objects.filter(order=order, status=Hold.Status.OPEN).update(
        status=status, settled_at=timezone.now()
    )
    if settled != 1:
        raise Conflict("nothing_held", _("No money is held for this order."))


def _finish(order: Order, status: Order.Status) -> None:
    order.status = status
    order.finished_at = order.updated_at = timezone.now()
    order.lease_until = order.next_check_at = None
    order.save(
        update_fields=[
            "status",
            "payment_status",
            "cost",
            "provider_reference",
            "delivered_code",
            "failure_code",
            "failure_message",
            "failure_retryable",
            "finished_at",
            "updated_at",
            "lease_until",
            "next_check_at",
        ]
    )


def _give_back(order: Order, amount: Decimal, reason: str, payout: Payment | None = None) -> None:
    """Refund `amount` in proportion to the parts, so that all refunds of an order add up to its parts to the cent."""
    done = _given_back(order)
    share = (order.refunded_amount + amount) / order.total
    movements, left = [], amount
    for part in reversed(PARTS):
        due = quantize(getattr(order, part.field) * share, order.currency) - done.get(part.refund, Decimal(0))
        value = left if part is PARTS[0] else max(Decimal(0), min(due, left))
        left -= value
        if value > 0:
            account = company_account(part.account, order.currency, is_test=order.is_test)
            movements.append(Movement(part.refund, account, order.account, value))
    commission = quantize(order.commission * share, order.currency) - done.get(_T.COMMISSION_BACK, Decimal(0))
    if commission > 0:
        paid = company_account(_K.COMMISSION, order.currency, is_test=order.is_test)
        movements.append(Movement(_T.COMMISSION_BACK, order.account, paid, commission))
    ledger.post(movements, order=order, payment=payout, reason=reason)
    order.refunded_amount += amount
    whole = order.refunded_amount == order.captured_amount
    wanted = Order.PaymentStatus.REFUNDED if whole else Order.PaymentStatus.PARTIALLY_REFUNDED
    if wanted != order.payment_status:
        require(PAYMENT, order.payment_status, wanted)
    order.payment_status = wanted
    order.updated_at = timezone.now()


def _given_back(order: Order) -> dict[str, Decimal]:
    done: dict[str, Decimal] = {}
    for kind, amount in order.transfers.values_list("kind", "amount"):
        done[kind] = done.get(kind, Decimal(0)) + amount
    return done
