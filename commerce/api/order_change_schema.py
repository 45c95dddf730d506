"""What the schema says about changing, delivering and counting orders."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework import serializers

from commerce.api.order_schema import ORDER_STATUSES, OrderDetailSerializer
from commerce.api.schema_parts import Described, answers, example
from core.api.approvals_schema import SECOND_PERSON

DELIVERY_STATUSES = ["pending", "confirmed", "dispatched", "delivered", "activated", "cancelled"]
SOURCES = ["app_user", "reseller_client"]


class OrderChangeSerializer(serializers.Serializer[Any]):
    notes = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    delivery_address = serializers.CharField(
        max_length=500, required=False, help_text="Required for a shipped order, refused for any other."
    )


class OrderStatusChangeSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=DELIVERY_STATUSES)
    note = serializers.CharField(
        max_length=300, required=False, help_text="Required to cancel a shipped order."
    )
    tracking_number = serializers.CharField(max_length=100, required=False)
    iccid = serializers.CharField(max_length=30, required=False, help_text="Required to activate a SIM.")
    activation_code = serializers.CharField(
        max_length=255, required=False, help_text="Required to activate an eSIM: LPA:1$server$matching id."
    )


class AssignDeliverySerializer(serializers.Serializer[Any]):
    courier = serializers.CharField(max_length=80)
    assignee = serializers.IntegerField(min_value=1, required=False, help_text="A colleague's user id.")
    tracking_number = serializers.CharField(max_length=100, required=False)


class TallySerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    amounts = serializers.DictField(child=serializers.CharField(), help_text="The totals, by currency.")


class ByStatusSerializer(TallySerializer):
    status = serializers.ChoiceField(choices=ORDER_STATUSES)


class BySourceSerializer(TallySerializer):
    source = serializers.ChoiceField(choices=SOURCES)  # type: ignore[assignment]


class ByNetworkSerializer(TallySerializer):
    network = serializers.CharField()


class ByDaySerializer(TallySerializer):
    day = serializers.DateField()


class OrderStatisticsSerializer(TallySerializer):
    start_date = serializers.DateField()
    end_date = serializers.DateField()
    source = serializers.ChoiceField(choices=SOURCES, allow_null=True)  # type: ignore[assignment]
    by_status = ByStatusSerializer(many=True)
    by_source = BySourceSerializer(many=True)
    by_network = ByNetworkSerializer(many=True)
    by_day = ByDaySerializer(many=True)


def _sent(value: dict[str, Any]) -> list[OpenApiExample]:
    return [OpenApiExample("Request", value, request_only=True)]


_TALLY = {"count": 2, "amounts": {"USD": "31.50"}}
_STATISTICS = {
    "start_date": "2025-06-01",
    "end_date": "2025-06-30",
    "source": None,
    **_TALLY,
    "by_status": [{"status": "fulfilled", **_TALLY}],
    "by_source": [{"source": "reseller_client", **_TALLY}],
    "by_network": [{"network": "MTN", **_TALLY}],
    "by_day": [{"day": "2025-06-14", **_TALLY}],
}

CHANGE: Described = {
    "operation_id": "orders_change",
    "tags": ["orders"],
    "summary": "Change a pending order",
    "description": "Notes and delivery address, as long as nobody has begun with it; what is left out is emptied.",
    "request": OrderChangeSerializer,
    "examples": _sent({"notes": "Call before coming.", "delivery_address": "2 Broad Street, Lagos"}),
    "responses": answers({200: OrderDetailSerializer}, 400, 403, 404, 409),
}
STATUS: Described = {
    "operation_id": "orders_status",
    "tags": ["orders"],
    "summary": "Move a delivery",
    "description": "One step on, for staff: pending, confirmed, dispatched, delivered, activated; or cancelled,"
    " which needs the right to cancel orders.",
    "request": OrderStatusChangeSerializer,
    "examples": _sent({"status": "dispatched", "note": "With the noon van", "tracking_number": "TR-1042"}),
    "responses": answers({200: OrderDetailSerializer, 202: SECOND_PERSON}, 400, 403, 404, 409),
}
ASSIGN: Described = {
    "operation_id": "orders_assign_delivery",
    "tags": ["orders"],
    "summary": "Say who brings it",
    "request": AssignDeliverySerializer,
    "examples": _sent({"courier": "City Bikes", "assignee": 7, "tracking_number": "TR-1042"}),
    "responses": answers({200: OrderDetailSerializer}, 400, 403, 404, 409),
}
STATISTICS: Described = {
    "operation_id": "orders_statistics",
    "tags": ["orders"],
    "summary": "Count orders",
    "description": "By status, source, network (the brand) and day; without the orders of test mode.",
    "parameters": [
        OpenApiParameter(
            "start_date", OpenApiTypes.DATE, description="30 days before the last, if left out."
        ),
        OpenApiParameter(
            "end_date", OpenApiTypes.DATE, description="Belongs to the range; today if left out."
        ),
        OpenApiParameter("source", str, enum=SOURCES),
    ],
    "responses": answers({200: example(OrderStatisticsSerializer, _STATISTICS)}, 400, 403),
}
