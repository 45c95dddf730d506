"""What is done for an order: calls of providers, deliveries, tickets; and the providers themselves."""

from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from analytics.datasets.base import SEE_COST, Dataset, choice, flag, moment, money, number, register, text
from commerce.models import Attempt, Delivery, Provider, SupportTicket


@register
class Attempts(Dataset):
    key = "attempts"
    title = _("Attempts")
    description = _("One row a call of a provider, with its outcome.")
    icon = "sync_alt"
    permission = "commerce.view_attempt"
    period = "started_at"
    order = ("-started_at", "-pk")
    first = ("started_at", "provider", "order", "product", "status", "error_code")
    columns = (
        moment("started_at", _("Begun at")),
        moment("finished_at", _("Finished at")),
        text("provider", _("Provider"), "provider__name"),
        text("order", _("Order"), "order__order_number"),
        text("brand", _("Brand"), "order__brand_name"),
        text("product", _("Product"), "order__product_name"),
        number("number", _("Number of the attempt")),
        choice("status", _("Status"), Attempt.Status),
        money("cost", _("Cost"), secret=SEE_COST),
        text("currency", _("Currency")),
        text("provider_reference", _("Provider's reference")),
        text("error_code", _("Error code")),
        text("error", _("Error"), "error_message"),
        number("checks", _("Times asked again")),
    )

    def rows(self, *, sees_cost: bool = False) -> QuerySet[Any]:
        return Attempt.objects.filter(order__is_test=False)


@register
class Providers(Dataset):
    key = "providers"
    title = _("Providers")
    description = _("One row a provider.")
    icon = "dns"
    permission = "commerce.view_provider"
    period = ""
    order = ("name", "pk")
    first = ("name", "code", "adapter", "currency", "active")
    columns = (
        text("name", _("Name")),
        text("code", _("Code")),
        text("adapter", _("Adapter")),
        text("currency", _("Currency")),
        number("timeout", _("Waits, seconds"), "timeout_seconds"),
        money("low_float", _("Warn below"), secret=SEE_COST),
        flag("active", _("Active")),
        moment("created_at", _("Added at")),
    )

    def rows(self, *, sees_cost: bool = False) -> QuerySet[Any]:
        return Provider.objects.all()


@register
class Deliveries(Dataset):
    key = "deliveries"
    title = _("Deliveries")
    description = _("One row a SIM card on its way.")
    icon = "local_shipping"
    permission = "commerce.view_delivery"
    first = ("created_at", "order", "buyer", "product", "city", "courier", "status", "delivered_at")
    columns = (
        moment("created_at", _("Ordered at")),
        text("order", _("Order"), "order__order_number"),
        text("buyer", _("Buyer"), Coalesce("order__reseller__business_name", "order__customer__full_name")),
        text("product", _("Product"), "order__product_name"),
        choice("status", _("Status"), Delivery.Status),
        text("sim_type", _("SIM type")),
        text("city", _("City")),
        text("courier", _("Courier")),
        text("tracking", _("Tracking number"), "delivery_tracking_number"),
        text("iccid", _("ICCID")),
        moment("dispatched_at", _("Dispatched at")),
        moment("delivered_at", _("Delivered at")),
        moment("activated_at", _("Activated at")),
        money("fee", _("Delivery fee"), "order__delivery_fee", currency="order__currency"),
    )

    def rows(self, *, sees_cost: bool = False) -> QuerySet[Any]:
        return Delivery.objects.filter(order__is_test=False)


@register
class Tickets(Dataset):
    key = "tickets"
    title = _("Tickets")
    description = _("One row a ticket, with its clocks.")
    icon = "support_agent"
    permission = "commerce.view_supportticket"
    first = ("number", "created_at", "subject", "from", "priority", "status", "assigned_to", "resolved_at")
    columns = (
        text("number", _("Number"), "ticket_number"),
        moment("created_at", _("Opened at")),
        text("subject", _("Subject")),
        text("from", _("From"), Coalesce("reseller__business_name", "customer__full_name")),
        choice("priority", _("Priority"), SupportTicket.Priority),
        choice("status", _("Status"), SupportTicket.Status),
        text("assigned_to", _("Assigned to"), "assigned_to__username"),
        text("order", _("Order"), "order__order_number"),
        moment("first_answered_at", _("First answered at")),
        moment("first_answer_due_at", _("First answer due")),
        moment("resolved_at", _("Resolved at")),
        moment("due_at", _("Due")),
    )

    def rows(self, *, sees_cost: bool = False) -> QuerySet[Any]:
        return SupportTicket.objects.all()
