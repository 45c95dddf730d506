"""Writing to an order's people from the admin: who gets it is shown first, nothing goes twice, all is told after."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.test import Client as Browser
from django.urls import reverse

from commerce.models import Order, OrderMessage, Reseller
from commerce.services import order_messages
from commerce.services.order_messages import Words
from core.models import Event
from tests.factories import UserFactory
from tests.factories_fulfilment import buyer, place, refreshed
from tests.factories_parties import ClientFactory, ResellerFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/commerce/order/"
WORDS = {"subject": "About your order", "body": "It comes tomorrow."}


def signed_in(client: Browser, role: str = "support") -> Any:
    user = UserFactory(staff=role)
    client.force_login(user)
    return user


def dialog(order: Order) -> str:
    return reverse("admin:commerce_order_send_message", args=[order.pk])


def send(client: Browser, order: Order, **data: Any) -> Any:
    return client.post(dialog(order), {"_form_submitted": "True", "to": "buyer", **WORDS, **data})


def bulk(client: Browser, orders: list[Order], **data: Any) -> Any:
    chosen = {"action": "message_chosen", "_selected_action": [str(order.pk) for order in orders]}
    chosen |= {"_form_submitted": "True"} if data else {}
    return client.post(LIST, {**chosen, "index": "0", **data}, follow=True)


def unreachable(**request: Any) -> Order:
    """An order of whom nobody has an e-mail address."""
    return refreshed(place(by=buyer(ResellerFactory(funds=1000, email=None)), **request))


@pytest.fixture
def order() -> Order:
    return refreshed(place(user_email="buyer@example.com"))


def test_who_may_be_written_to_is_shown_before(client: Browser, order: Order) -> None:
    Reseller.objects.filter(pk=order.reseller_id).update(email="desk@reseller.example")
    signed_in(client)

    text = client.get(dialog(order)).text

    assert "Buyer · buyer@example.com" in text and "Reseller · desk@reseller.example" in text


def test_an_address_is_masked_for_whoever_may_not_see_the_party(client: Browser, order: Order) -> None:
    Reseller.objects.filter(pk=order.reseller_id).update(email="desk@reseller.example")
    user = UserFactory(is_staff=True)
    rights = Permission.objects.filter(codename__in=["view_order", "message_order"])
    user.user_permissions.set(rights)
    client.force_login(user)

    answer = send(client, order, to="reseller")

    assert "HX-Redirect" in answer.headers
    for page in (client.get(dialog(order)), client.get(answer.headers["HX-Redirect"])):
        assert "d•••@reseller.example" in page.text and "desk@reseller.example" not in page.text


def test_it_goes_out_after_the_commit_and_stands_in_the_orders_story(
    client: Browser, order: Order, django_capture_on_commit_callbacks: Any
) -> None:
    user = signed_in(client)
    with django_capture_on_commit_callbacks() as later:
        send(client, order)
    assert mail.outbox == [] and len(later) == 1

    message = OrderMessage.objects.get()
    assert order_messages.send(message.pk)

    text = client.get(reverse("admin:commerce_order_change", args=[order.pk])).text
    for told in ("Message sent by e-mail", "buyer@example.com (Sent)", *WORDS.values(), user.get_full_name()):
        assert told in text, told


def test_a_double_click_sends_one(client: Browser, order: Order) -> None:
    signed_in(client)
    key = str(uuid4())
    for _click in range(2):
        assert "HX-Redirect" in send(client, order, key=key).headers
    assert OrderMessage.objects.count() == 1
    assert Event.objects.filter(kind="message.sent").count() == 1

    send(client, order, key=str(uuid4()))
    assert OrderMessage.objects.count() == 2


def test_an_order_without_an_address_says_what_to_do(client: Browser) -> None:
    order = unreachable()
    assert order_messages.addresses(order) == {}
    signed_in(client)

    answer = send(client, order, to="")

    assert "HX-Redirect" not in answer.headers
    assert "has an e-mail address. Enter one on their page" in answer.text


@pytest.mark.parametrize(("given", "told"), [({"subject": " "}, "required"), ({"body": "x" * 5001}, "5000")])
def test_what_cannot_be_sent_is_told_at_its_field(
    client: Browser, order: Order, given: dict[str, str], told: str
) -> None:
    signed_in(client)
    assert told in send(client, order, **given).text
    assert not OrderMessage.objects.exists()


def test_several_orders_are_written_to_at_once_and_none_twice(client: Browser, order: Order) -> None:
    product = order.product
    other = refreshed(place(product=product, user_email="other@example.com"))
    mute = unreachable(product=product)
    signed_in(client)

    confirm = bulk(client, [order, other, mute]).text
    for shown in ("Buyer · buyer@example.com", "Buyer · other@example.com", "no e-mail address"):
        assert shown in confirm, shown

    key = str(uuid4())
    for _time in range(2):
        answer = bulk(client, [order, other, mute], apply="1", key=key, to="", **WORDS)
    assert "2 rows done" in answer.text and "1 refused" in answer.text and mute.order_number in answer.text
    assert set(OrderMessage.objects.values_list("address", flat=True)) == {
        "buyer@example.com",
        "other@example.com",
    }
    assert OrderMessage.objects.count() == 2


def test_the_chosen_kind_of_receiver_is_asked_of_each(client: Browser, order: Order) -> None:
    order.client = ClientFactory(reseller=order.reseller, email="client@example.com")
    order.save(update_fields=["client"])
    other = refreshed(place(product=order.product, user_email="other@example.com"))
    signed_in(client)

    answer = bulk(client, [order, other], apply="1", to="client", **WORDS)

    assert OrderMessage.objects.get().address == "client@example.com"
    assert "It has no e-mail address. These have one: Buyer" in answer.text


def test_who_receives_by_e_mail_is_the_buyer() -> None:
    order = refreshed(place())
    order.recipient_key = "someone@mail.example"
    assert order_messages.addresses(order)["buyer"] == "someone@mail.example"


def test_the_same_key_for_two_orders_is_two_messages(order: Order) -> None:
    other = refreshed(place(product=order.product, user_email="other@example.com"))
    key = uuid4()
    for one in (order, other, order):
        order_messages.write(order=one, words=Words("Hello", "Text"), key=key)
    assert OrderMessage.objects.count() == 2
