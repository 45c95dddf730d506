"""The catalogue over HTTP: the caller's own prices, filters, recipients, operators and quotes."""

from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from rest_framework.test import APIClient

from commerce.models import Membership, Quote
from tests.factories import UserFactory
from tests.factories_catalog import (
    BrandFactory,
    CategoryFactory,
    NumberPrefixFactory,
    PriceListFactory,
    PriceRuleFactory,
    ProductFactory,
    RecipientFieldFactory,
    sellable,
)
from tests.factories_parties import CustomerFactory, MembershipFactory, ResellerFactory, key_for

pytestmark = pytest.mark.django_db


def caller(**values: Any) -> APIClient:
    """A reseller's server with a key."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {key_for(ResellerFactory(**values))}")
    return client


def signed_in(user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def test_each_caller_sees_its_own_price() -> None:
    product = sellable()
    PriceRuleFactory(price_list=PriceListFactory(is_default=True), percent=Decimal(99))
    gold = PriceRuleFactory(percent=Decimal(90)).price_list
    member = MembershipFactory(reseller=ResellerFactory(price_list=gold), role=Membership.Role.VIEWER)
    callers = [
        (caller(price_list=gold), "90.00"),
        (signed_in(member.user), "90.00"),
        (caller(), "99.00"),
        (signed_in(CustomerFactory().user), "99.00"),
        (signed_in(UserFactory(staff="support")), "99.00"),
    ]
    for client, price in callers:
        (item,) = client.get("/api/products/").json()["results"]
        assert (item["id"], item["price"], item["available"]) == (product.pk, price, True)
        assert client.get(f"/api/products/{product.pk}/").json() == item


def test_no_answer_tells_a_cost() -> None:
    product = sellable()
    text = str(caller().get("/api/products/").json()) + str(
        caller().get(f"/api/products/{product.pk}/").json()
    )
    assert "cost" not in text
    assert "80.00" not in text


def test_a_range_product_shows_its_limits_and_percentage() -> None:
    sellable(ranged=True, price_percent=Decimal("97.5"))
    (item,) = caller().get("/api/products/").json()["results"]
    shown = {key: item[key] for key in ("denomination", "price", "min", "max", "step", "price_percent")}
    assert shown == {
        "denomination": "range",
        "price": None,
        "min": "10.00",
        "max": "500.00",
        "step": "5.00",
        "price_percent": "97.5",
    }


def test_what_nobody_delivers_or_costs_more_is_shown_as_unavailable_and_the_inactive_not_at_all() -> None:
    ProductFactory(name="Nobody")
    sellable(name="Dear", price=Decimal(50))
    sellable(name="Hidden", active=False)
    sellable(name="Hidden brand", brand=BrandFactory(active=False))
    sellable(name="Hidden category", brand=BrandFactory(category=CategoryFactory(code="old", active=False)))
    items = caller().get("/api/products/").json()["results"]
    assert {item["name"]: item["available"] for item in items} == {"Nobody": False, "Dear": False}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("category=games", ["UC 500", "UC 60"]),
        ("brand=pubg123", ["UC 500", "UC 60"]),
        ("search=uc+5", ["UC 500"]),
        ("search=PUBG", ["UC 500", "UC 60"]),
        ("search=air-", ["Credit"]),
        ("denomination=range", ["Credit"]),
        ("brand=nobody", []),
        ("currency=EUR", []),
    ],
)
def test_products_are_filtered(query: str, names: list[str]) -> None:
    game = BrandFactory(code="pubg123", name="PUBG Mobile")
    sellable(name="UC 500", brand=game)
    sellable(name="UC 60", brand=game)
    airtime = BrandFactory(category=CategoryFactory(code="airtime"))
    sellable(name="Credit", sku="AIR-1", brand=airtime, ranged=True)
    items = caller().get(f"/api/products/?{query}").json()["results"]
    assert [item["name"] for item in items] == names


def test_a_brand_is_found_by_its_id_too() -> None:
    product = sellable()
    assert len(caller().get(f"/api/products/?brand={product.brand_id}").json()["results"]) == 1


@pytest.mark.parametrize("query", ["search=%00", "denomination=huge", "brand=" + "9" * 61, "cursor=nonsense"])
def test_a_bad_filter_is_refused_and_not_a_server_error(query: str) -> None:
    answer = caller().get(f"/api/products/?{query}")
    assert answer.status_code in (400, 404)
    assert answer["Content-Type"] == "application/problem+json"


def test_pages_go_through_the_whole_catalogue_once(django_assert_max_num_queries: Any) -> None:
    brand = BrandFactory()
    made = {sellable(brand=brand).pk for _count in range(5)}
    client = caller()
    seen: list[int] = []
    url = "/api/products/?page_size=2"
    while url:
        with django_assert_max_num_queries(20):
            page = client.get(url).json()
        seen += [item["id"] for item in page["results"]]
        url = page["next"]
    assert sorted(seen) == sorted(made)


def test_brands_come_with_their_questions() -> None:
    brand = BrandFactory(code="pubg123")
    RecipientFieldFactory(brand=brand, help_text="In your profile.", pattern=r"\d+")
    BrandFactory(active=False)
    (item,) = caller().get("/api/brands/?category=games").json()["results"]
    assert (item["code"], item["category"]) == ("pubg123", "games")
    (field,) = item["recipient_fields"]
    assert (field["key"], field["required"], field["help_text"]) == ("player_id", True, "In your profile.")


def test_the_published_schema_judges_as_the_validation_does() -> None:
    product = sellable()
    RecipientFieldFactory(brand=product.brand)
    client = caller()
    schema = client.get(f"/api/products/{product.pk}/schema/").json()
    for recipient, good in (({"player_id": "5123"}, True), ({}, False), ({"player_id": "a b"}, False)):
        answer = client.post(
            "/api/recipients/validate/", {"product": product.pk, "recipient": recipient}, format="json"
        )
        assert (answer.status_code == 200) is good
        assert jsonschema.Draft202012Validator(schema).is_valid(recipient) is good


def test_a_wrong_recipient_names_its_fields() -> None:
    product = sellable()
    RecipientFieldFactory(brand=product.brand, key="zone", kind="zone", label="Zone")
    data = {"product": product.pk, "recipient": {"server": "1"}}
    answer = caller().post("/api/recipients/validate/", data, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_recipient")
    assert set(answer.json()["errors"]) == {"recipient.zone", "recipient.server"}


def test_a_national_number_is_read_in_the_brands_country_first() -> None:
    product = sellable(brand=BrandFactory(country="IR"))
    RecipientFieldFactory(brand=product.brand, key="phone", kind="msisdn")
    data = {"product": product.pk, "recipient": {"phone": "0912 123 4567"}}
    answer = caller(country="US").post("/api/recipients/validate/", data, format="json")
    assert answer.json() == {"valid": True, "recipient": {"phone": "+989121234567"}}


@pytest.mark.parametrize("product", [None, "1", 0, True, 10**30, 987654])
def test_an_unknown_product_is_refused_by_name(product: Any) -> None:
    answer = caller().post("/api/recipients/validate/", {"product": product, "recipient": {}}, format="json")
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["product"]
    assert caller().get("/api/products/987654/").status_code == 404
    assert caller().get("/api/products/987654/schema/").status_code == 404


def test_an_id_too_large_for_the_database_is_not_found() -> None:
    assert caller().get(f"/api/products/{10**25}/").status_code == 404


def test_a_numbers_operator_is_looked_up() -> None:
    brand = BrandFactory(code="mci", name="MCI")
    NumberPrefixFactory(brand=brand, prefix="98912")
    client = caller(country="IR")
    found = client.post("/api/operators/lookup/", {"phone_number": "0912-123-4567"}, format="json").json()
    assert found == {"phone_number": "+989121234567", "brand": {"id": brand.pk, "code": "mci", "name": "MCI"}}
    none = client.post("/api/operators/lookup/", {"phone_number": "+14155550100"}, format="json")
    assert none.json()["brand"] is None
    for wrong in ("12", "", None, 98912, "x" * 40, "۰۹۱۲۱۲۳۴۵۶۷"):
        answer = client.post("/api/operators/lookup/", {"phone_number": wrong}, format="json")
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["phone_number"])


def test_a_quote_shows_every_part_but_the_cost() -> None:
    product = sellable()
    answer = caller(commission_rate=Decimal(2)).post(
        "/api/quotes/", {"product": product.pk, "quantity": 2}, format="json"
    )
    assert answer.status_code == 201
    quote = answer.json()
    assert (quote["price"], quote["commission"], quote["total"]) == ("200.00", "4.00", "200.00")
    assert quote["explanation"][0] == "List price: $100.00"
    assert "cost" not in str(quote)
    assert str(Quote.objects.get().pk) == quote["id"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"amount": "1e2"}, "amount"),
        ({"amount": "12"}, "amount"),
        ({"amount": "٣"}, "amount"),
        ({"amount": "50.123456789"}, "amount"),
        ({"amount": "9"}, "amount"),
        ({}, "amount"),
        ({"amount": "50", "quantity": 11}, "quantity"),
        ({"amount": "50", "quantity": "2"}, "quantity"),
        ({"amount": "50", "product": 987654}, "product"),
    ],
)
def test_a_bad_request_for_a_quote_names_the_field(body: dict[str, Any], field: str) -> None:
    answer = caller().post("/api/quotes/", {"product": sellable(ranged=True).pk, **body}, format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert not Quote.objects.exists()


def test_who_may_not_order_gets_no_quote_but_may_look() -> None:
    product = sellable()
    data = {"product": product.pk}
    for client, code in (
        (caller(status="suspended"), "reseller_not_active"),
        (signed_in(UserFactory(staff="admin")), "no_party"),
    ):
        assert client.get("/api/products/").status_code == 200
        answer = client.post("/api/quotes/", data, format="json")
        assert (answer.status_code, answer.json()["code"]) == (403, code)


PATHS = ["/api/brands/", "/api/products/", "/api/products/1/", "/api/products/1/schema/"]
POSTS = ["/api/recipients/validate/", "/api/operators/lookup/", "/api/quotes/"]


def test_nobody_and_strangers_see_nothing() -> None:
    stranger = signed_in(UserFactory())
    for path in PATHS:
        assert APIClient().get(path).status_code == 401
        assert stranger.get(path).status_code == 403
    for path in POSTS:
        assert APIClient().post(path, {}, format="json").status_code == 401
        assert stranger.post(path, {}, format="json").status_code == 403


@pytest.mark.parametrize("body", [[], "text", 5, None])
def test_a_body_that_is_no_object_is_refused(body: Any) -> None:
    client = caller()
    for path in POSTS:
        assert client.post(path, body, format="json").status_code == 400
