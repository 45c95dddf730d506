"""What a client's and a customer's page shows: who it is, what was ordered and paid, what happened."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.admin import reseller_tables as tables
from commerce.admin.party_badges import party_badge
from commerce.admin.support_parts import tickets_of
from commerce.models import Client, Customer, SupportTicket
from core.backoffice.parts import Fact, Step
from core.crypto import mask
from core.models import Event

SHOWN = 25
WORDS: dict[str, tuple[Any, str]] = {
    "client.added": (gettext_lazy("Added"), "info"),
    "client.changed": (gettext_lazy("Details changed"), "neutral"),
    "client.plan_changed": (gettext_lazy("Plan changed"), "info"),
    "client.limit_overridden": (gettext_lazy("Another limit for a while"), "warning"),
    "client.override_ended": (gettext_lazy("The plan's limit counts again"), "neutral"),
    "client.activated": (gettext_lazy("Unblocked"), "success"),
    "client.deactivated": (gettext_lazy("Made inactive"), "neutral"),
    "client.blocked": (gettext_lazy("Blocked"), "danger"),
    "customer.registered": (gettext_lazy("Registered"), "info"),
    "customer.added": (gettext_lazy("Added"), "info"),
    "customer.changed": (gettext_lazy("Details changed"), "neutral"),
    "customer.code_sent": (gettext_lazy("Code sent"), "neutral"),
    "customer.verified": (gettext_lazy("Contact verified"), "success"),
    "customer.revealed": (gettext_lazy("Identity looked at"), "warning"),
    "customer.blocked": (gettext_lazy("Blocked"), "danger"),
    "customer.unblocked": (gettext_lazy("Unblocked"), "success"),
}


def client_page(request: HttpRequest, client: Client) -> dict[str, Any]:
    used = _("%(used)d this month") % {"used": client.used_this_month}
    if client.is_overridden and client.limit_override_until:
        until = date_format(client.limit_override_until)
        used = _("%(used)s, other limit until %(until)s") % {"used": used, "until": until}
    home = reverse("admin:commerce_reseller_change", args=[client.reseller_id])
    return _page(request, client, name=client.name, place="") | {
        "terms": [
            Fact(_("Reseller"), client.reseller, link=home),
            Fact(_("Plan"), client.plan_type),
            Fact(_("Orders a month"), client.limit_now or _("no limit"), used),
        ],
        **_tickets(request, client),
    }


def _tickets(request: HttpRequest, client: Client) -> dict[str, Any]:
    """A client asks through its reseller: what was asked about the client's orders."""
    about = SupportTicket.objects.filter(order__client=client)
    return tickets_of(request, about, reseller=client.reseller_id)


def customer_page(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    place = ", ".join(filter(None, [customer.postal_code, customer.city, customer.state, customer.country]))
    context = _page(request, customer, name=customer.full_name, place=place)
    context["facts"] += [
        Fact(_("Signs in as"), customer.user or ""),
        Fact(_("Date of birth"), mask(customer.date_of_birth)),
        Fact(customer.id_document_type or _("Identity document"), mask(customer.id_document_number)),
        Fact(_("Preferred game"), customer.preferred_game),
    ]
    context["terms"] = [
        Fact(_("E-mail"), _("verified") if customer.email_verified_at else _("not verified")),
        Fact(_("Phone"), _("verified") if customer.phone_verified_at else _("not verified")),
    ]
    if request.user.has_perm("commerce.view_payment"):
        context["payments"] = tables.payments(customer.payments.order_by("-created_at", "-id")[:SHOWN])
    return context | tickets_of(request, customer.tickets.all(), customer=customer.pk)


def _page(request: HttpRequest, party: Any, *, name: str, place: str) -> dict[str, Any]:
    context: dict[str, Any] = {
        "name": name,
        "badge": party_badge(party),
        "facts": [
            Fact(_("E-mail"), party.email, link=f"mailto:{party.email}" if party.email else ""),
            Fact(_("Phone"), party.phone, link=f"tel:{party.phone}" if party.phone else ""),
            Fact(_("Address"), getattr(party, "address", ""), note=place),
            Fact(_("Since"), f"{party.created_at:%Y-%m-%d}"),
        ],
        "steps": _steps(party),
    }
    if request.user.has_perm("commerce.view_order"):
        model = party._meta.model_name
        context["orders"] = tables.orders(party.orders.order_by("-created_at", "-id")[:SHOWN])
        context["orders_url"] = f"{reverse('admin:commerce_order_changelist')}?{model}__id__exact={party.pk}"
    return context


def _steps(party: Any) -> list[Step]:
    events = Event.objects.filter(subject_kind=party._meta.label_lower, subject_id=str(party.pk)).order_by(
        "-id"
    )
    return [_step(event) for event in events[:SHOWN]]


def _step(event: Event) -> Step:
    title, tone = WORDS.get(event.kind, (event.kind, "neutral"))
    told = [", ".join(event.data.get("fields", [])), event.data.get("reason", "")]
    return Step(title, event.created_at, " · ".join(filter(None, told)), event.actor_label, tone)
