"""What the catalogue in memory is made of. Everything here is immutable and safe to share between threads."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from re import Pattern

from commerce.operations_settings import Outage
from commerce.site_settings import PricingSettings


@dataclass(frozen=True, slots=True)
class FieldDef:
    """One question about the recipient; see `commerce.models.RecipientField`."""

    key: str
    kind: str
    label: str
    help_text: str = ""
    required: bool = True
    choices: tuple[str, ...] = ()
    pattern: Pattern[str] | None = None
    sensitive: bool = False
    position: int = 0


@dataclass(frozen=True, slots=True)
class OfferDef:
    """One provider's version of a product. Costs are in the product's currency."""

    id: int
    provider_id: int
    cost: Decimal | None
    cost_percent: Decimal
    priority: int


@dataclass(frozen=True, slots=True)
class BrandDef:
    """A brand with the questions it asks."""

    id: int
    code: str
    name: str
    country: str
    category_id: int
    category_code: str
    active: bool
    fields: tuple[FieldDef, ...]


@dataclass(frozen=True, slots=True)
class CatalogProduct:
    """A product with all that an order of it needs. `offers` stand in the order in which they are tried."""

    id: int
    sku: str
    name: str
    brand_id: int
    brand_code: str
    brand_name: str
    brand_country: str
    category_id: int
    category_code: str
    denomination: str
    currency: str
    price: Decimal | None
    face_value: Decimal | None
    minimum: Decimal | None
    maximum: Decimal | None
    step: Decimal | None
    price_percent: Decimal
    ingame_currency: str
    ingame_amount: int | None
    sim_type: str
    shipped: bool
    max_quantity: int
    orderable: bool
    why_not: str
    fields: tuple[FieldDef, ...]
    offers: tuple[OfferDef, ...]

    @property
    def is_range(self) -> bool:
        return self.denomination == "range"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a price list; see `commerce.models.PriceRule`. `scope`: product, brand, category or all."""

    id: int
    price_list_id: int
    scope: str
    kind: str
    fixed_price: Decimal | None
    percent: Decimal | None
    commission_percent: Decimal | None
    service_fee: Decimal | None
    delivery_fee: Decimal | None
    tax_percent: Decimal | None
    allow_below_cost: bool
    valid_from: datetime | None
    valid_until: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether the rule is in force: from `valid_from` on, until before `valid_until`."""
        if self.valid_from is not None and at < self.valid_from:
            return False
        return self.valid_until is None or at < self.valid_until


@dataclass(frozen=True, slots=True)
class PriceListDef:
    """A price list's active rules by what they are for, newest first."""

    id: int
    name: str
    rules: dict[tuple[str, int], tuple[Rule, ...]]

    def rule_for(self, product: CatalogProduct, at: datetime) -> Rule | None:
        """The most specific rule in force: product, then brand, category, all; the newest of several."""
        for scope in (
            ("product", product.id),
            ("brand", product.brand_id),
            ("category", product.category_id),
            ("all", 0),
        ):
            for rule in self.rules.get(scope, ()):
                if rule.holds(at):
                    return rule
        return None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything sold, under one version.

    Only active price lists and active offers of active providers are in it; products that cannot be ordered
    are, with the reason in `why_not`.
    """

    version: int
    products: dict[int, CatalogProduct]
    by_sku: dict[str, CatalogProduct]
    brands: dict[int, BrandDef]
    brand_by_code: dict[str, BrandDef]
    rules: dict[int, PriceListDef]
    default_price_list_id: int | None
    pricing: PricingSettings
    prefixes: dict[str, int]
    # By brand; whether one still holds depends on the moment of the order.
    outages: dict[int, Outage] = field(default_factory=dict)

    def price_list(self, price_list_id: int | None) -> PriceListDef | None:
        """The party's own list where it is active, else the default one, else none."""
        found = self.rules.get(price_list_id) if price_list_id is not None else None
        if found is None and self.default_price_list_id is not None:
            found = self.rules.get(self.default_price_list_id)
        return found

    def outage(self, product: CatalogProduct, at: datetime) -> Outage | None:
        """Why the product's brand is not sold at this moment, if it is not."""
        found = self.outages.get(product.brand_id)
        return found if found and found.holds(at) else None
