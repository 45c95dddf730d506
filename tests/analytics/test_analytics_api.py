"""Brief 3's paths: its shape, its numbers, who may ask; and the export, whole and safe to open."""

import csv
import io
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from analytics.services import company_days, rollups
from commerce.models import Customer, Order
from commerce.services import settlement
from core.models import Event
from tests.analytics.shop_days import move, rewrite
from tests.factories import UserFactory
from tests.factories_fulfilment import place_for_customer
from tests.factories_orders import Shop, fail, make_shop
from tests.factories_parties import CustomerFactory, key_for

pytestmark = pytest.mark.django_db
ANALYTICS = "/api/analytics/"
NAMES = ("dashboard/overview", "transactions", "revenue", "users", "services", "kpis")
EXPORT = "reports/export"


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


@pytest.fixture
def shop() -> Shop:
    return make_shop(funds=1000)


def staff(role: str) -> APIClient:
    client = APIClient()
    client.force_authenticate(UserFactory(staff=role))
    return client


def asked(name: str, role: str = "finance", **query: Any) -> dict[str, Any]:
    answer = staff(role).get(f"{ANALYTICS}{name}/", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def taken(**query: Any) -> str:
    answer = staff("auditor").get(f"{ANALYTICS}{EXPORT}/", query)
    assert answer.status_code == 200
    return b"".join(answer).decode()


def test_the_overview_is_the_briefs_sample(shop: Shop) -> None:
    move(shop.delivered(), 3)
    move(shop.delivered(), 40)
    shop.order()
    CustomerFactory.create_batch(2)
    rollups.refresh()
    found = asked("dashboard/overview", days=30)
    assert found["period_days"] == 30
    assert found["users"] == {"total": 2, "new": 2, "growth_rate": 0.0, "resellers": 1, "clients": 0}
    # 1,000 paid in, two delivered at 10 with commission of 2 %, one held.
    wallet = {"total_balance": 980.4, "total_locked": 10.0, "available_balance": 970.4}
    assert found["wallet"] == wallet
    assert found["transactions"] == {"total_volume": 10.0, "total_count": 1, "average_transaction": 10.0}
    assert found["revenue"] == {"total": 10.0, "daily_average": 0.33, "margin": 1.8}
    assert found["p2p"] == {"orders": 1, "volume": 1000.0}
    assert found["crypto"] == {"purchases": 0, "volume": 0.0}
    assert found["generated_at"].endswith("Z")


def test_an_empty_business_answers_with_noughts() -> None:
    for name in NAMES:
        asked(name)
    assert asked("kpis")["customer_lifetime_value"] == 0.0
    assert json.loads(taken()) == []


def test_transactions_are_told_by_category_type_and_day(shop: Shop) -> None:
    order = move(shop.delivered(), 1)
    fail(move(shop.order(), 1))
    Order.objects.filter(status="failed").update(updated_at=company_days.begin(company_days.today()))
    settlement.refund(order_id=order.pk, amount=Decimal("4.00"), reason="Sorry")
    rollups.refresh()
    found = asked("transactions", days=7)
    assert (found["total_count"], found["total_volume"], found["success_rate"]) == (1, 10.0, 50.0)
    types = {one["type"]: (one["count"], one["volume"]) for one in found["by_type"]}
    assert types["payment"] == (1, 10.0)
    assert types["credit"] == (1, 1000.0)
    assert types["refund"] == (1, 4.0)
    assert types["commission"][1] == 0.12
    assert len(found["daily"]) == 7
    assert found["daily"][-2] == {"date": found["daily"][-2]["date"], "count": 1, "volume": 10.0}
    assert [one["count"] for one in found["by_category"]] == [1]


def test_revenue_is_shared_out_over_sources_and_months(shop: Shop) -> None:
    other = make_shop(price=30)
    shop.delivered()
    other.delivered()
    found = asked("revenue", days=90)
    assert found["total"] == 40.0
    assert sum(one["percentage"] for one in found["by_source"]) == 100.0
    assert sum(one["revenue"] for one in found["monthly"]) == 40.0
    assert found["deposits"]["volume"] == 1100.0


def test_users_are_new_verified_and_active() -> None:
    order, _payment = place_for_customer()
    Customer.objects.filter(pk=order.customer_id).update(email_verified_at=order.created_at)
    CustomerFactory()
    found = asked("users", days=7)
    assert (found["total"], found["new"], found["verified"], found["active"]) == (2, 2, 1, 1)
    assert found["daily_registrations"][-1]["count"] == 2
    assert found["engagement"]["orders_per_active_party"] == 1.0
    assert found["engagement"]["active_rate"] == 50.0


def test_services_are_told_apart(shop: Shop) -> None:
    category = shop.product.brand.category
    shop.delivered()
    type(category).objects.filter(pk=category.pk).update(code="gas")
    found = asked("services")
    sold = {"orders": 1, "paid": 1, "volume": 10.0, "success_rate": 100.0}
    assert found["crypto"] == {
        "purchases": 1,
        "volume": 10.0,
        "by_network": [{"network": shop.product.brand.name, **sold}],
    }
    assert set(found["bills"]) == {"airtime", "data", "bills"}
    assert found["others"] == {}


def test_kpis_say_who_came_back(shop: Shop) -> None:
    move(shop.delivered(), 9)
    move(shop.delivered(), 1)
    rollups.refresh()
    found = asked("kpis", days=7)
    assert found["user_retention_rate"] == 100.0
    assert found["transaction_success_rate"] == 100.0
    assert found["customer_lifetime_value"] == 20.0
    assert found["bonus"]["utilization_rate"] == 0.0


def test_test_mode_is_in_no_answer(shop: Shop) -> None:
    rewrite(shop.delivered(), is_test=True)
    assert asked("dashboard/overview")["transactions"]["total_count"] == 0
    assert asked("services")["others"] == {}


@pytest.mark.parametrize("name", [*NAMES, EXPORT])
@pytest.mark.parametrize("days", ["0", "367", "-3", "a month", "1.5"])
def test_a_bad_number_of_days_is_named(name: str, days: str) -> None:
    answer = staff("admin").get(f"{ANALYTICS}{name}/", {"days": days})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["days"])


