"""What happened is hashed into a chain: whatever is changed, removed, added or moved afterwards is found."""

import random
import threading
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from core.actors import Actor
from core.events import record
from core.models import AuditHead, AuditSeal, CheckRun, Event
from core.services import audit_chain, audit_notes, audit_proof, check_runs
from core.tasks import seal_events
from tests.factories import UserFactory

EVENTS, PLACES = 240, 100


def found() -> dict[str, int]:
    return {result.name: result.count for result in audit_proof.prove().results if result.count}


def happen(count: int) -> None:
    for number in range(count):
        kind = ("staff", "customer", "key", "system")[number % 4]
        who = Actor(kind, str(number), f"Person {number}")  # type: ignore[arg-type]
        record("test.happened", subject=("core.user", str(number)), data={"number": number}, actor=who)


def behind_our_back(statement: str, *parameters: object) -> None:
    """As somebody with psql and all rights."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, parameters)
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.mark.django_db
class TestSealing:
    def test_every_event_is_sealed_once_and_in_order(self):
        happen(7)
        assert audit_chain.run() == 7
        happen(3)
        assert audit_chain.run() == 3
        assert audit_chain.run() == 0
        ids = [number for seal in AuditSeal.objects.order_by("number") for number in seal.ids]
        assert ids == sorted(Event.objects.values_list("id", flat=True))
        assert found() == {}

    def test_many_are_sealed_in_several_seals(self):
        happen(35)
        assert sum(len(audit_chain.seal(after=0, most=10)) for _ in range(4)) == 35
        assert [len(seal.ids) for seal in AuditSeal.objects.order_by("number")] == [10, 10, 10, 5]
        assert found() == {}

    def test_recording_does_not_touch_the_chain(self, django_assert_num_queries):
        audit_chain.head()
        with django_assert_num_queries(1):
            record("test.happened", subject=("core.user", "1"))
        assert not AuditSeal.objects.exists()

    def test_the_task_seals(self):
        happen(2)
        seal_events()
        assert AuditSeal.objects.count() == 1

    def test_the_database_keeps_the_seals(self):
        happen(2)
        audit_chain.run()
        for statement in ("UPDATE core_auditseal SET number = 9", "DELETE FROM core_auditseal"):
            with (
                pytest.raises(DatabaseError, match="stay as they were written"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)

    def test_an_event_nobody_sealed_for_an_hour_is_a_finding(self):
        event = record("test.happened", subject=("core.user", "1"))
        assert found() == {}
        behind_our_back(
            "UPDATE core_event SET created_at = %s WHERE id = %s",
            timezone.now() - timedelta(hours=2),
            event.pk,
        )
        assert found() == {"waiting": 1}

    def test_it_goes_on_after_the_keys_were_rotated_and_not_without_them(self, settings):
        from cryptography.fernet import Fernet

        old = list(settings.FIELD_ENCRYPTION_KEYS)
        happen(2)
        audit_chain.run()
        settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *old]
        assert found() == {}
        happen(2)
        audit_chain.run()
        assert found() == {}


FLIPS = (
    "UPDATE core_event SET data = data || '{\"number\": -1}' WHERE id = %s",
    "UPDATE core_event SET actor_label = actor_label || 'x' WHERE id = %s",
    "UPDATE core_event SET actor_id = '999999' WHERE id = %s",
    "UPDATE core_event SET kind = 'test.other' WHERE id = %s",
    "UPDATE core_event SET subject_id = '999999' WHERE id = %s",
    "UPDATE core_event SET created_at = created_at + interval '1 microsecond' WHERE id = %s",
    "UPDATE core_event SET address = '10.9.9.9' WHERE id = %s",
    "UPDATE core_event SET source = 'import' WHERE id = %s",
    "UPDATE core_event SET request_id = 'another' WHERE id = %s",
)
SWAP = """
UPDATE core_event a SET kind = b.kind, data = b.data, actor_id = b.actor_id, actor_label = b.actor_label,
    actor_kind = b.actor_kind, subject_id = b.subject_id, created_at = b.created_at
