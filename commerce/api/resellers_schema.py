"""How brief 4's resellers describe themselves in the OpenAPI schema."""

from functools import cache
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from commerce.api.schema_parts import Described, answers, example
from commerce.models import Client as ClientModel
from commerce.models import Reseller as ResellerModel
from core.api.approvals_schema import ApprovalAsked

TAGS = ["Resellers"]
SHOWN = {
    "id": 12,
    "business_name": "Nova Mobile",
    "contact_person": "Sara Ahmadi",
    "email": "sara@nova.example",
    "phone": "+14155550100",
    "address": "",
    "city": "Oakland",
    "state": "CA",
    "country": "US",
    "status": "pending",
    "status_reason": "",
    "currency": "USD",
    "current_balance": "500.00",
    "held": "50.00",
    "credit_limit": "0.00",
    "available": "450.00",
    "commission_rate": "2.50",
    "price_list": None,
    "created_at": "2025-06-01T09:00:00.000Z",
    "updated_at": "2025-06-01T09:00:00.000Z",
}


class ResellerChanges(serializers.Serializer[Any]):
    business_name = serializers.CharField(max_length=200, required=False)
    contact_person = serializers.CharField(max_length=100, required=False, allow_blank=True)
    email = serializers.EmailField(required=False)
    phone = serializers.CharField(max_length=32, required=False, allow_blank=True)
    address = serializers.CharField(max_length=500, required=False, allow_blank=True)
    city = serializers.CharField(max_length=100, required=False, allow_blank=True)
    state = serializers.CharField(max_length=100, required=False, allow_blank=True)
    country = serializers.CharField(
        max_length=100, required=False, allow_blank=True, help_text="ISO 3166 code."
    )
    commission_rate = serializers.DecimalField(
        5, 2, required=False, min_value=0, max_value=100, help_text="Staff only."
    )
    price_list = serializers.IntegerField(required=False, allow_null=True, help_text="Staff only.")
    currency = serializers.CharField(max_length=3, required=False, help_text="Staff only; fixed once opened.")


class ResellerInput(ResellerChanges):
    business_name = serializers.CharField(max_length=200)
    email = serializers.EmailField()


class ResellerOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    business_name = serializers.CharField()
    contact_person = serializers.CharField(allow_blank=True)
    email = serializers.EmailField(allow_null=True)
    phone = serializers.CharField(allow_blank=True)
    address = serializers.CharField(allow_blank=True)
    city = serializers.CharField(allow_blank=True)
    state = serializers.CharField(allow_blank=True)
    country = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=ResellerModel.Status.choices)
    status_reason = serializers.CharField(allow_blank=True)
    currency = serializers.CharField()
    current_balance = serializers.DecimalField(16, 2, allow_null=True)
    held = serializers.DecimalField(16, 2, allow_null=True)
    credit_limit = serializers.DecimalField(16, 2, allow_null=True)
    available = serializers.DecimalField(16, 2, allow_null=True)
    commission_rate = serializers.DecimalField(5, 2)
    price_list = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class TermsAsked(ApprovalAsked):
    """What of a reseller's terms waits; everything else of the request has taken effect."""

    approvals = serializers.DictField(
        child=serializers.IntegerField(), help_text="By field, the number under which it waits."
    )
    reseller = ResellerOut(help_text="As it is now.")


class StatusChange(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["active", "suspended", "closed"])
    reason = serializers.CharField(max_length=300)


class ClientOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.CharField(allow_blank=True)
    phone = serializers.CharField(allow_blank=True)
    plan_type = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=ClientModel.Status.choices)
    monthly_limit = serializers.IntegerField()
    current_usage = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class WalletTransaction(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    kind = serializers.CharField()
    amount = serializers.DecimalField(16, 2, help_text="Signed.")
    balance_after = serializers.DecimalField(16, 2)
    currency = serializers.CharField()
    order = serializers.UUIDField(allow_null=True)
    description = serializers.CharField()
    created_at = serializers.DateTimeField()


@cache
def page_of(shape: type[serializers.Serializer[Any]]) -> type[serializers.Serializer[Any]]:
    """A cursor page of a shape."""
    members = {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": shape(many=True),
    }
    return type(f"{shape.__name__}Page", (serializers.Serializer,), members)


PAGING = [OpenApiParameter("cursor", str), OpenApiParameter("page_size", int)]
FILTERS = [
    OpenApiParameter("status", OpenApiTypes.STR, enum=ResellerModel.Status.values),
    OpenApiParameter("search", str, description="Beginning of a name, an e-mail or a phone."),
]

TERMS_WAIT = OpenApiResponse(
    TermsAsked,
    "Commission or price list are above a limit: they wait for a second person of the staff, and the rest is done.",
    [
        OpenApiExample(
            "Answer",
            {
                "status": "approval required",
                "approval": 7,
                "approvals": {"commission_rate": 7},
                "reseller": SHOWN,
            },
            response_only=True,
        )
    ],
)
LIST: Described = {
    "operation_id": "resellers_list",
    "tags": TAGS,
    "summary": "List resellers",
    "parameters": [*PAGING, *FILTERS],
    "responses": answers({200: page_of(ResellerOut)}, 400, 404),
}
CREATE: Described = {
    "operation_id": "resellers_create",
    "tags": TAGS,
    "summary": "Open a reseller",
    "request": ResellerInput,
    "description": "Staff only. It starts pending.",
    "responses": answers({201: example(ResellerOut, SHOWN), 202: TERMS_WAIT}, 400, 403),
    "examples": [
        OpenApiExample(
            "New", {"business_name": "Nova Mobile", "email": "sara@nova.example"}, request_only=True
        )
    ],
}
DETAIL: Described = {
    "operation_id": "resellers_retrieve",
    "tags": TAGS,
    "summary": "Read a reseller",
    "responses": answers({200: example(ResellerOut, SHOWN)}, 404),
}
UPDATE: Described = {
    "operation_id": "resellers_update",
    "tags": TAGS,
    "summary": "Replace a reseller's details",
    "request": ResellerInput,
    "responses": answers({200: example(ResellerOut, SHOWN), 202: TERMS_WAIT}, 400, 403, 404, 409),
}
PATCH: Described = {
    "operation_id": "resellers_partial_update",
    "tags": TAGS,
    "summary": "Change a reseller's details",
    "request": ResellerChanges,
    "responses": answers({200: example(ResellerOut, SHOWN), 202: TERMS_WAIT}, 400, 403, 404, 409),
}
DELETE: Described = {
    "operation_id": "resellers_destroy",
    "tags": TAGS,
    "summary": "Close a reseller",
    "responses": answers({204: OpenApiResponse(description="Closed.")}, 403, 404, 409),
}
STATUS: Described = {
    "operation_id": "resellers_status",
    "tags": TAGS,
    "summary": "Activate, suspend or close a reseller",
    "request": StatusChange,
    "responses": answers({200: example(ResellerOut, SHOWN)}, 400, 403, 404, 409),
}
CLIENTS: Described = {
    "operation_id": "resellers_clients",
    "tags": TAGS,
    "summary": "A reseller's clients",
    "parameters": PAGING,
    "responses": answers({200: page_of(ClientOut)}, 404),
}
ORDERS: Described = {
    "operation_id": "resellers_orders",
    "tags": TAGS,
    "summary": "A reseller's orders",
    "parameters": PAGING,
    "responses": answers({200: OpenApiTypes.OBJECT}, 404),
}
TRANSACTIONS: Described = {
    "operation_id": "resellers_transactions",
    "tags": TAGS,
    "summary": "Movements of a reseller's wallets",
    "parameters": PAGING,
    "responses": answers({200: page_of(WalletTransaction)}, 403, 404),
}
