"""Whoever watches an object is told what others did to it, once, and only while they may see it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.actors import acting_as, actor_for_user
from core.backoffice import objects
from core.events import record
from core.exceptions import Conflict
from core.models import Event, Message, User, Watch, WatchMark
from core.services import audit_chain, notes, watching
from core.services.subjects import subject_of
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/watching/"


def client_of(user) -> Client:
    client = Client()
    client.force_login(user, backend="core.authentication.EmailOrUsernameBackend")
    return client


@pytest.fixture
def boss():
    return UserFactory(staff="super_admin")


@pytest.fixture
def somebody():
    return UserFactory(staff="support")


@pytest.fixture
def watched(boss, somebody):
    return watching.start(user=boss, subject=subject_of(somebody))


def happens(kind, subject, by=None) -> Event:
    with acting_as(actor_for_user(by or UserFactory(staff="admin", first_name="Ada", last_name="Byron"))):
        return record(kind, subject=subject)


def sweep() -> int:
    """As if all that was written were sealed."""
    newest = Event.objects.order_by("pk").last()
    return watching.tell_watchers(settled=newest.pk if newest else 0)


def told() -> list[Message]:
    return list(Message.objects.filter(event="watched", channel="inbox").order_by("pk"))


def watch_url(user) -> str:
    return reverse("admin:watch", args=["core.user", user.pk])


def page_of(user) -> str:
    return f"/admin/core/user/{user.pk}/change/"


def test_a_button_on_the_page_watches_it_and_stops(boss, somebody):
    http = client_of(boss)
    assert watch_url(somebody) in http.get(page_of(somebody)).content.decode()
    answer = http.post(watch_url(somebody), {"on": "1", "next": page_of(somebody)})
    assert answer["Location"] == page_of(somebody)
    assert Watch.objects.get().user == boss
    assert "Stop watching" in http.get(page_of(somebody)).content.decode()
    http.post(watch_url(somebody), {"on": "1"})
    assert Watch.objects.count() == 1

    http.get(watch_url(somebody))
    assert Watch.objects.count() == 1
    http.post(watch_url(somebody), {"on": "0"})
    assert not Watch.objects.exists()
    assert http.post(watch_url(somebody), {"on": "0"}).status_code == 302


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example/admin/", "/elsewhere/", ""])
def test_it_leads_back_to_a_page_of_ours(wanted, boss, somebody):
    answer = client_of(boss).post(watch_url(somebody), {"on": "1", "next": wanted})
    assert answer["Location"] == page_of(somebody)


def test_what_others_did_is_told_once_in_the_inbox(boss, somebody, watched):
    happens("user.deactivated", somebody)
    happens("user.role_changed", somebody)
    happens("user.activated", UserFactory(staff="admin"))
    assert sweep() == 1
    (message,) = told()
    assert message.user == boss
    assert message.subject == f"User {somebody}: Deactivated, Role changed"
    assert message.body.strip() == "By Ada Byron."
    assert message.link == page_of(somebody)
    assert sweep() == 0
    assert len(told()) == 1


def test_what_one_did_oneself_is_not_told(boss, somebody, watched):
    happens("user.deactivated", somebody, by=boss)
    assert sweep() == 0
    # A customer or a key with the same number is somebody else.
    with acting_as(actor_for_user(User(pk=boss.pk, username="not-staff"))):
        record("user.changed", subject=somebody)
    assert sweep() == 1


def test_a_colleagues_note_is_told(boss, somebody, watched):
    notes.add(subject=subject_of(somebody), text="Secret words", author=boss)
    with acting_as(actor_for_user(somebody)):
        notes.add(subject=subject_of(somebody), text="Secret words", author=somebody)
    assert sweep() == 1
    (message,) = told()
    assert "Note written" in message.subject
    assert "Secret" not in message.subject + message.body


def test_many_of_a_bulk_action_are_one_message_of_those_one_may_see(boss):
    ada = UserFactory(staff="admin", first_name="Ada", last_name="Byron")
    many = [UserFactory(staff="support") for _number in range(6)]
    for user in many:
        watching.start(user=boss, subject=subject_of(user))
        happens("user.deactivated", user, by=ada)
    many[5].delete()
    assert sweep() == 1
    (message,) = told()
    assert message.subject == "5 users: Deactivated"
    assert message.body.strip() == "By Ada Byron."
    page = client_of(boss).get(message.link).content.decode()
    assert page_of(many[0]) in page
    assert page_of(boss) not in page.partition("result_list")[2]


def test_a_few_are_told_one_by_one(boss):
    for user in [UserFactory(staff="support") for _number in range(3)]:
        watching.start(user=boss, subject=subject_of(user))
        happens("user.deactivated", user)
    assert sweep() == 3


def test_what_was_before_one_watched_is_not_told(boss, somebody):
    happens("user.invited", somebody)
    watching.start(user=boss, subject=subject_of(somebody))
    happens("user.deactivated", somebody)
    sweep()
    (message,) = told()
    assert "Invited" not in message.subject


def test_nobody_is_told_before_it_is_certain_that_nothing_is_missing(somebody, watched):
    first = happens("user.deactivated", somebody)
    happens("user.activated", somebody)
    assert watching.tell_watchers() == 0
    assert watching.tell_watchers(settled=first.pk) == 1
    assert sweep() == 1
    assert [message.subject.partition(": ")[2] for message in told()] == ["Deactivated", "Activated"]


def test_who_no_longer_watches_is_told_nothing(boss, somebody, watched):
    watching.stop(user=boss, subject=subject_of(somebody))
    happens("user.deactivated", somebody)
    assert sweep() == 0


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"is_staff": False}, {"is_superuser": False}], ids=str
)
def test_who_lost_the_right_is_told_nothing(change, boss, somebody, watched):
    boss.groups.clear()
    User.objects.filter(pk=boss.pk).update(is_superuser=True)
    User.objects.filter(pk=boss.pk).update(**change)
    happens("user.deactivated", somebody)
    sweep()
    assert not Message.objects.exists()


def test_many_events_are_looked_through_in_parts_and_none_is_skipped(monkeypatch, boss, somebody, watched):
    monkeypatch.setattr(watching, "AT_ONCE", 3)
    for _number in range(5):
        happens("user.activated", boss)
    happens("user.deactivated", somebody)
    happens("user.activated", boss)
    assert sweep() == 1
    assert WatchMark.objects.get().event_id == Event.objects.order_by("pk").last().pk


def test_one_who_cannot_be_told_does_not_keep_it_from_others(monkeypatch, boss, somebody, watched):
    other = UserFactory(staff="super_admin")
    watching.start(user=other, subject=subject_of(somebody))
    tell = watching.tell

    def fail_once(user, *args, **kwargs):
        if user == boss:
            Message.objects.create(event="x" * 500)
        return tell(user, *args, **kwargs)

    monkeypatch.setattr(watching, "tell", fail_once)
    happens("user.deactivated", somebody)
    assert sweep() == 1
    assert [message.user for message in told()] == [other]


def test_it_is_told_in_the_readers_language(boss, somebody, watched):
    User.objects.filter(pk=boss.pk).update(language="fa")
    happens("user.deactivated", somebody)
    sweep()
    assert told()[0].language == "fa"


def test_recording_an_event_of_something_watched_costs_no_more(boss, somebody):
    with CaptureQueriesContext(connection) as before:
        record("user.changed", subject=somebody)
    watching.start(user=boss, subject=subject_of(somebody))
    with CaptureQueriesContext(connection) as after:
        record("user.changed", subject=somebody)
    assert len(after) == len(before) == 1


def test_what_i_watch_is_listed_with_a_way_to_stop(boss, somebody, watched):
    gone = UserFactory(staff="admin")
    watching.start(user=boss, subject=("core.user", "0"))
    watching.start(user=gone, subject=subject_of(gone))
    http = client_of(boss)
    page = http.get(LIST).content.decode()
    assert page_of(somebody) in page
    assert str(somebody) in page
    assert page_of(gone) not in page
    assert page.count("Stop watching") == 2
    http.post(reverse("admin:watch", args=["core.user", "0"]), {"on": "0", "next": LIST})
    assert Watch.objects.filter(user=boss).count() == 1
    assert reverse("admin:watching") in http.get("/admin/inbox/").content.decode()
    assert reverse("admin:watching") in http.get("/admin/account/").content.decode()


def test_what_one_may_no_longer_see_is_not_named_in_the_list(somebody):
    support = UserFactory(staff="support")
    Watch.objects.create(user=support, subject_kind="core.user", subject_id=str(somebody.pk))
    page = client_of(support).get(LIST).content.decode()
    assert str(somebody) not in page
    assert "not yours to see" in page


def test_the_list_asks_once_a_kind(boss):
    for user in [UserFactory(staff="support") for _number in range(5)]:
        watching.start(user=boss, subject=subject_of(user))
    http = client_of(boss)
    http.get(LIST)
    with CaptureQueriesContext(connection) as five:
        http.get(LIST)
    Watch.objects.filter(pk__gt=Watch.objects.earliest("pk").pk).delete()
    with CaptureQueriesContext(connection) as one:
        http.get(LIST)
    assert len(five) == len(one)


def test_watching_has_an_end(boss, somebody, monkeypatch):
    monkeypatch.setattr(watching, "MOST_WATCHES", 1)
    watching.start(user=boss, subject=subject_of(somebody))
    watching.start(user=boss, subject=subject_of(somebody))
    with pytest.raises(Conflict):
        watching.start(user=boss, subject=subject_of(boss))
    client_of(boss).post(watch_url(boss), {"on": "1"})
    assert Watch.objects.count() == 1


@pytest.mark.parametrize("path", ["core.nothing/1", "core.user/0", "core.user/x", "core.event/1"])
def test_nobody_watches_nothing(path, boss):
    assert client_of(boss).post(f"/admin/watch/{path}/", {"on": "1"}).status_code == 404
    assert not Watch.objects.exists()


def test_who_does_not_see_it_does_not_watch_it(somebody):
    answer = client_of(UserFactory(staff="finance")).post(watch_url(somebody), {"on": "1"})
    assert answer.status_code == 403
    assert not Watch.objects.exists()


def test_the_object_as_nobody_in_particular_sees_it_is_none(somebody):
    assert objects.seen(objects.asking(UserFactory(staff="support")), subject_of(somebody)) is None


@pytest.mark.django_db(transaction=True)
def test_an_event_whose_transaction_ends_late_is_told(boss, somebody):
    """The sealing task knows when nothing can appear any more."""
    watching.start(user=boss, subject=subject_of(somebody))
    happens("user.deactivated", somebody)
    for _run in range(3):
        audit_chain.run()
    assert watching.tell_watchers() == 1


def test_events_of_days_ago_are_nobodys_news(boss, somebody, watched):
    Watch.objects.update(created_at=timezone.now() + timedelta(hours=1))
    happens("user.deactivated", somebody)
    assert sweep() == 0
