"""Giving payments back: to the party's wallet, or out of it through the gateway that brought the money.

A payout is a payment of type refund beside its transfer `payout` (wallet → gateway), written in one transaction before
any gateway is called; so the money has left the wallet once, whatever happens to the call. Locks are taken wallet
first, then order, then payment, as everywhere. The database counts too (`commerce/sql/refund_guard.sql`).
"""

import logging
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.gateways.base import Gateway, PaidOut, gateways
from commerce.models import Account, Order, Payment, Transfer
from commerce.services import ledger, second_person, settlement
from commerce.services.constraints import retried, violated
from commerce.services.ledger import Movement, company_account
from core.events import record
from core.exceptions import Conflict, InvalidInput
from core.ids import uuid7
from core.money import format_money, quantize

log = logging.getLogger(__name__)

_S, _T = Payment.Status, Payment.TransactionType
# A refund that is on its way counts as given; one that failed does not.
COUNTED = (_S.PENDING, _S.COMPLETED)


@dataclass(frozen=True, slots=True)
class Payout:
    """How much of a payment goes out, why, and (where a person pays by hand) the bank's reference."""

    amount: Decimal | None
    reason: str
    reference: str = ""


def paid_out(payment: Payment) -> Decimal:
    """What has gone back through the gateway, or is on its way."""
    return _sum(payment.refunds.filter(status__in=COUNTED))


def left_to_pay_out(payment: Payment) -> Decimal:
    """At most this much of a payment may still go out, in its currency."""
    if payment.transaction_type != _T.PAYMENT or payment.status != _S.COMPLETED:
        return Decimal(0)
    return payment.amount - paid_out(payment)


@retried
@transaction.atomic
def pay_out(*, payment_id: UUID, payout: Payout) -> Payment:
    """Pay a payment back to who paid it, whole or in part; what its order captured is refunded first.

    Returns:
        The payment of type refund: completed where a person paid by hand, else pending until the gateway answers.

    Raises:
        InvalidInput: `reason_required`, `reference_required`, `invalid_amount`, `refund_exceeds_paid`,
            `insufficient_credit` where the party has spent the money since.
        Conflict: `not_refundable`, `payout_unsupported`, `duplicate_reference`. ApprovalNeeded: above the limit.
    """
    order, wallet, payment = _lock(payment_id)
    gateway = _gateway(payment)
    amount = _checked(payment, payout, gateway)
    if not wallet.is_test:
        gone, words = paid_out(payment), {"reason": payout.reason, "reference": payout.reference}
        second_person.for_payout(payment, amount, gone=gone, **words)
    refund = _new_refund(payment, amount, payout.reference)
    _untie(order, refund, payout.reason)
    company = company_account(
        Account.Kind.GATEWAY, payment.currency, is_test=wallet.is_test, code=payment.gateway
    )
    ledger.post(
        [Movement(Transfer.Kind.PAYOUT, wallet, company, amount)],
        payment=refund,
        reason=payout.reason,
        external_reference=payout.reference,
    )
    if payment.needs_decision and left_to_pay_out(payment) == 0:
        # It came too late and went back whole: nothing is left to decide.
        payment.needs_decision = False
        payment.save(update_fields=["needs_decision", "updated_at"])
    data = {
        "amount": str(amount),
        "currency": payment.currency,
        "reason": payout.reason,
        "refund": str(refund.pk),
    }
    record("payment.paid_out", subject=payment, data=data)
    if gateway.by_hand:
        _finish(refund, PaidOut(True, payout.reference))
    else:
        transaction.on_commit(partial(_hint, refund.pk))
    return refund


@retried
@transaction.atomic
def refund_to_wallet(*, payment_id: UUID, amount: Decimal | None, reason: str) -> Order:
    """Give back what the payment's order captured, to the buyer's wallet.

    Raises:
        Conflict: `not_refundable` where nothing was captured: the money is in the wallet, or goes out by `pay_out`.
        InvalidInput: as `settlement.refund`.
    """
    payment = Payment.objects.get(pk=payment_id)
    if payment.order_id is None or left_to_pay_out(payment) <= 0:
        raise Conflict("not_refundable", _("Nothing of this payment is left to refund to the wallet."))
    return settlement.refund(order_id=payment.order_id, amount=amount, reason=reason)


def send(refund_id: UUID) -> Payment:
    """Have the gateway pay a pending refund out, and keep what it says; asked again it does nothing twice."""
    refund = Payment.objects.select_related("refund_of").get(pk=refund_id)
    if refund.status != _S.PENDING or refund.transaction_type != _T.REFUND:
        return refund
    try:
        answer = gateways.get(refund.gateway).refund(refund)
    except Exception:
        log.exception("a payout was not confirmed, it will be asked again", extra={"payment": str(refund_id)})
        return refund
    if answer.done is None:
        return refund
    with transaction.atomic():
        wallet_id = refund.transfers.values_list("debit_account_id", flat=True).get(kind=Transfer.Kind.PAYOUT)
        wallet = ledger.lock_wallet(wallet_id)
        refund = Payment.objects.select_for_update(no_key=True, of=("self",)).get(pk=refund_id)
        if refund.status == _S.PENDING:
            _finish(refund, answer)
            if not answer.done:
                _take_back(refund, wallet, answer.message)
    return refund


