"""Brief 4's tickets: staff list, correct, assign and answer them; parties have their own path."""

import pytest
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

from commerce.models import SupportTicket, TicketMessage
from core.models import User
from tests.factories import UserFactory
from tests.factories_parties import CustomerFactory
from tests.factories_support import agent, ticket

pytestmark = pytest.mark.django_db
URL = "/api/support/tickets/"
WORDS = {"subject": "Another code", "description": "It was used before."}


def signed_in(user: User) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(user)}")
    return client


def test_tickets_of_all_parties_are_listed_and_filtered() -> None:
    customer, worker = CustomerFactory(), agent(first_name="Kevin", last_name="Moradi")
    theirs, other = ticket(customer=customer), ticket()
    client = signed_in(worker)
    client.patch(f"{URL}{other.pk}/assign/", {"assigned_to": worker.pk}, format="json")
    rows = client.get(URL).json()["results"]
    assert [(row["id"], row["user"], row["reseller"], row["assigned_to_name"]) for row in rows] == [
        (other.pk, None, other.reseller_id, "Kevin Moradi"),
        (theirs.pk, customer.pk, None, None),
    ]

    def found(**wanted: object) -> list[int]:
        return [row["id"] for row in client.get(URL, wanted).json()["results"]]

    assert found(user=customer.pk) == [theirs.pk]
    assert found(assigned_to=worker.pk) == found(reseller=other.reseller_id) == [other.pk]
    assert client.get(URL, {"assigned_to": "x"}).json()["code"] == "invalid_filter"


def test_a_ticket_is_moved_along_at_once_or_not_at_all() -> None:
    about, client = ticket(), signed_in(agent())
    url = f"{URL}{about.pk}/"
    told = client.put(url, {"priority": "high", "status": "resolved"}, format="json").json()
    assert (told["priority"], told["status"]) == ("high", "resolved")
    refused = client.put(url, {"priority": "low", "status": "in_progress"}, format="json")
    assert refused.status_code == 409
    assert SupportTicket.objects.get().priority == "high"


def test_nobody_rewrites_what_a_party_said() -> None:
    about, client = ticket(description="First.\nSecond."), signed_in(agent())
    url = f"{URL}{about.pk}/"
    same = {"subject": about.subject, "description": "First.\r\nSecond.\n", "priority": "low"}
    assert client.put(url, same, format="json").json()["priority"] == "low"
    refused = client.put(url, {**WORDS, "priority": "high"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (400, "read_only")
    assert set(refused.json()["errors"]) == {"subject", "description"}
    kept = SupportTicket.objects.get()
    assert (kept.subject, kept.description, kept.priority) == (about.subject, "First.\nSecond.", "low")


def test_a_ticket_is_given_to_those_who_work_on_tickets_alone() -> None:
    about, worker = ticket(), agent()
    client, url = signed_in(worker), f"{URL}{about.pk}/assign/"
    assert client.patch(url, {"assigned_to": worker.pk}, format="json").json()["assigned_to"] == worker.pk
    for nobody in (UserFactory(staff="finance").pk, 2**31 - 1, 2**62):
        refused = client.patch(url, {"assigned_to": nobody}, format="json")
        assert refused.json()["code"] == "not_a_worker", refused.content
    assert client.patch(url, {}, format="json").json()["code"] == "required"
    assert client.patch(url, {"assigned_to": None}, format="json").json()["assigned_to"] is None


def test_an_answer_is_public_and_a_note_is_not() -> None:
    about, client = ticket(), signed_in(agent(first_name="Kevin", last_name="Moradi"))
    url = f"{URL}{about.pk}/reply/"
    said = client.post(url, {"message": "In the order's page"}, format="json")
    assert said.status_code == 201 and said.json()["internal"] is False
    noted = client.post(url, {"message": "Suspicious", "internal": True}, format="json").json()
    assert noted["internal"] is True and noted["author_name"] == "Kevin Moradi"
    assert TicketMessage.objects.filter(ticket=about, is_internal=True).get().text == "Suspicious"
    assert "Suspicious" not in client.get(f"/api/tickets/{about.pk}/messages/").content.decode()
    odd = client.post(url, {"message": "See", "internal": "yes"}, format="json")
    assert "internal" in odd.json()["errors"]


def test_the_same_answer_sent_twice_is_one() -> None:
    about, client = ticket(), signed_in(agent())
    url = f"{URL}{about.pk}/reply/"
    sent = [
        client.post(url, {"message": "See"}, format="json", HTTP_IDEMPOTENCY_KEY="a-1") for _twice in range(2)
    ]
    assert sent[0].json() == sent[1].json() and TicketMessage.objects.count() == 1
