"""What happened last: orders, registrations, resellers (brief 4's activity feed)."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timesince import timesince
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from analytics.services import activity
from analytics.services.activity import Activity
from analytics.services.dashboard import kept
from commerce.admin.order_badges import order_badge
from commerce.models import Order
from core.backoffice.dashboard import IndexWidget, index_widgets
from core.backoffice.parts import Column, Table
from core.money import format_money

ORDERS, OTHERS = 8, 6


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
        for order in rows[:ORDERS]:
            product = f"{order.brand_name} · {order.product_name}"
            total = format_money(order.total, order.currency)
            link = reverse("admin:commerce_order_change", args=[order.pk])
            table.add(order.order_number, order_badge(order), order.recipient_key, product, total, link=link)
        return {"table": table, "link": reverse("admin:commerce_order_changelist"), "all": _("All orders")}


@index_widgets.register("registrations")
class RegistrationsWidget(IndexWidget):
    """Buyers who registered last."""

    title = gettext_lazy("Latest registrations")
    permission = "commerce.view_customer"
    position = 50
    zone = "main"
    half = True
    template = "tiles/feed.html"

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        found = kept(f"index-registrations:{get_language()}", lambda: activity.registrations(OTHERS))
        return {
            "steps": [_step(one, "customer") for one in found],
            "link": reverse("admin:commerce_customer_changelist"),
            "all": _("All customers"),
            "empty": _("Nobody has registered yet. Buyers register by the API, at /api/register/."),
        }


@index_widgets.register("reseller-activity")
class ResellerActivityWidget(IndexWidget):
    """What was done about resellers last."""

    title = gettext_lazy("Resellers lately")
    permission = "commerce.view_reseller"
    position = 55
    zone = "main"
    half = True
    template = "tiles/feed.html"

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        money = request.user.has_perm("commerce.view_transfer")
        found = kept(
            f"index-resellers:{money}:{get_language()}", lambda: activity.resellers(OTHERS, with_money=money)
        )
        return {
            "steps": [_step(one, "reseller") for one in found],
            "link": reverse("admin:commerce_reseller_changelist"),
            "all": _("All resellers"),
            "empty": _("No resellers yet. Add the first one on the list of resellers."),
        }


def _step(one: Activity, model: str) -> dict[str, Any]:
    words = one.what
    if one.amount is not None:
        words = format_html("{} · <bdi>{}</bdi>", one.what, format_money(one.amount, one.currency))
    return {
        "title": one.title,
        "words": words,
        "at": one.at,
        "ago": ago(one.at),
        "link": reverse(f"admin:commerce_{model}_change", args=[one.id]),
    }


def ago(moment: Any) -> str:
    """How long ago in one word, and the date after a week."""
    passed = timezone.now() - moment
    if passed.days >= 7:
        return date_format(timezone.localtime(moment), "j M Y")
    if passed.total_seconds() < 60:
        return _("just now")
    return _("%(time)s ago") % {"time": timesince(moment, depth=1)}
