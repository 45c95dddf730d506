"""Maintenance and brands out of service: in force on the API at once, seen by staff, gone when their time has come."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from commerce.models import Order, Quote
from commerce.operations_settings import OperationsPage, operations
from core import site_settings
from core.exceptions import InvalidInput
from core.models import Event
from tests.factories import UserFactory
from tests.factories_orders import Shop, make_shop
from tests.factories_parties import key_for

pytestmark = pytest.mark.django_db
PAGE, ORDERS = "/admin/settings/operations/", "/api/orders/"


def staff(role: str = "admin") -> Client:
    client = Client()
    client.force_login(UserFactory(staff=role), backend="core.authentication.EmailOrUsernameBackend")
    return client


def developer(shop: Shop) -> Client:
    return Client(headers={"authorization": f"Api-Key {key_for(shop.reseller)}"})


def post(client: Client, **values: Any) -> Any:
    rows = values.pop("outages", [])
    columns = {
        f"outages-{part}": [row.get(part, "") for row in rows] for part in ("brand", "until", "reason")
    }
    return client.post(PAGE, {"retry_minutes": "10", **columns, **values})


def take_out(shop: Shop, **row: Any) -> None:
    row = {"brand": shop.product.brand.code, "until": "", "reason": "", **row}
    site_settings.save(OperationsPage, {"outages": (row,)}, user=None)


def order(shop: Shop, client: Client, **values: Any) -> Any:
    return client.post(
        ORDERS, {"product": shop.product.pk, "reference": "web-1", **values}, content_type="application/json"
    )


def test_during_maintenance_the_api_says_so_and_when_to_come_back() -> None:
    shop = make_shop()
    caller = developer(shop)
    assert (
        post(staff(), maintenance="on", maintenance_message="Back at noon.", retry_minutes="5").status_code
        == 302
    )
    for answer in (order(shop, caller), caller.get("/api/products/"), Client().post("/api/token/")):
        assert answer.status_code == 503
        assert answer["Content-Type"] == "application/problem+json"
        assert (answer.json()["code"], answer.json()["detail"]) == ("maintenance", "Back at noon.")
        assert answer["Retry-After"] == "300"
        assert answer["X-Request-Id"] == answer.json()["request_id"]
    assert not Order.objects.exists()
    assert post(staff()).status_code == 302
    assert order(shop, caller).status_code == 202


def test_during_maintenance_the_settings_and_the_schema_still_answer() -> None:
    site_settings.save(OperationsPage, {"maintenance": True}, user=None)
    found = Client().get("/api/settings/").json()["operations"]
    assert found["maintenance"] is True
    assert Client().get("/api/schema/").status_code == 200
    assert Client().get("/health/").status_code == 200


def test_another_process_closes_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    from core.models import SiteSettings

    shop = make_shop()
    caller = developer(shop)
    assert caller.get("/api/products/").status_code == 200
    SiteSettings.objects.create(page="operations", values={"maintenance": True})
    assert caller.get("/api/products/").status_code == 200
    later = site_settings.time.monotonic() + site_settings.KEPT_SECONDS
    monkeypatch.setattr(site_settings.time, "monotonic", lambda: later)
    assert caller.get("/api/products/").status_code == 503


def test_the_environment_closes_the_api_and_nobody_opens_it(settings: Any) -> None:
    settings.SETTINGS_FROM_ENVIRONMENT = {"MAINTENANCE": "true"}
    site_settings.forget()
    client = staff()
    assert "Set by MAINTENANCE in the environment" in client.get(PAGE).content.decode()
    post(client)
    assert Client().get("/api/products/").status_code == 503


def test_staff_see_a_banner_on_every_page_and_nobody_else_does() -> None:
    site_settings.save(OperationsPage, {"maintenance": True}, user=None)
    words = "Maintenance: the API is closed."
    page = staff().get("/admin/commerce/brand/").content.decode()
    assert words in page and f'href="{PAGE}"' in page
    page = staff("support").get("/admin/").content.decode()
    assert words in page and PAGE not in page
    assert words not in Client().get("/admin/login/").content.decode()


@pytest.mark.parametrize("role", ["moderator", "finance", "support", "auditor"])
def test_who_may_not_change_it_does_not(role: str) -> None:
    assert post(staff(role), maintenance="on").status_code == 403
    assert not operations().maintenance


def test_a_brand_out_of_service_refuses_orders_quotes_and_lines_with_the_reason() -> None:
    shop, other = make_shop(), make_shop()
    until = timezone.now() + timedelta(hours=2)
    take_out(shop, until=until.isoformat(), reason="The operator repairs its gateway.")
    caller = developer(shop)
    answer = order(shop, caller)
    assert (answer.status_code, answer.json()["code"]) == (400, "brand_unavailable")
    assert "The operator repairs its gateway." in answer.json()["errors"]["product"][0]
    assert f"{until:%Y-%m-%dT%H:%M:%SZ}" in answer.json()["detail"]
    quoted = caller.post("/api/quotes/", {"product": shop.product.pk}, content_type="application/json")
    assert quoted.json()["code"] == "brand_unavailable"
    lines = [{"product": shop.product.pk, "reference": "a"}, {"product": other.product.pk, "reference": "b"}]
    bulk = caller.post("/api/orders/bulk/", {"orders": lines}, content_type="application/json").json()
    assert "brand_unavailable" in str(bulk)
    assert [found.reference for found in Order.objects.all()] == ["b"]
    products = {row["id"]: row["available"] for row in caller.get("/api/products/").json()["results"]}
    assert (products[shop.product.pk], products[other.product.pk]) == (False, True)


def test_it_is_sold_again_when_the_time_has_come_or_somebody_says_so() -> None:
    shop = make_shop()
    now = timezone.now()
    take_out(shop, until=(now + timedelta(minutes=5)).isoformat())
    with pytest.raises(InvalidInput, match="out of service"):
        shop.place()
    take_out(shop, until=(now - timedelta(seconds=1)).isoformat())
    shop.place(reference="later")
    take_out(shop)
    with pytest.raises(InvalidInput, match="out of service for now"):
        shop.place(reference="open end")
    site_settings.save(OperationsPage, {"outages": ()}, user=None)
    shop.place(reference="again")


def test_a_quote_given_before_is_not_redeemed_meanwhile() -> None:
    shop = make_shop()
    caller = developer(shop)
    quoted = caller.post("/api/quotes/", {"product": shop.product.pk}, content_type="application/json")
    assert Quote.objects.count() == 1
    take_out(shop)
    answer = order(shop, caller, quote=quoted.json()["id"])
    assert answer.json()["code"] == "brand_unavailable"


def test_staff_take_brands_out_on_the_page_and_read_it_in_the_changes_and_on_the_first_page() -> None:
    shop, client = make_shop(), staff()
    code, until = shop.product.brand.code, timezone.now() + timedelta(days=1)
    row = {"brand": code, "until": f"{until:%Y-%m-%dT%H:%M}", "reason": "Provider down"}
    assert post(client, outages=[row, {}]).status_code == 302
    [kept] = operations().in_force()
    assert (kept.brand, kept.reason) == (code, "Provider down")
    assert kept.until == until.replace(second=0, microsecond=0)
    page = client.get(PAGE).content.decode()
    assert f'value="{until:%Y-%m-%dT%H:%M}"' in page
    assert f"{code} until" in page
    assert "Out of service" in client.get("/admin/").content.decode()
    assert Event.objects.filter(kind="settings.changed").count() == 1


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"brand": "nothing"}], "There is no brand nothing."),
        ([{"reason": "Why"}], "Choose the brand of each row."),
        ([{"brand": "CODE", "until": "soon"}], "give a date and a time"),
        ([{"brand": "CODE"}, {"brand": "CODE"}], "Named twice"),
        ([{"brand": "CODE", "reason": "x" * 201}], "at most 200"),
    ],
)
def test_rows_that_make_no_sense_are_refused_and_stay_typed(rows: list[dict[str, str]], words: str) -> None:
    shop = make_shop()
    rows = [
        {part: value.replace("CODE", shop.product.brand.code) for part, value in row.items()} for row in rows
    ]
    answer = post(staff(), outages=rows)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not operations().outages


def test_those_whose_time_has_passed_are_let_go_at_the_next_change() -> None:
    shop, client = make_shop(), staff()
    take_out(shop, until=(timezone.now() - timedelta(hours=1)).isoformat())
    assert not operations().in_force()
    page = client.get(PAGE)
    row = page.context["form"].initial["outages"][0]
    assert post(client, outages=[row], maintenance="on").status_code == 302
    assert operations().outages == ()
