"""Which provider an order goes to, and to which next: kept in memory under the catalogue's number.

The order of trying is the offers' own: lowest priority, then lowest cost. A test order goes to a sandbox
provider only, a shipped one to providers that deliver by hand; where the product has no such offer, any such
provider takes it.
"""

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from commerce.models import Offer, Provider
from commerce.providers.base import Adapter, providers
from commerce.services import catalogue as catalogues
from commerce.services.catalogue import CatalogProduct, Catalogue
from commerce.services.pricing import unit_cost


@dataclass(frozen=True, slots=True)
class LiveProvider:
    """A provider with its adapter at work. `active` ones get new orders; the others still answer for old
    ones.
    """

    id: int
    code: str
    adapter: Adapter
    timeout: int
    active: bool


@dataclass(frozen=True, slots=True)
class Subject:
    """What of an order decides its route and its call; as `commerce.services.fulfilment` reads it."""

    id: UUID
    order_number: str
    generation: int
    is_test: bool
    product_id: int
    sku: str
    category_code: str
    face_value: Decimal | None
    quantity: int
    currency: str
    cost: Decimal
    recipient: Mapping[str, str]
    recipient_key: str
    user_email: str
    shipped: bool
    sim_type: str


@dataclass(frozen=True, slots=True)
class Route:
    """One provider to try, with the offer it is tried under (none for a stand-in). Cost is for the whole
    order.
    """

    provider: LiveProvider
    offer_id: int | None
    sku: str
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Directory:
    """All providers and the SKUs of their offers, under one number of the catalogue."""

    version: int
    providers: dict[int, LiveProvider]
    skus: dict[int, str]


_lock = threading.Lock()
_held: Directory | None = None


def directory(version: int) -> Directory:
    """The providers as of this number of the catalogue; any change to a provider or offer raises it."""
    global _held
    held = _held
    if held is not None and held.version == version:
        return held
    with _lock:
        if _held is None or _held.version != version:
            _held = _read(version)
        return _held


def routes(subject: Subject, version: int) -> list[Route]:
    """The providers that may deliver this order, in the order of trying."""
    known = directory(version)
    product = catalogues.current(version).products.get(subject.product_id)
    offered = _offered(subject, product, known) if product else []
    fitting = [route for route in offered if _fits(route.provider, subject)]
    if fitting or not (subject.is_test or subject.shipped):
        return fitting
    return [
        Route(provider, None, subject.sku, subject.cost)
        for provider in known.providers.values()
        if provider.active and _fits(provider, subject)
    ][:1]


def next_route(subject: Subject, version: int, tried: Collection[int] = ()) -> Route | None:
    """The first provider that has not surely failed this order; `tried` are the ids of those that have."""
    return next((route for route in routes(subject, version) if route.provider.id not in tried), None)


def masked_recipient(subject: Subject, catalogue: Catalogue, mask: Any) -> dict[str, str]:
    """The recipient as an attempt may keep it: what its brand calls sensitive is masked."""
    product = catalogue.products.get(subject.product_id)
    sensitive = (
        {field.key for field in product.fields if field.sensitive} if product else set(subject.recipient)
    )
    return {key: mask(value) if key in sensitive else value for key, value in subject.recipient.items()}


def _offered(subject: Subject, product: CatalogProduct, known: Directory) -> list[Route]:
    return [
        Route(
            provider=provider,
            offer_id=offer.id,
            sku=known.skus.get(offer.id) or subject.sku,
            cost=unit_cost(product, offer, subject.face_value) * subject.quantity,
        )
        for offer in product.offers
        if (provider := known.providers.get(offer.provider_id)) and provider.active
    ]


def _fits(provider: LiveProvider, subject: Subject) -> bool:
    if subject.is_test:
        return provider.adapter.for_tests
    return provider.adapter.by_hand if subject.shipped else True


def _read(version: int) -> Directory:
    live = {
        provider.pk: LiveProvider(
            id=provider.pk,
            code=provider.code,
            adapter=providers.get(provider.adapter)(
                code=provider.code, options=provider.options if isinstance(provider.options, dict) else {}
            ),
            timeout=provider.timeout_seconds,
            active=provider.active,
        )
        for provider in Provider.objects.order_by("id")
        if provider.adapter in providers
    }
    skus = dict(Offer.objects.exclude(provider_sku="").values_list("pk", "provider_sku"))
    return Directory(version, live, skus)
