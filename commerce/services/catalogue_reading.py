"""Reading the catalogue from the database, in as few queries as it has tables."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from commerce.models import (
    Brand,
    CatalogueVersion,
    NumberPrefix,
    Offer,
    PriceList,
    PriceRule,
    Product,
    RecipientField,
)
from commerce.operations_settings import Operations, OperationsPage, Outage
from commerce.services.catalogue_types import (
    BrandDef,
    CatalogProduct,
    Catalogue,
    FieldDef,
    OfferDef,
    PriceListDef,
    Rule,
)
from commerce.site_settings import PricingPage
from core.site_settings import read_now

# What a pattern that does not compile becomes: it refuses every answer, rather than none.
REFUSES_ALL = re.compile(r"(?!)")


def read_version() -> int:
    """The catalogue's number now; 0 where nothing was ever sold."""
    return CatalogueVersion.objects.values_list("version", flat=True).first() or 0


def read() -> Catalogue:
    """The whole catalogue. The version is read first: a change made meanwhile shows as a newer number."""
    version = read_version()
    # Products before their brands: a brand cannot go while it has products, so none is missing then.
    listed = list(Product.objects.order_by("brand__category__position", "brand__position", "position", "id"))
    brands = _brands()
    products = _products(listed, brands)
    lists, default = _price_lists()
    pricing, operations = read_now(PricingPage, OperationsPage)
    listed_brands = {brand.id: brand for brand, _shown in brands.values()}
    by_code = {brand.code: brand for brand in listed_brands.values()}
    return Catalogue(
        version=version,
        products={product.id: product for product in products},
        by_sku={product.sku: product for product in products},
        brands=listed_brands,
        brand_by_code=by_code,
        rules=lists,
        default_price_list_id=default,
        pricing=pricing,
        prefixes=dict(NumberPrefix.objects.order_by().values_list("prefix", "brand_id")),
        outages=_outages(operations, by_code),
    )


def _outages(operations: Operations, brands: dict[str, BrandDef]) -> dict[int, Outage]:
    """Those that the Operations settings name; a change of settings makes a new catalogue, as one of prices does."""
    named = map(Outage.stored, operations.outages)
    return {brands[outage.brand].id: outage for outage in named if outage.brand in brands}


def field_def(field: RecipientField) -> FieldDef:
    """The question a row asks, as the validator reads it."""
    return FieldDef(
        key=field.key,
        kind=field.kind,
        label=field.label,
        help_text=field.help_text,
        required=field.required,
        choices=tuple(line.strip() for line in field.choices.splitlines() if line.strip()),
        pattern=_compiled(field.pattern),
        sensitive=field.sensitive,
        position=field.position,
    )


def _compiled(pattern: str) -> re.Pattern[str] | None:
    if not pattern:
        return None
    try:
        return re.compile(pattern, re.ASCII)
    except re.error:
        return REFUSES_ALL


def _brands() -> dict[int, tuple[BrandDef, bool]]:
    """Brands by id, each with whether its category is active."""
    fields: dict[int, list[FieldDef]] = defaultdict(list)
    for field in RecipientField.objects.order_by("position", "id"):
        fields[field.brand_id].append(field_def(field))
    return {
        brand.pk: (
            BrandDef(
                id=brand.pk,
                code=brand.code,
                name=brand.name,
                country=brand.country,
                category_id=brand.category_id,
                category_code=brand.category.code,
                active=brand.active,
                fields=tuple(fields[brand.pk]),
            ),
            brand.category.active,
        )
        for brand in Brand.objects.select_related("category")
    }


def _products(listed: list[Product], brands: dict[int, tuple[BrandDef, bool]]) -> list[CatalogProduct]:
    offers: dict[int, list[OfferDef]] = defaultdict(list)
    live = Offer.objects.filter(active=True, provider__active=True)
    for offer in live.order_by("priority", "cost", "cost_percent", "id"):
        offers[offer.product_id].append(
            OfferDef(offer.pk, offer.provider_id, offer.cost, offer.cost_percent, offer.priority)
        )
    return [
        _product(product, *brands[product.brand_id], tuple(offers[product.pk]))
        for product in listed
        if product.brand_id in brands
    ]


def _product(product: Product, brand: BrandDef, shown: bool, offers: tuple[OfferDef, ...]) -> CatalogProduct:
    why_not = ""
    if not shown:
        why_not = "inactive_category"
    elif not brand.active:
        why_not = "inactive_brand"
    elif not product.active:
        why_not = "inactive_product"
    elif not offers:
        why_not = "no_offer"
    return CatalogProduct(
        id=product.pk,
        sku=product.sku,
        name=product.name,
        brand_id=brand.id,
        brand_code=brand.code,
        brand_name=brand.name,
        brand_country=brand.country,
        category_id=brand.category_id,
        category_code=brand.category_code,
        denomination=product.denomination,
        currency=product.currency,
        price=product.price,
        face_value=product.face_value,
        minimum=product.minimum,
        maximum=product.maximum,
        step=product.step,
        price_percent=product.price_percent,
        ingame_currency=product.ingame_currency,
        ingame_amount=product.ingame_amount,
        sim_type=product.sim_type,
        shipped=product.shipped,
        max_quantity=product.max_quantity,
        orderable=not why_not,
        why_not=why_not,
        fields=brand.fields,
        offers=offers,
    )


def _price_lists() -> tuple[dict[int, PriceListDef], int | None]:
    rules: dict[int, dict[tuple[str, int], list[Rule]]] = defaultdict(lambda: defaultdict(list))
    for row in PriceRule.objects.filter(price_list__active=True).order_by("-id"):
        scope, target = _scope(row)
        rules[row.price_list_id][scope, target].append(_rule(row, scope))
    default = None
    lists = {}
    for price_list in PriceList.objects.filter(active=True):
        lists[price_list.pk] = PriceListDef(
            price_list.pk, price_list.name, _frozen(rules[price_list.pk].items())
        )
        if price_list.is_default:
            default = price_list.pk
    return lists, default


def read_price_list(price_list: PriceList) -> PriceListDef:
    """One list, an inactive one too, as the catalogue would hold it."""
    rules: dict[tuple[str, int], list[Rule]] = defaultdict(list)
    for row in PriceRule.objects.filter(price_list=price_list).order_by("-id"):
        scope, target = _scope(row)
        rules[scope, target].append(_rule(row, scope))
    return PriceListDef(price_list.pk, price_list.name, _frozen(rules.items()))


def _frozen(rules: Iterable[tuple[Any, list[Rule]]]) -> dict[tuple[str, int], tuple[Rule, ...]]:
    return {scope: tuple(found) for scope, found in rules}


def _scope(row: PriceRule) -> tuple[str, int]:
    if row.product_id:
        return "product", row.product_id
    if row.brand_id:
        return "brand", row.brand_id
    if row.category_id:
        return "category", row.category_id
    return "all", 0


def _rule(row: PriceRule, scope: str) -> Rule:
    return Rule(
        id=row.pk,
        price_list_id=row.price_list_id,
        scope=scope,
        kind=row.kind,
        fixed_price=row.fixed_price,
        percent=row.percent,
        commission_percent=row.commission_percent,
        service_fee=row.service_fee,
        delivery_fee=row.delivery_fee,
        tax_percent=row.tax_percent,
        allow_below_cost=row.allow_below_cost,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )
