"""What the schema says about paying through a gateway."""

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from commerce.api.order_schema import Amount
from commerce.api.schema_parts import IDEMPOTENCY_KEY, Described, answers, example

TRANSACTION = "01977c5e-4d0f-7c1e-9b7a-3f2e8d1c0a55"


class GatewaySerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    currencies = serializers.ListField(child=serializers.CharField())
    min = serializers.CharField(allow_null=True, help_text="Of one payment; null is no limit.")
    max = serializers.CharField(allow_null=True)


class ProcessSerializer(serializers.Serializer[Any]):
    order = serializers.UUIDField(required=False, help_text="A buyer's order that waits for its payment.")
    amount = Amount(required=False, help_text="Instead of an order: paid into the reseller's wallet.")
    gateway = serializers.CharField(max_length=40)
    return_url = serializers.URLField(
        max_length=500, required=False, help_text="Where the payer comes back to."
    )


class NextActionSerializer(serializers.Serializer[Any]):
    type = serializers.CharField(help_text="What to do; the other members depend on it.")


class PaymentStartedSerializer(serializers.Serializer[Any]):
    transaction_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=["pending", "completed", "failed", "cancelled"])
    next_action = NextActionSerializer()


GATEWAYS: Described = {
    "operation_id": "payments_gateways",
    "tags": ["Payments"],
    "summary": "List the gateways",
    "responses": answers(
        {
            200: example(
                GatewaySerializer(many=True),
                [
                    {
                        "code": "manual",
                        "name": "By agreement",
                        "currencies": ["USD", "EUR"],
                        "min": None,
                        "max": "5000.00",
                    }
                ],
            )
        }
    ),
}
PROCESS: Described = {
    "operation_id": "payments_process",
    "tags": ["Payments"],
    "summary": "Start a payment",
    "description": "An order of yours, or an amount for your wallet. Money moves when the gateway's message comes.",
    "request": ProcessSerializer,
    "parameters": [IDEMPOTENCY_KEY],
    "examples": [
        OpenApiExample(
            "An order",
            {
                "order": "01977c5e-4d0f-7c1e-9b7a-3f2e8d1c0a54",
                "gateway": "manual",
                "return_url": "https://shop.example/thanks",
            },
            request_only=True,
        ),
        OpenApiExample("Into the wallet", {"amount": "250.00", "gateway": "manual"}, request_only=True),
    ],
    "responses": answers(
        {
            201: example(
                PaymentStartedSerializer,
                {
                    "transaction_id": TRANSACTION,
                    "status": "pending",
                    "next_action": {"type": "wait", "transaction_id": TRANSACTION},
                },
            )
        },
        400,
        403,
        404,
        409,
        422,
    ),
}
