"""Brief 4's users: staff list, read, correct and block buyers, and see what belongs to them."""

import pytest
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

from commerce.models import Customer
from tests.factories import UserFactory
from tests.factories_fulfilment import place_for_customer
from tests.factories_parties import CustomerFactory
from tests.factories_support import ticket

pytestmark = pytest.mark.django_db
URL = "/api/users/"


def as_staff(role: str) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(UserFactory(staff=role))}")
    return client


def test_buyers_are_found_by_city_status_and_name() -> None:
    mina = CustomerFactory(full_name="Mina Karimi", city="Oakland", status="active")
    sam = CustomerFactory(full_name="Sam Reed", city="Austin", status="blocked")
    client = as_staff("support")

    def found(**wanted: str) -> list[int]:
        return [row["id"] for row in client.get(URL, wanted).json()["results"]]

    assert found() == [sam.pk, mina.pk]
    assert found(city="Oakland") == found(status="active") == found(search="mina") == [mina.pk]
    assert client.get(URL, {"status": "odd"}).json()["code"] == "invalid_filter"


def test_birth_date_and_document_are_nowhere() -> None:
    buyer = CustomerFactory(date_of_birth="1999-04-12", id_document_number="X-778812")
    told = as_staff("super_admin").get(f"{URL}{buyer.pk}/").content.decode()
    assert "1999" not in told and "778812" not in told


def test_details_are_replaced_and_the_status_is_not() -> None:
    buyer = CustomerFactory(city="Austin")
    client, url = as_staff("admin"), f"{URL}{buyer.pk}/"
    sent = {"full_name": "New Name", "email": buyer.email}
    told = client.put(url, sent, format="json").json()
    assert (told["full_name"], told["city"]) == ("New Name", "")
    assert client.put(url, {**sent, "status": "blocked"}, format="json").json()["code"] == "read_only"
    assert as_staff("support").put(url, sent, format="json").status_code == 403


def test_blocking_takes_a_reason_and_a_change() -> None:
    buyer = CustomerFactory(status="active")
    client, url = as_staff("moderator"), f"{URL}{buyer.pk}/status/"
    assert "reason" in client.patch(url, {"status": "blocked"}, format="json").json()["errors"]
    blocked = {"status": "blocked", "reason": "Stolen card"}
    assert client.patch(url, blocked, format="json").json()["status_reason"] == "Stolen card"
    assert client.patch(url, blocked, format="json").status_code == 409
    client.patch(url, {"status": "active", "reason": "It was theirs"}, format="json")
    assert Customer.objects.get().status == "active"


def test_what_belongs_to_a_buyer_is_under_them_and_nobody_elses() -> None:
    order, payment = place_for_customer()
    assert order.customer
    about, stranger = ticket(customer=order.customer), CustomerFactory()
    client = as_staff("support")
    for what, key, value in (
        ("orders", "id", str(order.pk)),
        ("transactions", "transaction_id", str(payment.pk)),
        ("support-tickets", "id", about.pk),
    ):
        [row] = client.get(f"{URL}{order.customer.pk}/{what}/").json()["results"]
        assert row[key] == value
        assert client.get(f"{URL}{stranger.pk}/{what}/").json()["results"] == []
    assert as_staff("moderator").get(f"{URL}{order.customer.pk}/transactions/").status_code == 403
