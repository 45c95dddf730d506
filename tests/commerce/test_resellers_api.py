"""Brief 4's resellers."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from commerce.models import Reseller
from tests.factories import UserFactory
from tests.factories_parties import ClientFactory, MembershipFactory, ResellerFactory, key_for

pytestmark = pytest.mark.django_db
NEW = {"business_name": "Nova", "email": "a@nova.example", "country": "US", "commission_rate": "2.50"}


def signed_in(user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def staff(role: str = "admin") -> APIClient:
    return signed_in(UserFactory(staff=role))


def test_a_reseller_is_opened_pending_changed_and_closed() -> None:
    admin = staff()
    created = admin.post("/api/resellers/", NEW, format="json")
    assert created.status_code == 201, created.json()
    assert (created.json()["status"], created.json()["commission_rate"]) == ("pending", "2.50")
    path = f"/api/resellers/{created.json()['id']}/"
    assert admin.patch(path, {"city": "Oakland"}, format="json").json()["city"] == "Oakland"
    replaced = admin.put(path, {"business_name": "Nova 2", "email": "a@nova.example"}, format="json").json()
    assert (replaced["business_name"], replaced["city"]) == ("Nova 2", "")
    for status in ("active", "suspended"):
        moved = admin.patch(f"{path}status/", {"status": status, "reason": "Checked"}, format="json")
        assert moved.json()["status"] == status
    assert (
        admin.patch(f"{path}status/", {"status": "pending", "reason": "x"}, format="json").status_code == 409
    )
    assert admin.patch(f"{path}status/", {"status": "active"}, format="json").status_code == 400
    assert admin.delete(path).status_code == 204
    assert admin.get(path).json()["status"] == "closed"


def test_money_and_status_are_read_only() -> None:
    reseller = ResellerFactory(funds=7)
    answer = staff().patch(
        f"/api/resellers/{reseller.pk}/",
        {"current_balance": 5, "credit_limit": 5, "status": "active"},
        format="json",
    )
    assert set(answer.json()["errors"]) == {"current_balance", "credit_limit", "status"}


def test_an_owner_changes_its_address_but_not_its_commission() -> None:
    member = MembershipFactory()
    client, path = signed_in(member.user), f"/api/resellers/{member.reseller_id}/"
    assert client.patch(path, {"city": "Rome"}, format="json").status_code == 200
    assert client.patch(path, {"commission_rate": 99}, format="json").status_code == 403
    assert (
        client.patch(f"{path}status/", {"status": "active", "reason": "x"}, format="json").status_code == 403
    )
    assert client.post("/api/resellers/", NEW, format="json").status_code == 403
    other = ResellerFactory()
    assert client.get(f"/api/resellers/{other.pk}/").status_code == 404
    assert [row["id"] for row in client.get("/api/resellers/").json()["results"]] == [member.reseller_id]


def test_lists_are_filtered_and_paged() -> None:
    first, second = (
        ResellerFactory(business_name="Alpha"),
        ResellerFactory(business_name="Beta", status="suspended"),
    )
    ResellerFactory(business_name="Gamma")
    support = staff("support")
    page = support.get("/api/resellers/", {"page_size": 2}).json()
    assert (len(page["results"]), page["previous"]) == (2, None)
    assert len(support.get(page["next"]).json()["results"]) == 1
    for query, wanted in [
        ({"status": "suspended"}, second),
        ({"search": "alp"}, first),
        ({"search": second.email}, second),
    ]:
        assert [row["id"] for row in support.get("/api/resellers/", query).json()["results"]] == [wanted.pk]
    assert support.get("/api/resellers/", {"status": "rich"}).status_code == 400


def test_what_hangs_on_a_reseller() -> None:
    reseller = ResellerFactory(funds=30)
    ClientFactory(reseller=reseller, name="Ada")
    ClientFactory(name="Somebody else's")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {key_for(reseller)}")
    path = f"/api/resellers/{reseller.pk}/"
    assert [row["name"] for row in client.get(f"{path}clients/").json()["results"]] == ["Ada"]
    assert client.get(f"{path}orders/").json()["results"] == []
    (moved,) = client.get(f"{path}transactions/").json()["results"]
    assert (moved["amount"], moved["balance_after"], moved["kind"]) == ("30.00", "30.00", "funding")
    assert Reseller.objects.count() == 2
