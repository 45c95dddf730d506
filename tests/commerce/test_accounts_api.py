"""Registering, the profile, and what `/api/auth/user/` says about a party."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from commerce.models import Customer
from tests.factories import UserFactory
from tests.factories_parties import CustomerFactory, MembershipFactory, ResellerFactory, key_for

pytestmark = pytest.mark.django_db
SENT = {"username": "player1", "email": "player@example.com", "password": "a long pass phrase"}


def signed_in(user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def test_register_then_sign_in_then_profile() -> None:
    client = APIClient()
    more = {"phone_number": "+14155552671", "date_of_birth": "1999-04-12", "preferred_game": "PUBG Mobile"}
    answer = client.post("/api/register/", {**SENT, **more}, format="json")
    assert answer.status_code == 201, answer.json()
    profile = answer.json()
    assert profile | more == profile
    assert (profile["username"], profile["status"]) == ("player1", "pending_verification")
    assert "password" not in profile
    tokens = client.post("/api/token/", {k: SENT[k] for k in ("username", "password")}, format="json").json()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens['access']}")
    assert client.get("/api/profile/").json() == profile
    party = client.get("/api/auth/user/").json()["party"]
    assert party == {
        "kind": "customer",
        "id": profile["id"],
        "name": "player1",
        "status": "pending_verification",
    }


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": ""}, "username"),
        ({"username": 5}, "username"),
        ({"username": "x" * 151}, "username"),
        ({"email": "nobody"}, "email"),
        ({"email": None}, "email"),
        ({"password": "123"}, "password"),
        ({"password": ["a"]}, "password"),
        ({"date_of_birth": "yesterday"}, "date_of_birth"),
        ({"phone_number": "call me"}, "phone_number"),
        ({"preferred_game": "x" * 121}, "preferred_game"),
    ],
)
def test_a_bad_registration_names_the_field(change: dict[str, Any], field: str) -> None:
    answer = APIClient().post("/api/register/", {**SENT, **change}, format="json")
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert not Customer.objects.exists()


def test_registering_twice_is_refused_without_regard_to_case() -> None:
    client = APIClient()
    assert client.post("/api/register/", SENT, format="json").status_code == 201
    by_name = client.post(
        "/api/register/", {**SENT, "username": "PLAYER1", "email": "b@x.example"}, format="json"
    )
    assert "username" in by_name.json()["errors"]
    by_mail = client.post(
        "/api/register/", {**SENT, "username": "other", "email": "Player@Example.com"}, format="json"
    )
    assert "email" in by_mail.json()["errors"]


def test_nobody_registers_as_staff() -> None:
    sent = {**SENT, "is_staff": True, "is_superuser": True, "role": "super_admin", "status": "active"}
    assert APIClient().post("/api/register/", sent, format="json").json()["status"] == "pending_verification"
    user = Customer.objects.get().user
    assert user is not None
    assert (user.is_staff, user.is_superuser, user.role) == (False, False, "")


def test_profile_changes() -> None:
    customer = CustomerFactory(phone="+2348031234567", preferred_game="FIFA")
    client = signed_in(customer.user)
    patched = client.patch("/api/profile/", {"city": "Abuja", "email": "New@x.example"}, format="json")
    assert (patched.json()["city"], patched.json()["email"], patched.json()["preferred_game"]) == (
        "Abuja", "new@x.example", "FIFA"
    )  # fmt: skip
    customer.user.refresh_from_db()
    assert customer.user.email == "new@x.example"
    put = client.put(
        "/api/profile/", {"email": "new@x.example", "phone_number": "+2348031234567"}, format="json"
    )
    assert (put.status_code, put.json()["preferred_game"]) == (200, None)
    assert client.put("/api/profile/", {"city": "Abuja"}, format="json").status_code == 400
    taken = CustomerFactory()
    refused = client.patch("/api/profile/", {"email": taken.email.upper()}, format="json")
    assert "email" in refused.json()["errors"]
    client.patch("/api/profile/", {"status": "active", "username": "boss"}, format="json")
    customer.refresh_from_db()
    assert customer.status == Customer.Status.ACTIVE


def test_only_a_buyer_has_a_profile() -> None:
    for client in (signed_in(UserFactory(staff="admin")), signed_in(MembershipFactory().user)):
        assert client.get("/api/profile/").status_code == 404
    by_key = APIClient()
    by_key.credentials(HTTP_AUTHORIZATION=f"Api-Key {key_for(ResellerFactory())}")
    assert by_key.get("/api/profile/").status_code == 404
    assert APIClient().get("/api/profile/").status_code == 401


def test_a_member_learns_its_reseller() -> None:
    member = MembershipFactory()
    party = signed_in(member.user).get("/api/auth/user/").json()["party"]
    assert (party["kind"], party["id"], party["role"]) == ("reseller", member.reseller_id, "owner")
    assert signed_in(UserFactory(staff="admin")).get("/api/auth/user/").json()["party"] is None
