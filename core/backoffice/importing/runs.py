"""A file on its way: checked without writing, shown, then imported.

A file of up to `inline_rows` is checked and imported within the request, in one transaction: it goes in whole or not
at all. A larger one is worked off by a worker in steps of `STEP` rows, each with its counters in one transaction, so
that what stands in the run is what was written: a killed worker's run goes on where it stood. Such a file stops at
the step that cannot be written, and says what is in. Rows that are wrong are left out only where the person chose so.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import acting_as, actor_for_user
from core.backoffice.importing import files
from core.backoffice.importing.checking import CHANGED, NEW, REFUSED, UNCHANGED, Checker, Outcome, write
from core.backoffice.importing.files import Sheet
from core.backoffice.importing.resource import ImportResource, importers
from core.events import record
from core.exceptions import Conflict, InvalidInput, NotAllowed
from core.history import because
from core.models import ImportRun, User
from core.models.origins import Source
from core.origins import coming_from

STEP = 500
SHOWN = 200
# Without a sign of life for so long a worker is taken for lost; a step takes far less.
LOST_AFTER = timedelta(seconds=60)
# Well below the task's time limit: then another task goes on.
BUDGET = 150.0
KEPT_HOURS = 24
type Ask = Callable[[UUID, int], None]
_S = ImportRun.Status


class _Stop(Exception):
    """Rows were refused while writing, so the step is taken back."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__()
        self.outcomes = outcomes


def start(*, key: str, user: User, name: str, content: bytes, ask: Ask) -> ImportRun:
    """Take a file in and check it: at once, or in a worker where it is large.

    Args:
        ask: has a worker go on with a run.

    Raises:
        InvalidInput: it cannot be read, or has not the columns it should have. NotAllowed.
    """
    resource = _resource(key, user)
    sheet = files.read(name, content)
    require_columns(resource, sheet)
    run = ImportRun.objects.create(
        resource=key,
        file_name=PurePath(name.replace("\\", "/")).name[-150:],
        content=content,
        user=user,
        total=len(sheet.rows),
        in_background=len(sheet.rows) > resource.inline_rows,
    )
    return _go_on(run, ask, resource, sheet)


def require_columns(resource: ImportResource, sheet: Sheet) -> None:
    """Raises InvalidInput naming the columns that are unknown or missing."""
    unknown = [name for name in sheet.headers if name not in resource.columns]
    if unknown:
        text = _("These columns are not known here: %(names)s. Known are: %(known)s.")
        names = {"names": ", ".join(unknown[:5]), "known": ", ".join(resource.columns)}
        raise files.refuse(text % names, "unknown_columns")
    missing = [name for name in resource.key if name not in sheet.headers]
    if missing:
        text = _("These columns are missing: %(names)s. By them a row is found again.")
        raise files.refuse(text % {"names": ", ".join(missing)}, "missing_columns")


def confirm(*, run: ImportRun, user: User, only_good: bool, ask: Ask) -> ImportRun:
    """Import what was checked.

    Args:
        only_good: the person chose to leave out the rows that are wrong.

    Raises:
        Conflict: `not_checked`. InvalidInput: `wrong_rows`, `nothing_to_do`. NotAllowed.
    """
    _resource(run.resource, user)
    with transaction.atomic():
        run = _locked(run.pk)
        if run.status != _S.CHECKED:
            raise Conflict("not_checked", _("This file is not waiting to be imported."))
        if run.refused and not only_good:
            raise InvalidInput("wrong_rows", _("Correct the rows that are wrong, or leave them out."))
        if not run.new + run.changed:
            raise InvalidInput("nothing_to_do", _("There is nothing to import in this file."))
        run.only_good = only_good
        _begin(run, _S.IMPORTING)
    return _go_on(run, ask)


def discard(*, run: ImportRun) -> ImportRun:
    """Forget the file; what is in stays. Raises Conflict."""
    with transaction.atomic():
        run = _locked(run.pk)
        if run.status in (_S.DONE, _S.DISCARDED) or (run.status == _S.IMPORTING and not is_lost(run)):
            raise Conflict("not_waiting", _("This import cannot be discarded any more."))
        _finish(run, _S.DISCARDED)
    return run


def restart(*, run: ImportRun, user: User, ask: Ask) -> ImportRun:
    """Go on where a lost worker stood. Raises Conflict: it is not lost. NotAllowed."""
    _resource(run.resource, user)
    with transaction.atomic():
        run = _locked(run.pk)
        if not is_lost(run):
            raise Conflict("not_lost", _("This import is not standing still."))
        run.generation += 1
        run.touched_at = timezone.now()
        run.in_background = True
        run.save(update_fields=["generation", "touched_at", "in_background"])
    return _go_on(run, ask)


def is_running(run: ImportRun) -> bool:
    return run.status in (_S.CHECKING, _S.IMPORTING)


def is_lost(run: ImportRun) -> bool:
    """Whether whoever worked on it was killed: nothing moved for a minute."""
    return is_running(run) and timezone.now() - run.touched_at > LOST_AFTER


