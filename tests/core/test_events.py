import pytest
from django.db import DatabaseError, connection, transaction

from core.actors import SYSTEM, Actor, acting_as, current_actor
from core.events import _handlers, record, subscribe
from core.models import Event
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard():
    kind, found = "test.happened", []
    subscribe(kind)(found.append)
    yield found
    del _handlers[kind]


def test_an_event_says_what_happened_to_what_and_by_whom():
    user = UserFactory()
    with acting_as(Actor("staff", "7", "Ada")):
        event = record("user.changed", subject=user, data={"fields": ["email"]})
    stored = Event.objects.get(pk=event.pk)
    assert (stored.subject_kind, stored.subject_id) == ("core.user", str(user.pk))
    assert (stored.actor_kind, stored.actor_id, stored.actor_label) == ("staff", "7", "Ada")
    assert stored.data == {"fields": ["email"]}


def test_without_anybody_the_system_acts_and_blocks_nest():
    assert current_actor() is SYSTEM
    with acting_as(Actor("staff", "1", "a")):
        with acting_as(Actor("staff", "2", "b")):
            assert current_actor().id == "2"
        assert current_actor().id == "1"
    assert current_actor() is SYSTEM


def test_handlers_hear_of_it_after_the_commit_only(heard, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        event = record("test.happened", subject=("core.user", "1"))
        assert heard == []
    assert heard == [event]


def test_nobody_hears_of_what_was_rolled_back(heard, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(RuntimeError), transaction.atomic():
        record("test.happened", subject=("core.user", "1"))
        raise RuntimeError
    assert heard == []
    assert not Event.objects.filter(kind="test.happened").exists()


def test_a_handler_that_fails_stops_nobody(heard, django_capture_on_commit_callbacks):
    def fail(event):
        raise RuntimeError("handler")

    _handlers["test.happened"].insert(0, fail)
    with django_capture_on_commit_callbacks(execute=True):
        record("test.happened", subject=("core.user", "1"))
    assert len(heard) == 1


@pytest.mark.parametrize(
    "statement",
    ["UPDATE core_event SET kind = 'other'", "DELETE FROM core_event", "TRUNCATE core_event"],
)
def test_the_database_refuses_to_change_what_happened(statement):
    record("test.kept", subject=("core.user", "1"))
    with (
        pytest.raises(DatabaseError, match="stay as they were written"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert Event.objects.filter(kind="test.kept").count() == 1


def test_negative_control_without_the_guard_the_same_statement_changes_it():
    record("test.kept", subject=("core.user", "1"))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_event DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM core_event")
    assert not Event.objects.exists()
