"""The party is told by mail what staff answered, once, and nothing of notes."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail

from commerce.models import Customer, TicketMessage
from commerce.services import support, ticket_mail
from commerce.services.attachments import Upload
from commerce.tasks import mail_ticket_answer
from core import site_settings
from core.actors import acting_as, actor_for_user
from core.branding_settings import BrandingPage
from core.models import Event
from tests.factories import UserFactory
from tests.factories_parties import CustomerFactory, ResellerFactory
from tests.factories_support import agent, says, ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("private")]


@pytest.fixture
def branded() -> Iterator[None]:
    """What a process keeps of the settings must not reach the next test."""
    site_settings.save(BrandingPage, {"name": "Nova Top-ups", "tagline": "Always on"}, user=UserFactory())
    yield
    site_settings.forget()


@pytest.mark.usefixtures("branded")
def test_an_answer_is_sent_once_in_the_products_name() -> None:
    customer = CustomerFactory(full_name="Sara <Ahmadi>", email="sara@example.com")
    about = ticket(customer=customer, subject="No code & no money")
    said = says(
        agent(first_name="Kevin"), about, "Here is <the> code\nBye", files=[Upload("how.txt", b"Steps")]
    )
    for _twice in range(2):
        mail_ticket_answer(said.pk)
    [sent] = mail.outbox
    assert sent.to == ["sara@example.com"] and sent.from_email.startswith("Nova Top-ups <")
    assert sent.subject == f"[{about.ticket_number}] Answer: No code & no money"
    body = str(sent.body)
    for words in ("Hello Sara <Ahmadi>", "Here is <the> code\nBye", "- how.txt", "Nova Top-ups\nAlways on"):
        assert words in body, body
    assert "Kevin" not in body
    assert Event.objects.filter(kind=ticket_mail.TOLD).count() == 1


def test_it_is_sent_when_the_answer_is_written_and_not_before(
    django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(mail_ticket_answer, "delay", asked.append)
    about = ticket()
    with django_capture_on_commit_callbacks(execute=True):
        said = says(agent(), about)
        assert not asked
    assert asked == [said.pk]
    with django_capture_on_commit_callbacks(execute=True), acting_as(actor_for_user(agent())):
        support.note(ticket=about, message="Only us")
    with django_capture_on_commit_callbacks(execute=True):
        says("reseller", about, "Thanks")
    assert asked == [said.pk]


def test_without_a_broker_it_is_sent_at_once(
    django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_message_id: int) -> None:
        raise ConnectionError

    monkeypatch.setattr(mail_ticket_answer, "delay", away)
    with django_capture_on_commit_callbacks(execute=True):
        says(agent(), ticket(reseller=ResellerFactory(email="ops@nova.example")))
    assert [sent.to for sent in mail.outbox] == [["ops@nova.example"]]


def test_notes_their_own_words_and_parties_without_an_address_get_nothing() -> None:
    about = ticket(reseller=ResellerFactory(email=None))
    with acting_as(actor_for_user(agent())):
        note = support.note(ticket=about, message="Only us")
    for message_id in (note.pk, says("reseller", about).pk, says(agent(), about).pk, 2**40):
        assert ticket_mail.send_answer(message_id) is False
    assert mail.outbox == []


def test_a_subject_of_several_lines_is_one_header() -> None:
    about = ticket(subject="A\r\nBcc: everybody@example.com\rX: y")
    about.reseller.email = "ops@nova.example"  # type: ignore[union-attr]
    about.reseller.save()  # type: ignore[union-attr]
    assert ticket_mail.send_answer(says(agent(), about).pk)
    assert "\n" not in mail.outbox[0].subject and "\r" not in mail.outbox[0].subject
    assert mail.outbox[0].to == ["ops@nova.example"]


def test_it_is_in_the_customers_language() -> None:
    customer: Customer = CustomerFactory(email="sara@example.com")
    assert customer.user
    customer.user.language = "fa"
    customer.user.save()
    message: TicketMessage = says(agent(), ticket(customer=customer))
    message.refresh_from_db()
    assert ticket_mail._language(message.ticket) == "fa"
