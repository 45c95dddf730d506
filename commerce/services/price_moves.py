"""How far a rule of a price list moves what buyers pay, in per cent: what a second person's limit is compared with.

Commission is price, and so are tax and fees. Steps within a day are one move, or many small ones would pass where a
large one waits.
"""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, DecimalField, F, Min, QuerySet, When
from django.utils import timezone

from commerce.models import PriceRule, Product
from commerce.site_settings import PricingPage, PricingSettings
from core.site_settings import load

# What makes a rule hold for other orders, or at other times: then it is compared with what holds without it.
REACH = ("price_list_id", "category_id", "brand_id", "product_id", "valid_from", "valid_until")
WORTH = (
    "kind", "fixed_price", "percent", "commission_percent", "service_fee", "delivery_fee", "tax_percent",
    "allow_below_cost",
)  # fmt: skip
WHOLE = Decimal(100)
# Of a price that is compared with nothing.
BEYOND = Decimal(1_000_000)
A_DAY = timedelta(hours=24)
# What one unit of a product costs by its list price, a range product's at the smallest amount.
UNIT = Case(
    When(denomination=Product.Denomination.RANGE, then=F("minimum") * F("price_percent") / WHOLE),
    default=F("price"),
    output_field=DecimalField(max_digits=24, decimal_places=6),
)


def moved_within_a_day(held: PriceRule | None, wanted: PriceRule | None) -> Decimal:
    """By how much prices move at most, from what holds now and from anything that held in the last 24 hours."""
    moved = moved_percent(held, wanted)
    if held is None or moved == 0:
        return moved
    return max([moved, *(moved_percent(one, wanted) for one in _held_today(held))])


def moved_percent(held: PriceRule | None, wanted: PriceRule | None) -> Decimal:
    """By how much prices move at most, in per cent of what they were."""
    reaches_elsewhere = bool(held and wanted) and any(
        getattr(held, name) != getattr(wanted, name) for name in REACH
    )
    if reaches_elsewhere:
        return max(moved_percent(held, None), moved_percent(None, wanted))
    if wanted is not None and wanted.allow_below_cost and not (held and held.allow_below_cost):
        # Until now orders below cost were refused, whatever the price.
        return BEYOND
    return _price_moved(held, wanted) + _shares_moved(held, wanted) + _fees_moved(held, wanted)


def fees_moved(products: QuerySet[Product], difference: Decimal) -> Decimal:
    """A fee's difference, in per cent of the cheapest of the products it is added to."""
    cheapest = products.aggregate(least=Min(UNIT))["least"] if difference else None
    return difference / cheapest * WHOLE if cheapest else Decimal(0)


def _price_moved(held: PriceRule | None, wanted: PriceRule | None) -> Decimal:
    before, after = _ratio(held), _ratio(wanted)
    if before is None or after is None:
        same = held and wanted and held.fixed_price == wanted.fixed_price and held.kind == wanted.kind
        return Decimal(0) if same else BEYOND
    return abs(after - before) / before * WHOLE if before else BEYOND


def _ratio(rule: PriceRule | None) -> Decimal | None:
    """The rule's price in per cent of the list price; None where that is not known."""
    if rule is None or rule.kind == PriceRule.Kind.LIST:
        return WHOLE
    if rule.kind == PriceRule.Kind.PERCENT:
        return rule.percent
    listed = rule.product.price if rule.product else None
    return rule.fixed_price / listed * WHOLE if rule.fixed_price and listed else None


def _shares_moved(held: PriceRule | None, wanted: PriceRule | None) -> Decimal:
    """Commission and tax, which are shares of the price already."""
    settings = load(PricingPage)
    commission = _given(wanted, "commission_percent", Decimal(0)) - _given(
        held, "commission_percent", Decimal(0)
    )
    tax = _given(wanted, "tax_percent", settings.tax_percent) - _given(
        held, "tax_percent", settings.tax_percent
    )
    return abs(commission) + abs(tax)


def _fees_moved(held: PriceRule | None, wanted: PriceRule | None) -> Decimal:
    settings: PricingSettings = load(PricingPage)
    difference = sum(
        (
            abs(_given(wanted, name, default) - _given(held, name, default))
            for name, default in (
                ("service_fee", settings.service_fee),
                ("delivery_fee", settings.delivery_fee),
            )
        ),
        Decimal(0),
    )
    rule = wanted or held
    return fees_moved(_products_of(rule), difference) if rule and difference else Decimal(0)


def _given(rule: PriceRule | None, name: str, default: Decimal) -> Decimal:
    value: Decimal | None = getattr(rule, name) if rule else None
    return default if value is None else value


def _products_of(rule: PriceRule) -> QuerySet[Product]:
    scopes: dict[str, Any] = {
        "pk": rule.product_id,
        "brand": rule.brand_id,
        "brand__category": rule.category_id,
    }
    return Product.objects.filter(**{name: value for name, value in scopes.items() if value is not None})


def _held_today(rule: PriceRule) -> Iterator[PriceRule | None]:
    """The rule as it was 24 hours ago (None: it was not there yet) and after each change since."""
    rows: Any = PriceRule.history.filter(id=rule.pk)  # type: ignore[attr-defined]
    since = timezone.now() - A_DAY
    today = [row.instance for row in rows.filter(history_date__gte=since)]
    if today:
        before = rows.filter(history_date__lt=since).order_by("-history_date", "-history_id").first()
        yield before.instance if before else None
    yield from today
