"""The catalogue in memory: what is in it, when it is read again, and how few queries that takes."""

import re
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from commerce.services import catalogue as catalogues
from commerce.services.catalogue import current
from commerce.services.operators import resolve_operator
from commerce.site_settings import PricingPage
from core import site_settings
from core.exceptions import InvalidInput
from tests.factories_catalog import (
    BrandFactory,
    CategoryFactory,
    NumberPrefixFactory,
    OfferFactory,
    PriceListFactory,
    PriceRuleFactory,
    ProductFactory,
    ProviderFactory,
    RecipientFieldFactory,
    catalogue_of,
    sellable,
)

pytestmark = pytest.mark.django_db
QUERIES_TO_READ_ALL = 13


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    catalogues.forget()
    yield
    catalogues.forget()


def test_a_product_carries_its_brand_its_questions_and_its_offers() -> None:
    brand = BrandFactory(code="pubg123", name="PUBG Mobile", country="US")
    RecipientFieldFactory(brand=brand, key="zone", kind="zone", position=2, pattern=r"\d+")
    RecipientFieldFactory(brand=brand, key="server", kind="choice", position=1, choices="Asia\n\n Europe \n")
    product = sellable(brand=brand, sku="UC500")
    found = current().products[product.pk]
    assert found is current().by_sku["UC500"]
    assert (found.brand_code, found.brand_name, found.brand_country, found.category_code) == (
        "pubg123",
        "PUBG Mobile",
        "US",
        "games",
    )
    assert [(field.key, field.choices) for field in found.fields] == [
        ("server", ("Asia", "Europe")),
        ("zone", ()),
    ]
    assert found.fields[1].pattern == re.compile(r"\d+", re.ASCII)
    assert found.orderable
    assert current().brand_by_code["pubg123"].fields == found.fields


def test_offers_stand_in_the_order_in_which_they_are_tried() -> None:
    product = ProductFactory()
    late = OfferFactory(product=product, priority=5, cost=Decimal(1), provider=ProviderFactory(code="a"))
    dear = OfferFactory(product=product, priority=1, cost=Decimal(90), provider=ProviderFactory(code="b"))
    cheap = OfferFactory(product=product, priority=1, cost=Decimal(70), provider=ProviderFactory(code="c"))
    OfferFactory(product=product, active=False, provider=ProviderFactory(code="d"))
    OfferFactory(product=product, provider=ProviderFactory(code="e", active=False))
    assert [offer.id for offer in current().products[product.pk].offers] == [cheap.pk, dear.pk, late.pk]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, ""),
        ({"active": False}, "inactive_product"),
        ({"brand__active": False}, "inactive_brand"),
        ({"brand__category": None}, "inactive_category"),
    ],
)
def test_a_product_says_why_it_cannot_be_ordered(change: dict[str, Any], why: str) -> None:
    if "brand__category" in change:
        change = {"brand__category": CategoryFactory(code="closed", active=False)}
    product = sellable(**change)
    found = current().products[product.pk]
    assert (found.orderable, found.why_not) == (not why, why)


def test_a_product_that_nobody_delivers_cannot_be_ordered() -> None:
    product = ProductFactory()
    found = current().products[product.pk]
    assert (found.orderable, found.why_not) == (False, "no_offer")


def test_rules_of_active_lists_are_found_by_their_scope_newest_first() -> None:
    product = sellable()
    gold = PriceListFactory(is_default=True)
    older = PriceRuleFactory(price_list=gold, brand=product.brand)
    newer = PriceRuleFactory(price_list=gold, brand=product.brand)
    PriceRuleFactory(price_list=gold, product=product, valid_until=timezone.now() - timedelta(days=1))
    PriceRuleFactory(price_list=PriceListFactory(active=False))
    catalogue = current()
    assert catalogue.default_price_list_id == gold.pk
    assert list(catalogue.rules) == [gold.pk]
    found = catalogue.rules[gold.pk].rule_for(catalogue.products[product.pk], timezone.now())
    assert found and (found.id, found.scope) == (newer.pk, "brand")
    assert [rule.id for rule in catalogue.rules[gold.pk].rules["brand", product.brand_id]] == [
        newer.pk,
        older.pk,
    ]


