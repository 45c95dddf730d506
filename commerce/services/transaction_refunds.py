"""Giving back what the list of transactions shows as a payment: a buyer's, or a reseller's from its wallet."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _

from commerce.models import Order, Transaction
from commerce.services import refunds, settlement
from commerce.services.constraints import retried
from commerce.services.refunds import Payout
from commerce.services.settlement import PARTS
from core.exceptions import Conflict

KINDS = [part.refund for part in PARTS]


class Target(StrEnum):
    """Where money goes back to: the wallet that paid the order, or out of it to who paid through a gateway."""

    WALLET = "wallet"
    PAYER = "payer"


@dataclass(frozen=True, slots=True)
class Wish:
    """How much (None is all that is left), why and where to; `reference` is the bank's, of a payout by hand."""

    amount: Decimal | None
    reason: str
    to: Target = Target.WALLET
    reference: str = ""


@retried
@transaction.atomic
def refund(*, paid: Transaction, wish: Wish) -> str:
    """Refund a payment, whole or in part. Returns the `transaction_id` of what went back.

    Raises:
        Conflict: `not_a_payment`, `paid_from_wallet`, `not_refundable`, `payout_unsupported`, `duplicate_reference`.
        InvalidInput: `reason_required`, `invalid_amount`, `refund_exceeds_captured`, `refund_exceeds_paid`,
            `reference_required`, `insufficient_credit`.
    """
    if not paid.is_payment or paid.uuid is None:
        raise Conflict("not_a_payment", _("Only a payment is refunded; this is none."))
    from_wallet = paid.uuid == paid.order_id
    if wish.to == Target.PAYER:
        if from_wallet:
            raise Conflict("paid_from_wallet", _("It was paid from a wallet and goes back there."))
        payout = Payout(wish.amount, wish.reason, wish.reference)
        return str(refunds.pay_out(payment_id=paid.uuid, payout=payout).pk)
    if from_wallet:
        order = settlement.refund(order_id=paid.uuid, amount=wish.amount, reason=wish.reason)
    else:
        order = refunds.refund_to_wallet(payment_id=paid.uuid, amount=wish.amount, reason=wish.reason)
    return _latest(order)


def _latest(order: Order) -> str:
    """A refund's parts are one transaction, that of its last part; the order is locked, so these are the newest."""
    return f"T{order.transfers.filter(kind__in=KINDS).order_by('-id').values_list('pk', flat=True)[0]}"
