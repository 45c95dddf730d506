"""What an order costs, from the catalogue in memory alone: no query is made here.

total = price + service fee + delivery fee + tax. Prices and fees exclude tax, and the tax is on all three.
The most specific rule of the buyer's price list decides; what it leaves open comes from the Pricing settings
page, whose two fees are amounts of the base currency and so apply only to products priced in it (nothing is
converted). A delivery fee is for shipped products only. Fees are per order.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from commerce.services.catalogue_types import CatalogProduct, Catalogue, OfferDef, PriceListDef, Rule
from core.exceptions import InvalidInput
from core.money import format_money, quantize

ZERO = Decimal(0)
HUNDRED = Decimal(100)

type Step = dict[str, Any]


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
) -> Price:
    """The price of one order now, or at another time.

    Args:
        price_list_id: the party's list; none or an inactive one means the default list.
        commission_rate: the reseller's own, in per cent of the price; a rule's comes first.
        amount: what to credit, of a range product, in its currency.

    Raises:
        InvalidInput: `invalid_quantity`, `invalid_amount`, `amount_out_of_range`, `amount_off_step`,
            `product_unavailable`, or `below_cost` where the price is below the first offer's cost and no rule
            allows that.
    """
    _check_quantity(product, quantity)
    _check_amount(product, amount)
    if not product.offers:
        raise _unavailable("product_unavailable")
    price_list = catalogue.price_list(price_list_id)
    rule = price_list.rule_for(product, at) if price_list else None
    steps: list[Step] = []
    unit_price = _unit_price(product, price_list, rule, amount, steps)
    price = unit_price * quantity
    if quantity > 1:
        steps.append(
            {"step": "quantity", "quantity": quantity, "amount": str(price), "currency": product.currency}
        )
    cost = unit_cost(product, product.offers[0], amount) * quantity
    if price <= 0:
        raise _unavailable("product_unavailable")
    if price < cost and not (rule and rule.allow_below_cost):
        raise _unavailable("below_cost")
    priced = Price(
        unit_price=unit_price,
        price=price,
        cost=cost,
        service_fee=ZERO,
        delivery_fee=ZERO,
        tax=ZERO,
        commission=ZERO,
        total=price,
        currency=product.currency,
        face_value=amount if product.is_range else product.face_value,
        amount=amount,
        explanation=steps,
    )
    return _with_fees(priced, catalogue, product, rule, commission_rate)


def price_seen(
    catalogue: Catalogue, product: CatalogProduct, *, price_list_id: int | None, at: datetime
) -> Decimal | None:
    """The price of one unit as a party's catalogue shows it, before tax and fees; none for a range."""
    if product.is_range:
        return None
    price_list = catalogue.price_list(price_list_id)
    rule = price_list.rule_for(product, at) if price_list else None
    return _unit_price(product, price_list, rule, None, [])


def percent_seen(
    catalogue: Catalogue, product: CatalogProduct, *, price_list_id: int | None, at: datetime
) -> Decimal | None:
    """What a range product costs a party, in per cent of the amount before tax and fees; else none."""
    if not product.is_range:
        return None
    price_list = catalogue.price_list(price_list_id)
    rule = price_list.rule_for(product, at) if price_list else None
    by_rule = rule.percent if rule and rule.kind == "percent" else None
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


def _check_quantity(product: CatalogProduct, quantity: int) -> None:
    if type(quantity) is not int or not 1 <= quantity <= product.max_quantity:
        raise InvalidInput(
            "invalid_quantity",
            _("Give a quantity from 1 to %(most)d.") % {"most": product.max_quantity},
            field="quantity",
        )


def _check_amount(product: CatalogProduct, amount: Decimal | None) -> None:
    if not product.is_range:
        if amount is not None:
            raise InvalidInput(
                "invalid_amount",
                _("This product has a fixed denomination: leave the amount out."),
                field="amount",
            )
        return
    limits = (product.minimum, product.maximum, product.step)
    if None in limits:
        raise _unavailable("product_unavailable")
    if amount is None:
        raise InvalidInput("invalid_amount", _("This product needs an amount."), field="amount")
    if not amount.is_finite() or amount != quantize(amount, product.currency):
        raise InvalidInput("invalid_amount", _("This is no amount of money."), field="amount")
    _check_range(product, amount)


