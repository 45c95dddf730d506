"""The shapes in which the demo's catalogue is written down."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Field:
    """One question about the recipient; see `commerce.models.RecipientField`."""

    key: str
    kind: str
    label: str
    help_text: str = ""
    required: bool = True
    choices: tuple[str, ...] = ()
    pattern: str = ""
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One product. `usual` are the amounts people ask of a range product, the commonest first."""

    sku: str
    name: str
    price: Decimal | None = None
    face_value: Decimal | None = None
    ingame_amount: int | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    step: Decimal | None = None
    usual: tuple[Decimal, ...] = ()
    sim_type: str = ""
    shipped: bool = False
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class BrandSpec:
    """One brand with its products. `weight` is its share of its category's orders."""

    category: str
    code: str
    name: str
    items: tuple[Item, ...]
    fields: tuple[Field, ...] = ()
    country: str = ""
    currency: str = "USD"
    ingame_currency: str = ""
    prefixes: tuple[str, ...] = ()
    digits: int = 0
    weight: float = 1.0
    description: str = ""
    active: bool = True
    max_quantity: int = 10


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """One line of a price list. `brand` and `sku` narrow it; `summer` gives it two weeks of last half-year."""

    category: str = ""
    brand: str = ""
    sku: str = ""
    kind: str = "list"
    percent: str | None = None
    fixed_price: str | None = None
    commission_percent: str | None = None
    service_fee: str | None = None
    tax_percent: str | None = None
    promotion: bool = False


@dataclass(frozen=True, slots=True)
class PriceListSpec:
    code: str
    name: str
    description: str
    rules: tuple[RuleSpec, ...]
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class ProviderSpec:
    """A provider and its habits: shares of calls that fail or never answer, seconds until it answers."""

    code: str
    name: str
    adapter: str
    failing: float = 0.0
    silent: float = 0.0
    seconds: tuple[float, float] = (0.4, 2.0)
    bad_hours: Sequence[int] = field(default_factory=tuple)
    low_float: str = "0"


def pack(
    sku: str,
    name: str,
    price: str,
    amount: int | None = None,
    *,
    face: str | None = None,
    weight: float = 1.0,
) -> Item:
    """A product with a fixed price."""
    return Item(
        sku,
        name,
        price=Decimal(price),
        ingame_amount=amount,
        face_value=Decimal(face) if face else None,
        weight=weight,
    )


def amount(sku: str, name: str, low: str, high: str, step: str, usual: str, *, weight: float = 1.0) -> Item:
    """A product of which any amount between two is sold."""
    amounts = tuple(Decimal(each) for each in usual.split())
    return Item(
        sku,
        name,
        minimum=Decimal(low),
        maximum=Decimal(high),
        step=Decimal(step),
        usual=amounts,
        weight=weight,
    )
