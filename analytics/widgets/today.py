"""The first page's part that is now: today so far, what needs attention, the latest orders."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.services.dashboard import kept
from analytics.services.figures import Sums, failed_this_month
from analytics.services.period import last_days, this_month
from analytics.services.today import Attention, attention, today
from analytics.widgets.base import PERMISSION, base_money, orders_url
from commerce.admin.order_badges import order_badge
from commerce.models import Order
from core.backoffice.dashboard import IndexWidget, index_widgets
from core.backoffice.parts import Column, Fact, Table
from core.money import format_money

LATEST = 8


@index_widgets.register("today")
class TodayWidget(IndexWidget):
    """The day so far, each figure beside yesterday's at the same hour, and the month's failures."""

    title = gettext_lazy("Today")
    permission = PERMISSION
    position = 10
    zone = "side"
    template = "tiles/facts.html"

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        now, before = kept("index-today", today)
        month = kept("index-failed-month", failed_this_month)
        facts = [
            Fact(_("Orders"), f"{now.orders:,}", _change(now.orders, before.orders), link=_since_today()),
            Fact(_("Revenue"), base_money(now.revenue), _change(now.revenue, before.revenue)),
        ]
        if request.user.has_perm("commerce.see_cost"):
            facts.append(Fact(_("Margin"), base_money(now.margin), _change(now.margin, before.margin)))
        facts.append(Fact(_("Failed today"), f"{now.failed:,}", _share(now)))
        link = orders_url(this_month(), status__exact="failed")
        facts.append(Fact(_("Failed this month"), f"{month.failed:,}", _share(month), link=link))
        return {"facts": facts, "note": _("so far, beside yesterday by now")}


@index_widgets.register("attention")
class AttentionWidget(IndexWidget):
    """What waits for a person, most urgent first; each line leads there."""

    title = gettext_lazy("Needs attention")
    permission = "commerce.view_order"
    position = 20
    zone = "side"
    template = "tiles/attention.html"

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        found = kept("index-attention", attention)
        lines = [line for line in _lines(found) if not line[3] or request.user.has_perm(line[3])]
        return {"lines": [line[:3] for line in lines]}


@index_widgets.register("latest-orders")
class LatestOrdersWidget(IndexWidget):
    """The newest orders, whole."""

    title = gettext_lazy("Latest orders")
    permission = "commerce.view_order"
    position = 30
    zone = "main"
    template = "tiles/latest_orders.html"

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        table = Table(
            _("Order"), _("Status"), Column(_("Recipient"), wide=True), Column(_("Product"), wide=True),
            Column(_("Total"), money=True), empty=_("No orders yet. Issue a key on a reseller's page and place one."),
        )  # fmt: skip
        rows = Order.objects.order_by("-created_at", "-id").only(
            "order_number", "status", "recipient_key", "brand_name", "product_name", "total", "currency"
        )
        for order in rows[:LATEST]:
            product = f"{order.brand_name} · {order.product_name}"
            total = format_money(order.total, order.currency)
            link = reverse("admin:commerce_order_change", args=[order.pk])
            table.add(order.order_number, order_badge(order), order.recipient_key, product, total, link=link)
        return {"table": table, "link": reverse("admin:commerce_order_changelist")}


def _lines(found: Attention) -> list[tuple[str, str, str, str]]:
    """Words, tone, link and permission of each thing that waits."""
    lines = []
    for risk in found.at_risk:
        words = ngettext(
            "%(orders)s order of unknown outcome, %(money)s at risk",
            "%(orders)s orders of unknown outcome, %(money)s at risk",
            risk.orders,
        ) % {"orders": f"{risk.orders:,}", "money": format_money(risk.amount, risk.currency)}
        lines.append(
            (words, "warning", reverse("admin:commerce_unknownorder_changelist"), "commerce.view_order")
        )
    if found.stuck:
        words = ngettext(
            "%(count)s order waits for more than ten minutes",
            "%(count)s orders wait for more than ten minutes",
            found.stuck,
        )
        link = reverse("admin:commerce_order_changelist") + "?status__exact=processing"
        lines.append((words % {"count": f"{found.stuck:,}"}, "danger", link, "commerce.view_order"))
    if found.late_payments:
        words = ngettext(
            "%(count)s payment came after its order had ended",
            "%(count)s payments came after their orders had ended",
            found.late_payments,
        )
        link = reverse("admin:commerce_payment_changelist") + "?needs_decision__exact=1"
        lines.append(
            (words % {"count": f"{found.late_payments:,}"}, "warning", link, "commerce.view_payment")
        )
    if found.pending_resellers:
        words = ngettext(
            "%(count)s reseller waits to be activated",
            "%(count)s resellers wait to be activated",
            found.pending_resellers,
        )
        link = reverse("admin:commerce_reseller_changelist") + "?status__exact=pending"
        lines.append(
            (words % {"count": f"{found.pending_resellers:,}"}, "info", link, "commerce.view_reseller")
        )
    return [*lines, *_ticket_lines(found)]


def _ticket_lines(found: Attention) -> list[tuple[str, str, str, str]]:
    lines, every = [], reverse("admin:commerce_supportticket_changelist")
    if found.overdue_tickets:
        words = ngettext(
            "%(count)s ticket is overdue", "%(count)s tickets are overdue", found.overdue_tickets
        )
        lines.append((words % {"count": f"{found.overdue_tickets:,}"}, "danger", f"{every}?clock=overdue"))
    if found.nobodys_tickets:
        words = ngettext(
            "%(count)s open ticket is nobody's", "%(count)s open tickets are nobody's", found.nobodys_tickets
        )
        link = f"{every}?status__exact=open&assignee=nobody"
        lines.append((words % {"count": f"{found.nobodys_tickets:,}"}, "warning", link))
    return [(*line, "commerce.view_supportticket") for line in lines]


def _since_today() -> str:
    return orders_url(last_days(1))


def _share(sums: Sums) -> str:
    return _("%(share).1f %% of orders") % {"share": sums.failed_share}


def _change(now: Decimal | int, before: Decimal | int) -> Any:
    if not before:
        return _("nothing yesterday by now")
    return _("%(change)+.0f %% on yesterday") % {"change": (now - before) / before * 100}
