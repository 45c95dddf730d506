"""The first page: today's figures, what needs attention, the latest orders."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.services.today import Attention, attention, today
from commerce.admin.order_badges import order_badge
from commerce.models import Order
from core.backoffice.dashboard import Figure, FiguresWidget, IndexWidget, index_widgets
from core.backoffice.parts import Column, Table
from core.money import format_money

KEPT_SECONDS = 10
LATEST = 10


@index_widgets.register("today")
class TodayWidget(FiguresWidget):
    """Orders, revenue, margin and failures, each beside yesterday's at the same hour."""

    title = gettext_lazy("Today")
    permission = "commerce.view_order"
    position = 10

    def figures(self, request: HttpRequest) -> list[Figure]:
        now, before = kept("index-today", today)
        orders = reverse("admin:commerce_order_changelist")
        figures = [
            Figure(
                _("Orders today"),
                f"{now.orders:,}",
                _change(now.orders, before.orders),
                link=orders,
                icon="receipt_long",
            ),
            Figure(
                _("Revenue today"), _base(now.revenue), _change(now.revenue, before.revenue), icon="payments"
            ),
        ]
        if request.user.has_perm("commerce.see_cost"):
            figures.append(
                Figure(
                    _("Margin today"),
                    _base(now.margin),
                    _change(now.margin, before.margin),
                    icon="trending_up",
                )
            )
        share = now.failed / now.orders * 100 if now.orders else 0
        figures.append(
            Figure(
                _("Failed today"),
                f"{now.failed:,}",
                _("%(share).1f %% of orders") % {"share": share},
                tone="danger" if share > 10 else "neutral",
                link=f"{orders}?status__exact=failed",
                icon="error",
            )
        )
        return figures


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


def kept[T](key: str, read: Callable[[], T]) -> T:
    """The same for everybody for some seconds: the page is opened more often than the figures change."""
    found = cache.get(key)
    if found is None:
        found = read()
        cache.set(key, found, KEPT_SECONDS)
    return found


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
    return lines


def _base(amount: Decimal) -> str:
    return format_money(amount, settings.BASE_CURRENCY)


def _change(now: Decimal | int, before: Decimal | int) -> str:
    if not before:
        return _("nothing yesterday by now")
    return _("%(change)+.0f %% on yesterday by now") % {"change": (now - before) / before * 100}
