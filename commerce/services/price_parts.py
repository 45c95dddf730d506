"""The parts of a price. Each notes where it came from, as data; `price_explanation` puts that into words."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from commerce.services.catalogue_types import CatalogProduct, Rule
from core.money import quantize

ZERO = Decimal(0)
HUNDRED = Decimal(100)
# What applies where no price list says anything.
NO_RULE = Rule(
    id=0,
    price_list_id=0,
    scope="all",
    kind="list",
    fixed_price=None,
    percent=None,
    commission_percent=None,
    service_fee=None,
    delivery_fee=None,
    tax_percent=None,
    allow_below_cost=False,
    valid_from=None,
    valid_until=None,
)

type Step = dict[str, Any]


@dataclass(slots=True)
class Reckoning:
    """A price being worked out, in one currency, and its steps so far."""

    currency: str
    steps: list[Step] = field(default_factory=list)

    def note(self, step: str, amount: Decimal, **details: Any) -> None:
        self.steps.append({"step": step, "amount": str(amount), "currency": self.currency, **details})

    def unit_price(
        self, product: CatalogProduct, rule: Rule, price_list_name: str, amount: Decimal | None
    ) -> Decimal:
        """What one unit costs: the list price, changed by the rule. Of a range, of this amount."""
        base = price = product.price or ZERO
        if product.is_range:
            base = amount or ZERO
            price = quantize(base * product.price_percent / HUNDRED, self.currency)
            self.note("list_price", price, percent=plain(product.price_percent), of=str(base))
        else:
            self.note("list_price", price)
        if rule is NO_RULE:
            return price
        applied: Step = {
            "price_list": price_list_name,
            "rule": rule.id,
            "scope": rule.scope,
            "kind": rule.kind,
        }
        if rule.kind == "percent" and rule.percent is not None:
            price = quantize(base * rule.percent / HUNDRED, self.currency)
            applied["percent"] = plain(rule.percent)
        elif rule.kind == "fixed" and rule.fixed_price is not None and not product.is_range:
            price = rule.fixed_price
        self.note("rule", price, **applied)
        return price

    def fee(self, name: str, by_rule: Decimal | None, default: Decimal) -> Decimal:
        """A fee of the rule, else of the Pricing settings."""
        fee = quantize(default if by_rule is None else by_rule, self.currency)
        if fee:
            self.note(name, fee, **{"from": "settings" if by_rule is None else "rule"})
        return fee

    def share(
        self, name: str, of: Decimal, by_rule: Decimal | None, default: Decimal, default_from: str
    ) -> Decimal:
        """A percentage of an amount: the rule's, else the one from elsewhere."""
        percent = default if by_rule is None else by_rule
        if not percent:
            return ZERO
        share = quantize(of * percent / HUNDRED, self.currency)
        origin = default_from if by_rule is None else "rule"
        self.note(name, share, percent=plain(percent), of=str(of), **{"from": origin})
        return share


def plain(number: Decimal) -> str:
    """A number without trailing zeros and exponents: 97.500 is 97.5, 1E+2 is 100."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