def send_pending(*, limit: int = 50) -> int:
    """Ask again for payouts whose answer was lost; by the sweep. Returns how many were asked for."""
    waiting = Payment.objects.filter(status=_S.PENDING, transaction_type=_T.REFUND, refund_of__isnull=False)
    ids = list(waiting.order_by("created_at").values_list("pk", flat=True)[:limit])
    for refund_id in ids:
        send(refund_id)
    return len(ids)


def _sum(payments: QuerySet[Payment]) -> Decimal:
    return payments.aggregate(total=Sum("amount"))["total"] or Decimal(0)


def _lock(payment_id: UUID) -> tuple[Order | None, Account, Payment]:
    found = Payment.objects.select_related("customer", "reseller").get(pk=payment_id)
    order = settlement.lock(found.order_id) if found.order_id else None
    party = found.customer or found.reseller
    if order is not None:
        wallet = order.account
    elif party is not None:
        wallet = ledger.lock_wallet(ledger.wallet_for(party=party, currency=found.currency).pk)
    else:
        raise Conflict("not_refundable", _("Nobody is known to have paid this."))
    return order, wallet, Payment.objects.select_for_update(no_key=True).get(pk=payment_id)


def _gateway(payment: Payment) -> Gateway:
    if payment.gateway not in gateways or not gateways.get(payment.gateway).pays_out:
        raise Conflict("payout_unsupported", _("This gateway pays nothing out: refund to the wallet."))
    return gateways.get(payment.gateway)


def _checked(payment: Payment, payout: Payout, gateway: Gateway) -> Decimal:
    if not payout.reason.strip():
        raise InvalidInput("reason_required", _("Say why the money goes back."), field="reason")
    if gateway.by_hand and not payout.reference.strip():
        raise InvalidInput(
            "reference_required", _("Give the bank's reference of the payout."), field="reference"
        )
    left = left_to_pay_out(payment)
    if left <= 0:
        raise Conflict("not_refundable", _("Nothing of this payment is left to refund."))
    amount = left if payout.amount is None else payout.amount
    if amount <= 0 or quantize(amount, payment.currency) != amount:
        raise InvalidInput("invalid_amount", _("Give an amount above zero, in whole cents."), field="amount")
    if amount > left:
        text = _("At most %(left)s is left to refund.") % {"left": format_money(left, payment.currency)}
        raise InvalidInput("refund_exceeds_paid", text, field="amount")
    return amount


def _untie(order: Order | None, refund: Payment, reason: str) -> None:
    """Refund of what the order captured as much as the wallet does not have of the payment by now."""
    if order is None:
        return
    if order.payment_status == Order.PaymentStatus.HELD:
        raise Conflict("not_refundable", _("The order is being delivered: its money is held until it ends."))
    # An order may have been paid twice: what is free is what all its payments brought and neither the order keeps
    # nor went out before. The refund itself is among the payments by now.
    brought = _sum(order.payments.filter(transaction_type=_T.PAYMENT, status=_S.COMPLETED))
    gone = _sum(order.payments.filter(refund_of__isnull=False, status__in=COUNTED)) - refund.amount
    missing = refund.amount - max(brought - order.refundable - gone, Decimal(0))
    if missing > 0:
        settlement.refund(order_id=order.pk, amount=missing, reason=reason, payout=refund)


def _new_refund(payment: Payment, amount: Decimal, reference: str) -> Payment:
    refund = Payment(
        id=uuid7(),
        order_id=payment.order_id,
        customer_id=payment.customer_id,
        reseller_id=payment.reseller_id,
        refund_of=payment,
        transaction_type=_T.REFUND,
        amount=amount,
        currency=payment.currency,
        payment_method=payment.payment_method,
        gateway=payment.gateway,
        gateway_transaction_id=reference.strip()[:200],
    )
    try:
        with transaction.atomic():
            refund.save(force_insert=True)
    except IntegrityError as error:
        if violated(error) != "commerce_payment_gateway_id_once":
            raise
        raise Conflict(
            "duplicate_reference", _("A payout with this reference is recorded already."), field="reference"
        ) from error
    return refund


def _finish(refund: Payment, answer: PaidOut) -> None:
    refund.status = _S.COMPLETED if answer.done else _S.FAILED
    refund.gateway_transaction_id = answer.gateway_transaction_id[:200] or refund.gateway_transaction_id
    refund.completed_at = timezone.now() if answer.done else None
    refund.save(update_fields=["status", "gateway_transaction_id", "completed_at", "updated_at"])
    kind = "payment.payout_completed" if answer.done else "payment.payout_failed"
    data = {"amount": str(refund.amount), "currency": refund.currency, "message": answer.message}
    record(kind, subject=refund, data=data)


def _take_back(refund: Payment, wallet: Account, message: str) -> None:
    """The gateway refused: the money is in the wallet again, where it can be paid out by another way."""
    company = company_account(
        Account.Kind.GATEWAY, refund.currency, is_test=wallet.is_test, code=refund.gateway
    )
    ledger.post(
        [Movement(Transfer.Kind.PAYOUT_BACK, company, wallet, refund.amount)],
        payment=refund,
        reason=message[:300],
    )


def _hint(refund_id: UUID) -> None:
    from commerce.tasks import send_payout

    try:
        send_payout.delay(str(refund_id))
    except Exception:
        log.warning("broker does not answer, the sweep sends this payout", extra={"payment": str(refund_id)})
