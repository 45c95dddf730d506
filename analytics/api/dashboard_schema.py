"""How the schema describes the dashboard's paths."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from commerce.api.schema_parts import Described, answers, example

MONEY = "A decimal of `currency`, captured and net of tax and of what was given back."
DAYS = [
    OpenApiParameter(
        "start_date",
        OpenApiTypes.DATE,
        description="First day, in the company's time zone; 29 days before the last if left out.",
    ),
    OpenApiParameter(
        "end_date", OpenApiTypes.DATE, description="Last day, which belongs to the range; today if left out."
    ),
]


class DaysSerializer(serializers.Serializer[Any]):
    start_date = serializers.DateField()
    end_date = serializers.DateField()
    currency = serializers.CharField(help_text="The base currency, which all amounts are in.")


class DashboardSumsSerializer(serializers.Serializer[Any]):
    orders = serializers.IntegerField(help_text="All orders, of any currency.")
    paid = serializers.IntegerField(help_text="Those that were captured.")
    failed = serializers.IntegerField()
    revenue = serializers.CharField(help_text=MONEY)
    refunds = serializers.CharField(help_text="What was given back of these orders' price, at any time.")
    average = serializers.CharField(help_text="Revenue for each order that was paid.")
    cost = serializers.CharField(required=False, help_text="Only for those who may see it.")
    margin = serializers.CharField(required=False, help_text="Only for those who may see it.")


class PeriodBeforeSerializer(DashboardSumsSerializer):
    start_date = serializers.DateField()
    end_date = serializers.DateField()
    currency = serializers.CharField()


class OtherCurrencySerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    orders = serializers.IntegerField()
    revenue = serializers.CharField(help_text="In this currency; in none of the sums.")


class DayRevenueSerializer(serializers.Serializer[Any]):
    date = serializers.DateField()
    orders = serializers.IntegerField()
    revenue = serializers.CharField(help_text=MONEY)


class RankedSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    orders = serializers.IntegerField()
    revenue = serializers.CharField(help_text=MONEY)


class TopProductSerializer(RankedSerializer):
    game = serializers.CharField(help_text="The brand.")


class ActiveUserSerializer(RankedSerializer):
    kind = serializers.ChoiceField(choices=["reseller", "customer"])


class DashboardSerializer(DaysSerializer):
    totals = DashboardSumsSerializer()
    before = PeriodBeforeSerializer(help_text="As many days before; of this month, the month before so far.")
    other_currencies = OtherCurrencySerializer(many=True)
    daily_revenue = DayRevenueSerializer(many=True)
    top_products = TopProductSerializer(many=True, help_text="Five, the most often paid for first.")
    game_revenue = RankedSerializer(many=True, help_text="Every brand that sold, the most revenue first.")
    most_active_users = ActiveUserSerializer(many=True, help_text="Resellers and customers, by orders.")
    orders_by_status = serializers.DictField(child=serializers.IntegerField())
    failed_this_month = serializers.IntegerField(
        help_text="Orders of this month that failed, whatever the range."
    )


class MetricsSerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    total_users = serializers.IntegerField(help_text="Registered buyers.")
    new_users_this_month = serializers.IntegerField()
    total_resellers = serializers.IntegerField()
    active_resellers = serializers.IntegerField()
    total_clients = serializers.IntegerField(help_text="Clients of resellers.")
    daily_orders = serializers.IntegerField(help_text="Today so far.")
    monthly_orders = serializers.IntegerField(help_text="This month so far.")
    daily_sim_orders = serializers.IntegerField(help_text="Those of the category `sim`.")
    monthly_sim_orders = serializers.IntegerField()
    daily_revenue = serializers.CharField(help_text=MONEY)
    monthly_revenue = serializers.CharField(help_text=MONEY)
    failed_this_month = serializers.IntegerField()


class TrendSerializer(DayRevenueSerializer):
    paid = serializers.IntegerField()
    failed = serializers.IntegerField()


class ShareSerializer(RankedSerializer):
    share = serializers.FloatField(help_text="Percent of all revenue.")


class SalesTrendsSerializer(DaysSerializer):
    trends = TrendSerializer(many=True)
    distribution = ShareSerializer(many=True)


class TopResellerSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    business_name = serializers.CharField()
    orders = serializers.IntegerField()
    revenue = serializers.CharField(help_text=MONEY)


class TopResellersSerializer(DaysSerializer):
    results = TopResellerSerializer(many=True)


class ActivitySerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["order", "registration", "reseller"])
    id = serializers.CharField(help_text="Of the order, buyer or reseller.")
    at = serializers.DateTimeField()
    title = serializers.CharField()
    what = serializers.CharField()
    status = serializers.CharField(allow_null=True)
    amount = serializers.CharField(allow_null=True)
    currency = serializers.CharField(allow_null=True)


class ActivitiesSerializer(serializers.Serializer[Any]):
    results = ActivitySerializer(many=True)


_RANGE = {"start_date": "2025-06-01", "end_date": "2025-06-25", "currency": "USD"}
_SUMS = {
    "orders": 4521,
    "paid": 4380,
    "failed": 61,
    "revenue": "84500.00",
    "refunds": "310.00",
    "average": "19.29",
}
_BRAND = {"id": 3, "name": "PUBG Mobile", "orders": 1204, "revenue": "31840.50"}
_PRODUCT = {"id": 4, "name": "UC Pack 500", "game": "PUBG Mobile", "orders": 412, "revenue": "2863.40"}
_BUYER = {"id": 12, "name": "Northwind Telecom", "kind": "reseller", "orders": 388, "revenue": "7410.00"}
_DAY = {"date": "2025-06-01", "orders": 180, "revenue": "3380.00"}
_DASHBOARD = {
    **_RANGE,
    "totals": _SUMS,
    "before": _RANGE | {"start_date": "2025-05-07", "end_date": "2025-05-31"} | _SUMS,
    "other_currencies": [{"currency": "EUR", "orders": 12, "revenue": "238.50"}],
    "daily_revenue": [_DAY],
    "top_products": [_PRODUCT],
    "game_revenue": [_BRAND],
    "most_active_users": [_BUYER],
    "orders_by_status": {"fulfilled": 4380, "failed": 61, "processing": 80},
    "failed_this_month": 61,
}
_METRICS = {
    "currency": "USD",
    "total_users": 1250,
    "new_users_this_month": 85,
    "total_resellers": 240,
    "active_resellers": 228,
    "total_clients": 1810,
    "daily_orders": 180,
    "monthly_orders": 4521,
    "daily_sim_orders": 4,
    "monthly_sim_orders": 96,
    "daily_revenue": "3380.00",
    "monthly_revenue": "84500.00",
    "failed_this_month": 61,
}
_ACTIVITY = {
    "kind": "order",
    "id": "01977c5e-4d0f-7c1e-8a52-5f1c4d3b2a10",
    "at": "2025-06-25T11:04:12Z",
    "title": "T25-000481",
    "what": "PUBG Mobile · UC Pack 500",
    "status": "fulfilled",
    "amount": "6.99",
    "currency": "USD",
}


def limit(otherwise: int, most: int) -> OpenApiParameter:
    return OpenApiParameter("limit", int, description=f"1 to {most}; {otherwise} if left out.")


def _described(
    name: str, summary: str, description: str, shape: Any, value: Any, parameters: list[Any]
) -> Described:
    return {
        "operation_id": name,
        "tags": ["dashboard"],
        "summary": summary,
        "description": description,
        "parameters": parameters,
        "responses": answers({200: example(shape, value)}, *((400,) if parameters else ()), 403),
    }


DASHBOARD = _described(
    "dashboard",
    "The dashboard's figures",
    "Of a range of days beside the one before it, without test mode. A browser (`Accept: text/html`) is led to the"
    " page. For staff who may see the dashboard; cost and margin for those who may see cost.",
    DashboardSerializer,
    _DASHBOARD,
    DAYS,
)
METRICS = _described(
    "dashboard_metrics",
    "Key figures",
    "People and parties, and the orders and revenue of today and this month.",
    MetricsSerializer,
    _METRICS,
    [],
)
SALES_TRENDS = _described(
    "dashboard_sales_trends",
    "Sales by day and brand",
    "Every day of the range, those without orders too, and the share of each brand.",
    SalesTrendsSerializer,
    _RANGE | {"trends": [_DAY | {"paid": 171, "failed": 3}], "distribution": [_BRAND | {"share": 37.68}]},
    DAYS,
)
TOP_RESELLERS = _described(
    "dashboard_top_resellers",
    "Resellers by revenue",
    "The most revenue first.",
    TopResellersSerializer,
    _RANGE
    | {"results": [{"id": 12, "business_name": "Northwind Telecom", "orders": 388, "revenue": "7410.00"}]},
    [*DAYS, limit(10, 100)],
)
RECENT_ACTIVITIES = _described(
    "dashboard_recent_activities",
    "What happened last",
    "Orders, registrations of buyers and what was done about resellers, newest first; of each kind what the caller"
    " may see.",
    ActivitiesSerializer,
    {"results": [_ACTIVITY]},
    [limit(20, 100)],
)
