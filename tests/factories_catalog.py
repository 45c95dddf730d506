"""Catalogue rows (factory-boy), and catalogues built in memory for what needs no database."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import factory

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
from commerce.services.catalogue import CatalogProduct, Catalogue, FieldDef, OfferDef, PriceListDef, Rule
from commerce.site_settings import PricingSettings

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


class CategoryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Category
        django_get_or_create = ["code"]

    code = "games"
    name = "Games"


class BrandFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Brand

    category = factory.SubFactory(CategoryFactory)
    code = factory.Sequence(lambda n: f"brand{n}")
    name = factory.Sequence(lambda n: f"Brand {n}")


class RecipientFieldFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RecipientField

    brand = factory.SubFactory(BrandFactory)
    key = "player_id"
    kind = "player_id"
    label = "Player id"


class NumberPrefixFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = NumberPrefix

    brand = factory.SubFactory(BrandFactory)
    prefix = factory.Sequence(lambda n: f"98{900 + n}")


class ProductFactory(factory.django.DjangoModelFactory):
    """A fixed product at 100.00; with `denomination="range"` one from 10 to 500 in steps of 5."""

    class Meta:
        model = Product

    class Params:
        ranged = factory.Trait(
            denomination="range",
            price=None,
            minimum=Decimal(10),
            maximum=Decimal(500),
            step=Decimal(5),
        )

    brand = factory.SubFactory(BrandFactory)
    sku = factory.Sequence(lambda n: f"SKU-{n}")
    name = factory.Sequence(lambda n: f"Pack {n}")
    price = Decimal("100.00")
    currency = "USD"


class ProviderFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Provider
        django_get_or_create = ["code"]

    code = "sandbox-one"
    name = "Sandbox One"
    adapter = "sandbox"


class OfferFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Offer

    product = factory.SubFactory(ProductFactory)
    provider = factory.SubFactory(ProviderFactory)
    cost = Decimal("80.00")
    cost_percent = Decimal(90)


class PriceListFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PriceList

    code = factory.Sequence(lambda n: f"list-{n}")
    name = factory.Sequence(lambda n: f"List {n}")


class PriceRuleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PriceRule

    price_list = factory.SubFactory(PriceListFactory)
    kind = "percent"
    percent = Decimal(95)


def sellable(**values: Any) -> Product:
    """A product with one offer, ready to be ordered."""
    product = ProductFactory(**values)
    OfferFactory(product=product)
    return product


def field_def(key: str = "player_id", kind: str = "player_id", **values: Any) -> FieldDef:
    return FieldDef(**{"key": key, "kind": kind, "label": key.replace("_", " ").capitalize(), **values})


def catalog_product(**values: Any) -> CatalogProduct:
    """A fixed product at 100.00 that costs 80.00, in memory."""
    return CatalogProduct(
        **{
            "id": 1,
            "sku": "UC500",
            "name": "UC Pack 500",
            "brand_id": 1,
            "brand_code": "pubg123",
            "brand_name": "PUBG Mobile",
            "brand_country": "",
            "category_id": 1,
            "category_code": "games",
            "denomination": "fixed",
            "currency": "USD",
            "price": Decimal("100.00"),
            "face_value": None,
            "minimum": None,
            "maximum": None,
            "step": None,
            "price_percent": Decimal(100),
            "ingame_currency": "UC",
            "ingame_amount": 500,
            "sim_type": "",
            "shipped": False,
            "max_quantity": 10,
            "orderable": True,
            "why_not": "",
            "fields": (),
            "offers": (offer_def(),),
            **values,
        }
    )


def range_product(**values: Any) -> CatalogProduct:
    """Airtime from 10 to 500 in steps of 5, sold at face value, costing 90 %."""
    limits = {"minimum": Decimal(10), "maximum": Decimal(500), "step": Decimal(5)}
    return catalog_product(**{"denomination": "range", "price": None, **limits, **values})


def offer_def(**values: Any) -> OfferDef:
    defaults: dict[str, Any] = {"id": 1, "provider_id": 1, "cost": Decimal("80.00")}
    return OfferDef(**{**defaults, "cost_percent": Decimal(90), "priority": 1, **values})


def rule_def(**values: Any) -> Rule:
    blank: dict[str, Any] = dict.fromkeys(
        (
            "fixed_price",
            "percent",
            "commission_percent",
            "service_fee",
            "delivery_fee",
            "tax_percent",
            "valid_from",
            "valid_until",
        )
    )
    defaults = {"id": 1, "price_list_id": 1, "scope": "all", "kind": "list", "allow_below_cost": False}
    return Rule(**{**blank, **defaults, **values})


def catalogue_of(
    *products: CatalogProduct,
    rules: dict[tuple[str, int], tuple[Rule, ...]] | None = None,
    default_price_list_id: int | None = 1,
    **pricing: Any,
) -> Catalogue:
    """A catalogue in memory with one price list, id 1, named Gold."""
    return Catalogue(
        version=1,
        products={product.id: product for product in products},
        by_sku={product.sku: product for product in products},
        brands={},
        brand_by_code={},
        rules={1: PriceListDef(1, "Gold", rules or {})},
        default_price_list_id=default_price_list_id,
        pricing=PricingSettings(**pricing),
        prefixes={},
    )
