"""What the schema says about orders; the views read bodies by hand and answer with `order_view.present`."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from core.api.schema import problem_responses

AMOUNT = r"^\d{1,10}(\.\d{1,2})?$"
ORDER_STATUSES = ["created", "processing", "fulfilled", "failed", "unknown", "cancelled", "reversed"]
PAYMENT_STATUSES = ["pending", "held", "captured", "released", "refunded", "partially_refunded", "failed"]


class Amount(serializers.RegexField):
    """A decimal string; a JSON number with the same limits is accepted too."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(AMOUNT, **kwargs)


class OrderRequestSerializer(serializers.Serializer[Any]):
    product = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    recipient = serializers.DictField(
        child=serializers.CharField(), required=False, help_text="As the product's schema says."
    )
    amount = Amount(required=False, help_text="Only for a range product, in its currency.")
    quantity = serializers.IntegerField(min_value=1, max_value=1000, required=False)
    reference = serializers.CharField(
        max_length=64, required=False, help_text="Your own order number, unique for ever."
    )
    client = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    max_price = Amount(required=False, help_text="Refuse the order if its total is above this.")
    delivery_address = serializers.CharField(max_length=500, required=False)
    delivery_city = serializers.CharField(max_length=100, required=False, help_text="For sorting parcels.")
    user_email = serializers.EmailField(required=False)
    notes = serializers.CharField(max_length=1000, required=False)
    quote = serializers.UUIDField(required=False)


class ProductShortSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    sku = serializers.CharField()
    name = serializers.CharField()
    brand = serializers.DictField()
    category = serializers.CharField()


class FailureSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    retryable = serializers.BooleanField()


class TimelineSerializer(serializers.Serializer[Any]):
    event = serializers.CharField()
    at = serializers.DateTimeField()


class OrderSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    order_number = serializers.CharField()
    reference = serializers.CharField(allow_blank=True)
    transaction_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=ORDER_STATUSES)
    payment_status = serializers.ChoiceField(choices=PAYMENT_STATUSES)
    test = serializers.BooleanField()
    product = ProductShortSerializer()
    quantity = serializers.IntegerField()
    face_value = serializers.CharField(allow_null=True)
    recipient = serializers.DictField(child=serializers.CharField())
    client = serializers.IntegerField(allow_null=True)
    price = serializers.CharField()
    service_fee = serializers.CharField()
    delivery_fee = serializers.CharField()
    tax = serializers.CharField()
    commission = serializers.CharField()
    total = serializers.CharField()
    refunded = serializers.CharField()
    currency = serializers.CharField()
    failure = FailureSerializer(allow_null=True)
    delivered_code = serializers.CharField(allow_null=True)
    notes = serializers.CharField(allow_blank=True)
    timeline = TimelineSerializer(many=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class DeliverySerializer(serializers.Serializer[Any]):
    status = serializers.CharField()
    sim_type = serializers.CharField(allow_blank=True)
    delivery_address = serializers.CharField()
    city = serializers.CharField(allow_blank=True)
    courier = serializers.CharField(allow_blank=True)
    tracking_number = serializers.CharField(allow_blank=True)
    iccid = serializers.CharField(allow_blank=True)
    dispatched_at = serializers.DateTimeField(allow_null=True)
    delivered_at = serializers.DateTimeField(allow_null=True)
    activated_at = serializers.DateTimeField(allow_null=True)


class OrderDetailSerializer(OrderSerializer):
    delivery = DeliverySerializer(allow_null=True, help_text="Of a shipped order.")


class OrderPageSerializer(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = OrderSerializer(many=True)


class BulkRequestSerializer(serializers.Serializer[Any]):
    orders = OrderRequestSerializer(many=True, help_text="1 to 1000 lines.")
    atomic = serializers.BooleanField(required=False, help_text="All lines or none.")


class BulkLineSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    status = serializers.ChoiceField(choices=["placed", "rejected", "not_placed"])
    order = OrderSerializer(required=False)
    code = serializers.CharField(required=False)
    error = serializers.CharField(required=False)
    errors = serializers.DictField(required=False)  # type: ignore[assignment]


class BulkAnswerSerializer(serializers.Serializer[Any]):
    placed = serializers.IntegerField()
    rejected = serializers.IntegerField()
    results = BulkLineSerializer(many=True)


class TopupRequestSerializer(serializers.Serializer[Any]):
    gamename = serializers.CharField(max_length=120)
    game_id = serializers.CharField(max_length=60)
    product_name = serializers.CharField(max_length=120)
    product_id = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    product_price = Amount(help_text="What this caller sees, before tax and fees; text or a number.")
    user_email = serializers.EmailField(required=False, help_text="Required with an API key.")
    recipient = serializers.DictField(child=serializers.CharField(), required=False)
    reference = serializers.CharField(max_length=64, required=False)
    payment_status = serializers.ChoiceField(
        choices=["pending", "success", "failed"], required=False, help_text="Ignored."
    )


class TopupAnswerSerializer(serializers.Serializer[Any]):
    message = serializers.CharField()
    transaction_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=["pending", "success", "failed"])
    order_number = serializers.CharField()


KEY_HEADER = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="The same key and body has one effect and one answer.",
)
PREFER_HEADER = OpenApiParameter(
    "Prefer", str, OpenApiParameter.HEADER, description="`wait=N`, N ≤ 10 seconds."
)
FILTERS = [
    OpenApiParameter("status", str, enum=ORDER_STATUSES),
    OpenApiParameter("payment_status", str, enum=PAYMENT_STATUSES),
    OpenApiParameter("reference", str),
    OpenApiParameter("order_number", str),
    OpenApiParameter("recipient", str, description="The normalised recipient, such as +15551234567."),
    OpenApiParameter("product", int),
    OpenApiParameter("created_after", OpenApiTypes.DATETIME),
    OpenApiParameter("created_before", OpenApiTypes.DATETIME),
    OpenApiParameter("cursor", str),
    OpenApiParameter("page_size", int),
]
REFUSED = {
    400: (
        "insufficient_credit",
        "unknown_product",
        "product_unavailable",
        "brand_unavailable",
        "invalid_amount",
        "amount_out_of_range",
        "invalid_recipient",
        "price_above_max",
        "idempotency_key_required",
    ),
    403: ("reseller_not_active", "missing_scope", "no_party"),
    409: ("duplicate_reference", "request_running"),
    422: ("idempotency_mismatch",),
}
ORDER_EXAMPLE = OpenApiExample(
    "A top-up with player id and zone",
    value={"product": 12, "recipient": {"player_id": "51234000", "zone": "2001"}, "reference": "web-1001"},
    request_only=True,
)

