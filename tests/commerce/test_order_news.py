"""Customers are told how their orders ended: behind the events, once, by the channels they chose."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

from commerce.models import Customer, Order, OrderNews
from commerce.services import fulfilment, notice_choices, order_news, payments, refunds, settlement
from commerce.services.refunds import Payout
from core.exceptions import InvalidInput
from core.ids import uuid7
from core.messages import sending
from core.models import Event, Message
from core.services import audit_chain
from tests.factories import UserFactory
from tests.factories_catalog import ProviderFactory
from tests.factories_fulfilment import (
    buyer,
    place,
    place_for_customer,
    player_product,
    refreshed,
)

pytestmark = pytest.mark.django_db


def bought(ending: str = "000", **request: Any) -> Order:
    """A customer's paid order that its provider has answered."""
    order, payment = place_for_customer(ending, **request)
    payments.handle_webhook(message_id=str(uuid7()), transaction_id=payment.pk, status="success")
    fulfilment.deliver(order.pk)
    Message.objects.all().delete()
    return refreshed(order)


def news() -> list[Message]:
    """What the tasks tell: seal what happened, and follow."""
    audit_chain.run()
    order_news.tell()
    return list(Message.objects.filter(event="delivery_update").order_by("pk"))


def test_a_delivered_order_is_told_once_and_not_by_who_settles_it(
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        order = bought()
    assert order.status == Order.Status.FULFILLED
    assert not Message.objects.filter(event="delivery_update").exists()
    Message.objects.all().delete()
    [message] = news()
    assert message.address == order.customer.email and "Delivered" in message.subject
    assert (message.subject_kind, message.subject_id) == ("commerce.order", str(order.pk))
    assert len(news()) == 1
    OrderNews.objects.update(seal=0)
    assert len(news()) == 1, "told again by another worker"
    sending.send_due()
    assert [sent.to for sent in mail.outbox] == [[order.customer.email]]


def test_deliveries_settled_together_are_told_too() -> None:
    product, orders = player_product(), []
    for _number in range(3):
        order, payment = place_for_customer(product=product)
        payments.handle_webhook(message_id=str(uuid7()), transaction_id=payment.pk, status="success")
        orders.append(order)
    fulfilment.deliver_all([order.pk for order in orders])
    assert {message.subject_id for message in news()} == {str(order.pk) for order in orders}


def test_a_failed_order_says_where_the_money_is() -> None:
    order = bought("101")
    assert order.status == Order.Status.FAILED
    [message] = news()
    assert "Not delivered" in message.subject and "$100.00 is in your wallet" in message.body


def test_refunds_say_how_much_and_which_way() -> None:
    order = bought()
    news()
    settlement.refund(order_id=order.pk, amount=Decimal("30.00"), reason="late: internal words")
    part = news()[-1]
    assert "Partly refunded" in part.subject and "$30.00 is in your wallet" in part.body
    assert "internal" not in part.body
    settlement.refund(order_id=order.pk, amount=None, reason="x")
    assert "Refunded" in news()[-1].subject
    other = bought()
    news()
    gone = Payout(None, "asked for", "BANK-1")
    refunds.pay_out(payment_id=other.payments.get().pk, payout=gone)
    assert "$100.00 goes back the way you paid" in news()[-1].body


def test_nobody_is_told_of_tests_resellers_orders_or_what_was_never_paid() -> None:
    product = player_product()
    fulfilment.deliver(place("000", product=product, user_email="buyer@example.com").pk)
    fulfilment.deliver(place("000", product=product, by=buyer(is_test=True)).pk)
    unpaid, _payment = place_for_customer()
    settlement.cancel(order_id=unpaid.pk, reason="expired")
    assert news() == []


def test_a_parcel_is_told_of_by_its_steps_alone() -> None:
    warehouse = ProviderFactory(code="warehouse", name="Warehouse", adapter="manual")
    product = player_product(offers=[warehouse], category="sim", shipped=True, sim_type="physical")
    order, payment = place_for_customer(product=product, delivery_address="1 Main Street, Oakland")
    payments.handle_webhook(message_id=str(uuid7()), transaction_id=payment.pk, status="success")
    settlement.cancel(order_id=order.pk, reason="x")
    assert Event.objects.filter(kind="order.cancelled").exists() and news() == []


def test_what_is_a_day_old_or_a_demos_past_is_no_news() -> None:
    bought()
    order_news.begin_here()
    assert news() == []
    order = bought()
    OrderNews.objects.update(after=0, seal=0)
    two_days = timezone.now() + timedelta(days=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(order_news.timezone, "now", lambda: two_days)
        assert news() == []
    OrderNews.objects.update(seal=0)
    assert str(order.pk) in {message.subject_id for message in news()}


def test_one_that_cannot_be_told_holds_nobody_up() -> None:
    broken, good = bought(), bought()
    fields = {"amount": "no number"}
    event = Event.objects.create(
        kind="refund.created", subject_kind="commerce.order", subject_id=str(broken.pk), data=fields,
        actor_kind="system", created_at=timezone.now(),
    )  # fmt: skip
    told = {message.subject_id for message in news()}
    assert told == {str(broken.pk), str(good.pk)} and event.pk


@pytest.fixture
def customer() -> Customer:
    customer = bought().customer
    Customer.objects.filter(pk=customer.pk).update(phone="+14155552671", phone_verified_at=timezone.now())
    customer.refresh_from_db()
    return customer  # type: ignore[no-any-return]


def test_each_is_told_by_the_channels_they_chose(customer: Customer, settings: Any) -> None:
    settings.SMS_URL = "console://"
    notice_choices.choose(customer=customer, wanted={"delivery_update": ["sms", "email"]})
    assert {(one.channel, one.address) for one in news()} == {
        ("email", customer.email),
        ("sms", "+14155552671"),
    }
    assert "Delivered" in Message.objects.get(channel="sms").body


def test_texts_go_to_verified_phones_alone_and_who_wants_nothing_gets_nothing(
    customer: Customer, settings: Any
) -> None:
    settings.SMS_URL = "console://"
    notice_choices.choose(customer=customer, wanted={"delivery_update": ["sms"]})
    Customer.objects.update(phone_verified_at=None)
    assert news() == []
    notice_choices.choose(customer=customer, wanted={"delivery_update": []})
    Customer.objects.update(phone_verified_at=timezone.now())
    settlement.refund(order_id=customer.orders.get().pk, amount=None, reason="x")
    assert news() == []


def test_buyers_choose_by_api(customer: Customer) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(customer.user)}")
    usual = {key: ["email"] for key in notice_choices.CHOOSABLE}
    assert client.get("/api/profile/").json()["notifications"] == usual
    wanted = {"notifications": {"delivery_update": ["sms", "email"], "payment_receipt": []}}
    answer = client.patch("/api/profile/", wanted, format="json").json()
    assert answer["notifications"] == usual | {"delivery_update": ["email", "sms"], "payment_receipt": []}
    for wrong in (
        {"password_reset": []},
        {"delivery_update": ["inbox"]},
        {"delivery_update": "sms"},
        {"delivery_update": [1]},
        ["sms"],
    ):
        refused = client.patch("/api/profile/", {"notifications": wrong}, format="json")
        assert refused.status_code == 400 and "notifications" in refused.json()["errors"], wrong
    assert client.get("/api/profile/").json() == answer


def test_staff_choose_for_them(customer: Customer) -> None:
    browser = Browser()
    browser.force_login(UserFactory(staff="admin"))
    url = reverse("admin:commerce_customer_notices", args=[customer.pk])
    assert b"Delivery update" in browser.get(url, headers={"HX-Request": "true"}).content
    sent = {"_form_submitted": "True", "delivery_update": ["sms"], "order_confirmation": ["email"]}
    assert "HX-Redirect" in browser.post(url, sent, headers={"HX-Request": "true"})
    assert notice_choices.chosen(customer) == {
        "order_confirmation": ["email"],
        "payment_receipt": [],
        "delivery_update": ["sms"],
    }
    assert Event.objects.filter(kind="customer.notices_chosen", subject_id=customer.pk).count() == 1


def test_what_there_is_not_cannot_be_chosen(customer: Customer) -> None:
    for wanted in ({"nonsense": ["email"]}, {"delivery_update": ["pigeon"]}):
        with pytest.raises(InvalidInput):
            notice_choices.choose(customer=customer, wanted=wanted)
