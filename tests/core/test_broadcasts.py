"""Emergency broadcasts: counted, confirmed, sent once to everybody in batches, and by those alone who may."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.test import Client

from core.exceptions import Conflict, InvalidInput
from core.messages import broadcasts, sending
from core.models import Broadcast, Event, Message, User
from tests.factories import UserFactory
from tests.factories_parties import CustomerFactory, ResellerFactory

pytestmark = pytest.mark.django_db
URL = "/admin/broadcast/"
WORDS = {"subject": "Deliveries are delayed", "text": "Your orders are safe."}
TYPED = {**WORDS, "audiences": ["staff", "resellers"], "channels": ["email", "inbox"], "reason": "An outage"}


@pytest.fixture
def owner() -> User:
    return UserFactory(staff="super_admin")  # type: ignore[no-any-return]


@pytest.fixture
def desk(owner: User) -> Client:
    client = Client()
    client.force_login(owner, backend="core.authentication.EmailOrUsernameBackend")
    return client


def sent_to_all(broadcast: Broadcast) -> None:
    for _batch in range(50):
        if not broadcasts.go_on(broadcast.pk):
            break


def write(owner: User, **changed: Any) -> Broadcast:
    audience = changed.pop("audience", ["staff"])
    given: dict[str, Any] = {**WORDS, "audience": audience, "by": ["email", "inbox"], "reason": "An outage"}
    given |= {"key": uuid4(), "author": owner} | changed
    expected = given.pop("expected", None)
    return broadcasts.send(expected=broadcasts.count(audience) if expected is None else expected, **given)


def test_it_is_looked_at_before_it_is_sent(desk: Client) -> None:
    ResellerFactory.create_batch(3, status="active")
    ResellerFactory(status="suspended")
    page = desk.post(URL, {**TYPED, "do": "review"}).content.decode()
    assert "It goes to 4 people." in page and "Your orders are safe." in page
    assert not Broadcast.objects.exists(), "it was sent by being looked at"
    hidden = dict(re.findall(r'name="(expected|key)" value="([^"]+)"', page))
    answer = desk.post(URL, {**TYPED, **hidden, "do": "send"})
    assert answer.status_code == 302
    again = desk.post(URL, {**TYPED, **hidden, "do": "send"})
    assert again.status_code == 302 and Broadcast.objects.count() == 1, "twice pressed is twice sent"
    sent_to_all(Broadcast.objects.get())
    assert sending.send_due() == 4 and len(mail.outbox) == 4
    assert Broadcast.objects.get().status == "done" and Broadcast.objects.get().reached == 4
    assert Event.objects.filter(kind="broadcast.sent").count() == 1


def test_who_has_joined_meanwhile_makes_one_look_again(desk: Client, owner: User) -> None:
    answer = desk.post(URL, {**TYPED, "expected": "7", "key": str(uuid4()), "do": "send"})
    assert answer.status_code == 200 and "Look at it again" in answer.content.decode()
    with pytest.raises(Conflict) as refusal:
        write(owner, expected=7)
    assert refusal.value.code == "count_changed" and not Broadcast.objects.exists()


def test_it_goes_in_batches_and_to_nobody_twice(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadcasts, "BATCH", 2)
    CustomerFactory.create_batch(5)
    CustomerFactory(status="blocked")
    broadcast = write(owner, audience=["staff", "customers"])
    steps = 0
    while broadcasts.go_on(broadcast.pk):
        steps += 1
    assert steps == 4, "one of staff, then three of customers"
    assert Message.objects.filter(channel="email").count() == 6
    Broadcast.objects.update(status="sending", cursors={})
    sent_to_all(broadcast)
    assert Message.objects.filter(channel="email").count() == 6, "a lost cursor wrote to people again"


def test_stopped_it_writes_to_nobody_else(owner: User, monkeypatch: pytest.MonkeyPatch, desk: Client) -> None:
    monkeypatch.setattr(broadcasts, "BATCH", 1)
    UserFactory.create_batch(2, staff="support")
    broadcast = write(owner)
    assert broadcasts.go_on(broadcast.pk)
    assert desk.post(f"{URL}{broadcast.pk}/stop/").status_code == 302
    assert not broadcasts.go_on(broadcast.pk)
    assert Message.objects.filter(channel="email").count() == 1
    with pytest.raises(Conflict):
        broadcasts.stop(broadcast)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"subject": " "}, "subject"),
        ({"text": "x" * 2001}, "text"),
        ({"audience": ["nobody"]}, "audiences"),
        ({"by": []}, "channels"),
        ({"by": ["sms"]}, "channels"),
        ({"reason": " "}, "reason"),
    ],
)
def test_what_is_missing_is_named(owner: User, changed: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        write(owner, **{"expected": 1, "audience": ["staff"], **changed})
    assert set(refusal.value.errors) == {field}


def test_nobody_switches_it_off_and_nobody_else_sends_it(owner: User) -> None:
    support = UserFactory(staff="support")
    client = Client()
    client.force_login(support, backend="core.authentication.EmailOrUsernameBackend")
    for url in (URL, f"{URL}1/stop/"):
        assert client.get(url).status_code == 403 and client.post(url, TYPED).status_code == 403
    assert not Broadcast.objects.exists()
