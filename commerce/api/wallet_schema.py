"""How the wallet's paths describe themselves in the OpenAPI schema."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from commerce.api.schema_parts import Described, answers, example

EMPTY = "2025-06-30T12:00:00.000Z"


class Wallet(serializers.Serializer[Any]):
    currency = serializers.CharField()
    balance = serializers.DecimalField(16, 2)
    held = serializers.DecimalField(16, 2, help_text="Set aside for orders in flight.")
    credit_limit = serializers.DecimalField(16, 2)
    available = serializers.DecimalField(16, 2, help_text="balance + credit_limit − held.")
    as_of = serializers.DateTimeField()


class Movement(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    kind = serializers.CharField()
    amount = serializers.DecimalField(16, 2, help_text="Signed.")
    balance_after = serializers.DecimalField(16, 2)
    order = serializers.UUIDField(allow_null=True)
    order_number = serializers.CharField(allow_null=True)
    reference = serializers.CharField(allow_blank=True)
    description = serializers.CharField()
    created_at = serializers.DateTimeField()


class Statement(serializers.Serializer[Any]):
    currency = serializers.CharField()
    to = serializers.DateTimeField()
    opening = serializers.DecimalField(16, 2)
    movements = Movement(many=True)
    closing = serializers.DecimalField(16, 2)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`from` is a word of the language, so it cannot be written as an attribute."""
        return {"from": serializers.DateTimeField(), **super().get_fields()}


# Answered under other types, beside JSON.
FILES: dict[Any, Any] = {
    (200, kind): OpenApiResponse(OpenApiTypes.BINARY, "The statement as a file.")
    for kind in (
        "application/pdf",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "text/csv",
    )
}

WALLET: Described = {
    "operation_id": "wallet_retrieve",
    "tags": ["Wallet"],
    "summary": "Read the wallet",
    "responses": answers(
        {
            200: example(
                Wallet,
                {
                    "currency": "USD",
                    "balance": "500.00",
                    "held": "50.00",
                    "credit_limit": "0.00",
                    "available": "450.00",
                    "as_of": EMPTY,
                },
            )
        },
        403,
        404,
    ),
}
STATEMENT: Described = {
    "operation_id": "wallet_statement",
    "tags": ["Wallet"],
    "summary": "Statement of the wallet",
    "description": "Opening balance, at most 10,000 movements, closing balance; a longer one is refused."
    " As PDF, Excel or CSV it is a document of live money: numbered, with a verification code that the public page"
    " `/d/{code}/` confirms, of whole days of UTC where no times are given, and the same document while nothing has"
    " moved. Its language is that of `Accept-Language`.",
    "parameters": [
        OpenApiParameter(
            "from", str, description="A date or an RFC 3339 time; 30 days before `to` if left out."
        ),
        OpenApiParameter("to", str, description="A date (its whole day belongs) or a time; now if left out."),
        OpenApiParameter(
            "format",
            str,
            enum=["json", "pdf", "xlsx", "csv"],
            description="JSON if left out; a file otherwise.",
        ),
    ],
    "responses": FILES | answers({200: Statement}, 400, 403, 404, 409),
}
