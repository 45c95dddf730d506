"""Quotes: what is promised, to whom, for how long, and that it holds when the price has changed since."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from commerce.models import Product, Quote
from commerce.services.buyers import Buyer, buyer_by_reseller
from commerce.services.order_rows import OrderRequest
from commerce.services.quotes import create_quote, redeem_quote
from commerce.site_settings import PricingPage
from core import site_settings
from core.actors import SYSTEM
from core.exceptions import InvalidInput
from tests.factories_catalog import PriceListFactory, PriceRuleFactory, ProductFactory, sellable
from tests.factories_parties import ResellerFactory

pytestmark = pytest.mark.django_db


def a_buyer(**values: Any) -> Buyer:
    buyer = buyer_by_reseller(ResellerFactory(**values).pk, actor=SYSTEM)
    assert buyer is not None
    return buyer


def request_of(quote: Quote, **changes: Any) -> OrderRequest:
    request = OrderRequest(
        product_id=quote.product_id, amount=quote.amount, quantity=quote.quantity, quote_id=quote.pk
    )
    return replace(request, **changes)


def test_a_quote_promises_the_partys_price_with_all_its_parts() -> None:
    site_settings.save(PricingPage, {"tax_percent": Decimal(9), "quote_minutes": 30}, user=None)
    product = sellable()
    gold = PriceRuleFactory(price_list=PriceListFactory(name="Gold"), percent=Decimal(90)).price_list
    now = timezone.now()
    quote = create_quote(buyer=a_buyer(price_list=gold), product_id=product.pk, quantity=2, at=now)
    assert quote.expires_at == now + timedelta(minutes=30)
    assert (quote.price["price"], quote.price["tax"], quote.price["total"]) == ("180.00", "16.20", "196.20")
    assert "Gold" in str(quote.price["explanation"])


def test_a_promise_holds_when_the_price_has_changed_since() -> None:
    product, buyer = sellable(), a_buyer()
    quote = create_quote(buyer=buyer, product_id=product.pk)
    Product.objects.update(price=Decimal(500))
    redeemed = redeem_quote(buyer=buyer, request=request_of(quote))
    assert redeemed.quote_price is not None
    assert (redeemed.quote_price.total, redeemed.quote_price.cost) == (Decimal(100), Decimal(80))
    assert redeemed.quote_price.amount is None


def test_a_range_quote_is_for_its_amount() -> None:
    product, buyer = sellable(ranged=True), a_buyer()
    quote = create_quote(buyer=buyer, product_id=product.pk, amount=Decimal(50))
    redeemed = redeem_quote(buyer=buyer, request=request_of(quote))
    assert redeemed.quote_price and redeemed.quote_price.amount == Decimal(50)
    with pytest.raises(InvalidInput, match="another product, amount or quantity") as caught:
        redeem_quote(buyer=buyer, request=request_of(quote, amount=Decimal(55)))
    assert caught.value.code == "quote_mismatch"


def test_an_expired_quote_is_worth_nothing() -> None:
    buyer = a_buyer()
    quote = create_quote(buyer=buyer, product_id=sellable().pk)
    with pytest.raises(InvalidInput) as caught:
        redeem_quote(buyer=buyer, request=request_of(quote), at=quote.expires_at)
    assert (caught.value.code, caught.value.field) == ("quote_expired", "quote")


def test_a_strangers_quote_is_unknown() -> None:
    quote = create_quote(buyer=a_buyer(), product_id=sellable().pk)
    for other, quote_id in ((a_buyer(), quote.pk), (a_buyer(), uuid4())):
        with pytest.raises(InvalidInput) as caught:
            redeem_quote(buyer=other, request=request_of(quote, quote_id=quote_id))
        assert caught.value.code == "unknown_quote"


def test_what_cannot_be_ordered_cannot_be_quoted() -> None:
    buyer = a_buyer()
    for product_id, code in ((ProductFactory().pk, "product_unavailable"), (0, "unknown_product")):
        with pytest.raises(InvalidInput) as caught:
            create_quote(buyer=buyer, product_id=product_id)
        assert caught.value.code == code
    assert not Quote.objects.exists()
