"""`/api/orders/statistics/`: the caller's orders of some days, counted."""

from datetime import UTC, date, datetime, time, timedelta

from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.api import order_change_schema as schema
from commerce.api.authentication import buyer_of
from commerce.api.order_access import visible_orders
from commerce.api.parties import require_permission
from commerce.models import Order
from commerce.services.order_statistics import statistics
from core.exceptions import InvalidInput

DEFAULT_DAYS = 30
MOST_DAYS = 366


class OrderStatisticsView(APIView):
    """Counts and amounts by status, source, network and day (UTC); both dates belong to the range."""

    @extend_schema(**schema.STATISTICS)
    def get(self, request: Request) -> Response:
        if buyer_of(request) is None:
            require_permission(request, "commerce.view_order")
        first, last = _range(request)
        start = datetime.combine(first, time.min, UTC)
        end = datetime.combine(last, time.min, UTC) + timedelta(days=1)
        orders = visible_orders(request).filter(created_at__gte=start, created_at__lt=end)
        if source := _source(request):
            orders = orders.filter(source=source)
        told = {"start_date": first.isoformat(), "end_date": last.isoformat(), "source": source or None}
        return Response(told | statistics(orders))


def _range(request: Request) -> tuple[date, date]:
    last = _day(request, "end_date") or timezone.now().date()
    first = _day(request, "start_date") or last - timedelta(days=DEFAULT_DAYS - 1)
    if not 0 <= (last - first).days < MOST_DAYS:
        raise InvalidInput(
            "invalid_range",
            _("The first day comes before the last, at most %(most)d days.") % {"most": MOST_DAYS},
            field="start_date",
        )
    return first, last


def _day(request: Request, name: str) -> date | None:
    text = request.query_params.get(name, "").strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    # Beyond these years neither the arithmetic here nor PostgreSQL's holds.
    if day is None or not 1970 <= day.year < 2200:
        raise InvalidInput("invalid_date", _("Send a date such as 2025-01-31."), field=name)
    return day


def _source(request: Request) -> str:
    source = request.query_params.get("source", "").strip()
    if source and source not in Order.Source.values:
        raise InvalidInput("invalid_filter", _("There is no such source."), field="source")
    return source


urlpatterns = [
    path("api/orders/statistics/", OrderStatisticsView.as_view(), name="api-orders-statistics"),
]
