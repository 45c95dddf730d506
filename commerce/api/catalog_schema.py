"""How the catalogue's paths and quotes describe themselves in the OpenAPI schema."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework import serializers

from commerce.api.schema_parts import answers, example

FIELD = {
    "key": "player_id",
    "kind": "player_id",
    "label": "Player id",
    "help_text": "In the game: profile, below the name.",
    "required": True,
    "choices": [],
    "pattern": None,
}
PRODUCT_EXAMPLE = {
    "id": 1,
    "sku": "PUBG-UC-500",
    "name": "UC Pack 500",
    "brand": {"id": 1, "name": "PUBG Mobile", "code": "pubg123"},
    "category": "games",
    "denomination": "fixed",
    "price": "399.00",
    "min": None,
    "max": None,
    "step": None,
    "price_percent": None,
    "currency": "USD",
    "face_value": None,
    "ingame_currency": "UC",
    "ingame_amount": 500,
    "max_quantity": 10,
    "shipped": False,
    "recipient_fields": [FIELD],
    "available": True,
}
QUOTE_EXAMPLE = {
    "id": "01981f6e-7c4e-7b63-9d07-6d8a8f0e2c11",
    "product": 1,
    "amount": None,
    "quantity": 1,
    "unit_price": "399.00",
    "price": "399.00",
    "service_fee": "1.00",
    "delivery_fee": "0.00",
    "tax": "36.00",
    "commission": "7.98",
    "total": "436.00",
    "currency": "USD",
    "explanation": [
        "List price: $399.00",
        "Service fee: $1.00 (from the pricing settings)",
        "Total: $436.00",
    ],
    "created_at": "2025-06-30T12:00:00.000Z",
    "expires_at": "2025-06-30T12:15:00.000Z",
}


class RecipientFieldShape(serializers.Serializer[Any]):
    key = serializers.CharField()
    kind = serializers.CharField()
    choices = serializers.ListField(child=serializers.CharField())
    pattern = serializers.CharField(allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """These three are attributes of every field too, so they cannot be written as such."""
        added: dict[str, serializers.Field[Any, Any, Any, Any]] = {
            "label": serializers.CharField(),
            "help_text": serializers.CharField(allow_blank=True),
            "required": serializers.BooleanField(),
        }
        return {**super().get_fields(), **added}


class BrandShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    code = serializers.CharField(help_text="The briefs' game_id.")
    name = serializers.CharField()
    category = serializers.CharField()
    country = serializers.CharField(allow_blank=True)
    recipient_fields = RecipientFieldShape(many=True)


class BrandOfProduct(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    code = serializers.CharField()


class ProductShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    sku = serializers.CharField()
    name = serializers.CharField()
    brand = BrandOfProduct()
    category = serializers.CharField()
    denomination = serializers.ChoiceField(["fixed", "range"])
    price = serializers.DecimalField(
        16, 2, allow_null=True, help_text="Yours, before tax and fees; of a fixed product."
    )
    min = serializers.DecimalField(16, 2, allow_null=True)
    max = serializers.DecimalField(16, 2, allow_null=True)
    step = serializers.DecimalField(16, 2, allow_null=True)
    price_percent = serializers.DecimalField(
        7, 3, allow_null=True, help_text="Your price of a range product, in per cent of the amount."
    )
    currency = serializers.CharField()
    face_value = serializers.DecimalField(16, 2, allow_null=True)
    ingame_currency = serializers.CharField(allow_blank=True)
    ingame_amount = serializers.IntegerField(allow_null=True)
    max_quantity = serializers.IntegerField()
    shipped = serializers.BooleanField(help_text="An order needs a delivery address.")
    recipient_fields = RecipientFieldShape(many=True)
    available = serializers.BooleanField(help_text="Whether an order would be taken now.")


def _page(shape: type[serializers.Serializer[Any]], name: str) -> type[serializers.Serializer[Any]]:
    return type(
        name,
        (serializers.Serializer,),
        {
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "results": shape(many=True),
        },
    )


BrandPage = _page(BrandShape, "BrandPage")
ProductPage = _page(ProductShape, "ProductPage")


class ValidateRecipient(serializers.Serializer[Any]):
    product = serializers.IntegerField(min_value=1)
    recipient = serializers.DictField(
        child=serializers.CharField(), help_text="By the keys of recipient_fields."
    )


class ValidRecipient(serializers.Serializer[Any]):
    valid = serializers.BooleanField()
    recipient = serializers.DictField(child=serializers.CharField(), help_text="As it would be kept.")


class OperatorLookup(serializers.Serializer[Any]):
    phone_number = serializers.CharField(max_length=32)
    country = serializers.CharField(
        max_length=2, required=False, help_text="Where a national number is read."
    )


class OperatorFound(serializers.Serializer[Any]):
    phone_number = serializers.CharField(help_text="E.164")
    brand = BrandOfProduct(allow_null=True)


class QuoteRequest(serializers.Serializer[Any]):
    product = serializers.IntegerField(min_value=1)
    amount = serializers.DecimalField(12, 2, required=False, help_text="Of a range product.")
    quantity = serializers.IntegerField(min_value=1, max_value=1000, required=False)


class QuoteShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    product = serializers.IntegerField()
    amount = serializers.DecimalField(16, 2, allow_null=True)
    quantity = serializers.IntegerField()
    unit_price = serializers.DecimalField(16, 2)
    price = serializers.DecimalField(16, 2)
    service_fee = serializers.DecimalField(16, 2)
    delivery_fee = serializers.DecimalField(16, 2)
    tax = serializers.DecimalField(16, 2)
    commission = serializers.DecimalField(
        16, 2, help_text="Credited to the reseller when the order is delivered."
    )
    total = serializers.DecimalField(16, 2, help_text="price + service_fee + delivery_fee + tax")
    currency = serializers.CharField()
    explanation = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


def _query(name: str, description: str, **options: Any) -> OpenApiParameter:
    return OpenApiParameter(name, str, description=description, **options)


_PAGING = [
    _query("cursor", "From `next` or `previous`."),
    OpenApiParameter("page_size", int, description="At most 200."),
]
_CATEGORY = _query("category", "games, airtime, data, bills, gift-cards, sim, gas")

BRANDS: dict[str, Any] = {
    "operation_id": "brands_list",
    "tags": ["Catalogue"],
    "summary": "List brands",
    "parameters": [_CATEGORY, _query("search", "Part of the name."), *_PAGING],
    "responses": answers({200: BrandPage}, 400, 403, 404),
}
PRODUCTS: dict[str, Any] = {
    "operation_id": "products_list",
    "tags": ["Catalogue"],
    "summary": "List products at your prices",
    "parameters": [
        _CATEGORY,
        _query("brand", "A brand's code or id."),
        _query("denomination", "fixed or range", enum=["fixed", "range"]),
        _query("currency", "ISO 4217"),
        _query("search", "Part of the product's or brand's name, or the beginning of the SKU."),
        *_PAGING,
    ],
    "responses": answers(
        {200: example(ProductPage, {"next": None, "previous": None, "results": [PRODUCT_EXAMPLE]})},
        400,
        403,
        404,
    ),
}
PRODUCT: dict[str, Any] = {
    "operation_id": "products_retrieve",
    "tags": ["Catalogue"],
    "summary": "Read one product",
    "responses": answers({200: example(ProductShape, PRODUCT_EXAMPLE)}, 403, 404),
}
PRODUCT_SCHEMA: dict[str, Any] = {
    "operation_id": "products_schema",
    "tags": ["Catalogue"],
    "summary": "JSON Schema of a product's recipient",
    "responses": answers({200: OpenApiTypes.OBJECT}, 403, 404),
}
VALIDATE: dict[str, Any] = {
    "operation_id": "recipients_validate",
    "tags": ["Catalogue"],
    "summary": "Check a recipient",
    "description": "As an order would: 400 `invalid_recipient` names every wrong field as `recipient.<key>`.",
    "request": ValidateRecipient,
    "examples": [
        OpenApiExample(
            "A player",
            {"product": 1, "recipient": {"player_id": "5123456789", "zone": "2001"}},
            request_only=True,
        )
    ],
    "responses": answers({200: ValidRecipient}, 400, 403),
}
LOOKUP: dict[str, Any] = {
    "operation_id": "operators_lookup",
    "tags": ["Catalogue"],
    "summary": "Find a phone number's operator",
    "description": "By prefix; `brand` is null where no operator is known. 400 `invalid_phone`.",
    "request": OperatorLookup,
    "examples": [OpenApiExample("A number", {"phone_number": "+989121234567"}, request_only=True)],
    "responses": answers({200: OperatorFound}, 400, 403),
}
QUOTE: dict[str, Any] = {
    "operation_id": "quotes_create",
    "tags": ["Orders"],
    "summary": "Ask for a price",
    "description": (
        "A price with all its parts, promised until `expires_at`; name its `id` as `quote` in an order. "
        "`unknown_product`, `product_unavailable`, `brand_unavailable`, `below_cost`, `invalid_amount`, "
        "`amount_out_of_range`, `amount_off_step`, `invalid_quantity`."
    ),
    "request": QuoteRequest,
    "examples": [OpenApiExample("A fixed product", {"product": 1, "quantity": 1}, request_only=True)],
    "responses": answers({201: example(QuoteShape, QUOTE_EXAMPLE)}, 400, 403),
}