def work(run_id: UUID, generation: int) -> bool:
    """A worker's turn; says whether another one is needed. Any number of workers may take it at once or twice."""
    run = ImportRun.objects.select_related("user").filter(pk=run_id).first()
    if run is None or run.generation != generation or not is_running(run):
        return False
    if run.user is None or not importers.get(run.resource).may_import(run.user):
        with transaction.atomic():
            _stop(_locked(run_id), _("Whoever handed the file in may not import it any more."))
        return False
    resource = importers.get(run.resource)()
    sheet = files.read(run.file_name, bytes(run.content))
    checker, ends = Checker(resource, sheet), time.monotonic() + BUDGET
    while time.monotonic() < ends:
        if not step(run, checker, sheet, size=STEP):
            return False
    return True


def step(run: ImportRun, checker: Checker, sheet: Sheet, *, size: int) -> bool:
    """Check or import the next rows; says whether there are more."""
    reason = _("Import of %(file)s") % {"file": run.file_name}
    with acting_as(actor_for_user(_user(run))), because(reason, user=run.user), coming_from(Source.IMPORT):
        try:
            with transaction.atomic():
                locked = _locked(run.pk)
                if locked.generation != run.generation or not is_running(locked):
                    return False
                rows = sheet.rows[locked.done : locked.done + size]
                outcomes = checker.check(rows)
                if locked.status == _S.IMPORTING:
                    _import(locked, checker.resource, outcomes)
                _count(locked, outcomes)
                return is_running(locked)
        except _Stop as stopped:
            with transaction.atomic():
                locked = _locked(run.pk)
                locked.result["problems"] = _problems(stopped.outcomes)[:SHOWN]
                _stop(locked, _("Rows that were right when the file was checked are wrong now."))
            return False


def _import(run: ImportRun, resource: ImportResource, outcomes: list[Outcome]) -> None:
    if not run.only_good and any(outcome.kind == REFUSED for outcome in outcomes):
        raise _Stop(outcomes)
    write(resource, outcomes, user=_user(run))
    if not run.only_good and any(outcome.kind == REFUSED for outcome in outcomes):
        raise _Stop(outcomes)


def _count(run: ImportRun, outcomes: list[Outcome]) -> None:
    """Move the counters with what was done, in the same transaction; at the end the status too."""
    for kind in (NEW, CHANGED, UNCHANGED, REFUSED):
        setattr(run, kind, getattr(run, kind) + sum(outcome.kind == kind for outcome in outcomes))
    result: dict[str, Any] = run.result
    problems, differences = result.setdefault("problems", []), result.setdefault("differences", [])
    problems += _problems(outcomes)[: max(0, SHOWN - len(problems))]
    moved = [one.difference() for one in outcomes if one.kind in (NEW, CHANGED)]
    differences += moved[: max(0, SHOWN - len(differences))]
    run.done += len(outcomes)
    run.touched_at = timezone.now()
    if run.done >= run.total:
        _finish(run, _S.CHECKED if run.status == _S.CHECKING else _S.DONE)
    else:
        run.save(update_fields=[NEW, CHANGED, UNCHANGED, REFUSED, "result", "done", "touched_at"])


def _problems(outcomes: list[Outcome]) -> list[dict[str, Any]]:
    return [outcome.problem() for outcome in outcomes if outcome.kind == REFUSED]


def _finish(run: ImportRun, status: ImportRun.Status) -> None:
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


def _stop(run: ImportRun, message: str) -> None:
    run.result["message"] = message
    _finish(run, _S.STOPPED)


def _begin(run: ImportRun, status: ImportRun.Status) -> None:
    run.status, run.touched_at, run.done = status, timezone.now(), 0
    run.new = run.changed = run.unchanged = run.refused = 0
    run.result = {}
    run.generation += 1
    run.save()


def _go_on(
    run: ImportRun, ask: Ask, resource: ImportResource | None = None, sheet: Sheet | None = None
) -> ImportRun:
    if run.in_background:
        ask(run.pk, run.generation)
    else:
        resource = resource or importers.get(run.resource)()
        sheet = sheet or files.read(run.file_name, bytes(run.content))
        step(run, Checker(resource, sheet), sheet, size=run.total)
    run.refresh_from_db()
    return run


def _locked(identity: UUID) -> ImportRun:
    return ImportRun.objects.select_for_update(of=("self",)).select_related("user").get(pk=identity)


def _user(run: ImportRun) -> User:
    """Whoever handed the file in. Raises NotAllowed: the account is gone."""
    if run.user is None:
        raise NotAllowed("not_allowed", _("You may not import this."))
    return run.user


def _resource(key: str, user: User) -> ImportResource:
    kind = importers.get(key)
    if not kind.may_import(user):
        raise NotAllowed("not_allowed", _("You may not import this."))
    return kind()


def forget_old() -> None:
    """Files that nobody imported within a day are forgotten, and runs after three months."""
    now = timezone.now()
    waiting = ImportRun.objects.filter(
        status__in=(_S.CHECKING, _S.CHECKED, _S.IMPORTING), touched_at__lt=now - timedelta(hours=KEPT_HOURS)
    )
    for run in waiting.only("pk"):
        with transaction.atomic():
            _finish(_locked(run.pk), _S.DISCARDED)
    ImportRun.objects.filter(created_at__lt=now - timedelta(days=90)).delete()