FROM core_event b WHERE (a.id, b.id) IN ((%s, %s), (%s, %s))
"""


def tamper(chance: random.Random, ids: list[int]) -> str:
    """Do one of the things somebody with all rights in the database might do; what was done."""
    how = chance.choice(
        ["flip", "flip", "delete", "swap", "cut", "cut both", "cut all", "add", "seal", "reorder", "hide"]
    )
    one, other = chance.sample(ids, 2)
    last = AuditSeal.objects.order_by("-number").first()
    assert last is not None
    if how == "flip":
        how = chance.choice(FLIPS)
        behind_our_back(how, one)
    elif how == "delete":
        behind_our_back("DELETE FROM core_event WHERE id = %s", one)
    elif how == "swap":
        behind_our_back(SWAP, one, other, other, one)
    elif how == "cut":
        behind_our_back("DELETE FROM core_event WHERE id >= %s", one)
    elif how == "cut both":
        behind_our_back("DELETE FROM core_event WHERE id = ANY(%s)", last.ids)
        behind_our_back("DELETE FROM core_auditseal WHERE number = %s", last.number)
    elif how == "cut all":
        # The end of the chain put back as well, as far as somebody without the key can.
        before = AuditSeal.objects.get(number=last.number - 1)
        behind_our_back("DELETE FROM core_event WHERE id = ANY(%s)", last.ids)
        behind_our_back("DELETE FROM core_auditseal WHERE number = %s", last.number)
        behind_our_back(
            "UPDATE core_audithead SET number = %s, hash = %s, events = events - %s",
            before.number, bytes(before.hashes)[-audit_chain.SIZE :], len(last.ids),
        )  # fmt: skip
    elif how == "add":
        gap = chance.choice(range(ids[0] - 2000, ids[0]))
        behind_our_back(
            "INSERT INTO core_event (id, kind, subject_kind, subject_id, actor_kind, actor_id, actor_label, data,"
            " request_id, created_at) VALUES (%s, 'x', 'x', '1', 'staff', '1', 'Me', '{}', '', now())", gap,
        )  # fmt: skip
    elif how == "seal":
        place = chance.randrange(len(last.ids) * audit_chain.SIZE)
        changed = bytearray(last.hashes)
        changed[place] ^= 1 << chance.randrange(8)
        behind_our_back(
            "UPDATE core_auditseal SET hashes = %s WHERE number = %s", bytes(changed), last.number
        )
    elif how == "reorder":
        first, second = chance.sample(range(1, last.number + 1), 2)
        behind_our_back(
            "UPDATE core_auditseal SET number = CASE number WHEN %s THEN -1 ELSE -2 END WHERE number IN (%s, %s)",
            first, first, second,
        )  # fmt: skip
        behind_our_back(
            "UPDATE core_auditseal SET number = CASE number WHEN -1 THEN %s ELSE %s END WHERE number < 0",
            second,
            first,
        )
    else:
        # Made to look as if it had been erased by right.
        behind_our_back(
            "INSERT INTO core_erasedevent SELECT id, '\\x00', 1 FROM core_event WHERE id = %s", one
        )
        behind_our_back(
            """UPDATE core_event SET data = '{"erased": true}', actor_label = '', address = NULL WHERE id = %s""",
            one,
        )
    return how


@pytest.mark.django_db(transaction=True)
class TestTampering:
    @pytest.fixture
    def chain(self):
        """Some hundred events in a dozen seals; all of them settled, as they are within seconds."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT setval('core_event_id_seq', (SELECT last_value FROM core_event_id_seq) + 5000)"
            )
        for _ in range(12):
            happen(EVENTS // 12)
            audit_chain.run()
        for _ in range(3):
            audit_chain.run()
        ids = list(Event.objects.order_by("id").values_list("id", flat=True))
        assert AuditHead.objects.get().settled == ids[-1]
        assert found() == {}
        return ids

    def test_tampering_at_a_hundred_places_is_found(self, chain):
        chance = random.Random(20_26)
        done = []
        for _ in range(PLACES):
            with transaction.atomic():
                done.append(tamper(chance, chain))
                assert found(), done[-1]
                transaction.set_rollback(True)
        assert len(set(done)) >= 15, "Every way was tried"
        assert found() == {}

    def test_the_finding_names_the_event(self, chain):
        victim = chain[100]
        with transaction.atomic():
            behind_our_back(FLIPS[0], victim)
            [entries] = [one for one in audit_proof.prove().results if one.count]
            assert entries.name == "entries"
            assert [subject for subject, _e, _f in entries.findings] == [f"Event {victim}"]
            transaction.set_rollback(True)

    def test_a_chain_begun_anew_does_not_contain_the_end_noted_before(self, chain):
        noted = audit_notes.ends_at()
        assert noted
        with transaction.atomic():
            behind_our_back("DELETE FROM core_auditseal")
            behind_our_back("DELETE FROM core_audithead")
            behind_our_back(FLIPS[0], chain[3])
            audit_chain.run()
            assert found() == {}, "In itself it is a chain"
            results = audit_proof.prove(noted=[noted]).results
            assert [one.name for one in results if one.count] == ["head"]
            with pytest.raises(CommandError, match="1 findings"):
                call_command("check_audit", head=str(noted))
            transaction.set_rollback(True)
        call_command("check_audit", head=str(noted))

    def test_an_event_that_is_committed_late_is_sealed_late_and_not_forgotten(self, chain):
        """A long transaction has its number before others that are sealed long before it ends."""
        written, go_on = threading.Event(), threading.Event()

        def slow():
            try:
                with transaction.atomic():
                    record("test.slow", subject=("core.user", "1"))
                    written.set()
                    go_on.wait(20)
            finally:
                connection.close()

        thread = threading.Thread(target=slow)
        thread.start()
        assert written.wait(20)
        happen(5)
        for _ in range(6):
            audit_chain.run()
        slow_id = Event.objects.filter(pk__gt=chain[-1]).earliest("id").pk - 1
        assert AuditHead.objects.get().settled < slow_id
        go_on.set()
        thread.join()
        for _ in range(4):
            audit_chain.run()
        assert AuditSeal.objects.latest("number").ids == [slow_id]
        assert AuditHead.objects.get().settled > slow_id
        assert found() == {}

    def test_two_workers_make_one_chain(self, chain):
        happen(200)

        def work():
            try:
                for _ in range(5):
                    audit_chain.seal(most=20)
            finally:
                connection.close()

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        audit_chain.run()
        assert found() == {}
        assert sum(len(seal.ids) for seal in AuditSeal.objects.all()) == Event.objects.count()


@pytest.mark.django_db
class TestProof:
    def test_it_runs_in_the_background_and_notes_the_end(self):
        happen(4)
        audit_chain.run()
        run = check_runs.carry_out("audit")
        assert run is not None
        assert (run.state, run.found, run.figures["events"]) == (CheckRun.State.RIGHT, 0, 4)
        assert audit_notes.before() == [audit_notes.ends_at()]

    def test_the_operations_page_shows_it_and_starts_it(self, client, monkeypatch):
        monkeypatch.setattr(check_runs.broker, "send", lambda *_args: None)
        client.force_login(
            UserFactory(staff="super_admin"), backend="core.authentication.EmailOrUsernameBackend"
        )
        page = client.get(reverse("admin:operations")).content.decode()
        assert "Proof of what happened" in page
        answer = client.post(
            reverse("admin:core_checkrun_audit_now"),
            {"_form_submitted": "True", "reason": "The auditor is here"},
        )
        assert "HX-Redirect" in answer.headers
        assert CheckRun.objects.get(kind="audit").state == CheckRun.State.WAITING

    def test_the_command_says_what_was_changed(self, capsys):
        happen(4)
        audit_chain.run()
        call_command("check_audit")
        assert "Nothing was changed: 4 events, 0 changes, 1 seals." in capsys.readouterr().out
        behind_our_back("DELETE FROM core_event WHERE id = (SELECT min(id) FROM core_event)")
        with pytest.raises(CommandError, match="1 findings in 4 events"):
            call_command("check_audit")
        assert "No sealed event was removed" in capsys.readouterr().out

    def test_an_end_that_cannot_be_read_is_an_answer(self):
        with pytest.raises(CommandError, match="--head"):
            call_command("check_audit", head="nonsense")
