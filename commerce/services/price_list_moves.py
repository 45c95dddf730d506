"""How far another price list moves what its buyers pay, in per cent, and what it adds to the commission.

Every product is looked at as it is now and from each moment on at which a rule of either list begins or ends: a rule
that begins tomorrow is no way around today's limit.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings

from commerce.services.catalogue import CatalogProduct, Catalogue, PriceListDef, Rule
from commerce.services.price_moves import BEYOND, WHOLE
from commerce.services.price_parts import NO_RULE
from commerce.site_settings import PricingSettings

# More than this many looks are not taken within a request: then a person looks.
MOST_LOOKS = 200_000
ZERO = Decimal(0)
# Of the catalogue that was looked at last, by lists, commission and minute.
_looks: tuple[Catalogue | None, dict[tuple[Any, ...], Decimal]] = (None, {})


def list_moved(
    catalogue: Catalogue,
    before: PriceListDef | None,
    after: PriceListDef | None,
    *,
    commission: Decimal,
    at: datetime,
) -> Decimal:
    """By how much a product's price moves at most where the one list takes the other's place.

    Args:
        commission: the buyer's own, where a rule says nothing of it.
    """
    if before == after:
        return ZERO
    if any(one is not None and catalogue.rules.get(one.id) is not one for one in (before, after)):
        return _largest_move(catalogue, before, after, commission, at)
    # A file gives the same lists to many, and looking through a large catalogue takes a tenth of a second.
    global _looks
    looks = _looks
    if looks[0] is not catalogue:
        looks = _looks = (catalogue, {})
    found = looks[1]
    key = (before and before.id, after and after.id, commission, at.replace(second=0, microsecond=0))
    if key not in found:
        found[key] = _largest_move(catalogue, before, after, commission, at)
    return found[key]


def _largest_move(
    catalogue: Catalogue,
    before: PriceListDef | None,
    after: PriceListDef | None,
    commission: Decimal,
    at: datetime,
) -> Decimal:
    moments = _moments(before, at) | _moments(after, at) | {at}
    if len(moments) * len(catalogue.products) > MOST_LOOKS:
        return BEYOND
    moved = (
        _moved(product, held, wanted, catalogue.pricing, commission)
        for product in catalogue.products.values()
        for held, wanted in _pairs(product, before, after, moments)
    )
    return max(moved, default=ZERO)


def elsewhere_moved(
    catalogue: Catalogue, product: CatalogProduct, elsewhere: CatalogProduct, *, at: datetime
) -> Decimal:
    """By how much a product's price moves at most on any list in force where it becomes another brand's."""
    moved = ZERO
    for price_list in catalogue.rules.values():
        for moment in _moments(price_list, at) | {at}:
            held, wanted = _rule(price_list, product, moment), _rule(price_list, elsewhere, moment)
            if held != wanted:
                moved = max(moved, _moved(product, held, wanted, catalogue.pricing, ZERO))
    return moved


def _pairs(
    product: CatalogProduct, before: PriceListDef | None, after: PriceListDef | None, moments: set[datetime]
) -> Iterable[tuple[Rule, Rule]]:
    """The rules that hold for a product at the same moment on both lists, each two once."""
    found = ((_rule(before, product, moment), _rule(after, product, moment)) for moment in moments)
    return {(held.id, wanted.id): (held, wanted) for held, wanted in found if held != wanted}.values()


def _moments(price_list: PriceListDef | None, at: datetime) -> set[datetime]:
    rules = (rule for found in price_list.rules.values() for rule in found) if price_list else ()
    edges = (edge for rule in rules for edge in (rule.valid_from, rule.valid_until))
    return {edge for edge in edges if edge is not None and edge > at}


def _rule(price_list: PriceListDef | None, product: CatalogProduct, at: datetime) -> Rule:
    return (price_list.rule_for(product, at) if price_list else None) or NO_RULE


def _moved(
    product: CatalogProduct, held: Rule, wanted: Rule, defaults: PricingSettings, commission: Decimal
) -> Decimal:
    if wanted.allow_below_cost and not held.allow_below_cost:
        # Until now orders below cost were refused, whatever the price.
        return BEYOND
    before, after = _unit(product, held), _unit(product, wanted)
    if not before:
        return ZERO if before == after else BEYOND
    moved = abs(after - before) / before * WHOLE
    moved += abs(_given(wanted.commission_percent, commission) - _given(held.commission_percent, commission))
    tax = defaults.tax_percent
    moved += abs(_given(wanted.tax_percent, tax) - _given(held.tax_percent, tax))
    return moved + _fees_moved(product, held, wanted, defaults) / before * WHOLE


def _unit(product: CatalogProduct, rule: Rule) -> Decimal:
    """What one unit costs by the rule, a range product's at the smallest amount."""
    if product.is_range:
        base = product.minimum or WHOLE
        listed = base * product.price_percent / WHOLE
    else:
        base = listed = product.price or ZERO
        if rule.kind == "fixed" and rule.fixed_price is not None:
            return rule.fixed_price
    if rule.kind == "percent" and rule.percent is not None:
        return base * rule.percent / WHOLE
    return listed


def _fees_moved(product: CatalogProduct, held: Rule, wanted: Rule, defaults: PricingSettings) -> Decimal:
    """As `pricing` adds them: the settings' own in the base currency alone, for delivery where there is any."""
    charged = product.currency == settings.BASE_CURRENCY
    service, delivery = (
        default if charged else ZERO for default in (defaults.service_fee, defaults.delivery_fee)
    )
    moved = abs(_given(wanted.service_fee, service) - _given(held.service_fee, service))
    if product.shipped:
        moved += abs(_given(wanted.delivery_fee, delivery) - _given(held.delivery_fee, delivery))
    return moved


def _given(value: Decimal | None, default: Decimal) -> Decimal:
    return default if value is None else value
