"""What an order costs, from the catalogue in memory alone: no query is made here.

total = price + service fee + delivery fee + tax. Prices and fees exclude tax, and the tax is on all three.
The most specific rule of the buyer's price list decides; what it leaves open comes from the Pricing settings
page, whose two fees are amounts of the base currency and so apply only to products priced in it (nothing is
converted). A delivery fee is for shipped products only. Fees are per order.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings

from commerce.services.catalogue_types import CatalogProduct, Catalogue, OfferDef, Rule
from commerce.services.price_limits import check_amount, check_quantity, unavailable
from commerce.services.price_parts import HUNDRED, NO_RULE, ZERO, Reckoning, Step
from commerce.site_settings import PricingSettings
from core.money import quantize


@dataclass(frozen=True, slots=True)
class Price:
    """What an order costs, every part in `currency` and rounded half up to its exponent.

    `price`, `cost` and `commission` are for the whole quantity; `unit_price`, `face_value`, `amount` for one.
    `explanation` never tells the cost: buyers may read it.
    """

    unit_price: Decimal
    price: Decimal
    cost: Decimal
    service_fee: Decimal
    delivery_fee: Decimal
    tax: Decimal
    commission: Decimal
    total: Decimal
    currency: str
    face_value: Decimal | None
    amount: Decimal | None
    explanation: list[Step]

    @property
    def margin(self) -> Decimal:
        """What is left of price and fees after the provider's cost and the reseller's commission."""
        return self.price + self.service_fee + self.delivery_fee - self.cost - self.commission


def price_for(
    catalogue: Catalogue,
    product: CatalogProduct,
    *,
    price_list_id: int | None,
    commission_rate: Decimal,
    amount: Decimal | None,
    quantity: int,
    at: datetime,
    guarded: bool = True,
) -> Price:
    """The price of one order now, or at another time.

    Args:
        price_list_id: the party's list; none or an inactive one means the default list.
        commission_rate: the reseller's own, in per cent of the price; a rule's comes first.
        amount: what to credit, of a range product, in its currency.
        guarded: whether a price below cost is refused; staff look at such prices too.

    Raises:
        InvalidInput: `invalid_quantity`, `invalid_amount`, `amount_out_of_range`, `amount_off_step`,
            `product_unavailable`, or `below_cost` where the price is below the first offer's cost and no rule
            allows that.
    """
    check_quantity(product, quantity)
    check_amount(product, amount)
    if not product.offers:
        raise unavailable()
    rule, price_list_name = _rule(catalogue, product, price_list_id, at)
    made = Reckoning(product.currency)
    unit_price = made.unit_price(product, rule, price_list_name, amount)
    price = unit_price * quantity
    if quantity > 1:
        made.note("quantity", price, quantity=quantity)
    cost = unit_cost(product, product.offers[0], amount) * quantity
    if price <= 0:
        raise unavailable()
    if guarded and price < cost and not rule.allow_below_cost:
        raise unavailable("below_cost")
    return _with_fees(
        made, catalogue.pricing, product, rule, commission_rate, amount, (unit_price, price, cost)
    )


def _with_fees(
    made: Reckoning,
    defaults: PricingSettings,
    product: CatalogProduct,
    rule: Rule,
    commission_rate: Decimal,
    amount: Decimal | None,
    priced: tuple[Decimal, Decimal, Decimal],
) -> Price:
    unit_price, price, cost = priced
    charged = product.currency == settings.BASE_CURRENCY
    service_fee = made.fee("service_fee", rule.service_fee, defaults.service_fee if charged else ZERO)
    delivery_fee = ZERO
    if product.shipped:
        default = defaults.delivery_fee if charged else ZERO
        delivery_fee = made.fee("delivery_fee", rule.delivery_fee, default)
    taxed = price + service_fee + delivery_fee
    tax = made.share("tax", taxed, rule.tax_percent, defaults.tax_percent, "settings")
    made.note("total", taxed + tax)
    commission = made.share("commission", price, rule.commission_percent, commission_rate, "reseller")
    return Price(
        unit_price=unit_price,
        price=price,
        cost=cost,
        service_fee=service_fee,
        delivery_fee=delivery_fee,
        tax=tax,
        commission=commission,
        total=taxed + tax,
        currency=product.currency,
        face_value=amount if product.is_range else product.face_value,
        amount=amount,
        explanation=made.steps,
    )


def price_seen(
    catalogue: Catalogue, product: CatalogProduct, *, price_list_id: int | None, at: datetime
) -> Decimal | None:
    """The price of one unit as a party's catalogue shows it, before tax and fees; none for a range."""
    if product.is_range:
        return None
    rule, price_list_name = _rule(catalogue, product, price_list_id, at)
    return Reckoning(product.currency).unit_price(product, rule, price_list_name, None)


def percent_seen(
    catalogue: Catalogue, product: CatalogProduct, *, price_list_id: int | None, at: datetime
) -> Decimal | None:
    """What a range product costs a party, in per cent of the amount before tax and fees; else none."""
    if not product.is_range:
        return None
    rule, _name = _rule(catalogue, product, price_list_id, at)
    by_rule = rule.percent if rule.kind == "percent" else None
    return product.price_percent if by_rule is None else by_rule


def unit_cost(product: CatalogProduct, offer: OfferDef, amount: Decimal | None) -> Decimal:
    """What one unit costs us at this offer.

    A range product costs a percentage of the amount; a fixed one the offer's cost, or where that is not
    known the percentage of the list price.
    """
    if product.is_range:
        base = amount or ZERO
    elif offer.cost is not None:
        return offer.cost
    else:
        base = product.price or ZERO
    return quantize(base * offer.cost_percent / HUNDRED, product.currency)


def _rule(
    catalogue: Catalogue, product: CatalogProduct, price_list_id: int | None, at: datetime
) -> tuple[Rule, str]:
    price_list = catalogue.price_list(price_list_id)
    rule = price_list.rule_for(product, at) if price_list else None
    return (rule, price_list.name) if price_list and rule else (NO_RULE, "")
