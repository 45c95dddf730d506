"""From a request to the complete row of an order: validated, priced, nothing written.

Pure but for the catalogue in memory, so that a thousand orders a second spend their time in the database.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from commerce.models import Order
from commerce.operations_settings import Outage
from commerce.recipients.builder import Recipient, validate_recipient
from commerce.services.buyers import Buyer
from commerce.services.catalogue import CatalogProduct, Catalogue
from commerce.services.pricing import Price, price_for
from core.exceptions import DomainError, InvalidInput
from core.ids import short_code, uuid7_text
from core.money import format_money
from core.request_context import request_id

type Row = dict[str, Any]

MAX_REFERENCE = 64
ORDER_PREFIX = "TL"


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What a buyer asks for. Amounts are in the product's currency; `amount` only for range products."""

    product_id: int
    recipient: Mapping[str, Any] = field(default_factory=dict)
    amount: Decimal | None = None
    quantity: int = 1
    reference: str = ""
    client_id: int | None = None
    max_price: Decimal | None = None
    delivery_address: str = ""
    delivery_city: str = ""
    user_email: str = ""
    notes: str = ""
    quote_price: Price | None = None
    quote_id: UUID | None = None
    channel: Order.Channel = Order.Channel.API
    retry_of_id: UUID | None = None


def build_row(buyer: Buyer, request: OrderRequest, catalogue: Catalogue, now: datetime) -> Row:
    """The order's row with every column, ready for `commerce_place_order`.

    Raises:
        InvalidInput: naming the field, where the product cannot be sold, the recipient or an amount is not valid, the
            price is above `max_price`, or the party has no wallet in the product's currency.
    """
    product = orderable(catalogue, request.product_id, now)
    recipient = recipient_of(buyer, request, product)
    price = priced(buyer, request, product, catalogue, now)
    check_limits(product, request, price)
    row = shared_columns(buyer, request, product, price, now) | own_columns(request, recipient)
    row["id"] = UUID(row["id"])
    return row


def recipient_of(buyer: Buyer, request: OrderRequest, product: CatalogProduct) -> Recipient:
    """Whom it is for, checked by the questions of the product's brand. Raises InvalidInput `invalid_recipient`."""
    return validate_recipient(
        product.fields, request.recipient, country=product.brand_country or buyer.country
    )


def priced(
    buyer: Buyer, request: OrderRequest, product: CatalogProduct, catalogue: Catalogue, now: datetime
) -> Price:
    """What it costs this buyer now, or as the quote says. Raises InvalidInput as `price_for` does."""
    return request.quote_price or price_for(
        catalogue,
        product,
        price_list_id=buyer.price_list_id,
        commission_rate=buyer.commission_rate,
        amount=request.amount,
        quantity=request.quantity,
        at=now,
    )


def orderable(catalogue: Catalogue, product_id: int, at: datetime) -> CatalogProduct:
    """The product, if it can be ordered at this moment.

    Raises:
        InvalidInput: `unknown_product`, `product_unavailable`, or `brand_unavailable` where staff took the brand out
            of service.
    """
    product = catalogue.products.get(product_id)
    if product is None:
        raise InvalidInput("unknown_product", _("There is no product with this id."), field="product")
    if not product.orderable:
        raise InvalidInput("product_unavailable", _("This product cannot be ordered now."), field="product")
    if outage := catalogue.outage(product, at):
        raise InvalidInput("brand_unavailable", _why(product, outage), field="product")
    return product


def _why(product: CatalogProduct, outage: Outage) -> str:
    words = {"brand": product.brand_name}
    if outage.until is None:
        said = _("%(brand)s is out of service for now.") % words
    else:
        # As all times of the API: a caller's zone is not known here.
        words["until"] = f"{outage.until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        said = _("%(brand)s is out of service until %(until)s.") % words
    return f"{said} {outage.reason}".strip()


