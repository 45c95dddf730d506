"""Consents by the API: a buyer reads, gives and takes back their own; staff write down what they were told."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from commerce.models import Consent, Customer
from commerce.services import consents
from core.models import Event
from tests.commerce.second_person import api
from tests.factories import UserFactory
from tests.factories_parties import CustomerFactory

pytestmark = pytest.mark.django_db
MINE = "/api/profile/consents/"


@pytest.fixture
def customer() -> Customer:
    return CustomerFactory()


@pytest.fixture
def buyer(customer: Customer) -> APIClient:
    assert customer.user
    return api(customer.user)


def line(answer: Any, purpose: str) -> Any:
    return next(one for one in answer.json() if one["purpose"] == purpose)


def test_a_buyer_agrees_and_takes_it_back(customer: Customer, buyer: APIClient) -> None:
    assert [one["agreed"] for one in buyer.get(MINE).json()] == [False] * len(Consent.Purpose)
    given = buyer.post(MINE, {"purpose": "offers_sms", "agreed": True, "version": "2026-05"}, format="json")
    assert given.status_code == 200
    assert (line(given, "offers_sms")["agreed"], line(given, "offers_sms")["version"]) == (True, "2026-05")
    assert consents.agreed(customer, Consent.Purpose.OFFERS_SMS)
    taken = buyer.post(MINE, {"purpose": "offers_sms", "agreed": False}, format="json")
    assert line(taken, "offers_sms")["agreed"] is False
    kinds = Event.objects.filter(subject_id=str(customer.pk)).order_by("id").values_list("kind", "actor_kind")
    assert list(kinds) == [("customer.consented", "customer"), ("customer.consent_withdrawn", "customer")]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"purpose": "moon", "agreed": True}, "purpose"),
        ({"agreed": True}, "purpose"),
        ({"purpose": "terms"}, "agreed"),
        ({"purpose": "terms", "agreed": "yes"}, "agreed"),
        ({"purpose": "terms", "agreed": 1}, "agreed"),
        ({"purpose": "terms", "agreed": True, "version": "x" * 41}, "version"),
    ],
)
def test_nothing_is_agreed_by_half(buyer: APIClient, sent: dict[str, Any], field: str) -> None:
    answer = buyer.post(MINE, sent, format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert not Consent.objects.exists()


def test_the_same_said_twice_is_a_conflict(buyer: APIClient) -> None:
    sent = {"purpose": "terms", "agreed": True, "version": "1"}
    assert [buyer.post(MINE, sent, format="json").status_code for _one in "ab"] == [200, 409]


def test_staff_write_down_what_they_were_told_and_by_which_way(customer: Customer) -> None:
    support, path = api(UserFactory(staff="support")), f"/api/users/{customer.pk}/consents/"
    sent = {"purpose": "privacy", "agreed": True}
    assert support.post(path, sent, format="json").json()["errors"].keys() == {"how"}
    answer = support.post(path, {**sent, "how": "On the phone"}, format="json")
    assert line(answer, "privacy")["how"] == "On the phone"
    assert api(UserFactory(staff="auditor")).get(path).json() == support.get(path).json()


def test_an_erased_customer_agrees_to_nothing(customer: Customer, buyer: APIClient) -> None:
    from commerce.services import privacy

    privacy.erase(customer=customer, reason="They asked for it")
    answer = buyer.post(MINE, {"purpose": "terms", "agreed": True}, format="json")
    assert answer.status_code in (401, 403, 409)
    assert not Consent.objects.exists()
