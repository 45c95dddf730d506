"""What a client's page shows: the plan and how much of it is used, orders, what they moved, what happened."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from commerce.admin import reseller_tables as tables
from commerce.admin.party_badges import usage_meter
from commerce.admin.person_page import person, tabs
from commerce.admin.support_parts import tickets_of
from commerce.models import Client, Order, SupportTicket
from commerce.models.transactions import Transaction
from core.backoffice.parts import Fact, Table

MOST_PAYMENTS = 50


def client_page(request: HttpRequest, client: Client) -> dict[str, Any]:
    home = reverse("admin:commerce_reseller_change", args=[client.reseller_id])
    context, orders = person(request, client, name=client.name)
    context["facts"] = [fact for fact in context["facts"] if fact.label != _("Address")]
    context["facts"].append(Fact(_("Last order"), _last(orders) or _("never")))
    context["terms"] = [
        Fact(_("Reseller"), client.reseller, link=home),
        Fact(_("Plan"), client.plan_type or _("No plan")),
        Fact(_("Orders a month"), client.limit_now or _("no limit")),
    ]
    context["limit"] = _limit(client)
    if request.user.has_perm("commerce.view_transaction"):
        context["payments"] = _payments(orders)
    # A client asks through its reseller: what was asked about the client's orders.
    about = SupportTicket.objects.filter(order__client=client)
    context |= tickets_of(request, about, reseller=client.reseller_id)
    return context | {"tabs": tabs(context, {"orders": context.get("orders_count")})}


def _limit(client: Client) -> dict[str, Any]:
    """How much of the month's orders is used, by the limit that counts today, and which one that is."""
    used, limit, today = client.used_this_month, client.limit_now, timezone.now().date()
    first = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    facts = [Fact(_("Left this month"), max(0, limit - used) if limit else _("no limit"), money=True)]
    facts.append(
        Fact(_("The plan's own limit"), client.monthly_limit or _("no limit"), client.plan_type, money=True)
    )
    if client.is_overridden and client.limit_override_until:
        until = date_format(client.limit_override_until, "j M Y")
        other = client.limit_override or _("no limit")
        label = _("Another limit until %(until)s") % {"until": until}
        facts.append(Fact(label, other, client.limit_override_reason, money=True, strong=True))
    of = _("of %(limit)s") % {"limit": f"{limit:,}"} if limit else _("no limit")
    if limit and used >= limit:
        of = _("of %(limit)s: used up, further orders are refused") % {"limit": f"{limit:,}"}
    return {
        "used": f"{used:,}",
        "of": of,
        "meter": usage_meter(client, bare=True),
        "facts": facts,
        "note": _("counts anew on %(day)s") % {"day": date_format(first, "j M Y")},
    }


def _payments(orders: list[Order]) -> Table:
    """What the latest orders took from the reseller's wallet, and what came back: each table by the orders' index."""
    rows: list[Transaction] = []
    if orders:
        found = Transaction.objects.filter(order_id__in=[order.pk for order in orders])
        rows = list(found.prefetch_related("order").order_by("-created_at")[:MOST_PAYMENTS])
    return tables.transactions(rows, empty=_("Nothing was paid for this client yet."))


def _last(orders: list[Order]) -> str:
    return date_format(timezone.localtime(orders[0].created_at), "j M Y, H:i") if orders else ""
