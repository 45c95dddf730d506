"""The catalogue's admin pages: what each role sees, what a form refuses, and the panels that explain."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from commerce.approval_settings import ApprovalPage
from commerce.models import PriceList, PriceRule, Product, RecipientField
from commerce.services.quotes import create_quote
from core import site_settings
from tests.factories import UserFactory
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
    sellable,
)

pytestmark = pytest.mark.django_db
NOUNS = ["category", "brand", "product", "pricelist", "quote"]


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(UserFactory(staff=role))
    return client


def lines_of(prefix: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """An inline's part of a POST."""
    data: dict[str, Any] = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": 0}
    for number, row in enumerate(rows):
        data |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return data


def brand_form(fields: list[dict[str, Any]], **values: Any) -> dict[str, Any]:
    category = CategoryFactory()
    common = {
        "name": "PUBG Mobile",
        "code": "pubg123",
        "category": category.pk,
        "position": 0,
        "active": "on",
    }
    return {**common, **values, **lines_of("recipient_fields", fields), **lines_of("number_prefixes", [])}


def product_form(**values: Any) -> dict[str, Any]:
    common = {"name": "UC 500", "sku": "UC500", "denomination": "fixed", "currency": "USD", "price": "399"}
    limits = {"price_percent": "100", "max_quantity": "10", "position": "0", "active": "on"}
    brand = values.pop("brand", None) or BrandFactory()
    return {**common, **limits, "brand": brand.pk, **values, **lines_of("offers", [])}


def list_form(rules: list[dict[str, Any]], **values: Any) -> dict[str, Any]:
    return {"name": "Gold", "code": "gold", "active": "on", **values, **lines_of("rules", rules)}


def errors_of(answer: Any, inline: int | None = None) -> set[str]:
    """The names of the fields that a form page marks as wrong."""
    assert answer.status_code == 200
    if inline is None:
        return set(answer.context["adminform"].form.errors)
    return {name for row in answer.context["inline_admin_formsets"][inline].formset.errors for name in row}


@pytest.mark.parametrize("role", ["super_admin", "admin", "moderator", "finance", "support", "auditor"])
def test_every_role_opens_every_page_it_may_see(role: str) -> None:
    product = sellable()
    RecipientFieldFactory(brand=product.brand)
    NumberPrefixFactory(brand=product.brand)
    rule = PriceRuleFactory(product=product)
    pages = [
        ("category", product.brand.category_id),
        ("brand", product.brand_id),
        ("product", product.pk),
        ("pricelist", rule.price_list_id),
    ]
    client = signed_in(role)
    for noun, key in pages:
        for url in (
            reverse(f"admin:commerce_{noun}_changelist"),
            reverse(f"admin:commerce_{noun}_change", args=[key]),
        ):
            assert client.get(url).status_code == 200, url
        history = client.get(reverse(f"admin:commerce_{noun}_history", args=[key]))
        assert history.status_code == (403 if role in ("moderator", "support") else 200), noun
        add = client.get(reverse(f"admin:commerce_{noun}_add"))
        assert add.status_code == (200 if role in ("super_admin", "admin") else 403)
    assert client.get(reverse("admin:commerce_quote_changelist")).status_code == 200


@pytest.mark.parametrize(
    ("role", "sees"),
    [("admin", True), ("finance", True), ("auditor", True), ("moderator", False), ("support", False)],
)
def test_costs_are_shown_only_to_those_who_may_see_them(role: str, sees: bool) -> None:
    product = ProductFactory(price=Decimal("99.99"))
    OfferFactory(product=product, cost=Decimal("77.31"))
    client = signed_in(role)
    for url in (
        reverse("admin:commerce_product_changelist"),
        reverse("admin:commerce_product_change", args=[product.pk]),
        reverse("admin:commerce_product_price", args=[product.pk]),
    ):
        assert ("77.31" in client.get(url).content.decode()) is sees, url


@pytest.mark.parametrize("noun", NOUNS)
def test_a_list_takes_as_many_queries_for_many_rows_as_for_few(
    noun: str, django_assert_max_num_queries: Any
) -> None:
    client = signed_in("admin")
    for number in range(12):
        product = sellable(brand=BrandFactory(category=CategoryFactory(code=f"c{number}")))
        RecipientFieldFactory(brand=product.brand)
        PriceRuleFactory(product=product)
    with django_assert_max_num_queries(15):
        client.get(reverse(f"admin:commerce_{noun}_changelist"))


