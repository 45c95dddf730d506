"""`/dashboard/`, `/api/dashboard/` and brief 4's paths beside it."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from rest_framework.test import APIClient

from analytics.services import company_days, rollups
from tests.analytics.shop_days import move
from tests.factories import UserFactory
from tests.factories_orders import fail, make_shop
from tests.factories_parties import CustomerFactory, key_for

pytestmark = pytest.mark.django_db
DASHBOARD = "/api/dashboard/"
PATHS = (
    DASHBOARD,
    *(f"{DASHBOARD}{name}/" for name in ("metrics", "sales-trends", "top-resellers", "recent-activities")),
)


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


def staff(role: str) -> APIClient:
    client = APIClient()
    client.force_authenticate(UserFactory(staff=role))
    return client


def asked(client: APIClient, url: str = DASHBOARD, **query: Any) -> dict[str, Any]:
    answer = client.get(url, query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_dashboard_is_the_briefs_figures() -> None:
    shop = make_shop(funds=1000)
    for _ in range(2):
        move(shop.delivered(), 3)
    move(shop.delivered(), 40)
    fail(shop.order())
    rollups.refresh()
    today = company_days.today()

    found = asked(staff("finance"))

    assert (found["start_date"], found["end_date"]) == (str(today - timedelta(days=29)), str(today))
    assert found["currency"] == "USD"
    assert found["totals"] == {
        "orders": 3,
        "paid": 2,
        "failed": 1,
        "revenue": "20.00",
        "refunds": "0.00",
        "average": "10.00",
        "cost": "16.00",
        "margin": "3.60",
    }
    assert (found["before"]["orders"], found["before"]["revenue"]) == (1, "10.00")
    assert len(found["daily_revenue"]) == 30
    assert found["daily_revenue"][-4] == {
        "date": str(today - timedelta(days=3)),
        "orders": 2,
        "revenue": "20.00",
    }
    product, brand = shop.product, shop.product.brand
    sold = {"orders": 2, "revenue": "20.00"}
    assert found["top_products"] == [{"id": product.pk, "name": product.name, "game": brand.name, **sold}]
    assert found["game_revenue"] == [{"id": brand.pk, "name": brand.name, **sold}]
    buyer = {"id": shop.reseller.pk, "name": shop.reseller.business_name, "kind": "reseller"}
    assert found["most_active_users"] == [{**buyer, "orders": 3, "revenue": "20.00"}]
    assert found["orders_by_status"] == {"fulfilled": 2, "failed": 1}
    assert found["failed_this_month"] == 1


def test_only_the_days_asked_for_are_counted() -> None:
    shop = make_shop()
    move(shop.delivered(), 3)
    move(shop.delivered(), 4)
    day = str(company_days.today() - timedelta(days=4))
    found = asked(staff("support"), start_date=day, end_date=day)
    assert found["totals"]["orders"] == 1
    assert [one["date"] for one in found["daily_revenue"]] == [day]


@pytest.mark.parametrize(
    ("role", "sees"), [("admin", True), ("finance", True), ("support", False), ("moderator", False)]
)
def test_cost_and_margin_are_for_those_who_may_see_cost(role: str, sees: bool) -> None:
    make_shop().delivered()
    found = asked(staff(role))
    for part in ("totals", "before"):
        assert ("cost" in found[part], "margin" in found[part]) == (sees, sees)


@pytest.mark.parametrize("path", [DASHBOARD, f"{DASHBOARD}sales-trends/", f"{DASHBOARD}top-resellers/"])
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"start_date": "junk"}, "start_date"),
        ({"end_date": "2025-02-30"}, "end_date"),
        ({"start_date": "2025-06-25", "end_date": "2025-06-01"}, "start_date"),
    ],
)
def test_a_bad_day_is_named(path: str, query: dict[str, str], field: str) -> None:
    answer = staff("admin").get(path, query)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]


@pytest.mark.parametrize("name", ["top-resellers", "recent-activities"])
@pytest.mark.parametrize("limit", ["0", "101", "many", "-1"])
def test_a_bad_limit_is_named(name: str, limit: str) -> None:
    answer = staff("admin").get(f"{DASHBOARD}{name}/", {"limit": limit})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["limit"])


@pytest.mark.parametrize("path", PATHS)
def test_the_figures_are_for_staff_with_the_right(path: str) -> None:
    assert APIClient().get(path).status_code == 401
    key = APIClient()
    key.credentials(HTTP_AUTHORIZATION=f"Api-Key {key_for(make_shop().reseller)}")
    assert key.get(path).status_code == 403
    buyer, plain = APIClient(), APIClient()
    buyer.force_authenticate(CustomerFactory().user)
    plain.force_authenticate(UserFactory(is_staff=True))
    assert (buyer.get(path).status_code, plain.get(path).status_code) == (403, 403)


def test_an_empty_business_answers_with_noughts() -> None:
    client = staff("admin")
    found = asked(client)
    assert (found["totals"]["revenue"], found["top_products"], found["failed_this_month"]) == ("0.00", [], 0)
    assert asked(client, f"{DASHBOARD}metrics/")["total_users"] == 0
    assert asked(client, f"{DASHBOARD}sales-trends/")["distribution"] == []
    assert asked(client, f"{DASHBOARD}top-resellers/")["results"] == []


def test_metrics_are_brief_4s_cards() -> None:
    shop = make_shop()
    shop.delivered()
    CustomerFactory()
    found = asked(staff("support"), f"{DASHBOARD}metrics/")
    assert (found["total_users"], found["total_resellers"], found["total_clients"]) == (1, 1, 0)
    assert (found["daily_orders"], found["monthly_orders"], found["daily_revenue"]) == (1, 1, "10.00")


def test_trends_have_every_day_and_shares_of_the_whole() -> None:
    one, other = make_shop(price=30), make_shop(price=10)
    one.delivered()
    other.delivered()
    found = asked(
        staff("support"),
        f"{DASHBOARD}sales-trends/",
        start_date=str(company_days.today() - timedelta(days=6)),
    )
    assert len(found["trends"]) == 7
    assert [part["share"] for part in found["distribution"]] == [75.0, 25.0]


def test_top_resellers_are_ranked_by_revenue() -> None:
    small, large = make_shop(), make_shop(price=50)
    small.delivered()
    small.delivered()
    large.delivered()
    url = f"{DASHBOARD}top-resellers/"
    found = asked(staff("support"), url)["results"]
    assert [(one["id"], one["revenue"]) for one in found] == [
        (large.reseller.pk, "50.00"),
        (small.reseller.pk, "20.00"),
    ]
    assert len(asked(staff("support"), url, limit=1)["results"]) == 1


def test_activities_are_the_newest_of_all_kinds_within_ones_rights() -> None:
    shop = make_shop()
    order = shop.order()
    customer = CustomerFactory()
    url = f"{DASHBOARD}recent-activities/"
    found = asked(staff("finance"), url)["results"]
    assert {(one["kind"], one["id"]) for one in found} == {
        ("order", str(order.pk)),
        ("registration", str(customer.pk)),
        ("reseller", str(shop.reseller.pk)),
    }
    assert [one["at"] for one in found] == sorted((one["at"] for one in found), reverse=True)
    assert any(one["amount"] == "100.00" for one in found)
    # A moderator sees no wallets.
    assert not any(one["amount"] == "100.00" for one in asked(staff("moderator"), url)["results"])


@pytest.mark.parametrize("path", ["/dashboard/", DASHBOARD])
def test_a_browser_is_led_to_the_page_with_its_days_after_signing_in(path: str) -> None:
    browser = Client(headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    days = "start_date=2025-06-01&end_date=2025-06-25"
    answer = browser.get(f"{path}?{days}&next=//elsewhere.example")
    assert (answer.status_code, answer["Location"]) == (302, f"/admin/?{days}")
    stranger = browser.get(answer["Location"])
    assert stranger["Location"].startswith("/admin/login/?next=/admin/%3Fstart_date%3D2025-06-01")
    browser.force_login(UserFactory(staff="support"))
    page = browser.get(path, follow=True)
    assert page.redirect_chain == [("/admin/", 302)]
    assert page.status_code == 200
