"""Looking at prices before a buyer does: which products a price list would sell below cost."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from commerce.services.catalogue import CatalogProduct, Catalogue
from commerce.services.pricing import Price, price_for
from core.exceptions import InvalidInput

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A product whose price on a list is below the cost of the offer tried first."""

    product: CatalogProduct
    price: Price
    allowed: bool


def shortfalls(catalogue: Catalogue, *, price_list_id: int | None, at: datetime) -> list[Shortfall]:
    """Products on sale that this list prices below cost: sold at a loss where a rule allows it, else refused."""
    found = []
    for product in catalogue.products.values():
        if not product.orderable:
            continue
        price = _price(catalogue, product, price_list_id, at)
        if price and price.price < price.cost:
            price_list = catalogue.price_list(price_list_id)
            rule = price_list.rule_for(product, at) if price_list else None
            found.append(Shortfall(product, price, bool(rule and rule.allow_below_cost)))
    return found


def _price(
    catalogue: Catalogue, product: CatalogProduct, price_list_id: int | None, at: datetime
) -> Price | None:
    try:
        return price_for(
            catalogue,
            product,
            price_list_id=price_list_id,
            commission_rate=ZERO,
            amount=_largest_amount(product),
            quantity=1,
            at=at,
            guarded=False,
        )
    except InvalidInput:
        return None


def _largest_amount(product: CatalogProduct) -> Decimal | None:
    """Of a range the largest amount that can be asked for, where a loss shows best."""
    if not product.is_range or product.minimum is None or product.maximum is None or not product.step:
        return None
    return product.maximum - (product.maximum - product.minimum) % product.step
