"""Who is told what of orders, payments and providers, once each."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from commerce.models import Delivery, Order, Payment
from commerce.services import deliveries, fulfilment, notices, payments
from commerce.services.deliveries import Step
from commerce.services.floats import Float
from core.ids import uuid7
from core.models import Message, User
from tests.factories import UserFactory
from tests.factories_catalog import ProviderFactory
from tests.factories_fulfilment import place, place_for_customer, player_product, refreshed
from tests.factories_orders import make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def owner() -> User:
    return UserFactory(staff="super_admin")  # type: ignore[no-any-return]


@pytest.fixture
def now(django_capture_on_commit_callbacks: Any) -> Any:
    """What is told once all is committed."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def told(event: str) -> list[Message]:
    return list(Message.objects.filter(event=event).order_by("pk"))


def paid(payment: Payment, message_id: str = "") -> str:
    return payments.handle_webhook(
        message_id=message_id or str(uuid7()), transaction_id=payment.pk, status="success"
    )


def test_a_customer_is_told_once_that_the_order_and_its_money_have_come(now: Any) -> None:
    order, payment = place_for_customer()
    for _twice in range(2):
        with now():
            paid(payment)
    [confirmation] = told("order_confirmation")
    assert confirmation.address == order.customer.email and order.order_number in confirmation.body
    assert confirmation.subject_kind == "commerce.order" and confirmation.subject_id == str(order.pk)
    [receipt] = told("payment_receipt")
    assert receipt.address == order.customer.email and f"Order {order.order_number}" in receipt.body


def test_it_is_in_the_customers_language(now: Any) -> None:
    order, payment = place_for_customer()
    order.customer.user.language = "fa"
    order.customer.user.save()
    with now():
        paid(payment)
    assert {message.language for message in Message.objects.all()} == {"fa"}


def test_a_resellers_order_tells_its_buyers_nothing(now: Any) -> None:
    with now():
        order = place("000", user_email="buyer@example.com")
        fulfilment.deliver(order.pk)
    assert refreshed(order).status == Order.Status.FULFILLED and not Message.objects.exists()


def test_a_parcel_is_told_of_at_each_step(now: Any) -> None:
    warehouse = ProviderFactory(code="warehouse", name="Warehouse", adapter="manual")
    product = player_product(offers=[warehouse], category="sim", shipped=True, sim_type="physical")
    order, payment = place_for_customer(product=product, delivery_address="1 Main Street, Oakland")
    paid(payment)
    fulfilment.deliver(order.pk)
    steps = [
        Step(Delivery.Status.CONFIRMED),
        Step(Delivery.Status.DISPATCHED, courier="Post", tracking_number="TR-1"),
    ]
    for step in steps:
        with now():
            deliveries.move(order_id=order.pk, step=step)
    confirmed, dispatched = told("delivery_update")
    assert "Confirmed" in confirmed.subject and "Courier" not in confirmed.body
    assert "Dispatched" in dispatched.subject and "Tracking number: TR-1" in dispatched.body


def test_many_unknown_outcomes_of_a_provider_are_one_message(owner: User, now: Any) -> None:
    product = player_product()
    for _order in range(3):
        order = place("202", product=product)
        with now():
            fulfilment.deliver(order.pk)
        assert refreshed(order).status == Order.Status.UNKNOWN
    [message] = told("unknown_outcome")
    assert message.user == owner and message.link == f"/admin/commerce/order/{message.subject_id}/change/"


def test_a_provider_that_answers_nothing_is_told_of_once(owner: User) -> None:
    product = player_product()
    for _call in range(notices.SILENT_CALLS - 1):
        fulfilment.deliver(place("202", product=product).pk)
    assert notices.tell_silent_providers() == []
    fulfilment.deliver(place("202", product=product).pk)
    assert {message.channel for message in notices.tell_silent_providers()} == {"inbox", "email"}
    assert notices.tell_silent_providers() == []
    fulfilment.deliver(place("000", product=product).pk)
    Message.objects.all().delete()
    assert notices.tell_silent_providers() == [], "it answers again"


def test_a_low_float_is_told_once_a_day_to_those_who_see_costs(owner: User) -> None:
    finance = UserFactory(staff="finance")
    UserFactory(staff="support")
    provider = ProviderFactory()
    low = Float(provider.pk, provider.name, "USD", Decimal(5), Decimal(100), timezone.now())
    assert {message.user for message in notices.tell_low_floats([low])} == {owner, finance}
    assert notices.tell_low_floats([low]) == []


def test_a_low_wallet_is_told_to_finance_and_to_the_reseller(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, rich = make_shop(funds=40), make_shop(funds=4000)
    monkeypatch.setattr(notices, "low_balance", lambda: Decimal(0))
    assert notices.tell_low_balances() == []
    monkeypatch.setattr(notices, "low_balance", lambda: Decimal(50))
    messages = notices.tell_low_balances()
    assert {message.address for message in messages} >= {owner.email, shop.reseller.email}
    assert rich.reseller.email not in {message.address for message in messages}
    assert notices.tell_low_balances() == []


def test_whoever_registers_is_welcomed(now: Any, client: Any) -> None:
    typed = {"username": "sara", "email": "sara@example.com", "password": "a long enough password"}
    with now():
        assert client.post("/api/register/", typed, content_type="application/json").status_code == 201
    [message] = told("welcome_user")
    assert message.address == "sara@example.com" and "sara" in message.body
