"""What an order costs: price-list rules, fees, tax, commission, and the guard against selling below cost."""

from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from commerce.services.catalogue import CatalogProduct, Catalogue
from commerce.services.price_explanation import explain
from commerce.services.pricing import Price, price_for, price_seen
from commerce.site_settings import PricingForm, PricingSettings
from core.exceptions import InvalidInput
from tests.factories_catalog import NOW, catalog_product, catalogue_of, offer_def, range_product, rule_def

CENT = Decimal("0.01")


def priced(product: CatalogProduct, catalogue: Catalogue | None = None, **options: Any) -> Price:
    defaults: dict[str, Any] = {
        "price_list_id": 1,
        "commission_rate": Decimal(0),
        "amount": None,
        "quantity": 1,
    }
    return price_for(catalogue or catalogue_of(product), product, **{**defaults, "at": NOW, **options})


def refused(product: CatalogProduct, catalogue: Catalogue | None = None, **options: Any) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        priced(product, catalogue, **options)
    return caught.value


def test_without_rules_and_fees_the_total_is_the_list_price() -> None:
    price = priced(catalog_product(), quantity=3)
    assert (price.unit_price, price.price, price.total) == (Decimal(100), Decimal(300), Decimal(300))
    assert (price.cost, price.commission, price.tax) == (Decimal(240), 0, 0)


def test_a_range_product_costs_a_percentage_of_the_amount_on_both_sides() -> None:
    price = priced(range_product(price_percent=Decimal("97.5")), amount=Decimal("55"))
    assert (price.price, price.cost, price.face_value) == (Decimal("53.63"), Decimal("49.50"), Decimal(55))


def test_the_most_specific_rule_wins_and_the_newest_of_its_scope() -> None:
    product = catalog_product()
    rules = {
        ("product", 1): (rule_def(id=9, scope="product", kind="fixed", fixed_price=Decimal(91)),),
        ("brand", 1): (rule_def(id=8, scope="brand", kind="percent", percent=Decimal(92)),),
        ("category", 1): (
            rule_def(id=7, scope="category", kind="percent", percent=Decimal(93)),
            rule_def(id=6, scope="category", kind="percent", percent=Decimal(50)),
        ),
        ("all", 0): (rule_def(id=5, kind="percent", percent=Decimal(94)),),
    }
    for scope, expected in zip(list(rules), (91, 92, 93, 94), strict=True):
        assert priced(product, catalogue_of(product, rules=rules)).price == expected
        del rules[scope]
    assert priced(product, catalogue_of(product, rules=rules)).price == 100


def test_a_rule_holds_from_its_first_moment_until_before_its_last() -> None:
    product = catalog_product()
    later = NOW + timedelta(days=1)
    rule = rule_def(scope="product", kind="percent", percent=Decimal(90), valid_from=NOW, valid_until=later)
    catalogue = catalogue_of(product, rules={("product", 1): (rule,)})
    moments = [NOW - timedelta(seconds=1), NOW, later - timedelta(seconds=1), later]
    assert [priced(product, catalogue, at=at).price for at in moments] == [100, 90, 90, 100]


def test_an_expired_newer_rule_gives_way_to_the_older_one() -> None:
    product = catalog_product()
    expired = rule_def(id=2, scope="brand", kind="percent", percent=Decimal(85), valid_until=NOW)
    catalogue = catalogue_of(
        product, rules={("brand", 1): (expired, rule_def(scope="brand", kind="percent", percent=Decimal(95)))}
    )
    assert priced(product, catalogue).price == 95


def test_a_party_without_a_list_has_the_default_one() -> None:
    product = catalog_product()
    catalogue = catalogue_of(product, rules={("all", 0): (rule_def(kind="percent", percent=Decimal(90)),)})
    assert priced(product, catalogue, price_list_id=None).price == 90
    assert priced(product, catalogue, price_list_id=77).price == 90
    assert priced(product, catalogue_of(product, default_price_list_id=None), price_list_id=None).price == 100


def test_fees_and_tax_come_from_the_settings_and_the_tax_is_on_price_and_fees() -> None:
    product = catalog_product(shipped=True)
    settings: dict[str, Any] = {
        "service_fee": Decimal("1.50"),
        "delivery_fee": Decimal("5"),
        "tax_percent": Decimal("9"),
    }
    price = priced(product, catalogue_of(product, **settings), quantity=2)
    assert (price.service_fee, price.delivery_fee) == (Decimal("1.50"), Decimal("5"))
    assert price.tax == Decimal("18.59")
    assert price.total == Decimal("225.09")


