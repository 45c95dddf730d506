"""What a reseller or a customer bought, on their own pages."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.services import company_days, party_figures
from analytics.services.party_figures import PartyFigures
from analytics.widgets.base import PERMISSION, change
from analytics.widgets.charts import BarChart, day_chart
from commerce.models import Customer, Order, Reseller
from core.backoffice.dashboard import Figure
from core.backoffice.panels import Panel, panels
from core.backoffice.parts import Column, Fact, Table
from core.money import format_money


@panels.register("reseller-revenue")
class ResellerRevenue(Panel):
    """Figures, and revenue by day of the last 30 days beside the 30 days before; all in the wallet's currency."""

    model = "commerce.reseller"
    title = gettext_lazy("Revenue")
    permission = PERMISSION
    position = 10
    template = "tiles/party_revenue.html"
    css = "analytics/dashboard.css"

    def get_context(self, request: HttpRequest, obj: Reseller) -> dict[str, Any]:
        found = party_figures.of_reseller(obj.pk, obj.currency)
        chart = day_chart(found.days, list(found.days_before.values()), company_days.today(), found.currency)
        return {
            "figures": _figures(request, obj, found),
            "chart": chart,
            "table": _table(chart),
            "others": _others(found),
        }


@panels.register("customer-bought")
class CustomerBought(Panel):
    """What a customer bought, in words: few buy on so many days that a chart would say more."""

    model = "commerce.customer"
    title = gettext_lazy("Bought so far")
    permission = PERMISSION
    position = 10
    zone = "side"
    template = "tiles/party_bought.html"

    def get_context(self, request: HttpRequest, obj: Customer) -> dict[str, Any]:
        found = party_figures.of_customer(obj.pk, settings.BASE_CURRENCY)
        whole, code = found.whole, found.currency
        return {
            "facts": [
                Fact(_("Orders"), f"{whole.orders:,}", money=True),
                Fact(_("Paid orders"), f"{whole.paid:,}", money=True),
                Fact(_("The last 30 days"), format_money(found.recent.revenue, code), money=True),
                Fact(_("Revenue in all"), format_money(whole.revenue, code), money=True, strong=True),
            ],
            "others": _others(found),
        }


def _figures(request: HttpRequest, reseller: Reseller, found: PartyFigures) -> list[Figure]:
    def money(amount: Any) -> str:
        return format_money(amount, found.currency)

    recent, month, whole = found.recent, found.month, found.whole
    count = ngettext("%(count)s paid order", "%(count)s paid orders", whole.paid)
    figures = [
        Figure(
            _("Revenue, last 30 days"),
            money(recent.revenue),
            change(recent.revenue, found.recent_before.revenue),
            icon="payments",
        ),
        Figure(
            _("Revenue this month"),
            money(month.revenue),
            change(month.revenue, found.month_before.revenue),
            icon="calendar_month",
        ),
        Figure(
            _("Revenue in all"), money(whole.revenue), count % {"count": f"{whole.paid:,}"}, icon="savings"
        ),
        _orders(request, reseller, found),
    ]
    if request.user.has_perm("commerce.see_cost"):
        margin = change(recent.margin, found.recent_before.margin)
        figures.append(Figure(_("Margin, last 30 days"), money(recent.margin), margin, icon="trending_up"))
    return figures


def _orders(request: HttpRequest, reseller: Reseller, found: PartyFigures) -> Figure:
    """How many were placed of late and how they ended; what nobody knows yet is said first."""
    of = found.statuses
    ended = of.get(Order.Status.FULFILLED, 0) + of.get(Order.Status.FAILED, 0)
    note, tone = "", "neutral"
    if ended:
        share = f"{of.get(Order.Status.FULFILLED, 0) / ended:.1%}"
        note = _("%(share)s of those that ended were delivered") % {"share": share}
    if unknown := of.get(Order.Status.UNKNOWN, 0):
        words = ngettext("%(count)s outcome is unknown", "%(count)s outcomes are unknown", unknown)
        note, tone = words % {"count": f"{unknown:,}"}, "warning"
    link = ""
    if request.user.has_perm("commerce.view_order"):
        link = f"{reverse('admin:commerce_order_changelist')}?reseller__id__exact={reseller.pk}"
    return Figure(_("Orders, last 30 days"), f"{found.recent.orders:,}", note, tone, link, "receipt_long")


def _table(chart: BarChart) -> Table:
    table = Table(
        _("Day"),
        Column(_("Orders"), money=True),
        Column(_("Revenue"), money=True),
        Column(_("30 days before"), money=True, wide=True),
        caption=_("Revenue by day"),
    )
    for bar in chart.bars:
        table.add(bar.name, bar.orders, bar.value, bar.before_value)
    return table


def _others(found: PartyFigures) -> str:
    """Revenue of all time in other currencies: nothing is converted."""
    return " · ".join(
        format_money(sums.revenue, code) for code, sums in sorted(found.others.items()) if sums.revenue
    )
