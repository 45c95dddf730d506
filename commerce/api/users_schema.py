"""How brief 4's users describe themselves in the OpenAPI schema."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework import serializers

from commerce.api.resellers_schema import PAGING, page_of
from commerce.api.schema_parts import Described, answers, example
from commerce.api.support_tickets_schema import DESK_FILTERS, WorkedOnTicket
from commerce.api.transactions_schema import PAID, MoneyTransaction
from commerce.models import Customer

TAGS = ["Users"]
SHOWN = {
    "id": 31,
    "username": "player1",
    "email": "player@example.com",
    "full_name": "Mina Karimi",
    "phone": "+14155550100",
    "address": "",
    "city": "Oakland",
    "state": "CA",
    "postal_code": "",
    "country": "US",
    "preferred_game": "PUBG Mobile",
    "status": "active",
    "status_reason": "",
    "email_verified_at": "2025-06-01T09:05:00.000Z",
    "phone_verified_at": None,
    "created_at": "2025-06-01T09:00:00.000Z",
    "updated_at": "2025-06-01T09:05:00.000Z",
}


class UserInput(serializers.Serializer[Any]):
    full_name = serializers.CharField(max_length=100)
    email = serializers.EmailField()
    phone = serializers.CharField(max_length=32, required=False, allow_blank=True)
    address = serializers.CharField(max_length=500, required=False, allow_blank=True)
    city = serializers.CharField(max_length=100, required=False, allow_blank=True)
    state = serializers.CharField(max_length=100, required=False, allow_blank=True)
    postal_code = serializers.CharField(max_length=20, required=False, allow_blank=True)
    country = serializers.CharField(max_length=2, required=False, allow_blank=True)
    preferred_game = serializers.CharField(max_length=120, required=False, allow_blank=True)


class PublicUser(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    username = serializers.CharField(allow_null=True, help_text="Null where they have no sign-in.")
    email = serializers.EmailField()
    full_name = serializers.CharField(allow_blank=True)
    phone = serializers.CharField(allow_blank=True)
    address = serializers.CharField(allow_blank=True)
    city = serializers.CharField(allow_blank=True)
    state = serializers.CharField(allow_blank=True)
    postal_code = serializers.CharField(allow_blank=True)
    country = serializers.CharField(allow_blank=True)
    preferred_game = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=Customer.Status.choices)
    status_reason = serializers.CharField(allow_blank=True)
    email_verified_at = serializers.DateTimeField(allow_null=True)
    phone_verified_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class UserStatusChange(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["active", "blocked"])
    reason = serializers.CharField(max_length=300)


def _page(shape: type[serializers.Serializer[Any]], row: dict[str, Any]) -> Any:
    return example(page_of(shape), {"next": None, "previous": None, "results": [row]})


FILTERS = [
    OpenApiParameter("status", OpenApiTypes.STR, enum=Customer.Status.values),
    OpenApiParameter("city", str, description="As it is written."),
    OpenApiParameter("search", str, description="Beginning of a name, an e-mail or a phone."),
]
LIST: Described = {
    "operation_id": "users_list",
    "tags": TAGS,
    "summary": "List buyers",
    "description": "For staff who may see customers, newest first. Birth date and document are never here.",
    "parameters": [*PAGING, *FILTERS],
    "responses": answers({200: _page(PublicUser, SHOWN)}, 400, 404),
}
DETAIL: Described = {
    "operation_id": "users_retrieve",
    "tags": TAGS,
    "summary": "Read a buyer",
    "responses": answers({200: example(PublicUser, SHOWN)}, 404),
}
UPDATE: Described = {
    "operation_id": "users_update",
    "tags": TAGS,
    "summary": "Replace a buyer's details",
    "description": "A changed e-mail or phone has to be verified again.",
    "request": UserInput,
    "responses": answers({200: example(PublicUser, SHOWN)}, 400, 404),
    "examples": [
        OpenApiExample(
            "Details", {"full_name": "Mina Karimi", "email": "player@example.com"}, request_only=True
        )
    ],
}
STATUS: Described = {
    "operation_id": "users_status",
    "tags": TAGS,
    "summary": "Block or unblock a buyer",
    "description": "`active` unblocks: who waited for verification when blocked waits for it again.",
    "request": UserStatusChange,
    "responses": answers({200: example(PublicUser, {**SHOWN, "status": "blocked"})}, 400, 404, 409),
    "examples": [OpenApiExample("Block", {"status": "blocked", "reason": "Stolen card"}, request_only=True)],
}
ORDERS: Described = {
    "operation_id": "users_orders",
    "tags": TAGS,
    "summary": "A buyer's orders",
    "parameters": PAGING,
    "responses": answers({200: OpenApiTypes.OBJECT}, 404),
}
TRANSACTIONS: Described = {
    "operation_id": "users_transactions",
    "tags": TAGS,
    "summary": "What a buyer paid and was given back",
    "parameters": PAGING,
    "responses": answers({200: _page(MoneyTransaction, PAID)}, 404),
}
TICKETS: Described = {
    "operation_id": "users_support_tickets",
    "tags": TAGS,
    "summary": "A buyer's tickets",
    "parameters": [*PAGING, *DESK_FILTERS],
    "responses": answers({200: page_of(WorkedOnTicket)}, 400, 404),
}
