"""Writing the demo's catalogue: through the models, so that history and the catalogue's number come of themselves."""

from datetime import datetime, timedelta
from decimal import Decimal

from commerce.demo.specs import BrandSpec, Item, PriceListSpec, ProviderSpec, RuleSpec
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
# When the summer promotion ran, counted back from today.
PROMOTION = (timedelta(days=170), timedelta(days=156))


def write_catalogue(opened: datetime, now: datetime) -> None:
    """Everything that is sold, with ids that are the same on every installation.

    Args:
        opened: when the business began; the catalogue is dated then.
    """
    providers = {spec.code: _provider(number, spec) for number, spec in enumerate(PROVIDERS, 1)}
    categories = {
        code: Category.objects.create(pk=number, code=code, name=name, icon=icon, position=number)
        for number, (code, name, icon, _share) in enumerate(CATEGORIES, 1)
    }
    product_id = 0
    for number, spec in enumerate(BRANDS, 1):
        brand = _brand(number, spec, categories[spec.category])
        for position, item in enumerate(spec.items, 1):
            product_id += 1
            _offers(_product(product_id, position, item, spec, brand), spec, providers)
    for number, price_list in enumerate(PRICE_LISTS, 1):
        _price_list(number, price_list, categories, now)
    _date_back(opened)


def _provider(number: int, spec: ProviderSpec) -> Provider:
    return Provider.objects.create(
        pk=number, code=spec.code, name=spec.name, adapter=spec.adapter, low_float=Decimal(spec.low_float)
    )


def _brand(number: int, spec: BrandSpec, category: Category) -> Brand:
    brand = Brand.objects.create(
        pk=number,
        category=category,
        code=spec.code,
        name=spec.name,
        description=spec.description,
        country=spec.country,
        position=number,
        active=spec.active,
    )
    for position, field in enumerate(spec.fields, 1):
        RecipientField.objects.create(
            brand=brand,
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
    NumberPrefix.objects.bulk_create([NumberPrefix(brand=brand, prefix=prefix) for prefix in spec.prefixes])
    return brand


def _product(number: int, position: int, item: Item, spec: BrandSpec, brand: Brand) -> Product:
    return Product.objects.create(
        pk=number,
        brand=brand,
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


def _offers(product: Product, spec: BrandSpec, providers: dict[str, Provider]) -> None:
    """Who delivers: staff where it is shipped, else one provider or both, the cheaper or the steadier first."""
    if product.shipped:
        _offer(product, providers[WAREHOUSE.code], Decimal(WAREHOUSE_COST_PERCENT), 10)
        return
    atlas, meridian, first = COSTS[spec.category]
    only = SINGLE_SOURCE.get(spec.code)
    for code, percent in (("atlas", atlas), ("meridian", meridian)):
        if only in (None, code):
            _offer(product, providers[code], Decimal(str(percent)), 10 if code in (first, only) else 20)


def _offer(product: Product, provider: Provider, percent: Decimal, priority: int) -> None:
    cost = quantize(product.price * percent / HUNDRED, product.currency) if product.price else None
    Offer.objects.create(
        product=product,
        provider=provider,
        provider_sku=f"{provider.code[:3].upper()}-{product.sku}",
        cost=cost,
        cost_percent=percent,
        priority=priority,
    )


def _price_list(number: int, spec: PriceListSpec, categories: dict[str, Category], now: datetime) -> None:
    price_list = PriceList.objects.create(
        pk=number, code=spec.code, name=spec.name, description=spec.description, is_default=spec.is_default
    )
    for rule in spec.rules:
        PriceRule.objects.create(price_list=price_list, **_rule(rule, categories, now))


def _rule(spec: RuleSpec, categories: dict[str, Category], now: datetime) -> dict[str, object]:
    def number(text: str | None) -> Decimal | None:
        return Decimal(text) if text else None

    begins, ends = (now - PROMOTION[0], now - PROMOTION[1]) if spec.promotion else (None, None)
    return {
        "category": categories.get(spec.category),
        "brand": Brand.objects.get(code=spec.brand) if spec.brand else None,
        "product": Product.objects.get(sku=spec.sku) if spec.sku else None,
        "kind": spec.kind,
        "percent": number(spec.percent),
        "fixed_price": number(spec.fixed_price),
        "commission_percent": number(spec.commission_percent),
        "service_fee": number(spec.service_fee),
        "tax_percent": number(spec.tax_percent),
        "valid_from": begins,
        "valid_until": ends,
    }


def _date_back(opened: datetime) -> None:
    """The catalogue was there before the first order."""
    for model in (Brand, Product, PriceList, Provider):
        model.objects.update(created_at=opened, updated_at=opened)
    for model in (Category, Brand, Product, RecipientField, PriceList, PriceRule, Provider, Offer):
        model.history.update(history_date=opened)