def test_no_query_is_made_while_the_callers_number_is_the_one_in_memory(
    django_assert_num_queries: Any,
) -> None:
    sellable()
    catalogue = current()
    with django_assert_num_queries(0):
        assert current(catalogue.version) is catalogue
    with django_assert_num_queries(1):
        assert current() is catalogue


def test_the_whole_catalogue_is_read_in_few_queries_however_large(
    django_assert_max_num_queries: Any,
) -> None:
    for _count in range(3):
        product = sellable()
        RecipientFieldFactory(brand=product.brand)
        PriceRuleFactory(product=product)
    with django_assert_max_num_queries(QUERIES_TO_READ_ALL):
        assert len(current().products) == 3


@pytest.mark.parametrize(
    "change",
    [
        lambda product: type(product).objects.filter(pk=product.pk).update(price=Decimal(5)),
        lambda product: OfferFactory(product=product, provider=ProviderFactory(code="other")),
        lambda product: product.offers.all().delete(),
        lambda product: RecipientFieldFactory(brand=product.brand),
        lambda product: PriceRuleFactory(),
        lambda product: NumberPrefixFactory(brand=product.brand),
        lambda product: site_settings.save(PricingPage, {"tax_percent": Decimal(9)}, user=None),
        lambda product: type(product.brand.category).objects.update(active=False),
    ],
)
def test_every_change_raises_the_number_and_is_seen(change: Any) -> None:
    product = sellable()
    before = current()
    change(product)
    after = current()
    assert after is not before
    assert after.version > before.version


def test_the_pricing_settings_are_those_in_the_database() -> None:
    current()
    site_settings.save(PricingPage, {"tax_percent": Decimal("9.5"), "quote_minutes": 3}, user=None)
    pricing = current().pricing
    assert (pricing.tax_percent, pricing.quote_minutes) == (Decimal("9.5"), 3)


def test_a_pattern_that_does_not_compile_refuses_every_answer() -> None:
    field = RecipientFieldFactory(brand=sellable().brand)
    type(field).objects.filter(pk=field.pk).update(pattern="(")
    brand = current().brands[field.brand_id]
    assert brand.fields[0].pattern is not None
    assert brand.fields[0].pattern.fullmatch("5") is None


def test_threads_that_ask_at_once_read_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read_times: list[float] = []
    found: list[Any] = []

    def slow_read() -> Any:
        read_times.append(time.monotonic())
        time.sleep(0.05)
        return catalogue_of()

    monkeypatch.setattr(catalogues, "read", slow_read)
    threads = [threading.Thread(target=lambda: found.append(current(1))) for _count in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_times) == 1
    assert len({id(catalogue) for catalogue in found}) == 1


def test_a_numbers_operator_is_the_brand_of_its_longest_prefix() -> None:
    general, special = BrandFactory(), BrandFactory()
    NumberPrefixFactory(brand=general, prefix="98")
    NumberPrefixFactory(brand=special, prefix="98912")
    assert resolve_operator("09121234567", "IR") == current().brands[special.pk]
    assert resolve_operator("+98 935 123 4567") == current().brands[general.pk]
    assert resolve_operator("+14155550100") is None


def test_an_inactive_operator_is_not_found() -> None:
    NumberPrefixFactory(brand=BrandFactory(active=False), prefix="98912")
    assert resolve_operator("+989121234567") is None


def test_what_is_no_number_has_no_operator() -> None:
    with pytest.raises(InvalidInput) as caught:
        resolve_operator("12345", "IR")
    assert (caught.value.code, caught.value.field) == ("invalid_phone", "phone_number")
