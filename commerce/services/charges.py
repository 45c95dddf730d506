"""Brief 2's charge sale: airtime to a phone number, delivered while the caller waits."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from commerce.models import Account, Order
from commerce.services import catalogue as catalogues
from commerce.services import dispatch
from commerce.services.buyers import Buyer
from commerce.services.catalogue import CatalogProduct, Catalogue
from commerce.services.contacts import tidy_phone
from commerce.services.operators import operator_of
from commerce.services.order_rows import OrderRequest
from commerce.services.orders import Key, place_order
from core.exceptions import Conflict, InvalidInput
from core.money import format_money

WAIT_SECONDS = 10
SENT = ("phone_number", "amount", "reference")


@dataclass(frozen=True, slots=True)
class Charge:
    """What is sold: `amount` is the face value, in the currency of the buyer's wallet."""

    phone_number: str
    amount: Decimal
    reference: str = ""


def sell(*, buyer: Buyer, charge: Charge, key: Key = Key()) -> Order:
    """Sell airtime of the number's operator and wait up to ten seconds for its delivery.

    Returns the order, which is fulfilled, failed (its money is free again) or still open.

    Raises:
        InvalidInput: naming `phone_number`, `amount` or `reference`; `insufficient_credit`; and, as brief 2
            promises 400 for a duplicate, `duplicate_reference` and `duplicate_transaction` (a repeated key).
        NotAllowed: the seller may not sell now. DomainError: `idempotency_mismatch` (422).
    """
    try:
        answer = place_order(
            buyer=buyer,
            request=_request(buyer, charge),
            present=lambda row: {"order": str(row["id"])},
            key=key,
            status=200,
        )
    except (Conflict, InvalidInput) as error:
        raise InvalidInput(error.code, error.message, errors=_as_sent(error.errors)) from error
    if answer.order_id is None:
        raise InvalidInput(
            "duplicate_transaction", _("This sale was made already: its Idempotency-Key was used before.")
        )
    dispatch.deliver_now(answer.order_id, WAIT_SECONDS)
    return Order.objects.get(pk=answer.order_id)


def credit(*, reseller_id: int, currency: str, is_test: bool = False) -> Decimal:
    """Brief 2's credit: balance − held of the seller's wallet, in its currency."""
    wallet = Account.objects.filter(
        reseller_id=reseller_id, kind=Account.Kind.WALLET, currency=currency, is_test=is_test
    ).first()
    return wallet.balance - wallet.held if wallet else Decimal(0)


def _as_sent(errors: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Errors of the order under the names of what was sent: product and recipient both come from the number."""
    named: dict[str, list[str]] = {}
    for name, messages in errors.items():
        named.setdefault(name if name in SENT else "phone_number", []).extend(messages)
    return named


def _request(buyer: Buyer, charge: Charge) -> OrderRequest:
    number = tidy_phone(charge.phone_number, country=buyer.country, field="phone_number")
    if not number:
        raise InvalidInput("required", _("This field is required."), field="phone_number")
    catalogue = catalogues.current(buyer.catalogue_version)
    operator = operator_of(number, catalogue)
    if operator is None:
        raise InvalidInput(
            "unknown_operator", _("No operator is known for this number."), field="phone_number"
        )
    product = _product(catalogue, operator.id, buyer.currency, charge.amount)
    return OrderRequest(
        product_id=product.id,
        recipient={product.fields[0].key: number},
        amount=charge.amount,
        reference=charge.reference,
        channel=Order.Channel.CHARGE,
    )


def _product(catalogue: Catalogue, brand_id: int, currency: str, amount: Decimal) -> CatalogProduct:
    """The operator's range product in the wallet's currency that takes this amount."""
    ranges = [
        product
        for product in catalogue.products.values()
        if product.brand_id == brand_id
        and product.is_range
        and product.orderable
        and product.fields
        and product.currency == currency
    ]
    if not ranges:
        raise InvalidInput(
            "product_unavailable", _("Charges of this operator cannot be sold now."), field="phone_number"
        )
    fitting = next((p for p in ranges if (p.minimum or 0) <= amount <= (p.maximum or 0)), None)
    if fitting is None:
        low = min(p.minimum or Decimal(0) for p in ranges)
        high = max(p.maximum or Decimal(0) for p in ranges)
        raise InvalidInput(
            "amount_out_of_range",
            _("This operator takes %(low)s to %(high)s.")
            % {"low": format_money(low, currency), "high": format_money(high, currency)},
            field="amount",
        )
    return fitting
