"""The top of the first page: which days, and their key figures beside the period before."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.services import company_days
from analytics.services.figures import Sums
from analytics.services.period import Period, last_days, this_month
from analytics.widgets.base import (
    PERMISSION,
    asked,
    base_money,
    before_name,
    change,
    dashboard_of,
    orders_url,
    period_name,
)
from core.backoffice.dashboard import Figure, FiguresWidget, IndexWidget, index_widgets
from core.money import format_money

# Who may take which file; the paths answer for themselves as well.
EXPORTS = (
    ("/api/export/orders/", gettext_lazy("Orders"), "commerce.view_order"),
    ("/api/export/failures/", gettext_lazy("Failed orders"), "commerce.view_order"),
)


@index_widgets.register("period")
class PeriodWidget(IndexWidget):
    """Chooses the days of everything below, and takes them out as a file."""

    title = gettext_lazy("Period")
    permission = PERMISSION
    position = 5
    zone = "figures"
    template = "tiles/period.html"

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        found = asked(request)
        period = found.period
        choices = [
            (_("Today"), last_days(1)),
            (_("7 days"), last_days(7)),
            (_("30 days"), last_days(30)),
            (_("This month"), this_month()),
        ]
        return {
            "period": period,
            "name": period_name(period),
            "before": before_name(period),
            "error": found.error,
            "field": found.field,
            # What was typed stays, so that it can be put right.
            "typed_first": request.GET.get("start_date") if found.error else period.first.isoformat(),
            "typed_last": request.GET.get("end_date") if found.error else period.last.isoformat(),
            "today": company_days.today().isoformat(),
            "choices": [(words, f"?{_query(one)}", one == period) for words, one in choices],
            "exports": _exports(request, period),
        }


@index_widgets.register("overview")
class OverviewWidget(FiguresWidget):
    """What the period came to."""

    title = gettext_lazy("Key figures")
    permission = PERMISSION
    position = 10

    def figures(self, request: HttpRequest) -> list[Figure]:
        found = dashboard_of(request)
        now, before, period = found.now.whole, found.before.whole, found.period
        figures = [
            Figure(
                _("Revenue"), base_money(now.revenue), change(now.revenue, before.revenue), icon="payments"
            ),
            Figure(
                _("Orders"),
                f"{now.orders:,}",
                change(now.orders, before.orders),
                link=orders_url(period),
                icon="receipt_long",
            ),
        ]
        if request.user.has_perm("commerce.see_cost"):
            figures.append(
                Figure(
                    _("Margin"), base_money(now.margin), change(now.margin, before.margin), icon="trending_up"
                )
            )
        figures += [
            Figure(
                _("Revenue an order"),
                base_money(now.average),
                change(now.average, before.average),
                icon="sell",
            ),
            _failed(now, before, period),
        ]
        figures += [
            Figure(
                _("Revenue in %(currency)s") % {"currency": code},
                format_money(sums.revenue, code),
                _("not in the sums above"),
                icon="currency_exchange",
            )
            for code, sums in sorted(found.now.others.items())
            if sums.revenue
        ]
        return figures


def _failed(now: Sums, before: Sums, period: Period) -> Figure:
    share = now.failed_share
    return Figure(
        _("Failed"),
        f"{now.failed:,}",
        _("%(share).1f %% of orders, %(before).1f %% before")
        % {"share": share, "before": before.failed_share},
        tone="danger" if share > 10 else "neutral",
        link=orders_url(period, status__exact="failed"),
        icon="error",
    )


def _exports(request: HttpRequest, period: Period) -> list[tuple[Any, str]]:
    return [
        (words, f"{path}?{_query(period)}")
        for path, words, permission in EXPORTS
        if request.user.has_perm(permission) and _answers(path)
    ]


def _answers(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def _query(period: Period) -> str:
    return urlencode({"start_date": period.first.isoformat(), "end_date": period.last.isoformat()})
