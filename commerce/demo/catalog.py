"""Writing the demo's catalogue, with ids that are the same on every installation and with history."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import models
from simple_history.utils import bulk_create_with_history

from commerce.demo.specs import BrandSpec, Item, RuleSpec
from commerce.demo.terms import (
    BRANDS,
    CATEGORIES,
    COSTS,
    PRICE_LISTS,
    PROVIDERS,
    SINGLE_SOURCE,
    WAREHOUSE,
    WAREHOUSE_COST_PERCENT,
)
from commerce.models import (
    Brand,
    Category,
    NumberPrefix,
    Offer,
    PriceList,
    PriceRule,
    Product,
    Provider,
    RecipientField,
)
from core.money import quantize

HUNDRED = Decimal(100)
# When the promotion ran, counted back from today.
PROMOTION = (timedelta(days=170), timedelta(days=156))
CATEGORY_IDS = {code: number for number, (code, *_rest) in enumerate(CATEGORIES, 1)}
PROVIDER_IDS = {spec.code: number for number, spec in enumerate(PROVIDERS, 1)}
BRAND_IDS = {spec.code: number for number, spec in enumerate(BRANDS, 1)}
# Long enough for a person to look into what nobody confirms, and to decide.
PATIENT = {"silent_seconds": 600}


def write_catalogue(opened: datetime, now: datetime) -> None:
    """Everything that is sold.

    Args:
        opened: when the business began; the catalogue is dated then.
    """
    products = list(_products())
    _write(_categories(), opened)
    _write(_providers(), opened)
    _write(_brands(), opened)
    _write([field for brand in BRANDS for field in _fields(brand)], opened)
    _write([product for product, _spec in products], opened)
    _write([offer for product, spec in products for offer in _offers(product, spec)], opened)
    _write(_price_lists(), opened)
    _write(list(_rules({product.sku: product for product, _spec in products}, now)), opened)
    NumberPrefix.objects.bulk_create(
        NumberPrefix(brand_id=BRAND_IDS[brand.code], prefix=prefix)
        for brand in BRANDS
        for prefix in brand.prefixes
    )
    for model in (Brand, Product, PriceList, Provider):
        model.objects.update(created_at=opened, updated_at=opened)


def _write[M: models.Model](objects: list[M], opened: datetime) -> None:
    bulk_create_with_history(objects, type(objects[0]), default_date=opened)


def _categories() -> list[Category]:
    return [
        Category(pk=number, code=code, name=name, icon=icon, position=number)
        for number, (code, name, icon, _share) in enumerate(CATEGORIES, 1)
    ]


def _providers() -> list[Provider]:
    return [
        Provider(
            pk=number,
            code=spec.code,
            name=spec.name,
            adapter=spec.adapter,
            low_float=Decimal(spec.low_float),
            options=PATIENT if spec.adapter == "sandbox" else {},  # type: ignore[misc]
        )
        for number, spec in enumerate(PROVIDERS, 1)
    ]


def _brands() -> list[Brand]:
    return [
        Brand(
            pk=number,
            category_id=CATEGORY_IDS[spec.category],
            code=spec.code,
            name=spec.name,
            description=spec.description,
            country=spec.country,
            position=number,
        )
        for number, spec in enumerate(BRANDS, 1)
    ]


def _fields(spec: BrandSpec) -> list[RecipientField]:
    return [
        RecipientField(
            brand_id=BRAND_IDS[spec.code],
            key=field.key,
            kind=field.kind,
            label=field.label,
            help_text=field.help_text,
            required=field.required,
            choices="\n".join(field.choices),
            pattern=field.pattern,
            sensitive=field.sensitive,
            position=position,
        )
        for position, field in enumerate(spec.fields, 1)
    ]


def _products() -> Iterator[tuple[Product, BrandSpec]]:
    number = 0
    for spec in BRANDS:
        for position, item in enumerate(spec.items, 1):
            number += 1
            yield _product(number, position, item, spec), spec


def _product(number: int, position: int, item: Item, spec: BrandSpec) -> Product:
    return Product(
        pk=number,
        brand_id=BRAND_IDS[spec.code],
        sku=item.sku,
        name=item.name,
        denomination=Product.Denomination.FIXED if item.price else Product.Denomination.RANGE,
        currency=spec.currency,
        price=item.price,
        face_value=item.face_value,
        minimum=item.minimum,
        maximum=item.maximum,
        step=item.step,
        ingame_currency=spec.ingame_currency if item.ingame_amount else "",
        ingame_amount=item.ingame_amount,
        sim_type=item.sim_type,
        shipped=item.shipped,
        max_quantity=spec.max_quantity,
        position=position,
    )


def _offers(product: Product, spec: BrandSpec) -> list[Offer]:
    """Who delivers: staff where it is shipped, else one provider or both, the cheaper or the steadier first."""
    if product.shipped:
        return [_offer(product, WAREHOUSE.code, Decimal(WAREHOUSE_COST_PERCENT), 10)]
    atlas, meridian, first = COSTS[spec.category]
    only = SINGLE_SOURCE.get(spec.code)
    return [
        _offer(product, code, Decimal(str(percent)), 10 if code in (first, only) else 20)
        for code, percent in (("atlas", atlas), ("meridian", meridian))
        if only in (None, code)
    ]


def _offer(product: Product, provider: str, percent: Decimal, priority: int) -> Offer:
    return Offer(
        product_id=product.pk,
        provider_id=PROVIDER_IDS[provider],
        provider_sku=f"{provider[:3].upper()}-{product.sku}",
        cost=quantize(product.price * percent / HUNDRED, product.currency) if product.price else None,
        cost_percent=percent,
        priority=priority,
    )


def _price_lists() -> list[PriceList]:
    return [
        PriceList(
            pk=number,
            code=spec.code,
            name=spec.name,
            description=spec.description,
            is_default=spec.is_default,
        )
        for number, spec in enumerate(PRICE_LISTS, 1)
    ]


def _rules(products: dict[str, Product], now: datetime) -> Iterator[PriceRule]:
    for number, price_list in enumerate(PRICE_LISTS, 1):
        for spec in price_list.rules:
            yield PriceRule(price_list_id=number, **_rule(spec, products, now))


def _rule(spec: RuleSpec, products: dict[str, Product], now: datetime) -> dict[str, Any]:
    def number(text: str | None) -> Decimal | None:
        return Decimal(text) if text else None

    begins, ends = (now - PROMOTION[0], now - PROMOTION[1]) if spec.promotion else (None, None)
    return {
        "category_id": CATEGORY_IDS.get(spec.category),
        "brand_id": BRAND_IDS.get(spec.brand),
        "product_id": products[spec.sku].pk if spec.sku else None,
        "kind": spec.kind,
        "percent": number(spec.percent),
        "fixed_price": number(spec.fixed_price),
        "commission_percent": number(spec.commission_percent),
        "service_fee": number(spec.service_fee),
        "tax_percent": number(spec.tax_percent),
        "valid_from": begins,
        "valid_until": ends,
    }
