"""Payments of buyers through a gateway, and what the gateway tells us about them.

A message is acted on once, by its id. The first final word about a payment stands: a later contradiction is
kept with the others, logged, and changes nothing.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.models import Order, Payment, WebhookMessage
from commerce.services import dispatch, ledger, settlement
from commerce.services.constraints import retried
from commerce.services.settlement import Failure
from commerce.site_settings import PricingPage
from core.events import record
from core.exceptions import Conflict, InvalidInput, NotFound
from core.ids import uuid7
from core.site_settings import load

log = logging.getLogger(__name__)

DEFAULT_GATEWAY = "manual"
STATUSES = ("pending", "success", "failed")
_S = Payment.Status


@dataclass(frozen=True, slots=True)
class OpenPayment:
    """A payment to be saved with its order, and the time until which it may be paid."""

    payment: Payment
    expires_at: datetime


def open_payment(row: Mapping[str, Any]) -> OpenPayment:
    """The payment a buyer's order waits for; not saved. `row` is the order's, as `build_row` makes it."""
    minutes = load(PricingPage).unpaid_order_minutes
    payment = Payment(
        id=uuid7(),
        order_id=row["id"],
        customer_id=row["customer_id"],
        amount=row["total"],
        currency=row["currency"],
        gateway=DEFAULT_GATEWAY,
    )
    return OpenPayment(payment, row["created_at"] + timedelta(minutes=minutes))


def handle_webhook(
    *, message_id: str, transaction_id: UUID, status: str, gateway: str = DEFAULT_GATEWAY
) -> str:
    """Act on one authenticated message of a gateway. Returns what it did, in a word.

    Args:
        message_id: the sender's id of the message; a repeated one does nothing.
        status: pending, success or failed.

    Raises:
        InvalidInput: another status.
        NotFound: no payment has this id; nothing is kept, so the message may come again.
        Conflict: `paid_from_wallet`, where the id is a reseller's order, which no gateway pays.
    """
    if status not in STATUSES:
        raise InvalidInput("invalid_status", _("One of pending, success, failed."), field="status")
    outcome = _handle(message_id, transaction_id, status, gateway)
    if outcome == "paid":
        dispatch.hint()
    return outcome


@retried
@transaction.atomic
def _handle(message_id: str, transaction_id: UUID, status: str, gateway: str) -> str:
    order_id = _order_of(transaction_id, gateway)
    if not _first_time(message_id, transaction_id, status, gateway):
        return "repeated"
    order = settlement.lock(order_id) if order_id else None
    payment = Payment.objects.select_for_update(no_key=True).get(pk=transaction_id)
    outcome = _apply(order, payment, status)
    WebhookMessage.objects.filter(gateway=gateway, message_id=message_id).update(outcome=outcome)
    return outcome


def _order_of(transaction_id: UUID, gateway: str) -> UUID | None:
    """The order a payment is for; none where it goes into a wallet."""
    found = Payment.objects.filter(
        pk=transaction_id,
        gateway=gateway,
        transaction_type=Payment.TransactionType.PAYMENT,
    ).first()
    if found is not None:
        return found.order_id
    if Order.objects.filter(pk=transaction_id, reseller__isnull=False).exists():
        raise Conflict("paid_from_wallet", _("This order is paid from a wallet; no gateway has a say in it."))
    raise NotFound("transaction_not_found", "Transaction not found")  # brief 1's words


_KEEP = """
INSERT INTO commerce_webhookmessage (gateway, message_id, payment_id, body, outcome, received_at)
VALUES (%s, %s, %s, %s, 'received', %s) ON CONFLICT (gateway, message_id) DO NOTHING
"""


def _first_time(message_id: str, transaction_id: UUID, status: str, gateway: str) -> bool:
    """Keep the message; of two at the same moment the second waits here for the first to commit."""
    body = json.dumps({"transaction_id": str(transaction_id), "status": status})
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [gateway, message_id, transaction_id, body, timezone.now()])
        return cursor.rowcount == 1


def _apply(order: Order | None, payment: Payment, status: str) -> str:
    match (payment.status, status):
        case (_, "pending"):
            return "nothing new"
        case (_S.PENDING | _S.CANCELLED, "success") if order is None:
            return _funded(payment)
        case (_S.PENDING, "failed"):
            return _failed(order, payment)
        case (_S.PENDING, "success") if order:
            return _paid(order, payment)
        case (_S.CANCELLED, "success") if order:
            return _paid_late(order, payment)
        case (_S.COMPLETED, "success") | (_S.FAILED, "failed") | (_S.CANCELLED, "failed"):
            return "known"
    log.warning(
        "a payment was contradicted", extra={"payment": str(payment.pk), "is": payment.status, "said": status}
    )
    record("payment.contradicted", subject=payment, data={"is": payment.status, "said": status})
    return "contradicted"


def _funded(payment: Payment) -> str:
    """A reseller paid into its wallet."""
    party = payment.reseller
    if party is None:
        raise LookupError(f"Payment {payment.pk} is for no order and no reseller.")
    _complete(payment)
    ledger.receive_payment(account=ledger.wallet_for(party=party, currency=payment.currency), payment=payment)
    return "funded"


def _paid(order: Order, payment: Payment) -> str:
    if order.status != Order.Status.CREATED or order.payment_status != Order.PaymentStatus.PENDING:
        return _paid_late(order, payment)
    _complete(payment)
    settlement.pay(order=order, payment=payment)
    return "paid"


def _paid_late(order: Order, payment: Payment) -> str:
    """The money came after its order had ended: it waits in the buyer's wallet for a person to decide."""
    payment.needs_decision = True
    _complete(payment)
    settlement.receive(order=order, payment=payment)
    record("payment.late", subject=payment, data={"order": order.order_number, "amount": str(payment.amount)})
    return "paid late"


def _complete(payment: Payment) -> None:
    payment.status = _S.COMPLETED
    payment.completed_at = timezone.now()
    payment.save(update_fields=["status", "needs_decision", "completed_at", "updated_at"])
    record(
        "payment.completed",
        subject=payment,
        data={"amount": str(payment.amount), "currency": payment.currency},
    )


def _failed(order: Order | None, payment: Payment) -> str:
    payment.status = _S.FAILED
    payment.save(update_fields=["status", "updated_at"])
    record("payment.failed", subject=payment)
    if order and order.status == Order.Status.CREATED and order.payment_status == Order.PaymentStatus.PENDING:
        settlement.release(
            order=order,
            failure=Failure("payment_failed", _("The payment failed."), retryable=True),
            status=Order.Status.CANCELLED,
            payment_status=Order.PaymentStatus.FAILED,
        )
    return "failed"


@transaction.atomic
def decide(*, payment_id: UUID, reason: str) -> Payment:
    """Close the question a late payment raised: its money stays in the buyer's wallet, or went back by other
    means.

    Raises:
        InvalidInput: `reason_required`. Conflict: `nothing_to_decide`.
    """
    if not reason.strip():
        raise InvalidInput("reason_required", _("Say what was decided."), field="reason")
    payment = Payment.objects.select_for_update(no_key=True).get(pk=payment_id)
    if not payment.needs_decision:
        raise Conflict("nothing_to_decide", _("This payment waits for no decision."))
    payment.needs_decision = False
    payment.save(update_fields=["needs_decision", "updated_at"])
    record("payment.decided", subject=payment, data={"reason": reason.strip()})
    return payment
