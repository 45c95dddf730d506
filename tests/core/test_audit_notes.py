"""An older end of the chain put back, with all that came after cut off: in itself a right chain, and yet found."""

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection

from core import tasks
from core.models import AuditHead, CheckRun, Event
from core.services import audit_notes, audit_proof, check_runs
from tests.core.test_audit_chain import behind_our_back, found, happen

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_notes_of_others():
    cache.clear()
    yield
    cache.clear()


def sealed(count: int = 4) -> None:
    happen(count)
    tasks.seal_events()


def put_back(head: dict[str, object]) -> None:
    """As somebody who kept the end as it was, and whom nothing in the database stops."""
    behind_our_back("DELETE FROM core_auditseal WHERE number > %s", head["number"])
    behind_our_back(
        "DELETE FROM core_event WHERE id > (SELECT max(last_id) FROM core_auditseal)",
    )
    behind_our_back("DELETE FROM core_checkrun")
    AuditHead.objects.filter(pk=1).update(**{name: value for name, value in head.items() if name != "salt"})


def old_end() -> dict[str, object]:
    sealed()
    return AuditHead.objects.values().get(pk=1)


def test_an_older_end_put_back_is_found_by_the_note_in_the_cache() -> None:
    old = old_end()
    sealed()
    assert check_runs.carry_out("audit").found == 0  # type: ignore[union-attr]
    put_back(old)
    assert found() == {}, "In itself it is a chain"
    with pytest.raises(CommandError, match="1 findings"):
        call_command("check_audit")


def test_it_stays_a_finding_whatever_is_sealed_and_proved_since() -> None:
    old = old_end()
    sealed()
    put_back(old)
    sealed(9)
    for _time in range(2):
        run = check_runs.carry_out("audit")
        assert run is not None and (run.state, run.found) == (CheckRun.State.WRONG, 1)
    cache.clear()
    assert check_runs.carry_out("audit").found == 1, "By the note that the proof kept"  # type: ignore[union-attr]


def test_a_person_accepts_a_restored_backup_and_that_is_recorded() -> None:
    old = old_end()
    sealed()
    put_back(old)
    with pytest.raises(CommandError):
        call_command("check_audit", accept=" ")
    call_command("check_audit", accept="Restored the backup of Monday")
    told = Event.objects.get(kind="audit.end_accepted")
    assert told.data["reason"] == "Restored the backup of Monday" and len(told.data["instead_of"]) == 1
    call_command("check_audit")
    sealed()
    assert audit_notes.before()[-1] == audit_notes.ends_at()
    assert check_runs.carry_out("audit").found == 0  # type: ignore[union-attr]


def test_without_a_cache_it_goes_on() -> None:
    sealed()
    cache.clear()
    sealed()
    assert audit_notes.before() == [audit_notes.ends_at()]
    assert [one for one in audit_proof.prove(noted=audit_notes.before()).results if one.count] == []
    assert connection.in_atomic_block
