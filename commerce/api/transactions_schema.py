"""How brief 4's transactions describe themselves in the OpenAPI schema."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework import serializers

from commerce.api.exports_schema import FILE
from commerce.api.order_schema import Amount
from commerce.api.resellers_schema import PAGING, page_of
from commerce.api.schema_parts import IDEMPOTENCY_KEY, Described, answers, example
from commerce.models import Payment
from core.api.approvals_schema import SECOND_PERSON

TAGS = ["Payments"]
PAID = {
    "transaction_id": "01977c5e-4d0f-7c1e-9a53-4f6f0f1f2a3b",
    "order": "01977c5e-4d0f-7c1e-9a53-4f6f0f1f2a3c",
    "user": 31,
    "reseller": None,
    "transaction_type": "payment",
    "amount": "6.99",
    "currency": "USD",
    "payment_method": "card",
    "status": "completed",
    "gateway_transaction_id": "pi_3N",
    "created_at": "2025-06-01T09:10:00.000Z",
}
REFUNDED = {
    **PAID,
    "transaction_id": "T48211",
    "transaction_type": "refund",
    "amount": "2.50",
    "payment_method": "wallet",
    "gateway_transaction_id": "",
    "created_at": "2025-06-02T10:00:00.000Z",
}


class MoneyTransaction(serializers.Serializer[Any]):
    transaction_id = serializers.CharField(
        help_text="The UUID of a payment or of a reseller's order, or T and the number of a movement of a wallet."
    )
    order = serializers.UUIDField(allow_null=True)
    user = serializers.IntegerField(allow_null=True, help_text="The buyer, where it is one's.")
    reseller = serializers.IntegerField(allow_null=True, help_text="The reseller, where it is one's.")
    transaction_type = serializers.ChoiceField(Payment.TransactionType.choices)
    amount = serializers.CharField(
        help_text="Below zero where a party gave something back: a commission, a correction."
    )
    currency = serializers.CharField()
    payment_method = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(Payment.Status.choices)
    gateway_transaction_id = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()


class RefundWish(serializers.Serializer[Any]):
    amount = Amount(required=False, help_text="All that is left, if left out; in the payment's currency.")
    reason = serializers.CharField(max_length=300)
    to = serializers.ChoiceField(
        ["wallet", "payer"],
        required=False,
        default="wallet",
        help_text="`wallet`: what the order took goes back to the wallet of the one who paid. `payer`: out of the"
        " wallet, through the gateway that brought it.",
    )
    reference = serializers.CharField(
        max_length=120, required=False, help_text="Of the bank, where a person pays out by hand (`payer`)."
    )


FILTERS = [
    OpenApiParameter("transaction_type", OpenApiTypes.STR, enum=Payment.TransactionType.values),
    OpenApiParameter("status", OpenApiTypes.STR, enum=Payment.Status.values),
    OpenApiParameter("reseller", int, description="Only this reseller's."),
    OpenApiParameter("user", int, description="Only this buyer's."),
    OpenApiParameter("order", OpenApiTypes.UUID, description="Only of this order."),
    OpenApiParameter("created_after", OpenApiTypes.DATETIME, description="This moment or later."),
    OpenApiParameter("created_before", OpenApiTypes.DATETIME, description="Before this moment."),
    OpenApiParameter("start_date", OpenApiTypes.DATE, description="First day, in the company's time zone."),
    OpenApiParameter(
        "end_date", OpenApiTypes.DATE, description="Last day, which belongs to the range; likewise."
    ),
]
LIST: Described = {
    "operation_id": "transactions_list",
    "tags": TAGS,
    "summary": "List transactions",
    "description": "Payments, refunds, commissions and credits as one list, newest first. A reseller and a buyer see"
    " their own, staff who may see transactions see all. Test mode has none.",
    "parameters": [*PAGING, *FILTERS],
    "responses": answers(
        {200: example(page_of(MoneyTransaction), {"next": None, "previous": None, "results": [PAID]})},
        400,
        404,
    ),
}
DETAIL: Described = {
    "operation_id": "transactions_retrieve",
    "tags": TAGS,
    "summary": "Read a transaction",
    "responses": answers({200: example(MoneyTransaction, PAID)}, 404),
}
REFUND: Described = {
    "operation_id": "transactions_refund",
    "tags": TAGS,
    "summary": "Refund a payment",
    "description": "For staff who may refund; answers with the refund. Refused are: more than is left"
    " (`refund_exceeds_captured`, `refund_exceeds_paid`), an amount that is none (`invalid_amount`), a payer who has"
    " spent the money since (`insufficient_credit`), a payout by hand without `reference` (`reference_required`); and"
    " with 409 what is no payment (`not_a_payment`), what has nothing left or was never taken (`not_refundable`),"
    " `paid_from_wallet`, `payout_unsupported` and `duplicate_reference`.",
    "parameters": [IDEMPOTENCY_KEY],
    "request": RefundWish,
    "responses": answers(
        {201: example(MoneyTransaction, REFUNDED, "The refund."), 202: SECOND_PERSON}, 400, 404, 409, 422
    ),
    "examples": [
        OpenApiExample("A part", {"amount": "2.50", "reason": "Delivered late"}, request_only=True),
        OpenApiExample(
            "Out of the house",
            {"reason": "Paid twice", "to": "payer", "reference": "BANK-88213"},
            request_only=True,
        ),
    ],
}
EXPORT: Described = {
    "operation_id": "transactions_export",
    "tags": ["exports"],
    "summary": "Take transactions as CSV",
    "description": "The filtered list with the names of the parties, newest first, never cut. For staff who may see"
    " transactions. Who took what is written down.",
    "parameters": [
        *FILTERS,
        OpenApiParameter(
            "bom", str, enum=["0", "1"], description="1 begins with the mark by which Excel knows UTF-8."
        ),
    ],
    "responses": {(200, "text/csv"): FILE} | answers({}, 400, 403),
}
