"""SIM orders: the list of all orders, and a parcel's way to its buyer."""

from datetime import timedelta

from django.core import mail
from django.db.models import Q
from django.urls import reverse

from commerce.models import Delivery, Order, OrderMessage
from commerce.services import fulfilment, order_messages
from tests.commerce.test_esims import CODE, ICCID, esim_order
from tests.factories_fulfilment import buyer, place, shipped_order
from tests.project.screens.desk import Desk, shows

MOVER = "moderator"


def _parcel(status: str = "pending") -> Delivery:
    order, delivery = shipped_order(user_email="buyer@example.com")
    fulfilment.deliver(order.pk)
    Delivery.objects.filter(pk=delivery.pk).update(
        status=status, courier="Swift" if status != "pending" else ""
    )
    return Delivery.objects.get(pk=delivery.pk)


def _orders(status: str = "pending") -> list[Order]:
    """Two orders of SIM cards whose parcels stand here."""
    order, _delivery = shipped_order()
    other = place(product=order.product, by=buyer(), delivery_address="2 Side Street", delivery_city="Lagos")
    for one in (order, other):
        fulfilment.deliver(one.pk)
    Delivery.objects.filter(order__in=[order, other]).update(status=status, courier="Swift")
    return list(Order.objects.filter(pk__in=[order.pk, other.pk]).order_by("pk"))


def _statuses(orders: list[Order]) -> set[str]:
    return set(Delivery.objects.filter(order__in=orders).values_list("status", flat=True))


@shows("orders")
def table(desk: Desk) -> None:
    order = place("000")
    page = desk.list(Order)
    assert str(order.pk) in page.keys and len(page.keys) == 50
    row = next(row for row in page.rows if order.order_number in " ".join(row))
    assert str(order.reseller) in row and order.get_status_display() in row
    assert desk.list(Order, q=order.order_number).keys == {str(order.pk)}


@shows("orders: by source")
def by_source(desk: Desk) -> None:
    for source in ("app_user", "reseller_client"):
        desk.narrowed(Order, Q(source=source), source__exact=source)


@shows("orders: by status")
def by_status(desk: Desk) -> None:
    there = set(Order.objects.values_list("status", flat=True))
    assert there >= {"failed", "fulfilled"}
    for status in there:
        desk.narrowed(Order, Q(status=status), status__exact=status)
    parcel = _parcel("confirmed")
    desk.narrowed(Delivery, Q(status="confirmed"), status__exact="confirmed")
    assert parcel.status == "confirmed"


@shows("orders: by date")
def by_date(desk: Desk) -> None:
    # Some day of the year has an order; which one is left to chance.
    last = Order.objects.order_by("created_at")[Order.objects.count() // 2].created_at
    first = last - timedelta(days=4)
    days = Q(created_at__date__gte=first.date(), created_at__date__lte=last.date())
    desk.narrowed(Order, days, created_at_from=str(first.date()), created_at_to=str(last.date()))


@shows("orders: confirm many")
def confirm_many(desk: Desk) -> None:
    orders = _orders()
    desk.be(MOVER).act_on_many(orders, "confirm_chosen")
    assert _statuses(orders) == {"confirmed"}


@shows("orders: assign many")
def assign_many(desk: Desk) -> None:
    orders = _orders("confirmed")
    desk.be(MOVER).act_on_many(orders, "assign_chosen", courier="Falcon", assignee=str(desk.user.pk))
    assert set(Delivery.objects.filter(order__in=orders).values_list("courier", "assignee")) == {
        ("Falcon", desk.user.pk)
    }


@shows("orders: dispatch many")
def dispatch_many(desk: Desk) -> None:
    orders = _orders("confirmed")
    desk.be(MOVER).act_on_many(orders, "dispatch_chosen", courier="Falcon")
    assert _statuses(orders) == {"dispatched"}


@shows("orders: cancel many")
def cancel_many(desk: Desk) -> None:
    orders = _orders()
    desk.act_on_many(orders, "cancel_chosen", reason="Out of cards")
    assert _statuses(orders) == {"cancelled"}
    assert {order.payment_status for order in orders} == {"released"}


@shows("orders: message many")
def message_many(desk: Desk) -> None:
    orders = _orders()
    desk.be("support").act_on_many(orders, "message_chosen", subject="A delay", body="Tomorrow.")
    assert OrderMessage.objects.filter(order__in=orders, subject="A delay").count() == 2


@shows("order", "breadcrumb")
def whole(desk: Desk) -> None:
    order = place("000")
    fulfilment.deliver(order.pk)
    page = desk.object(order)
    for told in (order.order_number, order.product_name, order.brand_name, str(order.reseller), "Fulfilled"):
        assert told in page.words, told
    for title in ("Recipient", "Delivery attempts", "Money", "Price", "What happened", "Details"):
        assert page.card(title).words
    assert order.recipient_key in page.words
    crumbs = page.tree.find_class("tl-crumbs")[0]
    assert reverse("admin:commerce_order_changelist") in [link.get("href") for link in crumbs.iter("a")]


@shows("order: confirm", "order: dispatch", "order: delivered", "order: activated")
def way(desk: Desk) -> None:
    parcel = _parcel()
    desk.be(MOVER).act(parcel, "confirm")
    assert parcel.status == "confirmed"
    desk.act(parcel, "dispatch_it", courier="Swift", tracking_number="TR-1")
    assert (parcel.status, parcel.courier, parcel.delivery_tracking_number) == ("dispatched", "Swift", "TR-1")
    desk.act(parcel, "delivered")
    parcel.order.refresh_from_db()
    assert (parcel.status, parcel.order.status, parcel.order.payment_status) == (
        "delivered",
        "fulfilled",
        "captured",
    )
    desk.act(parcel, "activate", iccid=ICCID)
    assert (parcel.status, parcel.iccid) == ("activated", ICCID) and parcel.activated_at
    assert desk.object(parcel).text.count("tl-stage--") >= 5


@shows("order: cancelled")
def cancelled(desk: Desk) -> None:
    parcel = _parcel()
    desk.act(parcel, "cancel", reason="Moved away")
    parcel.order.refresh_from_db()
    assert (parcel.status, parcel.order.payment_status) == ("cancelled", "released")


@shows("order: assign")
def assign(desk: Desk) -> None:
    parcel = _parcel()
    desk.be(MOVER).act(parcel, "assign", courier="Falcon", assignee=str(desk.user.pk), tracking_number="TR-2")
    assert (parcel.courier, parcel.assignee, parcel.delivery_tracking_number) == ("Falcon", desk.user, "TR-2")


@shows("order: notify")
def notify(desk: Desk) -> None:
    order = _parcel().order
    desk.be("support").act(order, "send_message", subject="Your card", body="It comes tomorrow.")
    message = OrderMessage.objects.get(order=order)
    assert (message.subject, message.author_label) == ("Your card", desk.user.get_full_name())
    order_messages.send(message.pk)
    assert "It comes tomorrow." in str(mail.outbox[-1].body) and mail.outbox[-1].to == [message.address]
    assert "Your card" in desk.object(order).words


@shows("order: activation code")
def activation_code(desk: Desk) -> None:
    order = esim_order()
    parcel = order.delivery
    desk.act(parcel, "activate", iccid=ICCID, activation_code=CODE)
    desk.act(parcel, "send_code")
    message = OrderMessage.objects.filter(order=order, kind="activation_code").latest("pk")
    order_messages.send(message.pk)
    assert mail.outbox[-1].attachments and CODE not in message.body
