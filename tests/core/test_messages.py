"""Telling people: by the channels they want, in their language, once; and what fails is tried again."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as project
from django.core import mail
from django.db import connection
from django.utils import timezone

from core import tasks
from core.exceptions import Conflict
from core.messages import preferences, sending, tell, tell_staff, wording
from core.messages.channels import sms
from core.messages.channels.base import Channel, NotDelivered, channels
from core.messages.events import events
from core.models import Event, Message, MessageTemplate, User
from core.services.privacy import Person, holders
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ALERT = {"what": "The disk is full", "details": "At 99 %"}
EVERY = [(key, channel) for key, kind in events.items() for channel in kind.channels]


@pytest.fixture
def owner() -> User:
    return UserFactory(staff="super_admin", first_name="Ada", last_name="Byron")  # type: ignore[no-any-return]


class Broken(Channel):
    """Refuses as it is told to."""

    key, title, icon, longest = "email", "Broken", "bug_report", 1000
    error: Exception = ConnectionRefusedError()

    def address_of(self, user: User) -> str:
        return "x"

    def takes(self, address: str) -> bool:
        return True

    def send(self, letter: Any) -> str:
        raise self.error


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Broken:
    channel = Broken()
    monkeypatch.setitem(channels._items, "email", channel)
    return channel


def due(message: Message) -> None:
    Message.objects.filter(pk=message.pk).update(next_try_at=timezone.now() - timedelta(seconds=1))


@pytest.mark.parametrize("language", [code for code, _name in project.LANGUAGES])
@pytest.mark.parametrize(("event", "channel"), EVERY)
def test_the_products_own_words_are_such_as_staff_may_save(event: str, channel: str, language: str) -> None:
    words = wording.usual_words(event, channel, language)
    assert wording.check(event=event, channel=channel, subject=words.subject, body=words.body) == words
    said = wording.filled(words, events.get(event).samples())
    assert "{" not in said.subject + said.body and said.body
    carrier = channels.get(channel)
    assert bool(said.subject) is carrier.has_subject and len(said.body) <= carrier.longest


def test_somebody_is_told_by_the_channels_that_are_usual(
    owner: User, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks.send_message, "delay", tasks.send_message)
    with django_capture_on_commit_callbacks(execute=True):
        told = tell(owner, "admin_alerts", ALERT, link="/admin/operations/")
        assert mail.outbox == [], "before it is committed"
    assert {message.channel for message in told} == {"inbox", "email"}
    [letter] = mail.outbox
    assert letter.to == [owner.email] and letter.subject == "The disk is full"
    assert "Hello Ada Byron," in letter.body and "At 99 %" in letter.body
    sent = Message.objects.get(channel="email")
    assert (sent.status, sent.tries, sent.error) == ("sent", 1, "") and sent.sent_at
    inbox = Message.objects.get(channel="inbox")
    assert (inbox.status, inbox.user, inbox.read_at, inbox.link) == (
        "sent",
        owner,
        None,
        "/admin/operations/",
    )


def test_without_a_broker_the_sweep_sends_it(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_message_id: int) -> None:
        raise ConnectionError

    monkeypatch.setattr(tasks.send_message, "delay", away)
    [message] = tell(owner, "admin_alerts", ALERT, by=["email"])
    sending.hint(message.pk)
    assert mail.outbox == []
    assert sending.send_due() == 1 and len(mail.outbox) == 1
    assert sending.send_due() == 0 and not sending.send(message.pk), "it went twice"


def test_people_choose_what_they_are_told(owner: User) -> None:
    preferences.save(user=owner, wanted={"admin_alerts:inbox": None, "low_float:sms": None})
    assert [message.channel for message in tell(owner, "admin_alerts", ALERT)] == ["inbox"]
    assert tell(owner, "approval_waiting", {"what": "x"}) == []
    told = tell(owner, "password_reset", {"link": "https://x"})
    assert [message.channel for message in told] == ["email"], "what is required was switched off"


def test_only_those_whose_right_it_is_are_told(owner: User) -> None:
    finance, _support, gone = (UserFactory(staff=role) for role in ("finance", "support", "super_admin"))
    User.objects.filter(pk=gone.pk).update(is_active=False)
    told = tell_staff("admin_alerts", ALERT, by=["inbox"])
    assert {message.user for message in told} == {owner, finance}


def test_the_same_key_is_told_once(owner: User) -> None:
    assert len(tell(owner, "admin_alerts", ALERT, by=["inbox"], key="disk")) == 1
    assert tell(owner, "admin_alerts", ALERT, by=["inbox"], key="disk") == []
    assert len(tell("ops@example.com", "admin_alerts", ALERT, key="disk")) == 1
    assert len(tell(owner, "admin_alerts", ALERT, by=["inbox"], key="disk again")) == 1


def test_an_address_is_told_by_the_channel_it_belongs_to(settings: Any) -> None:
    assert [one.channel for one in tell("sara@example.com", "welcome_user")] == ["email"]
    assert tell("+14155552671", "welcome_user") == [], "no carrier is set up"
    settings.SMS_URL = "console://"
    assert [one.channel for one in tell("+14155552671", "welcome_user")] == ["sms"]
    assert tell("nowhere", "welcome_user") == []


def test_it_is_in_their_language_and_in_staffs_own_words(owner: User) -> None:
    owner.language = "fa"
    owner.save()
    body = "{name}: {what}"
    MessageTemplate.objects.create(
        event="admin_alerts", channel="email", language="fa", subject="{product}: {what}", body=body
    )
    [message] = tell(owner, "admin_alerts", ALERT, by=["email"])
    assert (message.language, message.subject) == ("fa", "Topline: The disk is full")
    assert message.body == "Ada Byron: The disk is full"


def test_a_value_is_put_in_once_and_a_subject_is_one_line(owner: User) -> None:
    evil = "{tagline}{{ settings.SECRET_KEY }}{% include 'x' %}\r\nBcc: all@example.com\x00"
    [message] = tell(owner, "admin_alerts", {"what": evil, "details": "{what}"}, by=["email"], now=True)
    assert message.subject == "{tagline}{{ settings.SECRET_KEY }}{% include 'x' %} Bcc: all@example.com"
    assert "{what}" in message.body
    assert mail.outbox[0].to == [owner.email] and "\n" not in mail.outbox[0].subject


def test_a_line_whose_placeholders_are_all_empty_is_left_out() -> None:
    text = "Hello {name},\n\nCourier: {courier}\n\nBy {courier} on {date}\nBye"
    assert wording.fill(text, {"name": "Sara", "courier": "", "date": "Monday"}) == (
        "Hello Sara,\n\nBy  on Monday\nBye"
    )


def test_what_fails_is_tried_again_later_each_time_then_given_up(owner: User, broken: Broken) -> None:
    [message] = tell(owner, "admin_alerts", ALERT, by=["email"], about=owner)
    waits = []
    for _try in range(sending.MOST_TRIES - 1):
        due(message)
        before = timezone.now()
        assert sending.send_due() == 0
        message.refresh_from_db()
        assert (message.status, message.error) == ("queued", "ConnectionRefusedError")
        waits.append(round((message.next_try_at - before).total_seconds()))
    assert waits == list(sending.WAITS)
    assert sending.send_due() == 0, "before it was due"
    due(message)
    sending.send_due()
    message.refresh_from_db()
    assert (message.status, message.tries, message.next_try_at) == ("failed", sending.MOST_TRIES, None)
    assert Event.objects.filter(kind="message.failed", subject_id=str(owner.pk)).exists()


def test_a_refusal_for_good_is_not_tried_again(owner: User, broken: Broken) -> None:
    broken.error = NotDelivered("address_refused", final=True)
    [message] = tell(owner, "admin_alerts", ALERT, by=["email"], now=True)
    message.refresh_from_db()
    assert (message.status, message.tries, message.error) == ("failed", 1, "address_refused")


def test_one_that_a_killed_worker_had_taken_is_found_after_its_lease(owner: User) -> None:
    [message] = tell(owner, "admin_alerts", ALERT, by=["email"])
    assert sending._claim(message.pk)
    assert sending.send_due() == 0 and not sending.send(message.pk), "two had it at a time"
    due(message)
    assert sending.send_due() == 1 and len(mail.outbox) == 1


def stored(message: Message) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT m::text FROM core_message m WHERE id = %s", [message.pk])
        return str(cursor.fetchone()[0])


def test_a_text_with_a_secret_is_encrypted_until_it_went_out_and_kept_nowhere(owner: User) -> None:
    link = "https://desk.example.com/secret-canary"
    [message] = tell(owner, "password_reset", {"link": link, "token": "tok-canary"}, by=["email"])
    assert "canary" not in stored(message)
    assert sending.send(message.pk) and "secret-canary" in mail.outbox[0].body
    message.refresh_from_db()
    assert (message.body, message.sealed) == ("", "") and "canary" not in stored(message)
    with pytest.raises(Conflict) as refusal:
        sending.send_again(message, reason="Lost")
    assert refusal.value.code == "not_kept"


def test_what_is_worth_nothing_any_more_is_not_sent(owner: User) -> None:
    [message] = tell(owner, "password_reset", {"link": "x"}, by=["email"])
    Message.objects.filter(pk=message.pk).update(expires_at=timezone.now())
    assert not sending.send(message.pk)
    message.refresh_from_db()
    assert (message.status, message.error, message.sealed) == ("failed", "expired", "") and mail.outbox == []


def test_erasing_somebody_takes_their_words_and_address_out_of_the_log(owner: User) -> None:
    sara = UserFactory(username="sara-canary", email="Sara@canary.example")
    tell(sara, "password_reset", {"link": "canary"}, by=["email"])
    tell("sara@canary.example", "admin_alerts", {"what": "canary"})
    tell(owner, "admin_alerts", {"what": "About Sara@canary.example"}, by=["inbox"])
    tell(owner, "admin_alerts", {"what": "Canary"}, by=["inbox"], about=sara)
    tell(owner, "admin_alerts", {"what": "Somebody else"}, by=["inbox"])
    person = Person(
        subject=sara,
        user=sara,
        things={"core.user": [str(sara.pk)]},
        names=frozenset({sara.username, sara.email}),
    )
    assert len(holders.get("sent_messages")().told(person)) >= 2
    holders.get("sent_messages")().erase(person)
    assert not any("canary" in stored(one).lower() for one in Message.objects.all())
    assert Message.objects.filter(subject="Somebody else", user=owner).exists()
    assert sending.send_due() == 0 and mail.outbox == [], "what was erased went out"


def test_carriers_are_made_from_an_address() -> None:
    assert isinstance(sms.carrier("console://"), sms.Console)
    with pytest.raises(LookupError):
        sms.carrier("pigeon://home")


def test_old_messages_are_dropped() -> None:
    tell("sara@example.com", "welcome_user")
    Message.objects.update(created_at=timezone.now() - timedelta(days=401))
    tasks.forget_old()
    assert not Message.objects.exists()