def test_a_rule_overrides_each_fee_also_with_nothing() -> None:
    product = catalog_product(shipped=True)
    rule = rule_def(
        service_fee=Decimal(0),
        delivery_fee=Decimal(2),
        tax_percent=Decimal(10),
        commission_percent=Decimal(3),
    )
    catalogue = catalogue_of(
        product,
        rules={("all", 0): (rule,)},
        service_fee=Decimal(9),
        delivery_fee=Decimal(9),
        tax_percent=Decimal(9),
    )
    price = priced(product, catalogue, commission_rate=Decimal(7))
    parts = (price.service_fee, price.delivery_fee, price.tax, price.commission)
    assert parts == (0, 2, Decimal("10.20"), 3)


def test_only_shipped_products_have_a_delivery_fee() -> None:
    product = catalog_product()
    assert priced(product, catalogue_of(product, delivery_fee=Decimal(5))).delivery_fee == 0


def test_default_fees_are_not_charged_in_another_currency() -> None:
    product = catalog_product(currency="EUR", shipped=True)
    price = priced(product, catalogue_of(product, service_fee=Decimal(1), delivery_fee=Decimal(1)))
    assert price.total == 100


def test_the_resellers_own_commission_is_a_share_of_the_price_alone() -> None:
    product = catalog_product()
    price = priced(product, catalogue_of(product, service_fee=Decimal(10)), commission_rate=Decimal("2.5"))
    assert (price.commission, price.total) == (Decimal("2.50"), Decimal(110))
    assert price.margin == Decimal("27.50")


def test_below_cost_is_refused_in_neutral_words_unless_the_rule_allows_it() -> None:
    product = catalog_product()
    cheap = rule_def(kind="percent", percent=Decimal(70))
    error = refused(product, catalogue_of(product, rules={("all", 0): (cheap,)}))
    assert (error.code, list(error.errors)) == ("below_cost", ["product"])
    assert "cost" not in error.message.lower()
    allowed = rule_def(kind="percent", percent=Decimal(70), allow_below_cost=True)
    assert priced(product, catalogue_of(product, rules={("all", 0): (allowed,)})).margin == -10


def test_the_cost_is_that_of_the_offer_tried_first() -> None:
    offers = (offer_def(id=1, cost=Decimal(85)), offer_def(id=2, cost=Decimal(10)))
    assert priced(catalog_product(offers=offers)).cost == 85


def test_a_fixed_offer_without_a_cost_counts_as_a_share_of_the_list_price() -> None:
    product = catalog_product(offers=(offer_def(cost=None, cost_percent=Decimal(60)),))
    assert priced(product).cost == 60


@pytest.mark.parametrize("quantity", [0, -1, 11, True, 1.0, "1"])
def test_a_quantity_outside_its_limits_is_refused(quantity: Any) -> None:
    error = refused(catalog_product(), quantity=quantity)
    assert (error.code, list(error.errors)) == ("invalid_quantity", ["quantity"])


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (None, "invalid_amount"),
        (Decimal("NaN"), "invalid_amount"),
        (Decimal("Infinity"), "invalid_amount"),
        (Decimal("50.123456789"), "invalid_amount"),
        (Decimal("9.99"), "amount_out_of_range"),
        (Decimal("500.01"), "amount_out_of_range"),
        (Decimal(-20), "amount_out_of_range"),
        (Decimal("12"), "amount_off_step"),
    ],
)
def test_an_amount_that_cannot_be_sold_is_refused(amount: Decimal | None, code: str) -> None:
    error = refused(range_product(), amount=amount)
    assert (error.code, list(error.errors)) == (code, ["amount"])


def test_steps_count_from_the_minimum() -> None:
    product = range_product(minimum=Decimal(7), step=Decimal(5))
    assert priced(product, amount=Decimal(12)).price == 12
    assert refused(product, amount=Decimal(10)).code == "amount_off_step"


def test_a_fixed_product_takes_no_amount() -> None:
    assert refused(catalog_product(), amount=Decimal(100)).code == "invalid_amount"


def test_a_product_nobody_delivers_has_no_price() -> None:
    assert refused(catalog_product(offers=())).code == "product_unavailable"


def test_a_range_product_keeps_its_own_price_under_a_fixed_rule() -> None:
    product = range_product()
    catalogue = catalogue_of(product, rules={("all", 0): (rule_def(kind="fixed", fixed_price=Decimal(1)),)})
    assert priced(product, catalogue, amount=Decimal(100)).price == 100