def _check_range(product: CatalogProduct, amount: Decimal) -> None:
    minimum, maximum, step = product.minimum or ZERO, product.maximum or ZERO, product.step or Decimal(1)
    if not minimum <= amount <= maximum:
        raise InvalidInput(
            "amount_out_of_range",
            _("Give an amount from %(minimum)s to %(maximum)s.")
            % {
                "minimum": format_money(minimum, product.currency),
                "maximum": format_money(maximum, product.currency),
            },
            field="amount",
        )
    if (amount - minimum) % step:
        raise InvalidInput(
            "amount_off_step",
            _("Amounts go from %(minimum)s in steps of %(step)s.")
            % {
                "minimum": format_money(minimum, product.currency),
                "step": format_money(step, product.currency),
            },
            field="amount",
        )


def _unavailable(code: str) -> InvalidInput:
    # The same neutral words for every reason: what a provider charges us is not the buyer's business.
    return InvalidInput(code, _("This product cannot be ordered now."), field="product")


def _unit_price(
    product: CatalogProduct,
    price_list: PriceListDef | None,
    rule: Rule | None,
    amount: Decimal | None,
    steps: list[Step],
) -> Decimal:
    currency = product.currency
    if product.is_range:
        base = amount or ZERO
        price = quantize(base * product.price_percent / HUNDRED, currency)
        steps.append(
            {
                "step": "list_price",
                "amount": str(price),
                "currency": currency,
                "percent": plain(product.price_percent),
                "of": str(base),
            }
        )
    else:
        base = price = product.price or ZERO
        steps.append({"step": "list_price", "amount": str(price), "currency": currency})
    if rule is None or price_list is None:
        return price
    applied: Step = {
        "step": "rule",
        "price_list": price_list.name,
        "rule": rule.id,
        "scope": rule.scope,
        "kind": rule.kind,
        "currency": currency,
    }
    if rule.kind == "percent" and rule.percent is not None:
        price = quantize(base * rule.percent / HUNDRED, currency)
        applied["percent"] = plain(rule.percent)
    elif rule.kind == "fixed" and rule.fixed_price is not None and not product.is_range:
        price = rule.fixed_price
    applied["amount"] = str(price)
    steps.append(applied)
    return price


def _with_fees(
    priced: Price, catalogue: Catalogue, product: CatalogProduct, rule: Rule | None, commission_rate: Decimal
) -> Price:
    steps, defaults = priced.explanation, catalogue.pricing
    base_currency = product.currency == settings.BASE_CURRENCY
    service_fee = _fee(
        "service_fee",
        rule and rule.service_fee,
        defaults.service_fee if base_currency else ZERO,
        priced,
        steps,
    )
    delivery_fee = ZERO
    if product.shipped:
        delivery_fee = _fee(
            "delivery_fee",
            rule and rule.delivery_fee,
            defaults.delivery_fee if base_currency else ZERO,
            priced,
            steps,
        )
    taxed = priced.price + service_fee + delivery_fee
    tax = _share(
        "tax", rule and rule.tax_percent, defaults.tax_percent, "settings", taxed, priced.currency, steps
    )
    total = taxed + tax
    steps.append({"step": "total", "amount": str(total), "currency": priced.currency})
    commission = _share(
        "commission",
        rule and rule.commission_percent,
        commission_rate,
        "reseller",
        priced.price,
        priced.currency,
        steps,
    )
    return replace(
        priced,
        service_fee=service_fee,
        delivery_fee=delivery_fee,
        tax=tax,
        commission=commission,
        total=total,
    )


def _fee(name: str, by_rule: Decimal | None, default: Decimal, priced: Price, steps: list[Step]) -> Decimal:
    fee = quantize(default if by_rule is None else by_rule, priced.currency)
    if fee:
        origin = "settings" if by_rule is None else "rule"
        steps.append({"step": name, "amount": str(fee), "currency": priced.currency, "from": origin})
    return fee


def _share(
    name: str,
    by_rule: Decimal | None,
    default: Decimal,
    origin: str,
    base: Decimal,
    currency: str,
    steps: list[Step],
) -> Decimal:
    percent = default if by_rule is None else by_rule
    if not percent:
        return ZERO
    share = quantize(base * percent / HUNDRED, currency)
    steps.append(
        {
            "step": name,
            "amount": str(share),
            "currency": currency,
            "percent": plain(percent),
            "of": str(base),
            "from": origin if by_rule is None else "rule",
        }
    )
    return share


def plain(number: Decimal) -> str:
    """A number without trailing zeros and exponents: 97.500 is 97.5, 1E+2 is 100."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