LIST: dict[str, Any] = {
    "operation_id": "orders_list",
    "parameters": FILTERS,
    "responses": {200: OrderPageSerializer, **problem_responses(400, 401, 403, 404, 429)},
    "tags": ["orders"],
}
CREATE: dict[str, Any] = {
    "request": OrderRequestSerializer,
    "parameters": [KEY_HEADER, PREFER_HEADER],
    "responses": {
        201: OpenApiResponse(OrderSerializer, "Final within the time of `Prefer`."),
        202: OpenApiResponse(OrderSerializer, "Accepted; money is held."),
        **problem_responses(400, 401, 403, 409, 413, 415, 422, 429, codes=REFUSED),
    },
    "examples": [ORDER_EXAMPLE],
    "tags": ["orders"],
}
BULK: dict[str, Any] = {
    "request": BulkRequestSerializer,
    "parameters": [KEY_HEADER],
    "responses": {
        200: BulkAnswerSerializer,
        (400, "application/json"): OpenApiResponse(
            BulkAnswerSerializer, "`atomic`, and a line was refused: none is placed."
        ),
        **problem_responses(400, 401, 403, 409, 413, 415, 422, 429, codes=REFUSED),
    },
    "tags": ["orders"],
}
DETAIL: dict[str, Any] = {
    "responses": {200: OrderDetailSerializer, **problem_responses(401, 403, 404, 429)},
    "tags": ["orders"],
}
CANCEL: dict[str, Any] = {
    "request": OpenApiTypes.OBJECT,
    "responses": {
        200: OrderDetailSerializer,
        **problem_responses(400, 401, 403, 404, 409, 415, 429, codes={409: ("invalid_transition",)}),
    },
    "tags": ["orders"],
}
TOPUP: dict[str, Any] = {
    "request": TopupRequestSerializer,
    "parameters": [KEY_HEADER],
    "responses": {
        201: TopupAnswerSerializer,
        **problem_responses(
            400,
            401,
            403,
            409,
            413,
            415,
            422,
            429,
            codes={
                **REFUSED,
                400: (
                    "unknown_game",
                    "game_inactive",
                    "game_mismatch",
                    "unknown_product",
                    "product_mismatch",
                    "price_mismatch",
                    "insufficient_credit",
                ),
            },
        ),
    },
    "examples": [
        OpenApiExample(
            "Brief 0",
            value={
                "gamename": "PUBG Mobile",
                "game_id": "pubg123",
                "product_name": "UC Pack 500",
                "product_id": 4,
                "product_price": 399,
                "user_email": "player@example.com",
                "payment_status": "pending",
            },
            request_only=True,
        )
    ],
    "tags": ["orders"],
}
