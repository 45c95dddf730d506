"""What was sold in the period: by day, by brand, by product, to whom."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.services import company_days
from analytics.services.figures import Ranked
from analytics.widgets.base import PERMISSION, base_money, change, dashboard_of, orders_url, period_name
from analytics.widgets.charts import BarChart, lines, revenue_chart, ring
from commerce.models import Order
from core.backoffice.dashboard import IndexWidget, index_widgets
from core.backoffice.parts import Column, Table

# More parts of a ring cannot be told apart.
MOST_BRANDS = 6
MOST_BUYERS = 6
TITLES = {
    "hour": gettext_lazy("Revenue by hour"),
    "day": gettext_lazy("Daily revenue"),
    "week": gettext_lazy("Weekly revenue"),
}
STATUS_TONES = {
    Order.Status.FULFILLED: "success",
    Order.Status.FAILED: "danger",
    Order.Status.UNKNOWN: "warning",
    Order.Status.PROCESSING: "info",
}


@index_widgets.register("revenue")
class RevenueWidget(IndexWidget):
    """Revenue by day, with the period before behind it."""

    title = gettext_lazy("Daily revenue")
    permission = PERMISSION
    position = 10
    zone = "main"
    template = "tiles/revenue.html"

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        found = dashboard_of(request)
        now, before = found.now.whole, found.before.whole
        chart = revenue_chart(found, company_days.today())
        return {
            "chart": chart,
            "title": TITLES[chart.unit],
            "name": period_name(found.period),
            "before": period_name(found.period.before),
            "whole": base_money(now.revenue),
            "change": change(now.revenue, before.revenue),
            "average": base_money(now.revenue / found.period.days) if found.period.days > 1 else "",
            "table": self._table(chart),
        }

    def _table(self, chart: BarChart) -> Table:
        first = {"week": _("Week"), "day": _("Day"), "hour": _("Hour")}[chart.unit]
        before = [] if chart.unit == "hour" else [Column(_("Period before"), money=True, wide=True)]
        columns = (Column(_("Orders"), money=True), Column(_("Revenue"), money=True), *before)
        table = Table(first, *columns, caption=self.title)
        for bar in chart.bars:
            table.add(bar.name, bar.orders, bar.value, *([bar.before_value] if before else []))
        return table


@index_widgets.register("brands")
class BrandsWidget(IndexWidget):
    """Revenue by game, operator or network."""

    title = gettext_lazy("Revenue by brand")
    permission = PERMISSION
    position = 20
    zone = "main"
    template = "tiles/brands.html"

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        found = dashboard_of(request)
        may = request.user.has_perm("commerce.view_brand")
        parts = [
            (one.name, one.revenue, reverse("admin:commerce_brand_change", args=[one.id]) if may else "")
            for one in found.brands[:MOST_BRANDS]
        ]
        rest = sum((one.revenue for one in found.brands[MOST_BRANDS:]), Decimal(0))
        if rest > 0:
            parts.append((_("All others"), rest, ""))
        return {"slices": ring(parts), "whole": base_money(found.now.whole.revenue)}


@index_widgets.register("products")
class ProductsWidget(IndexWidget):
    """Top five products, most bought first."""

    title = gettext_lazy("Top 5 products")
    permission = PERMISSION
    position = 25
    zone = "main"
    half = True
    template = "tiles/table.html"

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        found = dashboard_of(request)
        may = request.user.has_perm("commerce.view_product")
        table = Table(
            _("Product"),
            Column(_("Sold"), money=True),
            Column(_("Revenue"), money=True),
            empty=_("Nothing was sold in these days. Choose others above."),
        )
        for one in found.products:
            name = format_html("{} <small>{}</small>", one.name, one.note)
            link = reverse("admin:commerce_product_change", args=[one.id]) if may else ""
            table.add(name, f"{one.orders:,}", base_money(one.revenue), link=link)
        return {"table": table, "note": _("by paid orders")}


@index_widgets.register("buyers")
class BuyersWidget(IndexWidget):
    """Most active buyers, resellers and customers."""

    title = gettext_lazy("Most active buyers")
    permission = PERMISSION
    position = 40
    zone = "side"
    template = "tiles/table.html"

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        buyers = dashboard_of(request).buyers
        table = Table(
            _("Buyer"),
            Column(_("Orders"), money=True),
            Column(_("Revenue"), money=True),
            empty=_("Nobody bought anything in these days. Choose others above."),
        )
        for one in buyers.first[:MOST_BUYERS]:
            table.add(_buyer(one), f"{one.orders:,}", base_money(one.revenue), link=_link(request, one))
        note = _("of %(count)s") % {"count": f"{buyers.count:,}"} if buyers.count > MOST_BUYERS else ""
        return {"table": table, "note": note}


@index_widgets.register("top-resellers")
class TopResellersWidget(IndexWidget):
    """Resellers by revenue."""

    title = gettext_lazy("Top resellers")
    permission = PERMISSION
    position = 27
    zone = "main"
    half = True
    template = "tiles/bars.html"

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        parts = []
        for one in dashboard_of(request).buyers.resellers[:MOST_BUYERS]:
            note = ngettext("%(count)s order", "%(count)s orders", one.orders) % {"count": f"{one.orders:,}"}
            parts.append((one.name, one.revenue, base_money(one.revenue), note, _link(request, one), ""))
        return {
            "lines": lines(parts),
            "note": _("by revenue"),
            "columns": (_("Reseller"), _("Orders"), _("Revenue")),
            "empty": _("No reseller bought anything in these days. Choose others above."),
        }


@index_widgets.register("statuses")
class StatusesWidget(IndexWidget):
    """How the orders of the period stand; each line leads to those orders."""

    title = gettext_lazy("Orders by status")
    permission = PERMISSION
    position = 30
    zone = "side"
    template = "tiles/bars.html"

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        found = dashboard_of(request)
        may, whole = request.user.has_perm("commerce.view_order"), max(found.now.whole.orders, 1)
        parts = []
        for status in Order.Status:
            if count := found.now.statuses.get(status.value):
                link = orders_url(found.period, status__exact=status.value) if may else ""
                share = f"{count / whole * 100:.1f}\N{NO-BREAK SPACE}%"
                tone = STATUS_TONES.get(status, "neutral")
                parts.append((status.label, Decimal(count), f"{count:,}", share, link, tone))
        return {
            "lines": lines(parts),
            "columns": (_("Status"), _("Share"), _("Orders")),
            "empty": _("No orders in these days. Choose others above."),
        }


def _buyer(one: Ranked) -> Any:
    kind = _("Reseller") if one.kind == "reseller" else _("Customer")
    return format_html("{} <small>{}</small>", one.name, kind)


def _link(request: HttpRequest, one: Ranked) -> str:
    may = request.user.has_perm(f"commerce.view_{one.kind}")
    return reverse(f"admin:commerce_{one.kind}_change", args=[one.id]) if may else ""
