"""How the schema describes brief 3's paths. Shapes are read off the examples, so that the two cannot differ."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
    inline_serializer,
)
from rest_framework import serializers

from analytics.services.period import MOST_DAYS
from commerce.api.schema_parts import Described, answers, example
from commerce.models import Customer, Payment

DAYS = OpenApiParameter(
    "days", int, description=f"The last days with today, from 1 to {MOST_DAYS}; 30 if left out."
)
_FIELDS: dict[type, type[serializers.Field[Any, Any, Any, Any]]] = {
    int: serializers.IntegerField,
    float: serializers.FloatField,
    str: serializers.CharField,
}


def _shape(name: str, value: dict[str, Any]) -> Any:
    return inline_serializer(name, {key: _field(f"{name}{key.title()}", one) for key, one in value.items()})


def _field(name: str, value: Any, *, null: bool = False) -> Any:
    name = name.replace("_", "")
    if isinstance(value, dict):
        return _shape(name, value)
    if isinstance(value, list):
        # What any of the rows lacks may be null.
        lacking = {key for row in value for key, one in row.items() if one is None}
        fields = {
            key: _field(f"{name}{key.title()}", one, null=key in lacking) for key, one in value[0].items()
        }
        return inline_serializer(name, fields, many=True)
    return _FIELDS[type(value)](allow_null=null)


_LAST_DAYS = {
    "period_days": 30,
    "start_date": "2025-12-04",
    "end_date": "2026-01-02",
    "currency": "USD",
}
_MADE = {"generated_at": "2026-01-02T12:00:00Z"}
_MOVED = {"count": 342, "volume": 1250000.0}
_SOLD = {"orders": 95, "paid": 89, "volume": 450000.0, "success_rate": 93.68}
_USERS = {"total": 1250, "new": 85, "growth_rate": 7.3}


def _described(name: str, summary: str, description: str, value: dict[str, Any]) -> Described:
    whole = _LAST_DAYS | value | _MADE
    shape = _shape(f"Analytics{name.title().replace('_', '')}", whole)
    return {
        "operation_id": f"analytics_{name}",
        "tags": ["analytics"],
        "summary": summary,
        "description": f"{description} Amounts are of the base currency; test mode is left out. For staff who may see"
        " the company's analytics.",
        "parameters": [DAYS],
        "responses": answers({200: example(shape, whole)}, 400, 403),
    }


OVERVIEW = _described(
    "overview",
    "Overview",
    "Users, wallets, transactions and revenue at a glance. Users are registered buyers; `p2p` is what parties paid into"
    " wallets directly; `crypto` is network gas. `revenue.margin` is there for those who may see cost.",
    {
        "users": _USERS | {"resellers": 240, "clients": 1810},
        "wallet": {"total_balance": 5420000.0, "total_locked": 125000.0, "available_balance": 5295000.0},
        "transactions": {"total_volume": 8450000.0, "total_count": 4521, "average_transaction": 1869.06},
        "revenue": {"total": 2100000.0, "daily_average": 70000.0},
        "p2p": {"orders": 342, "volume": 1250000.0},
        "crypto": {"purchases": 89, "volume": 450000.0},
    },
)
TRANSACTIONS = _described(
    "transactions",
    "Transactions",
    "Paid orders by category and day, movements by type, and how many of the orders that ended were delivered.",
    {
        "total_count": 4521,
        "total_volume": 8450000.0,
        "by_category": [{"category": "games", "name": "Games", "count": 2100, "volume": 3100000.0}],
        "by_type": [
            {"type": "payment", "count": 4521, "volume": 8450000.0},
            {"type": "commission", "count": None, "volume": 12400.0},
        ],
        "daily": [{"date": "2025-12-04", "count": 150, "volume": 281000.0}],
        "success_rate": 98.2,
    },
)
REVENUE = _described(
    "revenue",
    "Revenue",
    "By source, which is a category of the catalogue, and by month; and what was paid in beside it.",
    {
        "total": 2100000.0,
        "daily_average": 70000.0,
        "by_source": [{"source": "games", "name": "Games", "revenue": 940000.0, "percentage": 44.76}],
        "deposits": _MOVED,
        "monthly": [{"month": "2025-12", "orders": 4210, "revenue": 1960000.0}],
    },
)
USERS = _described(
    "users",
    "Users",
    "Registered buyers: how many, how new, how active.",
    {
        "total": 1250,
        "new": 85,
        "verified": 1104,
        "growth_rate": 7.3,
        "active": 610,
        "daily_registrations": [{"date": "2025-12-04", "count": 3}],
        "engagement": {
            "active_parties": 842,
            "paying_parties": 815,
            "orders_per_active_party": 5.37,
            "active_rate": 48.8,
        },
    },
)
SERVICES = _described(
    "services",
    "Services",
    "What was paid in person to person, network gas by network, bills and the rest.",
    {
        "p2p": {"orders": 342, "volume": 1250000.0},
        "crypto": {
            "purchases": 89,
            "volume": 450000.0,
            "by_network": [{"network": "TRON"} | _SOLD],
        },
        "bills": {"airtime": _SOLD, "data": _SOLD, "bills": _SOLD},
        "others": {"games": _SOLD},
    },
)
KPIS = _described(
    "kpis",
    "Key performance indicators",
    "What lies in wallets, how many orders arrive, what a buyer brings in a life, how many come back, and bonuses.",
    {
        "total_platform_value": 5420000.0,
        "transaction_success_rate": 98.2,
        "customer_lifetime_value": 1680.0,
        "user_retention_rate": 71.4,
        "bonus": {
            "distributed": 12000.0,
            "utilized": 9300.0,
            "utilization_rate": 77.5,
            "outstanding": 4100.0,
        },
    },
)
_FILE = OpenApiResponse(
    OpenApiTypes.STR, "The rows, newest first, streamed; its length is not known beforehand. Nothing is cut."
)


class ExportedTransaction(serializers.Serializer[Any]):
    transaction_id = serializers.CharField()
    created_at = serializers.DateTimeField()
    type = serializers.ChoiceField(Payment.TransactionType.choices)
    status = serializers.ChoiceField(Payment.Status.choices)
    amount = serializers.CharField()
    currency = serializers.CharField()
    payment_method = serializers.CharField()
    order = serializers.UUIDField(allow_null=True)
    user = serializers.IntegerField(allow_null=True)
    reseller = serializers.IntegerField(allow_null=True)


class ExportedUser(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    full_name = serializers.CharField()
    email = serializers.EmailField()
    status = serializers.ChoiceField(Customer.Status.choices)
    city = serializers.CharField()
    country = serializers.CharField()
    email_verified = serializers.BooleanField()
    phone_verified = serializers.BooleanField()
    created_at = serializers.DateTimeField()


_ROWS = PolymorphicProxySerializer(
    component_name="ExportedRow",
    serializers=[ExportedTransaction, ExportedUser],
    resource_type_field_name=None,
    many=True,
)
EXPORT: Described = {
    "operation_id": "analytics_reports_export",
    "tags": ["analytics"],
    "summary": "Export transactions or users",
    "description": "JSON is one array; in CSV, text that a spreadsheet would compute is led by an apostrophe. For staff"
    " who may see the company's analytics and the rows themselves; who took what is written down.",
    "parameters": [
        OpenApiParameter(
            "type", str, enum=["transactions", "users"], description="`transactions` if left out."
        ),
        OpenApiParameter("format", str, enum=["csv", "json"], description="`json` if left out."),
        DAYS,
    ],
    "responses": {(200, "text/csv"): _FILE, (200, "application/json"): _ROWS} | answers({}, 400, 403),
}
