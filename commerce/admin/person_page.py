"""What a client's and a customer's page have in common: contacts, orders, what happened."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.admin import reseller_tables as tables
from commerce.admin.party_badges import party_badge
from commerce.models import Order
from core.backoffice.parts import Fact, Step, Tab, so_many
from core.models import Event

SHOWN, RECENT, RECENT_STEPS = 25, 6, 5
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
    "customer.notices_chosen": (gettext_lazy("Notifications chosen"), "neutral"),
    "customer.consented": (gettext_lazy("Agreed"), "success"),
    "customer.consent_withdrawn": (gettext_lazy("Took back what they agreed to"), "warning"),
    "customer.data_taken": (gettext_lazy("Data taken as a file"), "info"),
    "customer.erased": (gettext_lazy("Erased"), "danger"),
    "privacy.erased": (gettext_lazy("Personal data emptied"), "danger"),
    "history.erased": (gettext_lazy("Personal data emptied in the history"), "danger"),
    "customer.unblocked": (gettext_lazy("Unblocked"), "success"),
}
type Counts = dict[str, int | str | None]


def person(
    request: HttpRequest, party: Any, *, name: str, place: str = ""
) -> tuple[dict[str, Any], list[Order]]:
    """The page's context, and the newest orders where they may be seen."""
    steps = _steps(party)
    context: dict[str, Any] = {
        "name": name,
        "badge": party_badge(party),
        "facts": [
            Fact(_("E-mail"), party.email, link=f"mailto:{party.email}" if party.email else ""),
            Fact(_("Phone"), party.phone, link=f"tel:{party.phone}" if party.phone else ""),
            Fact(_("Address"), getattr(party, "address", ""), note=place),
            Fact(_("Since"), date_format(party.created_at, "j M Y")),
        ],
        "steps": steps,
        "recent_steps": steps[:RECENT_STEPS],
    }
    if not request.user.has_perm("commerce.view_order"):
        return context, []
    model = party._meta.model_name
    orders = list(party.orders.order_by("-created_at", "-id")[:SHOWN])
    context |= {
        "orders": tables.orders(orders),
        "recent_orders": tables.orders(orders[:RECENT]),
        "orders_count": so_many(orders, party.orders.all(), SHOWN),
        "orders_url": f"{reverse('admin:commerce_order_changelist')}?{model}__id__exact={party.pk}",
    }
    return context, orders


def tabs(context: dict[str, Any], counts: Counts) -> list[Tab]:
    """Those whose part this person sees."""
    named = [
        ("orders", _("Orders")), ("payments", _("Payments")), ("documents", _("Documents")), ("tickets", _("Tickets")),
    ]  # fmt: skip
    shown = [Tab(name, title, counts.get(name)) for name, title in named if context.get(name)]
    return [Tab("overview", _("Overview")), *shown, Tab("happened", _("Activity"))]


def _steps(party: Any) -> list[Step]:
    events = Event.objects.filter(subject_kind=party._meta.label_lower, subject_id=str(party.pk)).order_by(
        "-id"
    )
    return [_step(event) for event in events[:SHOWN]]


def _step(event: Event) -> Step:
    title, tone = WORDS.get(event.kind, (event.kind, "neutral"))
    told = [_moved(event.data), ", ".join(event.data.get("fields", [])), event.data.get("reason", "")]
    return Step(title, event.created_at, " · ".join(filter(None, told)), event.who, tone)


def _moved(data: dict[str, Any]) -> str:
    """The plan or the limit that was given."""
    after = data.get("after")
    if isinstance(after, dict):
        limit = after.get("limit")
        return _("%(plan)s, %(limit)s orders a month") % {
            "plan": after.get("plan") or _("no plan"),
            "limit": limit or _("any number of"),
        }
    if "until" in data:
        return _("%(limit)s orders a month until %(until)s") % {
            "limit": data.get("limit") or _("any number of"),
            "until": data["until"],
        }
    return ""
