"""Buyers verify their own e-mail and phone by API: a code is asked for, then entered."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

from commerce.models import Customer
from commerce.models.verification import VerificationCode
from core.messages import sending
from core.messages.channels import sms
from core.models import User
from tests.factories import UserFactory
from tests.factories_parties import CustomerFactory

pytestmark = pytest.mark.django_db(transaction=True)
EMAIL, PHONE = "/api/verify/email/", "/api/verify/phone/"
PENDING = Customer.Status.PENDING_VERIFICATION


def signed_in(user: User | None) -> APIClient:
    client = APIClient(raise_request_exception=False)
    if user:
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(user)}")
    return client


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def code_of(text: str) -> str:
    return re.search(r"\b\d{6}\b", text).group()  # type: ignore[union-attr]


def carried() -> None:
    """What a worker does within a second."""
    sending.send_due()


@pytest.fixture
def customer() -> Customer:
    return CustomerFactory(status=PENDING, phone="+14155552671")  # type: ignore[no-any-return]


@pytest.fixture
def texts(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """A carrier of text messages that keeps them."""
    sent: list[tuple[str, str]] = []

    class Keeper(sms.Carrier):
        def __init__(self, address: Any) -> None:
            pass

        def send(self, number: str, text: str) -> str:
            sent.append((number, text))
            return ""

    monkeypatch.setitem(sms.carriers._items, "keeper", Keeper)
    sms.carrier.cache_clear()
    settings.SMS_URL = "keeper://"
    return sent


def test_an_address_is_verified_by_the_code_sent_there(customer: Customer) -> None:
    client = signed_in(customer.user)
    asked = client.post(EMAIL, {}, format="json")
    assert (asked.status_code, asked.json()["status"]) == (202, "code_sent")
    carried()
    [message] = mail.outbox
    assert message.to == [customer.email]
    code = code_of(str(message.body))
    assert code not in asked.content.decode()
    done = client.post(EMAIL, {"code": code}, format="json")
    assert (done.status_code, done.json()["account_status"]) == (200, "active")
    assert client.get("/api/profile/").json()["email_verified"] is True
    assert refused(client.post(EMAIL, {"code": code}, format="json")) == (400, "wrong_code")
    assert refused(client.post(EMAIL, format="json")) == (409, "already_verified")


def test_five_tries_and_ten_minutes(customer: Customer) -> None:
    client = signed_in(customer.user)
    client.post(EMAIL, {}, format="json")
    carried()
    code = code_of(str(mail.outbox[0].body))
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _number in range(5):
        assert refused(client.post(EMAIL, {"code": wrong}, format="json")) == (400, "wrong_code")
    assert refused(client.post(EMAIL, {"code": code}, format="json")) == (400, "wrong_code")
    VerificationCode.objects.update(tries=0, expires_at=timezone.now() - timedelta(seconds=1))
    assert refused(client.post(EMAIL, {"code": code}, format="json")) == (400, "wrong_code")
    assert Customer.objects.get().email_verified_at is None


def test_codes_come_a_minute_apart_and_ten_a_day(customer: Customer) -> None:
    client = signed_in(customer.user)
    assert client.post(EMAIL, {}, format="json").status_code == 202
    soon = client.post(EMAIL, {}, format="json")
    assert refused(soon) == (429, "too_many_codes")
    assert 0 < int(soon.headers["Retry-After"]) <= 60
    kept = VerificationCode.objects.get()
    for hours in range(1, 10):
        kept.pk, kept.created_at = None, timezone.now() - timedelta(hours=hours)
        kept.save(force_insert=True)
    VerificationCode.objects.update(created_at=timezone.now() - timedelta(hours=2))
    tomorrow = client.post(EMAIL, {}, format="json")
    assert 21 * 3600 < int(tomorrow.headers["Retry-After"]) <= 22 * 3600 + 1
    carried()
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("body", [{"code": ""}, {"code": None}, {"code": 204518}, {"code": "1" * 21}])
def test_what_is_no_code_neither_counts_nor_sends_one(customer: Customer, body: dict[str, Any]) -> None:
    client = signed_in(customer.user)
    answer = client.post(EMAIL, body, format="json")
    assert answer.status_code == 400 and "code" in answer.json()["errors"]
    assert not VerificationCode.objects.exists()


def test_phones_wait_for_a_sender_of_texts(customer: Customer, request: pytest.FixtureRequest) -> None:
    client = signed_in(customer.user)
    assert refused(client.post(PHONE, {}, format="json")) == (409, "channel_unavailable")
    sent: list[tuple[str, str]] = request.getfixturevalue("texts")
    assert client.post(PHONE, {}, format="json").status_code == 202
    carried()
    [(number, text)] = sent
    assert number == customer.phone
    done = client.post(PHONE, {"code": code_of(text)}, format="json").json()
    assert (done["channel"], done["account_status"]) == ("phone", "active")


def test_one_asks_about_ones_own_contacts_alone(customer: Customer) -> None:
    assert signed_in(None).post(EMAIL, {}, format="json").status_code == 401
    # Others are not looked up, whatever is sent along.
    named = {"email": customer.email, "user": customer.pk}
    assert refused(signed_in(UserFactory()).post(EMAIL, named, format="json")) == (404, "no_profile")
    other = CustomerFactory(status=PENDING)
    signed_in(other.user).post(EMAIL, named, format="json")
    carried()
    assert [message.to for message in mail.outbox] == [[other.email]]
    code = code_of(str(mail.outbox[0].body))
    answer = signed_in(customer.user).post(EMAIL, {"code": code}, format="json")
    assert refused(answer) == (400, "wrong_code")


def test_a_blocked_buyer_stays_blocked(customer: Customer) -> None:
    client = signed_in(customer.user)
    client.post(EMAIL, {}, format="json")
    Customer.objects.update(status=Customer.Status.BLOCKED)
    carried()
    done = client.post(EMAIL, {"code": code_of(str(mail.outbox[0].body))}, format="json")
    assert (done.status_code, done.json()["account_status"]) == (200, "blocked")