def check_limits(product: CatalogProduct, request: OrderRequest, price: Price) -> None:
    """Raises InvalidInput `price_above_max`, `delivery_address_required`, `invalid_reference`."""
    if request.max_price is not None and price.total > request.max_price:
        raise InvalidInput(
            "price_above_max",
            _("The total is %(total)s, more than the highest price you accept.")
            % {"total": format_money(price.total, price.currency)},
            field="max_price",
        )
    if product.shipped and not request.delivery_address.strip():
        raise InvalidInput(
            "delivery_address_required",
            _("This product is shipped: give a delivery address."),
            field="delivery_address",
        )
    if len(request.reference) > MAX_REFERENCE:
        raise InvalidInput(
            "invalid_reference",
            _("A reference has at most %(most)d characters.") % {"most": MAX_REFERENCE},
            field="reference",
        )


def _wallet_id(buyer: Buyer, currency: str) -> int:
    wallet = buyer.wallets.get(currency)
    if wallet is None:
        raise InvalidInput(
            "no_wallet", _("You have no wallet in %(currency)s.") % {"currency": currency}, field="product"
        )
    return wallet


def own_columns(request: OrderRequest, recipient: Recipient) -> Row:
    """What an order has that another of the same product, amount and price has not."""
    return {
        "id": uuid7_text(),
        "order_number": short_code(ORDER_PREFIX),
        "reference": request.reference,
        "client_id": request.client_id,
        "recipient": recipient.values,
        # A brand that asks for no recipient delivers by e-mail: that is what the order is found by.
        "recipient_key": recipient.key or request.user_email.lower()[:128],
        "user_email": request.user_email,
        "notes": request.notes,
    }


def shared_columns(
    buyer: Buyer, request: OrderRequest, product: CatalogProduct, price: Price, now: datetime
) -> Row:
    """The rest of the columns of commerce_order that may not be empty; a test compares with the model.

    Raises:
        InvalidInput: `no_wallet`.
    """
    reseller = buyer.reseller_id is not None
    return {
        "source": Order.Source.RESELLER_CLIENT.value if reseller else Order.Source.APP_USER.value,
        "channel": request.channel.value,
        "is_test": buyer.is_test,
        "reseller_id": buyer.reseller_id,
        "customer_id": buyer.customer_id,
        "account_id": _wallet_id(buyer, price.currency),
        "product_id": product.id,
        "brand_id": product.brand_id,
        "api_key_id": buyer.api_key_id,
        "created_by_id": buyer.user_id,
        "retry_of_id": request.retry_of_id,
        "product_name": product.name,
        "brand_name": product.brand_name,
        "category_code": product.category_code,
        "sku": product.sku,
        "face_value": price.face_value,
        "ingame_currency": product.ingame_currency,
        "ingame_amount": product.ingame_amount,
        "quantity": request.quantity,
        "unit_price": price.unit_price,
        "price": price.price,
        "cost": price.cost,
        "service_fee": price.service_fee,
        "delivery_fee": price.delivery_fee,
        "tax": price.tax,
        "commission": price.commission,
        "total": price.total,
        "currency": price.currency,
        "price_explanation": price.explanation,
        "quote_id": request.quote_id,
        "status": Order.Status.CREATED.value,
        "payment_status": (Order.PaymentStatus.HELD if reseller else Order.PaymentStatus.PENDING).value,
        "captured_amount": 0,
        "refunded_amount": 0,
        "failure_code": "",
        "failure_message": "",
        "failure_retryable": False,
        "provider_reference": "",
        "delivered_code": "",
        "request_id": request_id(),
        "created_at": now,
        "updated_at": now,
        "paid_at": now if reseller else None,
        "generation": 0,
    }


def line_error(error: DomainError) -> dict[str, Any]:
    """One refused line of a bulk call, as it is answered and stored."""
    return {"status": "rejected", "code": error.code, "error": error.message, "errors": error.errors}