def test_a_brand_is_made_with_its_questions() -> None:
    rows = [{"key": "player_id", "kind": "player_id", "label": "Player id", "required": "on", "position": 0}]
    answer = signed_in("admin").post(reverse("admin:commerce_brand_add"), brand_form(rows))
    assert answer.status_code == 302
    field = RecipientField.objects.get()
    assert (field.brand.code, field.key) == ("pubg123", "player_id")


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ({"kind": "choice"}, "choices"),
        ({"kind": "text", "choices": "A\nB"}, "choices"),
        ({"kind": "text", "pattern": "("}, "pattern"),
        ({"kind": "text", "pattern": "(a+)+"}, "pattern"),
        ({"kind": "telepathy"}, "kind"),
        ({"kind": "text", "key": "Player Id"}, "key"),
    ],
)
def test_a_wrong_question_is_named_at_its_field(row: dict[str, Any], wrong: str) -> None:
    rows = [{"key": "it", "label": "It", "required": "on", "position": 0, **row}]
    answer = signed_in("admin").post(reverse("admin:commerce_brand_add"), brand_form(rows))
    assert errors_of(answer, inline=0) == {wrong}


def test_the_recipient_form_can_be_tried_on_the_brands_page() -> None:
    field = RecipientFieldFactory(brand=BrandFactory(country="IR"), key="phone", kind="msisdn", label="Phone")
    client, url = signed_in("support"), reverse("admin:commerce_brand_recipient", args=[field.brand_id])
    assert "Phone" in client.get(url).content.decode()
    assert "+989121234567" in client.post(url, {"try-phone": "0912 123 4567"}).content.decode()
    assert "not a phone number" in client.post(url, {"try-phone": "<script>"}).content.decode()
    none = reverse("admin:commerce_brand_recipient", args=[BrandFactory().pk])
    assert "asks nothing" in client.get(none).content.decode()


def test_panels_are_closed_to_strangers() -> None:
    product = sellable()
    for url in (
        reverse("admin:commerce_brand_recipient", args=[product.brand_id]),
        reverse("admin:commerce_product_price", args=[product.pk]),
    ):
        assert Client().get(url).status_code == 302
        outsider = Client()
        outsider.force_login(UserFactory(is_staff=True))
        assert outsider.get(url).status_code in (403, 404)
    assert signed_in("admin").get(reverse("admin:commerce_product_price", args=[987654])).status_code == 404


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"price": ""}, {"price"}),
        ({"price": "0"}, {"price"}),
        ({"denomination": "range"}, {"minimum", "maximum", "step"}),
        ({"denomination": "range", "minimum": "10", "maximum": "5", "step": "1"}, {"maximum"}),
        ({"denomination": "range", "minimum": "1", "maximum": "5", "step": "0"}, {"step"}),
        ({"max_quantity": "0"}, {"max_quantity"}),
    ],
)
def test_a_wrong_product_is_named_at_its_field(values: dict[str, Any], wrong: set[str]) -> None:
    answer = signed_in("admin").post(reverse("admin:commerce_product_add"), product_form(**values))
    assert errors_of(answer) == wrong
    assert not Product.objects.exists()


def test_a_products_price_is_explained_for_a_chosen_list() -> None:
    product = sellable()
    gold = PriceRuleFactory(price_list=PriceListFactory(name="Gold"), percent=Decimal(90)).price_list
    url = reverse("admin:commerce_product_price", args=[product.pk])
    asked: dict[str, Any] = {"price_list": gold.pk, "quantity": 2, "commission": "5"}
    text = signed_in("admin").get(url, asked).content.decode()
    for part in ("Gold", "$90.00", "$180.00", "Margin after commission: $11.00"):
        assert part in text
    assert "Gold" not in signed_in("admin").get(url).content.decode().split("<ol")[1]


def test_the_explanation_warns_below_cost_and_says_why_a_product_cannot_be_ordered() -> None:
    product = ProductFactory(price=Decimal(50))
    client, url = signed_in("admin"), reverse("admin:commerce_product_price", args=[product.pk])
    assert "No active offer" in client.get(url).content.decode()
    OfferFactory(product=product)
    assert "below cost" in client.get(url).content.decode()


def test_a_range_products_price_is_explained_for_an_amount() -> None:
    product = sellable(ranged=True)
    client, url = signed_in("admin"), reverse("admin:commerce_product_price", args=[product.pk])
    assert "100 % of $10.00" in client.get(url).content.decode()
    assert "from $10.00 to $500.00" in client.get(url, {"quantity": 1, "amount": "900"}).content.decode()


@pytest.mark.parametrize(
    ("rule", "wrong"),
    [
        ({"kind": "percent"}, {"percent"}),
        ({"kind": "fixed", "fixed_price": "5"}, {"product"}),
        ({"kind": "fixed", "product": "fixed"}, {"fixed_price"}),
        ({"kind": "fixed", "product": "range", "fixed_price": "5"}, {"kind"}),
        ({"kind": "list", "product": "fixed", "brand": "brand"}, {"brand"}),
        ({"kind": "list", "commission_percent": "101"}, {"commission_percent"}),
        ({"kind": "list", "service_fee": "-1"}, {"service_fee"}),
    ],
)
def test_a_wrong_rule_is_named_at_its_field(rule: dict[str, Any], wrong: set[str]) -> None:
    fixed = sellable()
    keys = {"fixed": fixed.pk, "range": sellable(ranged=True).pk, "brand": fixed.brand_id}
    row = {name: value if name == "kind" else keys.get(value, value) for name, value in rule.items()}
    answer = signed_in("admin").post(reverse("admin:commerce_pricelist_add"), list_form([row]))
    assert errors_of(answer, inline=0) == wrong
    assert not PriceList.objects.exists()


