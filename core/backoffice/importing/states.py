"""Where a file on its way stands: its row, who works on it, and how it ends."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import OperationalError
from django.utils import timezone
from django.utils.translation import gettext as _

from core.backoffice.importing.checking import REFUSED, Outcome
from core.events import record
from core.exceptions import Conflict, NotAllowed
from core.models import ImportRun, User

SHOWN = 200
# Without a sign of life for so long a worker is taken for lost; a step takes far less.
LOST_AFTER = timedelta(seconds=60)
_S = ImportRun.Status


def is_running(run: ImportRun) -> bool:
    return run.status in (_S.CHECKING, _S.IMPORTING)


def is_lost(run: ImportRun) -> bool:
    """Whether whoever worked on it was killed: nothing moved for a minute."""
    still = is_running(run) and timezone.now() - run.touched_at > LOST_AFTER
    return still and not written(run)


def is_whole(run: ImportRun) -> bool:
    """Whether it goes in as a whole or not at all: only a person who leaves rows out has it otherwise."""
    return run.status == _S.IMPORTING and not run.only_good


def written(run: ImportRun) -> int:
    """How many rows a worker has written that nobody sees before all are in."""
    return int(cache.get(_key(run)) or 0) if is_whole(run) else 0


def note_written(run: ImportRun, rows: int) -> None:
    """The sign of life of a worker within its one transaction, where the row itself cannot give it."""
    cache.set(_key(run), rows, LOST_AFTER.seconds)


def _key(run: ImportRun) -> str:
    return f"import-written:{run.pk}:{run.generation}"


def percent(run: ImportRun) -> int:
    """Half of what goes in as a whole is checking it once more."""
    if not run.total:
        return 0
    if is_whole(run):
        return 50 * (run.done + written(run)) // run.total
    return 100 * run.done // run.total


def locked(identity: UUID) -> ImportRun:
    return _rows().get(pk=identity)


def locked_now(identity: UUID) -> ImportRun:
    """Raises Conflict: a worker has it in its hands."""
    try:
        return _rows(nowait=True).get(pk=identity)
    except OperationalError as error:
        raise Conflict("busy", _("A worker is busy with this file right now. Wait a moment.")) from error


def _rows(**how: bool) -> Any:
    return ImportRun.objects.select_for_update(of=("self",), **how).select_related("user")


def user_of(run: ImportRun) -> User:
    """Whoever handed the file in. Raises NotAllowed: the account is gone."""
    if run.user is None:
        raise NotAllowed("not_allowed", _("You may not import this."))
    return run.user


def begin(run: ImportRun, status: ImportRun.Status) -> None:
    run.status, run.touched_at, run.done = status, timezone.now(), 0
    run.new = run.changed = run.unchanged = run.refused = 0
    run.result = {}
    run.generation += 1
    run.save()


def finish(run: ImportRun, status: ImportRun.Status) -> None:
    run.status, run.touched_at = status, timezone.now()
    if status != _S.CHECKED:
        # The file and what it changed is data of people: it stays in their rows and history only.
        run.content, run.finished_at = b"", run.touched_at
        run.result = {"problems": run.problems, **{k: v for k, v in run.result.items() if k == "message"}}
        data = {
            "resource": run.resource,
            "file": run.file_name,
            "status": status.value,
            "rows": run.total,
            "new": run.new,
            "changed": run.changed,
            "refused": run.refused,
        }
        record("import.finished", subject=run, data=data)
    run.save()


def stop(run: ImportRun, message: str, outcomes: Iterable[Outcome] = ()) -> None:
    """End it where it stands; of what goes in as a whole nothing is in."""
    if is_whole(run):
        run.done = run.new = run.changed = run.unchanged = 0
    if wrong := problems(outcomes):
        run.result["problems"] = wrong[:SHOWN]
    run.result["message"] = message
    finish(run, _S.STOPPED)


def problems(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    return [outcome.problem() for outcome in outcomes if outcome.kind == REFUSED]
