"""The dashboard of briefs 0 and 1 as a page and as JSON, and brief 4's four paths beside it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.api import dashboard_schema as schema
from analytics.api.staff import SEE_COST, require_staff
from analytics.services import activity, dashboard, metrics
from analytics.services.activity import Activity
from analytics.services.figures import Ranked, Sums
from analytics.services.period import Period, read_period
from commerce.services.order_view import money, rfc3339
from core.exceptions import InvalidInput

PERMISSION = "analytics.view_dashboard"
MOST_RESELLERS, RESELLERS = 100, 10
ACTIVITIES = 20


def page(request: HttpRequest) -> HttpResponse:
    """`/dashboard/`: the admin's first page, with the days that were asked for."""
    named = {name: request.GET[name] for name in ("start_date", "end_date") if name in request.GET}
    index = reverse("admin:index")
    return HttpResponseRedirect(f"{index}?{urlencode(named)}" if named else index)


class DashboardView(APIView):
    """The figures of the dashboard; a browser is led to the page itself."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
            return page(request)
        return super().dispatch(request, *args, **kwargs)

    @extend_schema(**schema.DASHBOARD)
    def get(self, request: Request) -> Response:
        require_staff(request, PERMISSION)
        period = read_period(request.query_params)
        found = dashboard.dashboard(period)
        seen = request.user.has_perm(SEE_COST)
        return Response(
            {
                **_days(period),
                "totals": sums(found.now.whole, with_cost=seen),
                "before": _days(period.before) | sums(found.before.whole, with_cost=seen),
                "other_currencies": [
                    {"currency": code, "orders": one.orders, "revenue": money(one.revenue)}
                    for code, one in sorted(found.now.others.items())
                ],
                "daily_revenue": [
                    {"date": day.isoformat(), "orders": one.orders, "revenue": money(one.revenue)}
                    for day, one in found.now.days.items()
                ],
                "top_products": [_ranked(one, game=one.note) for one in found.products],
                "game_revenue": [_ranked(one) for one in found.brands],
                "most_active_users": [_ranked(one, kind=one.kind) for one in found.buyers.first],
                "orders_by_status": found.now.statuses,
                "failed_this_month": metrics.metrics().month.failed,
            }
        )


class MetricsView(APIView):
    """Key figures of the company: people, and the orders and revenue of today and this month."""

    @extend_schema(**schema.METRICS)
    def get(self, request: Request) -> Response:
        require_staff(request, PERMISSION)
        found = metrics.metrics()
        return Response(
            {
                "currency": settings.BASE_CURRENCY,
                "total_users": found.people.total,
                "new_users_this_month": found.people.new,
                "total_resellers": found.parties.resellers,
                "active_resellers": found.parties.active_resellers,
                "total_clients": found.parties.clients,
                "daily_orders": found.today.orders,
                "monthly_orders": found.month.orders,
                "daily_sim_orders": found.sims_today,
                "monthly_sim_orders": found.sims_month,
                "daily_revenue": money(found.today.revenue),
                "monthly_revenue": money(found.month.revenue),
                "failed_this_month": found.month.failed,
            }
        )


class SalesTrendsView(APIView):
    """Orders and revenue by day, and how revenue is spread over brands."""

    @extend_schema(**schema.SALES_TRENDS)
    def get(self, request: Request) -> Response:
        require_staff(request, PERMISSION)
        period = read_period(request.query_params)
        found = dashboard.dashboard(period)
        whole = sum((one.revenue for one in found.brands if one.revenue > 0), Decimal(0))
        return Response(
            {
                **_days(period),
                "trends": [
                    {
                        "date": day.isoformat(),
                        "orders": one.orders,
                        "paid": one.paid,
                        "failed": one.failed,
                        "revenue": money(one.revenue),
                    }
                    for day, one in found.now.days.items()
                ],
                "distribution": [_ranked(one, share=_share(one.revenue, whole)) for one in found.brands],
            }
        )


class TopResellersView(APIView):
    """Resellers by revenue, the most first."""

    @extend_schema(**schema.TOP_RESELLERS)
    def get(self, request: Request) -> Response:
        require_staff(request, PERMISSION)
        require_staff(request, "commerce.view_reseller")
        period = read_period(request.query_params)
        most = _limit(request.query_params, RESELLERS, MOST_RESELLERS)
        results = [
            {"id": one.id, "business_name": one.name, "orders": one.orders, "revenue": money(one.revenue)}
            for one in metrics.resellers(period, most)
        ]
        return Response(_days(period) | {"results": results})


class RecentActivitiesView(APIView):
    """What happened last: orders, registrations, and what was done about resellers."""

    @extend_schema(**schema.RECENT_ACTIVITIES)
    def get(self, request: Request) -> Response:
        require_staff(request, PERMISSION)
        most = _limit(request.query_params, ACTIVITIES, activity.MOST)
        may, found = request.user.has_perm, list[Activity]()
        if may("commerce.view_order"):
            found += activity.latest_orders(most)
        if may("commerce.view_customer"):
            found += activity.registrations(most)
        if may("commerce.view_reseller"):
            found += activity.resellers(most, with_money=may("commerce.view_transfer"))
        found.sort(key=lambda one: one.at, reverse=True)
        return Response({"results": [_activity(one) for one in found[:most]]})


def sums(found: Sums, *, with_cost: bool) -> dict[str, Any]:
    """The sums of a period; what it cost us only for those who may see it."""
    shown = {
        "orders": found.orders,
        "paid": found.paid,
        "failed": found.failed,
        "revenue": money(found.revenue),
        "refunds": money(found.refunds),
        "average": money(found.average),
    }
    if with_cost:
        shown |= {"cost": money(found.cost), "margin": money(found.margin)}
    return shown


def _days(period: Period) -> dict[str, Any]:
    return {
        "start_date": period.first.isoformat(),
        "end_date": period.last.isoformat(),
        "currency": settings.BASE_CURRENCY,
    }


def _ranked(one: Ranked, **more: Any) -> dict[str, Any]:
    return {"id": one.id, "name": one.name, **more, "orders": one.orders, "revenue": money(one.revenue)}


def _activity(one: Activity) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "id": one.id,
        "at": rfc3339(one.at),
        "title": one.title,
        "what": one.what,
        "status": one.status or None,
        "amount": money(one.amount),
        "currency": one.currency or None,
    }


def _share(part: Decimal, whole: Decimal) -> float:
    """Percent; what was given back beyond what came in has none."""
    return round(float(max(part, Decimal(0)) / whole * 100), 2) if whole else 0.0


def _limit(values: Mapping[str, str], default: int, most: int) -> int:
    text = values.get("limit", "").strip() or str(default)
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= most):
        raise InvalidInput(
            "invalid_limit", _("Send a number from 1 to %(most)d.") % {"most": most}, field="limit"
        )
    return int(text)


urlpatterns = [
    path("dashboard/", page, name="dashboard"),
    path("api/dashboard/", DashboardView.as_view(), name="api-dashboard"),
    path("api/dashboard/metrics/", MetricsView.as_view(), name="api-dashboard-metrics"),
    path("api/dashboard/sales-trends/", SalesTrendsView.as_view(), name="api-dashboard-sales-trends"),
    path("api/dashboard/top-resellers/", TopResellersView.as_view(), name="api-dashboard-top-resellers"),
    path("api/dashboard/recent-activities/", RecentActivitiesView.as_view(), name="api-dashboard-activities"),
]
