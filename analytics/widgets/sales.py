"""What was sold in the period: by day, by brand, by product, to whom."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.services import company_days
from analytics.services.figures import Ranked
from analytics.widgets.base import PERMISSION, base_money, change, dashboard_of, period_name
from analytics.widgets.charts import revenue_chart, ring
from core.backoffice.dashboard import IndexWidget, index_widgets
from core.backoffice.parts import Column, Table

# More parts of a ring cannot be told apart.
MOST_BRANDS = 6


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
            "name": period_name(found.period),
            "before": period_name(found.period.before),
            "whole": base_money(now.revenue),
            "change": change(now.revenue, before.revenue),
            "average": base_money(now.revenue / found.period.days),
            "table": self._table(chart),
        }

    def _table(self, chart: Any) -> Table:
        first = _("Week") if chart.weekly else _("Day")
        table = Table(
            first,
            Column(_("Orders"), money=True),
            Column(_("Revenue"), money=True),
            Column(_("Period before"), money=True, wide=True),
            caption=_("Revenue by day"),
        )
        for bar in chart.bars:
            table.add(bar.name, bar.orders, bar.value, bar.before_value)
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
    template = "tiles/table.html"

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        found = dashboard_of(request)
        may = request.user.has_perm("commerce.view_product")
        table = Table(
            _("Product"),
            Column(_("Paid orders"), money=True),
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
        for one in buyers.first:
            table.add(_buyer(one), f"{one.orders:,}", base_money(one.revenue), link=_link(request, one))
        note = _("of %(count)s") % {"count": f"{buyers.count:,}"} if buyers.count > len(buyers.first) else ""
        return {"table": table, "note": note}


def _buyer(one: Ranked) -> Any:
    kind = _("Reseller") if one.kind == "reseller" else _("Customer")
    return format_html("{} <small>{}</small>", one.name, kind)


def _link(request: HttpRequest, one: Ranked) -> str:
    may = request.user.has_perm(f"commerce.view_{one.kind}")
    return reverse(f"admin:commerce_{one.kind}_change", args=[one.id]) if may else ""
