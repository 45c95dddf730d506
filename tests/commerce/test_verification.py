"""Codes that prove a contact, and the identity that is shown once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from commerce.models import Customer
from commerce.models.verification import VerificationCode
from commerce.services import customers, verification
from commerce.services.verification import Channel
from core.exceptions import Conflict, DomainError, InvalidInput
from core.messages import sending
from core.models import Event, Message
from tests.factories import UserFactory
from tests.factories_parties import CustomerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer() -> Customer:
    return CustomerFactory(status="pending_verification", phone="+14155552671")  # type: ignore[no-any-return]


@pytest.fixture
def sent(customer: Customer) -> str:
    verification.send_code(customer=customer, channel=Channel.EMAIL)
    assert not mail.outbox, "whoever asked waited for the mail server"
    sending.send_due()
    [message] = mail.outbox
    assert message.to == [customer.email]
    return re.search(r"\b\d{6}\b", message.body).group()  # type: ignore[union-attr]


def enter(customer: Customer, code: str) -> Customer:
    return verification.enter_code(customer=customer, channel=Channel.EMAIL, code=code)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_a_code_verifies_once_and_is_kept_as_a_fingerprint(customer: Customer, sent: str) -> None:
    kept = VerificationCode.objects.get()
    assert sent not in kept.code_hash and sent not in str(Event.objects.get(kind="customer.code_sent").data)
    done = enter(customer, f" {sent[:3]} {sent[3:]}")
    assert done.email_verified_at and done.status == "active"
    with pytest.raises(InvalidInput):
        enter(customer, sent)
    with pytest.raises(Conflict):
        verification.send_code(customer=customer, channel=Channel.EMAIL)


def test_five_wrong_tries_end_it(customer: Customer, sent: str) -> None:
    for _number in range(5):
        with pytest.raises(InvalidInput):
            enter(customer, wrong(sent))
    assert VerificationCode.objects.get().tries == 5
    with pytest.raises(InvalidInput):
        enter(customer, sent)


def test_an_old_code_or_one_for_another_address_does_nothing(customer: Customer, sent: str) -> None:
    customers.change_customer(customer=customer, values={"email": "new@example.com"})
    with pytest.raises(InvalidInput):
        enter(customer, sent)
    Customer.objects.update(email=customer.email)
    VerificationCode.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(InvalidInput):
        enter(customer, sent)


def test_codes_are_not_sent_without_end_nor_to_nowhere(customer: Customer, sent: str) -> None:
    with pytest.raises(DomainError) as soon:
        verification.send_code(customer=customer, channel=Channel.EMAIL)
    assert soon.value.status == 429
    with pytest.raises(Conflict):
        verification.send_code(customer=customer, channel=Channel.PHONE)


def act(role: str, customer: Customer, action: str, **data: Any) -> Any:
    browser = Browser()
    browser.force_login(UserFactory(staff=role))
    url = reverse(f"admin:commerce_customer_{action}", args=[customer.pk])
    return browser.post(url, {"_form_submitted": "True", **data}, headers={"HX-Request": "true"})


def test_staff_enter_the_code_they_are_told(customer: Customer, sent: str) -> None:
    assert act("auditor", customer, "enter_email_code", code=sent).status_code == 403
    assert "HX-Redirect" not in act("support", customer, "enter_email_code", code=wrong(sent))
    assert VerificationCode.objects.get().tries == 1
    assert "HX-Redirect" in act("support", customer, "enter_email_code", code=sent)


def test_staff_verify_a_phone_by_the_code_it_was_sent(
    customer: Customer, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert b"No way of sending text messages is set up" in act("support", customer, "send_phone_code").content
    settings.SMS_URL = "console://"
    assert act("auditor", customer, "send_phone_code").status_code == 403
    assert "HX-Redirect" in act("support", customer, "send_phone_code")
    assert b"Wait a minute" in act("support", customer, "send_phone_code").content
    sending.send_due()
    printed = capsys.readouterr().out
    assert printed.startswith(f"To {customer.phone}: ")
    code = re.search(r"\b\d{6}\b", printed).group()  # type: ignore[union-attr]
    refused = act("support", customer, "enter_phone_code", code=wrong(code))
    assert "HX-Redirect" not in refused and b"4 more tries" in refused.content
    assert "HX-Redirect" in act("support", customer, "enter_phone_code", code=code)
    customer.refresh_from_db()
    assert customer.phone_verified_at and not customer.email_verified_at
    assert act("support", customer, "enter_phone_code", code=code).status_code == 409
    logged = Message.objects.get(channel="sms")
    assert (logged.status, logged.address, logged.body, logged.sealed) == ("sent", customer.phone, "", "")


def test_staff_see_where_a_code_went_and_whether_it_arrived(customer: Customer, settings: Any) -> None:
    settings.SMS_URL = "console://"
    browser = Browser()
    browser.force_login(UserFactory(staff="support"))
    url = reverse("admin:commerce_customer_enter_phone_code", args=[customer.pk])

    def says() -> str:
        return browser.get(url, headers={"HX-Request": "true"}).content.decode()

    assert "No code works now" in says()
    verification.send_code(customer=customer, channel=Channel.PHONE)
    assert f"Sent to {customer.phone}" in says() and "5 more tries" in says()
    Message.objects.update(status="failed", error="twilio_30003")
    assert "twilio_30003" in says()
    VerificationCode.objects.update(tries=5)
    assert "No code works now" in says()


def test_identity_is_shown_once_to_who_may_and_written_down(customer: Customer) -> None:
    Customer.objects.filter(pk=customer.pk).update(id_document_number="P99887766", date_of_birth="1990-02-03")
    assert act("support", customer, "reveal", reason="x").status_code == 403
    assert "P99887766" not in act("admin", customer, "reveal").content.decode()
    answer = act("admin", customer, "reveal", reason="Police request")
    assert "P99887766" in answer.content.decode() and "no-store" in answer.headers["Cache-Control"]
    assert Event.objects.get(kind="customer.revealed").data == {"reason": "Police request"}
