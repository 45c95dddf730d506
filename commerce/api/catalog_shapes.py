"""Brands and products as the API shows them. Costs are in none of it."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from commerce.services.catalogue import BrandDef, CatalogProduct, Catalogue, FieldDef
from commerce.services.order_view import money
from commerce.services.price_parts import plain
from commerce.services.pricing import percent_seen, price_for, price_seen
from core.exceptions import InvalidInput


def brand_shape(brand: BrandDef) -> dict[str, Any]:
    return {
        "id": brand.id,
        "code": brand.code,
        "name": brand.name,
        "category": brand.category_code,
        "country": brand.country,
        "recipient_fields": [field_shape(field) for field in brand.fields],
    }


def product_shape(
    catalogue: Catalogue, product: CatalogProduct, *, price_list_id: int | None, at: datetime
) -> dict[str, Any]:
    """A product at a party's price: `price` of a fixed one, limits and `price_percent` of a range."""
    percent = percent_seen(catalogue, product, price_list_id=price_list_id, at=at)
    return {
        "id": product.id,
        "sku": product.sku,
        "name": product.name,
        "brand": {"id": product.brand_id, "name": product.brand_name, "code": product.brand_code},
        "category": product.category_code,
        "denomination": product.denomination,
        "price": money(price_seen(catalogue, product, price_list_id=price_list_id, at=at)),
        "min": money(product.minimum if product.is_range else None),
        "max": money(product.maximum if product.is_range else None),
        "step": money(product.step if product.is_range else None),
        "price_percent": None if percent is None else plain(percent),
        "currency": product.currency,
        "face_value": money(product.face_value),
        "ingame_currency": product.ingame_currency,
        "ingame_amount": product.ingame_amount,
        "max_quantity": product.max_quantity,
        "shipped": product.shipped,
        "recipient_fields": [field_shape(field) for field in product.fields],
        "available": _available(catalogue, product, price_list_id, at),
    }


def field_shape(field: FieldDef) -> dict[str, Any]:
    return {
        "key": field.key,
        "kind": field.kind,
        "label": field.label,
        "help_text": field.help_text,
        "required": field.required,
        "choices": list(field.choices),
        "pattern": field.pattern.pattern if field.pattern else None,
    }


def _available(
    catalogue: Catalogue, product: CatalogProduct, price_list_id: int | None, at: datetime
) -> bool:
    """Whether an order would be taken now: somebody delivers it and its price is not below cost."""
    if not product.orderable or catalogue.outage(product, at):
        return False
    try:
        price_for(
            catalogue,
            product,
            price_list_id=price_list_id,
            commission_rate=Decimal(0),
            amount=product.minimum if product.is_range else None,
            quantity=1,
            at=at,
        )
    except InvalidInput:
        return False
    return True
