"""What commerce keeps of customers; see `core.services.privacy`."""

from typing import Any

from django.db.models import CharField, Q
from django.db.models.functions import Cast

from commerce.models import (
    Attempt,
    Customer,
    Delivery,
    Document,
    Order,
    OrderMessage,
    Payment,
    SandboxDelivery,
    SupportTicket,
    TicketAttachment,
    TicketMessage,
    Transfer,
    WebhookMessage,
)
from core.models import IdempotencyKey
from core.services.privacy import Holder, Person, holders, row_of, rows_of

# What an order cost us, and how it went through our hands, is ours.
OURS = (
    "cost", "commission", "price_explanation", "lease_until", "generation", "next_check_at", "api_key", "created_by",
)  # fmt: skip
EMPTY = {
    "phone": "", "address": "", "city": "", "state": "", "postal_code": "", "country": "", "id_document_type": "",
    "preferred_game": "", "status_reason": "",
}  # fmt: skip


@holders.register("customer")
class CustomerHolder(Holder):
    """The profile with its history, saved numbers, consents and codes that were sent."""

    def told(self, person: Person) -> Any:
        customer = _customer(person)
        return {
            "profile": row_of(customer),
            "saved_numbers": rows_of(customer.phone_numbers.all()),
            "consents": rows_of(customer.consents.all(), "recorded_by"),
            "codes_sent": list(customer.codes.values("channel", "target", "created_at", "used_at")),
        }

    def erase(self, person: Person) -> None:
        customer = _customer(person)
        nobody = EMPTY | {
            "full_name": f"Erased customer {customer.pk}",
            "email": f"erased-{customer.pk}@erased.invalid",
            "status": Customer.Status.BLOCKED,
        }
        Customer.objects.filter(pk=customer.pk).update(
            **nobody,
            date_of_birth="",
            id_document_number="",
            email_verified_at=None,
            phone_verified_at=None,
        )
        Customer.history.filter(id=customer.pk).update(  # type: ignore[attr-defined]
            **nobody, history_change_reason="", history_address=None
        )
        customer.phone_numbers.all().delete()
        customer.codes.all().delete()
        customer.consents.all().delete()
        scope = f"customer:{customer.pk}"
        IdempotencyKey.objects.filter(Q(scope=scope) | Q(scope__startswith=f"{scope}:")).delete()


@holders.register("orders")
class OrderHolder(Holder):
    """What was ordered, for whom, what was sent where, and what was written about it."""

    def told(self, person: Person) -> Any:
        orders = _orders(person)
        mine = {"order__in": orders}
        return {
            "orders": rows_of(orders.order_by("created_at"), *OURS),
            "deliveries": rows_of(Delivery.objects.filter(**mine), "assignee", "notes"),
            "messages": rows_of(OrderMessage.objects.filter(**mine), "key", "author_label"),
        }

    def erase(self, person: Person) -> None:
        orders = _orders(person)
        mine = {"order__in": orders}
        keys = Attempt.objects.filter(**mine).annotate(key=Cast("id", CharField())).values("key")
        SandboxDelivery.objects.filter(key__in=keys).update(recipient="")
        Attempt.objects.filter(**mine).update(request={}, response={}, error_message="")
        OrderMessage.objects.filter(**mine).update(address="", subject="", body="")
        shipped = {
            "delivery_address": "", "city": "", "notes": "", "iccid": "", "delivery_tracking_number": "",
        }  # fmt: skip
        Delivery.objects.filter(**mine).update(**shipped)
        Delivery.history.filter(order_id__in=orders.values("pk")).update(  # type: ignore[attr-defined]
            **shipped, history_change_reason=""
        )
        orders.update(
            recipient={}, recipient_key="", user_email="", notes="", delivered_code="", failure_message=""
        )


@holders.register("payments")
class PaymentHolder(Holder):
    """What was paid; the amounts stay, what the gateway said of the payer does not."""

    def told(self, person: Person) -> Any:
        customer = _customer(person)
        wallets = list(customer.accounts.all())
        moved = Transfer.objects.filter(Q(debit_account__in=wallets) | Q(credit_account__in=wallets))
        return {
            "payments": rows_of(customer.payments.order_by("created_at")),
            "wallets": rows_of(wallets),
            "movements": list(
                moved.order_by("id").values("created_at", "kind", "amount", "currency", "order_id", "reason")
            ),
        }

    def erase(self, person: Person) -> None:
        customer = _customer(person)
        WebhookMessage.objects.filter(payment__customer=customer).update(body={})
        Payment.objects.filter(customer=customer).update(payment_gateway_response={})
        wallets = customer.accounts.values("pk")
        moved = Transfer.objects.filter(Q(debit_account__in=wallets) | Q(credit_account__in=wallets))
        moved.exclude(reason="").update(reason="")
        moved.filter(actor_kind="customer").exclude(actor_label="").update(actor_label="")


@holders.register("tickets")
class TicketHolder(Holder):
    """What they asked and were answered; the files go with it."""

    def told(self, person: Person) -> Any:
        customer = _customer(person)
        said = TicketMessage.objects.filter(ticket__customer=customer, is_internal=False)
        return {
            "tickets": rows_of(customer.tickets.all(), "assigned_to"),
            "messages": rows_of(said, "author_id"),
            "files": rows_of(TicketAttachment.objects.filter(message__in=said), "path"),
        }

    def erase(self, person: Person) -> None:
        tickets = SupportTicket.objects.filter(customer=_customer(person))
        said = TicketMessage.objects.filter(ticket__in=tickets)
        TicketAttachment.objects.filter(message__in=said).delete()
        said.exclude(author_kind=TicketMessage.Author.STAFF).update(text="", author_label="")
        said.filter(author_kind=TicketMessage.Author.STAFF).update(text="")
        tickets.update(subject="", description="")
        tickets.filter(opened_by__in=person.names).update(opened_by="")


def _customer(person: Person) -> Customer:
    assert isinstance(person.subject, Customer)  # noqa: S101
    return person.subject


def _orders(person: Person) -> Any:
    return Order.objects.filter(customer=_customer(person))


@holders.register("documents")
class DocumentHolder(Holder):
    """Papers that were issued to them: what was sold stays in the books, to whom is forgotten."""

    def told(self, person: Person) -> Any:
        return rows_of(_customer(person).documents.order_by("id"), "digest", "actor_label")

    def erase(self, person: Person) -> None:
        Document.objects.filter(customer=_customer(person)).update(party={"erased": True})