def test_a_range_rule_is_a_percentage_of_the_amount() -> None:
    product = range_product(price_percent=Decimal(98))
    catalogue = catalogue_of(product, rules={("all", 0): (rule_def(kind="percent", percent=Decimal(95)),)})
    assert priced(product, catalogue, amount=Decimal(100)).price == 95


def test_the_price_seen_in_the_catalogue_is_the_unit_price_charged() -> None:
    product = catalog_product()
    catalogue = catalogue_of(product, rules={("all", 0): (rule_def(kind="percent", percent=Decimal(95)),)})
    assert price_seen(catalogue, product, price_list_id=None, at=NOW) == priced(product, catalogue).unit_price
    assert price_seen(catalogue, range_product(), price_list_id=None, at=NOW) is None


def test_the_explanation_reads_as_sentences_and_never_tells_the_cost() -> None:
    product = catalog_product(shipped=True)
    rule = rule_def(id=12, scope="brand", kind="percent", percent=Decimal("95.500"))
    catalogue = catalogue_of(
        product,
        rules={("brand", 1): (rule,)},
        service_fee=Decimal(1),
        delivery_fee=Decimal(3),
        tax_percent=Decimal(9),
    )
    price = priced(product, catalogue, commission_rate=Decimal(2), quantity=2)
    lines = explain(price.explanation)
    text = "\n".join(lines)
    assert len(lines) == 8
    assert "“Gold”, rule 12 for the brand, 95.5 %" in text
    assert "from the pricing settings" in text
    assert "the reseller's rate" in text
    assert "80" not in text.replace("180", "")
    assert explain([{"step": "from the future"}]) == []


def test_the_settings_page_asks_for_every_value_and_its_defaults_are_valid() -> None:
    defaults = asdict(PricingSettings())
    form = PricingForm(defaults)
    assert set(form.fields) == set(defaults)
    assert form.is_valid(), form.errors


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tax_percent", "101"),
        ("tax_percent", "-1"),
        ("service_fee", "-0.01"),
        ("delivery_fee", "0.001"),
        ("quote_minutes", "0"),
        ("unpaid_order_minutes", "1"),
    ],
)
def test_a_setting_out_of_range_is_refused_by_name(name: str, value: str) -> None:
    assert list(PricingForm({**asdict(PricingSettings()), name: value}).errors) == [name]


MONEY = st.decimals(min_value=CENT, max_value=Decimal(10_000), places=2)
SHARE = st.decimals(min_value=0, max_value=100, places=3)


@given(price=MONEY, cost=MONEY, fee=MONEY, share=SHARE, tax=SHARE, rate=SHARE, quantity=st.integers(1, 10))
def test_the_parts_add_up_and_a_price_is_never_below_cost(
    price: Decimal, cost: Decimal, fee: Decimal, share: Decimal, tax: Decimal, rate: Decimal, quantity: int
) -> None:
    product = catalog_product(price=price, offers=(offer_def(cost=cost),), shipped=True)
    rule = rule_def(kind="percent", percent=share, delivery_fee=fee)
    catalogue = catalogue_of(product, rules={("all", 0): (rule,)}, service_fee=fee, tax_percent=tax)
    try:
        made = priced(product, catalogue, commission_rate=rate, quantity=quantity)
    except InvalidInput as error:
        assert error.code in ("below_cost", "product_unavailable")
        return
    assert made.total == made.price + made.service_fee + made.delivery_fee + made.tax
    assert made.price == made.unit_price * quantity >= made.cost
    assert 0 <= made.commission <= made.price
    parts = (
        made.price,
        made.cost,
        made.service_fee,
        made.delivery_fee,
        made.tax,
        made.commission,
        made.total,
    )
    assert all(part == part.quantize(CENT) for part in parts)


@given(less=st.integers(2, 100), more=st.integers(2, 100), share=SHARE, tax=SHARE)
def test_a_larger_amount_never_costs_less(less: int, more: int, share: Decimal, tax: Decimal) -> None:
    assume(less <= more)
    product = range_product(price_percent=share + 1, offers=(offer_def(cost_percent=Decimal(0)),))
    catalogue = catalogue_of(product, tax_percent=tax)
    small, large = (priced(product, catalogue, amount=Decimal(5 * count)) for count in (less, more))
    assert small.total <= large.total
    assert small.total <= priced(product, catalogue, amount=Decimal(5 * less), quantity=2).total