@pytest.mark.parametrize("name", [*NAMES, EXPORT])
def test_the_companys_figures_are_for_those_with_the_right(name: str, shop: Shop) -> None:
    url = f"{ANALYTICS}{name}/"
    assert APIClient().get(url).status_code == 401
    key = APIClient()
    key.credentials(HTTP_AUTHORIZATION=f"Api-Key {key_for(shop.reseller)}")
    assert key.get(url).status_code == 403
    for role, status in (("support", 403), ("moderator", 403), ("finance", 200), ("auditor", 200)):
        assert staff(role).get(url).status_code == status, role


@pytest.mark.parametrize(("query", "field"), [({"type": "secrets"}, "type"), ({"format": "xml"}, "format")])
def test_what_cannot_be_exported_is_named(query: dict[str, str], field: str) -> None:
    answer = staff("admin").get(f"{ANALYTICS}{EXPORT}/", query)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_transactions_are_exported_whole(shop: Shop) -> None:
    order = shop.delivered()
    rows = json.loads(taken(type="transactions"))
    [row] = [row for row in rows if row["transaction_id"] == str(order.pk)]
    assert (row["type"], row["amount"], row["reseller"]) == ("payment", "10.00", shop.reseller.pk)
    assert {row["type"] for row in rows} == {"payment", "credit", "commission"}
    lines = list(csv.DictReader(io.StringIO(taken(type="transactions", format="csv"))))
    assert [line["transaction_id"] for line in lines] == [row["transaction_id"] for row in rows]


def test_only_the_last_days_are_exported() -> None:
    old = CustomerFactory()
    begin = company_days.begin(company_days.today())
    Customer.objects.filter(pk=old.pk).update(created_at=begin - timedelta(days=7))
    new = CustomerFactory()
    assert [row["id"] for row in json.loads(taken(type="users", days=7))] == [new.pk]


def test_what_a_spreadsheet_would_compute_is_text() -> None:
    CustomerFactory(full_name="=1+1")
    [line] = csv.DictReader(io.StringIO(taken(type="users", format="csv")))
    assert line["full_name"] == "'=1+1"


def test_an_export_is_written_down() -> None:
    taken(type="users")
    event = Event.objects.get(kind="analytics.exported")
    assert event.subject_id == "users"
