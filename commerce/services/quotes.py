"""Quotes: a price promised to one party until it expires. An order that names one costs what was promised."""

from dataclasses import fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.models import Quote
from commerce.services import catalogue as catalogues
from commerce.services.buyers import Buyer
from commerce.services.order_rows import OrderRequest, orderable
from commerce.services.pricing import Price, price_for
from core.exceptions import InvalidInput
from core.ids import uuid7

# Parts of a price that are no amounts; all others are kept as decimal strings.
PLAIN_PARTS = ("currency", "explanation")


def create_quote(
    *,
    buyer: Buyer,
    product_id: int,
    amount: Decimal | None = None,
    quantity: int = 1,
    at: datetime | None = None,
) -> Quote:
    """Promise the price of this moment for as long as the Pricing settings say.

    Raises:
        InvalidInput: `unknown_product`, `product_unavailable`, `brand_unavailable` and those of
            `price_for`, naming the field.
    """
    now = at or timezone.now()
    catalogue = catalogues.current(buyer.catalogue_version)
    product = orderable(catalogue, product_id, now)
    price = price_for(
        catalogue,
        product,
        price_list_id=buyer.price_list_id,
        commission_rate=buyer.commission_rate,
        amount=amount,
        quantity=quantity,
        at=now,
    )
    return Quote.objects.create(
        id=uuid7(),
        reseller_id=buyer.reseller_id,
        customer_id=buyer.customer_id,
        product_id=product_id,
        amount=amount,
        quantity=quantity,
        price=price_as_json(price),
        expires_at=now + timedelta(minutes=catalogue.pricing.quote_minutes),
    )


def redeem_quote(*, buyer: Buyer, request: OrderRequest, at: datetime | None = None) -> OrderRequest:
    """The request at the price its quote promised for just this order. A quote may be used until it expires.

    Raises:
        InvalidInput: `unknown_quote` (also of another party), `quote_expired` or `quote_mismatch`.
    """
    wanted = Q(pk=request.quote_id, reseller=buyer.reseller_id, customer=buyer.customer_id)
    quote = Quote.objects.filter(wanted).first()
    if quote is None:
        raise InvalidInput("unknown_quote", _("You have no quote with this id."), field="quote")
    if quote.expires_at <= (at or timezone.now()):
        raise InvalidInput("quote_expired", _("This quote has expired. Ask for a new one."), field="quote")
    if (quote.product_id, quote.amount, quote.quantity) != (
        request.product_id,
        request.amount,
        request.quantity,
    ):
        raise InvalidInput(
            "quote_mismatch", _("This quote is for another product, amount or quantity."), field="quote"
        )
    return replace(request, quote_price=price_from_json(quote.price))


def price_as_json(price: Price) -> dict[str, Any]:
    """All parts with the amounts as decimal strings. It contains the cost: not for a buyer's eyes."""
    values = {part.name: getattr(price, part.name) for part in fields(price)}
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in values.items()}


def price_from_json(values: dict[str, Any]) -> Price:
    """The price that `price_as_json` wrote down."""
    parts: dict[str, Any] = {
        name: value if value is None or name in PLAIN_PARTS else Decimal(value)
        for name, value in values.items()
    }
    return Price(**parts)
