"""Public users: buyers of the app, their orders, payments and tickets."""

from django.db.models import Q
from django.urls import reverse

from commerce.models import Customer, Order, SupportTicket
from commerce.services import payments
from commerce.services.fulfilment import deliver
from core.ids import uuid7
from core.money import format_money
from tests.factories_fulfilment import place_for_customer
from tests.factories_parties import CustomerFactory
from tests.factories_support import ticket
from tests.project.screens.desk import Desk, shows


def _buyer() -> Customer:
    """Somebody who ordered, paid and asked."""
    order, payment = place_for_customer()
    payments.handle_webhook(message_id=str(uuid7()), transaction_id=payment.pk, status="success")
    deliver(order.pk)
    assert order.customer
    ticket(customer=order.customer, subject="Where is it?")
    Customer.objects.filter(pk=order.customer_id).update(phone="+14155557431", postal_code="94607")
    return Customer.objects.get(pk=order.customer_id)


@shows("users")
def users(desk: Desk) -> None:
    newest = CustomerFactory(full_name="Newest of all")
    page = desk.list(Customer)
    assert str(newest.pk) in page.keys and len(page.keys) == min(50, Customer.objects.count())
    row = next(row for row in page.rows if "Newest of all" in " ".join(row))
    assert {"Active", newest.email, "Lagos"} <= set(row)


@shows("users: by city")
def by_city(desk: Desk) -> None:
    CustomerFactory(city="Lisbon")
    desk.narrowed(Customer, Q(city="Lisbon"), city="Lisbon")


@shows("users: by status")
def by_status(desk: Desk) -> None:
    CustomerFactory(status="blocked")
    for status in ("blocked", "active"):
        desk.narrowed(Customer, Q(status=status), status__exact=status)


@shows("users: by package")
def by_package(desk: Desk) -> None:
    buyer = _buyer()
    product = buyer.orders.get().product
    desk.narrowed(Customer, Q(pk=buyer.pk), last_product__id__exact=product.pk)
    row = desk.list(Customer, last_product__id__exact=product.pk).rows[0]
    assert any(product.name in cell for cell in row)


@shows("users: search")
def search(desk: Desk) -> None:
    buyer = _buyer()
    for term in (buyer.full_name, buyer.email, "+14155557431"):
        assert str(buyer.pk) in desk.list(Customer, q=term).keys
    assert not desk.list(Customer, q="nobody of this name").keys


@shows("user")
def personal(desk: Desk) -> None:
    buyer = _buyer()
    buyer.id_document_number, buyer.id_document_type = "A1234567", "Passport"
    buyer.save()
    page = desk.object(buyer)
    for told in (buyer.full_name, buyer.email, "+14155557431", "94607", "Passport", "not verified", "Active"):
        assert told in page.words, told
    assert "A1234567" not in page.text, "A document is read by those who say why"


@shows("user: orders")
def orders(desk: Desk) -> None:
    buyer = _buyer()
    order = Order.objects.get(customer=buyer)
    page = desk.object(buyer)
    row = page.part("orders").rows[0]
    assert order.order_number in row[0] and "Fulfilled" in row and format_money(order.total, "USD") in row
    everything = next(link for link in page.part("orders").links if "?" in link)
    assert desk.list(Order, **dict([everything.partition("?")[2].split("=")])).keys == {str(order.pk)}


@shows("user: payments")
def paid(desk: Desk) -> None:
    buyer = _buyer()
    payment = buyer.payments.get()
    rows = desk.object(buyer).part("payments").rows
    assert (
        len(rows) == 1
        and "Completed" in rows[0]
        and format_money(payment.amount, payment.currency) in rows[0]
    )


@shows("user: tickets", "user: answer a ticket")
def tickets(desk: Desk) -> None:
    buyer = _buyer()
    asked = SupportTicket.objects.get(customer=buyer)
    card = desk.object(buyer).part("tickets")
    assert "Where is it?" in card.words
    assert reverse("admin:commerce_supportticket_change", args=[asked.pk]) in card.links
    desk.be("support")
    page = desk.object(asked)
    url = reverse("admin:commerce_supportticket_reply", args=[asked.pk])
    assert url in page.text
    assert desk.post(url, {"message": "It is under way."}).status_code == 302
    said = asked.messages.get(text="It is under way.")
    assert (said.author_kind, said.is_internal) == ("staff", False)
    assert "It is under way." in desk.object(asked).words


@shows("user: block", "user: unblock")
def block(desk: Desk) -> None:
    buyer = CustomerFactory()
    desk.be("moderator").act(buyer, "block", reason="Stolen card")
    assert (buyer.status, buyer.status_reason) == ("blocked", "Stolen card")
    desk.act(buyer, "unblock", reason="It was theirs")
    assert buyer.status == "active"


@shows("users: block many")
def block_many(desk: Desk) -> None:
    several = CustomerFactory.create_batch(2)
    desk.act_on_many(several, "bulk_block", reason="Stolen cards")
    assert {one.status for one in several} == {"blocked"}
