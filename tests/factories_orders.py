"""Orders in the state a test needs, brought there by the services."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any

from django.db import transaction
from django.utils import timezone

from commerce.models import Account, Attempt, Order, Product, Provider, Reseller
from commerce.services import ledger, orders, settlement
from commerce.services.buyers import Buyer, buyer_by_reseller
from commerce.services.order_rows import OrderRequest
from commerce.services.order_view import present
from commerce.services.orders import Answer, Key
from commerce.transitions import ORDER, require
from core.actors import SYSTEM
from core.ids import uuid7
from tests.factories_catalog import OfferFactory, ProductFactory, ProviderFactory
from tests.factories_parties import ResellerFactory

_numbers = count(1)


@dataclass
class Shop:
    """A reseller with money and one product that costs 8.00 and sells at 10.00, commission 2 %."""

    reseller: Reseller
    product: Product
    provider: Provider

    @property
    def wallet(self) -> Account:
        return ledger.wallet_for(party=self.reseller, currency="USD")

    @property
    def buyer(self) -> Buyer:
        found = buyer_by_reseller(self.reseller.pk, actor=SYSTEM)
        assert found is not None
        return found

    def request(self, **values: Any) -> OrderRequest:
        return OrderRequest(**{"product_id": self.product.pk, **values})

    def place(self, *, key: Key = Key(), **values: Any) -> Answer:
        return orders.place_order(buyer=self.buyer, request=self.request(**values), present=present, key=key)

    def order(self, **values: Any) -> Order:
        answer = self.place(**values)
        assert answer.order_id is not None
        return Order.objects.get(pk=answer.order_id)

    def delivered(self, **values: Any) -> Order:
        """An order that was placed, delivered by the provider and captured."""
        order = self.order(**values)
        deliver(order, self.provider)
        order.refresh_from_db()
        return order


def make_shop(*, funds: Decimal | int = 100, price: Decimal | int = 10, **product: Any) -> Shop:
    reseller = ResellerFactory(funds=funds, commission_rate=Decimal(2))
    made = ProductFactory(price=Decimal(price), **product)
    provider = ProviderFactory()
    OfferFactory(product=made, provider=provider, cost=Decimal("8.00"))
    return Shop(reseller, made, provider)


def process(order: Order) -> None:
    with transaction.atomic():
        locked = settlement.lock(order.pk)
        require(ORDER, locked.status, Order.Status.PROCESSING)
        locked.status = Order.Status.PROCESSING
        locked.save(update_fields=["status"])


def deliver(order: Order, provider: Provider, *, cost: Decimal | None = None) -> Attempt:
    """What the delivery engine does once the provider said yes."""
    process(order)
    attempt = Attempt.objects.create(
        id=uuid7(),
        order=order,
        number=1,
        provider=provider,
        cost=order.cost if cost is None else cost,
        currency=order.currency,
        status=Attempt.Status.DELIVERED,
        provider_reference=f"P{next(_numbers)}",
        started_at=timezone.now(),
    )
    with transaction.atomic():
        settlement.capture(order=settlement.lock(order.pk), attempt=attempt)
    return attempt


def fail(order: Order, *, code: str = "barred") -> None:
    process(order)
    with transaction.atomic():
        settlement.release(order=settlement.lock(order.pk), failure=settlement.Failure(code, "Refused"))
