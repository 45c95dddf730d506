"""What commerce does when something happened: people are told."""

from commerce.models import Delivery, Order, Payment
from commerce.services import notices
from core.events import subscribe
from core.models import Event, User


@subscribe("customer.registered")
def welcome(event: Event) -> None:
    user = User.objects.filter(customer__pk=event.subject_id).first()
    if user:
        notices.welcome(user)


@subscribe("order.paid")
def confirm(event: Event) -> None:
    order = Order.objects.select_related("customer__user").filter(pk=event.subject_id).first()
    if order:
        notices.confirm_order(order)


@subscribe("payment.completed")
def send_receipt(event: Event) -> None:
    related = ("order__customer__user", "customer__user", "reseller")
    payment = Payment.objects.select_related(*related).filter(pk=event.subject_id).first()
    if payment:
        notices.send_receipt(payment)


@subscribe("delivery.moved")
def tell_delivery(event: Event) -> None:
    related = Delivery.objects.select_related("order__customer__user")
    delivery = related.filter(order_id=event.subject_id).first()
    # A later step may be in force already; what is told is how it stands.
    if delivery and delivery.status != Delivery.Status.PENDING:
        notices.tell_delivery(delivery)


@subscribe("order.unknown")
def tell_unknown(event: Event) -> None:
    order = Order.objects.filter(pk=event.subject_id).first()
    if order:
        notices.tell_unknown(order, provider=str(event.data.get("provider") or ""))
