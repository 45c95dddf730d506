"""Orders in flight for tests, placed by the same service as in life, and providers that misbehave."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from commerce.models import (
    ApiKey,
    Customer,
    Delivery,
    Order,
    Payment,
    Product,
    Provider,
    Reseller,
    SandboxDelivery,
)
from commerce.providers.base import Adapter, Call, Outcome, Result, providers
from commerce.services import requery
from commerce.services.buyers import Buyer, buyer_by_customer, buyer_by_key, buyer_by_reseller
from commerce.services.catalogue_reading import read_version
from commerce.services.order_rows import OrderRequest
from commerce.services.orders import place_order
from core.actors import SYSTEM
from core.models import Event
from tests.factories_catalog import (
    BrandFactory,
    CategoryFactory,
    OfferFactory,
    ProductFactory,
    ProviderFactory,
    RecipientFieldFactory,
)
from tests.factories_parties import CustomerFactory, ResellerFactory, key_for

FUNDS = Decimal("1000.00")


def sandbox(code: str = "sandbox-one", **options: Any) -> Provider:
    """A sandbox that takes no time to make up its mind, unless options say otherwise."""
    return ProviderFactory(code=code, name=code.title(), adapter="sandbox", options=options)


def player_product(
    *, offers: list[Provider] | None = None, category: str = "games", **values: Any
) -> Product:
    """A product at 100.00 whose recipient is a player id, with an offer of each provider, 80.00 each."""
    brand = BrandFactory(category=CategoryFactory(code=category, name=category.title()))
    RecipientFieldFactory(brand=brand)
    product = ProductFactory(brand=brand, **values)
    for priority, provider in enumerate(offers if offers is not None else [sandbox()], start=1):
        OfferFactory(product=product, provider=provider, priority=priority)
    return product


def buyer(reseller: Reseller | None = None, *, is_test: bool = False) -> Buyer:
    reseller = reseller or ResellerFactory(funds=FUNDS)
    if is_test:
        found = buyer_by_key(key_for(reseller, mode=ApiKey.Mode.TEST), address=None)
    else:
        found = buyer_by_reseller(reseller.pk, actor=SYSTEM)
    assert found
    return found


def place(
    ending: str = "000", *, product: Product | None = None, by: Buyer | None = None, **request: Any
) -> Order:
    """A paid order of a reseller for the player 5550<ending>."""
    product = product or player_product()
    request = {"recipient": {"player_id": f"5550{ending}"}, **request}
    answer = place_order(
        buyer=by or buyer(),
        request=OrderRequest(product_id=product.pk, **request),
        present=lambda row: {"order_number": row["order_number"], "id": str(row["id"])},
    )
    return Order.objects.get(pk=answer.order_id)


def place_for_customer(
    ending: str = "000",
    *,
    product: Product | None = None,
    customer: Customer | None = None,
    **request: Any,
) -> tuple[Order, Payment]:
    """A buyer's order, waiting for its payment."""
    customer = customer or CustomerFactory()
    product = product or player_product()
    who = buyer_by_customer(customer, actor=SYSTEM, currency="USD", catalogue_version=read_version())
    order = place(ending, product=product, by=who, **request)
    return order, order.payments.get()


def shipped_order(**request: Any) -> tuple[Order, Delivery]:
    """A paid order of a SIM card that goes by courier from our own warehouse."""
    warehouse = ProviderFactory(code="warehouse", name="Warehouse", adapter="manual")
    product = player_product(offers=[warehouse], category="sim", shipped=True, sim_type="physical")
    order = place(product=product, delivery_address="1 Main Street, Oakland", **request)
    return order, order.delivery


def refreshed(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def later(seconds: float = 3600) -> None:
    """Let time pass: everything that waits for a moment in the database now has it behind it."""
    moved = timedelta(seconds=seconds)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE commerce_order SET next_check_at = next_check_at - %(moved)s,"
            " lease_until = lease_until - %(moved)s, expires_at = expires_at - %(moved)s"
            " WHERE status IN ('created', 'processing', 'unknown')",
            {"moved": moved},
        )
        cursor.execute(
            "UPDATE commerce_sandboxdelivery SET known_at = known_at - %(moved)s,"
            " reversed_at = reversed_at - %(moved)s",
            {"moved": moved},
        )


def swept() -> requery.Swept:
    """One sweep that does its work here and now, without a broker."""
    from commerce.services import fulfilment

    return requery.sweep(deliver=fulfilment.deliver_all, ask=requery.requery_due)


def submissions(order: Order) -> int:
    """How often the sandbox was sent this order, by its own books."""
    keys = [str(attempt.pk) for attempt in order.attempts.all()]
    return sum(SandboxDelivery.objects.filter(key__in=keys).values_list("submissions", flat=True))


def unleased(order: Order) -> None:
    """The worker that held the order is gone, and its lease has run out."""
    Order.objects.filter(pk=order.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


class Scripted(Adapter):
    """A provider that does what the test says, by class attributes: they are reset by `scripted`."""

    title = "Scripted"
    on_submit: Callable[[Call], Result]
    on_status: Callable[[Call], Result]
    calls: list[tuple[str, str]]

    def submit(self, call: Call) -> Result:
        type(self).calls.append(("submit", call.key))
        return type(self).on_submit(call)

    def status(self, call: Call) -> Result:
        type(self).calls.append(("status", call.key))
        return type(self).on_status(call)


def scripted(submit: Any = Outcome.DELIVERED, status: Any = Outcome.NOT_FOUND) -> Provider:
    """A provider answering with these outcomes, or raising these exceptions, or calling these functions."""
    if "scripted" not in providers:
        providers.add("scripted", Scripted)
    Scripted.on_submit, Scripted.on_status = staticmethod(_doing(submit)), staticmethod(_doing(status))
    Scripted.calls = []
    return ProviderFactory(code="scripted", name="Scripted", adapter="scripted")


def _doing(what: Any) -> Callable[[Call], Any]:
    def do(call: Call) -> Any:
        if isinstance(what, Exception):
            raise what
        if isinstance(what, Outcome):
            return Result(
                what,
                reference="REF-1",
                error_code="refused" if what == Outcome.FAILED else "",
                message="Told",
            )
        return what(call) if callable(what) else what

    return do


def money_of(order: Order) -> tuple[Decimal, Decimal]:
    order.account.refresh_from_db()
    return order.account.balance, order.account.held


def events_of(order: Order) -> list[str]:
    return list(Event.objects.filter(subject_id=str(order.pk)).order_by("id").values_list("kind", flat=True))
