"""What is bought by whom: products by the party's trade and country, in amounts people really ask for."""

from bisect import bisect_right
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from random import Random

from commerce.demo.names import PROFILES
from commerce.demo.parties import PHONES
from commerce.demo.recipients import Recipients
from commerce.demo.specs import BrandSpec, Item
from commerce.demo.terms import BRANDS, CATEGORIES
from commerce.models import Product
from commerce.services.catalogue import CatalogProduct, Catalogue

AT_HOME, ABROAD = 9.0, 0.35
ESIM = Product.SimType.ESIM.value
SHARES = {code: share for code, _name, _icon, share in CATEGORIES}


@dataclass(frozen=True, slots=True)
class Ware:
    """One product with who receives it and how much is asked of it."""

    product: CatalogProduct
    brand: BrandSpec
    item: Item
    recipients: Recipients
    wants_code: bool

    def amount(self, rng: Random) -> Decimal | None:
        usual = self.item.usual
        return usual[int(len(usual) * rng.random() ** 1.8)] if usual else None

    def quantity(self, rng: Random) -> int:
        if self.product.max_quantity == 1 or rng.random() < 0.96:
            return 1
        return 2 if rng.random() < 0.8 else 3


class Shelf:
    """Everything on sale, weighed for each kind of party once."""

    def __init__(self, catalogue: Catalogue, orders: int) -> None:
        self._wares = [
            Ware(
                product=catalogue.by_sku[item.sku],
                brand=brand,
                item=item,
                recipients=recipients,
                wants_code=brand.category == "gift-cards" or not brand.fields or item.sim_type == ESIM,
            )
            for brand in BRANDS
            for recipients in [Recipients(brand, orders // 90, PHONES.get(brand.country) or PHONES["NG"])]
            for item in brand.items
        ]
        self._in_category = {
            code: sum(brand.weight for brand in BRANDS if brand.category == code)
            for code, *_rest in CATEGORIES
        }
        self._kept: dict[tuple[str, str, bool], list[float]] = {}

    def draw(self, profile: str, country: str, euros: bool, rng: Random) -> Ware:
        key = (profile, country, euros)
        weights = self._kept.get(key)
        if weights is None:
            weights = self._kept[key] = list(accumulate(self._weight(ware, *key) for ware in self._wares))
        return self._wares[bisect_right(weights, rng.random() * weights[-1])]

    def draw_shipped(self, country: str, rng: Random) -> Ware:
        """A SIM card or an eSIM of our own desk, sooner one of the party's country."""
        shipped = [ware for ware in self._wares if ware.product.shipped]
        weights = [
            ware.item.weight * (AT_HOME if ware.brand.country == country else ABROAD) for ware in shipped
        ]
        return rng.choices(shipped, weights)[0]

    def _weight(self, ware: Ware, profile: str, country: str, euros: bool) -> float:
        if ware.product.currency != "USD" and not euros:
            return 0.0
        brand = ware.brand
        weight = SHARES[brand.category] * PROFILES[profile].get(brand.category, 1.0)
        weight *= brand.weight / self._in_category[brand.category]
        weight *= ware.item.weight / sum(item.weight for item in brand.items)
        if brand.country and brand.category != "gift-cards":
            weight *= AT_HOME if brand.country == country else ABROAD
        return weight
