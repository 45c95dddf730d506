"""What each product costs whom, by the product's own pricing, kept as the text of an order's columns."""

import json
from bisect import bisect_right
from dataclasses import dataclass
from decimal import Decimal

from commerce.demo.moments import millis, moment
from commerce.services.catalogue import CatalogProduct, Catalogue
from commerce.services.pricing import Price, price_for, unit_cost
from commerce.services.settlement import PARTS

# The columns of an order that the price decides; `Priced.columns` is their text.
COLUMNS = (
    "product_id", "brand_id", "product_name", "brand_name", "category_code", "sku", "face_value", "ingame_currency",
    "ingame_amount", "quantity", "unit_price", "price", "service_fee", "delivery_fee", "tax", "commission", "total",
    "currency", "price_explanation",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """One offer as an attempt names it; cost in cents for the whole order."""

    offer_id: int
    provider_id: int
    sku: str
    cost: int


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a total, in cents: what captures it, what gives it back, and the company's account kind."""

    capture: str
    refund: str
    account: str
    amount: int


@dataclass(frozen=True, slots=True)
class Priced:
    """A price as history uses it, in cents."""

    product: CatalogProduct
    quantity: int
    columns: str
    total: int
    parts: tuple[Part, ...]
    commission: int
    sources: tuple[Source, ...]
    amount: str

    @property
    def currency(self) -> str:
        return self.product.currency


def cents(amount: Decimal) -> int:
    return int(amount * 100)


def text(amount: int) -> str:
    """Cents as COPY reads them."""
    return f"{amount // 100}.{amount % 100:02d}" if amount >= 0 else f"-{-amount // 100}.{-amount % 100:02d}"


def escaped(value: str) -> str:
    """A text as a COPY column."""
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


class PriceBook:
    """Asks the pricing service once for each different case."""

    def __init__(self, catalogue: Catalogue, skus: dict[int, str]) -> None:
        self._catalogue = catalogue
        self._skus = skus
        rules = [rule for found in catalogue.rules.values() for each in found.rules.values() for rule in each]
        turns = {millis(at) for rule in rules for at in (rule.valid_from, rule.valid_until) if at}
        self._turns = sorted(turns)
        self._kept: dict[tuple[object, ...], Priced] = {}

    def price(
        self,
        product: CatalogProduct,
        price_list_id: int | None,
        rate: Decimal,
        amount: Decimal | None,
        quantity: int,
        at: int,
    ) -> Priced:
        era = bisect_right(self._turns, at)
        case = (product.id, price_list_id, rate, amount, quantity, era)
        found = self._kept.get(case)
        if found is None:
            priced = price_for(
                self._catalogue,
                product,
                price_list_id=price_list_id,
                commission_rate=rate,
                amount=amount,
                quantity=quantity,
                at=moment(at),
            )
            found = self._kept[case] = self._priced(product, priced, quantity)
        return found

    def _priced(self, product: CatalogProduct, price: Price, quantity: int) -> Priced:
        parts = tuple(
            Part(part.capture.value, part.refund.value, part.account.value, cents(getattr(price, part.field)))
            for part in PARTS
        )
        sources = tuple(
            Source(
                offer.id,
                offer.provider_id,
                self._skus.get(offer.id) or product.sku,
                cents(unit_cost(product, offer, price.amount) * quantity),
            )
            for offer in product.offers
        )
        face = "null" if price.face_value is None else f'"{price.face_value:.2f}"'
        return Priced(
            product,
            quantity,
            _columns(product, price, quantity),
            cents(price.total),
            parts,
            cents(price.commission),
            sources,
            face,
        )


def _columns(product: CatalogProduct, price: Price, quantity: int) -> str:
    values = (
        product.id, product.brand_id, product.name, product.brand_name, product.category_code, product.sku,
        price.face_value, product.ingame_currency, product.ingame_amount, quantity, price.unit_price, price.price,
        price.service_fee, price.delivery_fee, price.tax, price.commission, price.total, price.currency,
        json.dumps(price.explanation, ensure_ascii=False),
    )  # fmt: skip
    return "\t".join("\\N" if value is None else escaped(str(value)) for value in values)
