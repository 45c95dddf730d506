"""How brief 2's paths describe themselves in the OpenAPI schema."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from commerce.api.schema_parts import IDEMPOTENCY_KEY, Described, answers, example
from core.api.approvals_schema import SECOND_PERSON

SELLER = {
    "id": 12,
    "name": "Nova Mobile",
    "contact_person": "Sara Ahmadi",
    "email": "sara@nova.example",
    "phone": "+14155550100",
    "address": "",
    "city": "Oakland",
    "state": "CA",
    "country": "US",
    "credit": 450.0,
    "currency": "USD",
    "status": "active",
    "created_at": "2025-06-01T09:00:00.000Z",
}
MOVEMENT = {
    "id": 9120,
    "seller": 12,
    "type": "increase",
    "kind": "funding",
    "amount": 100.0,
    "balance_after": 500.0,
    "currency": "USD",
    "order": None,
    "description": "Credit increased through the API.",
    "created_at": "2025-06-01T09:00:00.000Z",
}
CHARGE = {
    "id": "01977c5e-4d0f-7c1e-9a53-4f6f0f1f2a3b",
    "seller": 12,
    "phone_number": "+14155550100",
    "operator": "T-Mobile",
    "amount": 50.0,
    "total": 50.0,
    "currency": "USD",
    "status": "success",
    "order_number": "TL-7K2M-9QXV",
    "reference": "",
    "created_at": "2025-06-01T09:00:00.000Z",
}
PHONE = {
    "id": 7,
    "number": "+14155550100",
    "label": "Mum",
    "operator": 3,
    "operator_name": "T-Mobile",
    "seller": 12,
    "created_at": "2025-06-01T09:00:00.000Z",
}


class SellerInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200)
    contact_person = serializers.CharField(max_length=100, required=False, allow_blank=True)
    email = serializers.EmailField(required=False, allow_null=True, allow_blank=True)
    phone = serializers.CharField(max_length=32, required=False, allow_blank=True)
    address = serializers.CharField(max_length=500, required=False, allow_blank=True)
    city = serializers.CharField(max_length=100, required=False, allow_blank=True)
    state = serializers.CharField(max_length=100, required=False, allow_blank=True)
    country = serializers.CharField(
        max_length=100, required=False, allow_blank=True, help_text="ISO 3166 code."
    )


class Seller(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    contact_person = serializers.CharField()
    email = serializers.EmailField(allow_null=True)
    phone = serializers.CharField()
    address = serializers.CharField()
    city = serializers.CharField()
    state = serializers.CharField()
    country = serializers.CharField()
    credit = serializers.FloatField(
        allow_null=True, help_text="Balance less what is held; null for staff who may not see wallets."
    )
    currency = serializers.CharField()
    status = serializers.ChoiceField(choices=["active", "suspended", "pending"])
    created_at = serializers.DateTimeField()


class IncreaseCredit(serializers.Serializer[Any]):
    amount = serializers.FloatField(
        min_value=0.01, help_text="Above zero, at most two decimals; a string works too."
    )


class CreditIncreased(serializers.Serializer[Any]):
    status = serializers.CharField()
    new_credit = serializers.FloatField()


class SellCharge(serializers.Serializer[Any]):
    phone_number = serializers.CharField(max_length=32)
    amount = serializers.FloatField(
        min_value=0.01, help_text="Above zero, at most two decimals; a string works too."
    )
    reference = serializers.CharField(max_length=64, required=False, allow_blank=True)


class ChargeSold(serializers.Serializer[Any]):
    status = serializers.CharField()
    remaining_credit = serializers.FloatField()


class ChargeOpen(ChargeSold):
    order = serializers.UUIDField()


class Credit(serializers.Serializer[Any]):
    credit = serializers.FloatField()


class CreditTransaction(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    seller = serializers.IntegerField()
    type = serializers.ChoiceField(choices=["increase", "decrease"])
    kind = serializers.CharField()
    amount = serializers.FloatField(help_text="Signed: all of them add up to the balance.")
    balance_after = serializers.FloatField()
    currency = serializers.CharField()
    order = serializers.UUIDField(allow_null=True)
    description = serializers.CharField()
    created_at = serializers.DateTimeField()


class ChargeTransaction(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    seller = serializers.IntegerField()
    phone_number = serializers.CharField()
    operator = serializers.CharField()
    amount = serializers.FloatField(help_text="What was credited to the phone.")
    total = serializers.FloatField(help_text="What the wallet paid.")
    currency = serializers.CharField()
    status = serializers.ChoiceField(choices=["pending", "success", "failed"])
    order_number = serializers.CharField()
    reference = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()


class SavedNumberInput(serializers.Serializer[Any]):
    number = serializers.CharField(max_length=32)
    label = serializers.CharField(max_length=80, required=False, allow_blank=True)  # type: ignore[assignment]
    operator = serializers.IntegerField(
        required=False, allow_null=True, help_text="A brand's id; found by prefix if left out."
    )
    seller = serializers.IntegerField(
        required=False, help_text="Staff name the seller; others may leave it out."
    )


class SavedNumber(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = serializers.CharField()
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    operator = serializers.IntegerField(allow_null=True)
    operator_name = serializers.CharField(allow_null=True)
    seller = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()


SELLERS, NUMBERS = ["Sellers"], ["Phone numbers"]
SELLER_ID = OpenApiParameter("seller_id", int, description="Only this seller's.")
SOLD = OpenApiResponse(
    ChargeSold,
    "Delivered.",
    [OpenApiExample("Sold", {"status": "charge sold successfully", "remaining_credit": 450.0})],
)
OPEN = OpenApiResponse(
    ChargeOpen,
    "Nobody knows yet: the money stays held and the order goes on.",
    [OpenApiExample("Open", {"status": "processing", "order": CHARGE["id"], "remaining_credit": 450.0})],
)

LIST: Described = {
    "operation_id": "sellers_list",
    "tags": SELLERS,
    "summary": "List sellers",
    "responses": answers({200: example(Seller(many=True), [SELLER])}),
}
CREATE: Described = {
    "operation_id": "sellers_create",
    "tags": SELLERS,
    "summary": "Create a seller",
    "request": SellerInput,
    "description": "Staff only. Active at once, with the default price list and an empty wallet.",
    "responses": answers({201: example(Seller, SELLER)}, 400, 403),
    "examples": [
        OpenApiExample("Seller", {"name": "Nova Mobile", "email": "sara@nova.example"}, request_only=True)
    ],
}
DETAIL: Described = {
    "operation_id": "sellers_retrieve",
    "tags": SELLERS,
    "summary": "Read a seller",
    "responses": answers({200: example(Seller, SELLER)}, 404),
}
UPDATE: Described = {
    "operation_id": "sellers_update",
    "tags": SELLERS,
    "summary": "Change a seller",
    "request": SellerInput,
    "description": "Staff, or an owner of the seller. Members left out stay as they are.",
    "responses": answers({200: example(Seller, SELLER)}, 400, 403, 404, 409),
}
DELETE: Described = {
    "operation_id": "sellers_destroy",
    "tags": SELLERS,
    "summary": "Delete a seller",
    "description": "Staff only. The seller is closed: its orders and money stay in the books.",
    "responses": answers({204: OpenApiResponse(description="Closed.")}, 403, 404, 409),
}
INCREASE: Described = {
    "operation_id": "sellers_increase_credit",
    "tags": SELLERS,
    "summary": "Increase a seller's credit",
    "description": "Staff who may fund wallets only. Above a limit of ours a second person approves it first.",
    "request": IncreaseCredit,
    "parameters": [IDEMPOTENCY_KEY],
    "responses": answers(
        {
            200: example(CreditIncreased, {"status": "credit increased", "new_credit": 500.0}),
            202: SECOND_PERSON,
        },
        400,
        403,
        404,
        422,
    ),
    "examples": [OpenApiExample("Amount", {"amount": 100.00}, request_only=True)],
}
SELL: Described = {
    "operation_id": "sellers_sell_charge",
    "tags": SELLERS,
    "summary": "Sell a charge",
    "description": "Finds the operator by the number's prefix, sells its airtime, waits up to ten seconds.",
    "request": SellCharge,
    "parameters": [IDEMPOTENCY_KEY],
    "responses": answers({200: SOLD, 202: OPEN}, 400, 403, 404, 422),
    "examples": [
        OpenApiExample("Charge", {"phone_number": "+14155550100", "amount": 50.00}, request_only=True)
    ],
}
CREDIT: Described = {
    "operation_id": "sellers_get_credit",
    "tags": SELLERS,
    "summary": "Read a seller's credit",
    "responses": answers({200: example(Credit, {"credit": 450.0})}, 403, 404),
}
TRANSACTIONS: Described = {
    "operation_id": "sellers_get_transactions",
    "tags": SELLERS,
    "summary": "Credit transactions of a seller (last 100)",
    "responses": answers({200: example(CreditTransaction(many=True), [MOVEMENT])}, 403, 404),
}
SALES: Described = {
    "operation_id": "sellers_get_charge_sales",
    "tags": SELLERS,
    "summary": "Charges a seller sold (last 100)",
    "responses": answers({200: example(ChargeTransaction(many=True), [CHARGE])}, 404),
}
CREDIT_TRANSACTIONS: Described = {
    "operation_id": "credit_transactions_list",
    "tags": SELLERS,
    "summary": "Credit transactions (last 1000)",
    "parameters": [SELLER_ID],
    "responses": answers({200: example(CreditTransaction(many=True), [MOVEMENT])}, 400),
}
CREDIT_TRANSACTION: Described = {
    "operation_id": "credit_transactions_retrieve",
    "tags": SELLERS,
    "summary": "Read a credit transaction",
    "responses": answers({200: example(CreditTransaction, MOVEMENT)}, 404),
}
CHARGE_TRANSACTIONS: Described = {
    "operation_id": "charge_transactions_list",
    "tags": SELLERS,
    "summary": "Charge transactions (last 1000)",
    "parameters": [
        SELLER_ID,
        OpenApiParameter("phone_number", OpenApiTypes.STR, description="Only to this number."),
    ],
    "responses": answers({200: example(ChargeTransaction(many=True), [CHARGE])}, 400),
}
CHARGE_TRANSACTION: Described = {
    "operation_id": "charge_transactions_retrieve",
    "tags": SELLERS,
    "summary": "Read a charge transaction",
    "responses": answers({200: example(ChargeTransaction, CHARGE)}, 404),
}
PHONE_LIST: Described = {
    "operation_id": "phone_numbers_list",
    "tags": NUMBERS,
    "summary": "List saved numbers",
    "responses": answers({200: example(SavedNumber(many=True), [PHONE])}),
}
PHONE_CREATE: Described = {
    "operation_id": "phone_numbers_create",
    "tags": NUMBERS,
    "summary": "Save a number",
    "request": SavedNumberInput,
    "responses": answers({201: example(SavedNumber, PHONE)}, 400, 403),
    "examples": [OpenApiExample("Number", {"number": "+14155550100", "label": "Mum"}, request_only=True)],
}
PHONE_DETAIL: Described = {
    "operation_id": "phone_numbers_retrieve",
    "tags": NUMBERS,
    "summary": "Read a saved number",
    "responses": answers({200: example(SavedNumber, PHONE)}, 404),
}
PHONE_UPDATE: Described = {
    "operation_id": "phone_numbers_update",
    "tags": NUMBERS,
    "summary": "Change a saved number",
    "request": SavedNumberInput,
    "responses": answers({200: example(SavedNumber, PHONE)}, 400, 403, 404),
}
PHONE_DELETE: Described = {
    "operation_id": "phone_numbers_destroy",
    "tags": NUMBERS,
    "summary": "Delete a saved number",
    "responses": answers({204: OpenApiResponse(description="Deleted.")}, 403, 404),
}
