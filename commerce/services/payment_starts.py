"""Sending a payer to a gateway: for an order that waits for its payment, or to pay into a reseller's wallet.

Nothing is booked here; money moves when the gateway's signed message comes (`payments.handle_webhook`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from commerce.gateways.base import Gateway, gateways
from commerce.models import Order, Payment
from commerce.services import settlement
from commerce.services.buyers import Buyer
from commerce.services.constraints import retried
from core.events import record
from core.exceptions import Conflict, InvalidInput
from core.ids import uuid7
from core.money import EXPONENTS, format_money


@dataclass(frozen=True, slots=True)
class Started:
    """The payment that is open now, and what its payer has to do."""

    payment: Payment
    next_action: Mapping[str, Any]


def currencies_of(gateway: Gateway) -> list[str]:
    return list(gateway.currencies or EXPONENTS)


@retried
@transaction.atomic
def start_for_order(*, order_id: UUID, gateway: str, return_url: str = "") -> Started:
    """Have an order's open payment paid through this gateway; asked again, the same payment goes on.

    Raises:
        InvalidInput: `unknown_gateway`, or the gateway does not take this currency or amount.
        Conflict: `paid_from_wallet` for a reseller's order, `not_payable` once it is paid or has ended.
    """
    order = settlement.lock(order_id)
    if order.reseller_id:
        raise Conflict("paid_from_wallet", _("This order is paid from a wallet; no gateway has a say in it."))
    payment = (
        order.payments.select_for_update(no_key=True)
        .filter(status=Payment.Status.PENDING, transaction_type=Payment.TransactionType.PAYMENT)
        .first()
    )
    if payment is None or order.payment_status != Order.PaymentStatus.PENDING:
        raise Conflict("not_payable", _("This order does not wait for a payment."))
    chosen = _gateway_for(gateway, payment.amount, payment.currency)
    if payment.gateway != gateway:
        payment.gateway = gateway
        payment.save(update_fields=["gateway", "updated_at"])
    return _started(payment, chosen, return_url)


@transaction.atomic
def start_funding(*, buyer: Buyer, amount: Decimal, gateway: str, return_url: str = "") -> Started:
    """Open a payment into the reseller's wallet, in its currency.

    Raises:
        InvalidInput: `order_required` for a buyer, who pays each order; `live_only` in test mode;
            `unknown_gateway`, or the gateway does not take this currency or amount.
    """
    if buyer.reseller_id is None:
        raise InvalidInput("order_required", _("Name the order that is paid."), field="order")
    if buyer.is_test:
        raise InvalidInput("live_only", _("No money is paid into a wallet of test mode."), field="amount")
    chosen = _gateway_for(gateway, amount, buyer.currency)
    payment = Payment.objects.create(
        id=uuid7(),
        reseller_id=buyer.reseller_id,
        amount=amount,
        currency=buyer.currency,
        gateway=gateway,
    )
    return _started(payment, chosen, return_url)


def _started(payment: Payment, gateway: Gateway, return_url: str) -> Started:
    record("payment.started", subject=payment, data={"gateway": payment.gateway})
    return Started(payment, gateway.next_action(payment, return_url=return_url))


def _gateway_for(code: str, amount: Decimal, currency: str) -> Gateway:
    if code not in gateways:
        known = ", ".join(gateways)
        raise InvalidInput("unknown_gateway", _("One of %(names)s.") % {"names": known}, field="gateway")
    gateway = gateways.get(code)
    if currency not in currencies_of(gateway):
        raise InvalidInput(
            "currency_not_taken",
            _("This gateway does not take %(currency)s.") % {"currency": currency},
            field="gateway",
        )
    _check_limits(gateway, amount, currency)
    return gateway


def _check_limits(gateway: Gateway, amount: Decimal, currency: str) -> None:
    least, most = gateway.minimum, gateway.maximum
    if least is not None and amount < least:
        text = _("This gateway takes %(least)s or more.") % {"least": format_money(least, currency)}
        raise InvalidInput("amount_out_of_range", text, field="amount")
    if most is not None and amount > most:
        text = _("This gateway takes at most %(most)s.") % {"most": format_money(most, currency)}
        raise InvalidInput("amount_out_of_range", text, field="amount")