def test_a_rule_that_ends_before_it_begins_is_refused() -> None:
    row = {"kind": "list"}
    for name, moment in (("valid_from", timezone.now()), ("valid_until", timezone.now() - timedelta(days=1))):
        row |= {f"{name}_0": f"{moment:%Y-%m-%d}", f"{name}_1": f"{moment:%H:%M:%S}"}
    answer = signed_in("admin").post(reverse("admin:commerce_pricelist_add"), list_form([row]))
    assert errors_of(answer, inline=0) == {"valid_until"}


def test_saving_a_list_warns_of_products_sold_below_cost() -> None:
    sellable(name="UC 500")
    client, url = signed_in("admin"), reverse("admin:commerce_pricelist_add")
    answer = client.post(url, list_form([{"kind": "percent", "percent": "50"}]), follow=True)
    text = answer.content.decode()
    assert "cannot be ordered" in text
    assert "UC 500" in text
    # Selling at a loss is looked at by a second person, where there is one.
    site_settings.save(ApprovalPage, {"active": False}, user=None, reason="Alone here")
    row = {"kind": "percent", "percent": "50", "allow_below_cost": "on"}
    text = client.post(url, list_form([row], code="loss", name="Loss"), follow=True).content.decode()
    assert "sells at a loss" in text
    assert PriceRule.objects.count() == 2


def test_a_new_default_list_takes_the_place_of_the_old_one_and_history_tells() -> None:
    old = PriceListFactory(is_default=True, name="Old")
    answer = signed_in("admin").post(reverse("admin:commerce_pricelist_add"), list_form([], is_default="on"))
    assert answer.status_code == 302
    old.refresh_from_db()
    assert not old.is_default
    assert PriceList.objects.get(is_default=True).name == "Gold"
    assert old.history.count() == 2


def test_the_default_list_is_not_simply_given_up() -> None:
    old = PriceListFactory(is_default=True, name="Gold", code="gold")
    url = reverse("admin:commerce_pricelist_change", args=[old.pk])
    assert errors_of(signed_in("admin").post(url, list_form([]))) == {"is_default"}
    assert errors_of(signed_in("admin").post(url, list_form([], is_default="on", active=""))) == {"active"}


def test_a_price_list_reads_from_the_most_specific_rule_to_the_least() -> None:
    gold = PriceListFactory(name="Gold", code="gold")
    product = sellable(name="100 Diamonds")
    PriceRuleFactory(price_list=gold, percent=Decimal(99))
    PriceRuleFactory(price_list=gold, category=product.brand.category, commission_percent=Decimal("2.5"))
    PriceRuleFactory(price_list=gold, brand=product.brand, service_fee=Decimal("0.30"))
    PriceRuleFactory(price_list=gold, product=product, kind="fixed", fixed_price=Decimal("9.50"))
    page = signed_in("finance").get(reverse("admin:commerce_pricelist_change", args=[gold.pk]))
    rows = [[str(cell.value) for cell in row.cells] for row in page.context["rules"].rows]
    assert [row[0] for row in rows] == [
        f"{product.brand.name} · 100 Diamonds",
        f"All of {product.brand.name}",
        f"All in {product.brand.category.name}",
        "Everything",
    ]
    assert [row[1] for row in rows] == ["$9.50", "95 %", "95 %", "99 %"]
    assert rows[2][2] == "2.5 %" and rows[1][3] == "service fee 0.3"
    assert "?edit=1" not in page.content.decode()


def test_a_quote_is_read_and_never_changed() -> None:
    from tests.commerce.test_quotes import a_buyer

    quote = create_quote(buyer=a_buyer(), product_id=sellable().pk)
    client, url = signed_in("admin"), reverse("admin:commerce_quote_change", args=[quote.pk])
    text = client.get(url).content.decode()
    assert "$100.00" in text
    assert "80.00" not in text
    assert client.post(url, {"quantity": 5}).status_code == 403


def test_a_search_for_what_is_no_id_finds_nothing() -> None:
    assert signed_in("admin").get(reverse("admin:commerce_quote_changelist"), {"q": "abc"}).status_code == 200


def test_two_offers_of_one_provider_are_refused() -> None:
    ProviderFactory(code="one")
    product = sellable()
    data = product_form(brand=product.brand)
    rows = [{"provider": ProviderFactory().pk, "priority": 1, "cost_percent": 100, "active": "on"}] * 2
    answer = signed_in("admin").post(
        reverse("admin:commerce_product_add"), {**data, **lines_of("offers", rows)}
    )
    assert answer.status_code == 200
    assert Product.objects.count() == 1
