"""A worker's turn with a file.

It is checked in steps of `STEP` rows, each with its counters in one transaction: a killed worker's check goes on where
it stood. What is imported goes in as a whole or not at all: its rows are checked once more, and then written in one
transaction, so that a killed worker leaves nothing behind and the next one begins again. Only where a person chose to
leave out the rows that are wrong does it go in step by step.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import acting_as, actor_for_user
from core.backoffice.importing import files, states
from core.backoffice.importing.checking import (
    CHANGED,
    NEW,
    REFUSED,
    UNCHANGED,
    Checker,
    Outcome,
    slimmed,
    write,
)
from core.backoffice.importing.files import Sheet
from core.backoffice.importing.resource import importers
from core.history import because
from core.models import ImportRun
from core.models.origins import Source
from core.origins import coming_from

STEP = 500
# Well below the task's time limit: then another task goes on.
BUDGET = 150.0
_S = ImportRun.Status


class _Stop(Exception):
    """Rows were refused while writing, so what was written is taken back."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__()
        self.outcomes = outcomes


def work(run_id: UUID, generation: int) -> bool:
    """A worker's turn; says whether another one is needed. Any number of workers may take it at once or twice."""
    run = ImportRun.objects.select_related("user").filter(pk=run_id).first()
    if run is None or run.generation != generation or not states.is_running(run):
        return False
    if run.user is None or not importers.get(run.resource).may_import(run.user):
        with transaction.atomic():
            states.stop(states.locked(run_id), _("Whoever handed the file in may not import it any more."))
        return False
    resource = importers.get(run.resource)()
    sheet = files.read(run.file_name, bytes(run.content))
    checker, ends = Checker(resource, sheet), time.monotonic() + BUDGET
    if states.is_whole(run):
        import_whole(run, checker, sheet)
        return False
    while time.monotonic() < ends:
        if not step(run, checker, sheet, size=STEP):
            return False
    return True


def step(run: ImportRun, checker: Checker, sheet: Sheet, *, size: int) -> bool:
    """Check or import the next rows; says whether there are more."""
    with _as_whoever_handed_it_in(run):
        try:
            with transaction.atomic():
                mine = states.locked(run.pk)
                if mine.generation != run.generation or not states.is_running(mine):
                    return False
                rows = sheet.rows[mine.done : mine.done + size]
                outcomes = checker.check(rows)
                if mine.status == _S.IMPORTING:
                    _write(mine, checker, outcomes)
                _count(mine, outcomes)
                return states.is_running(mine)
        except _Stop as stopped:
            _stop(run, stopped.outcomes)
            return False


def import_whole(run: ImportRun, checker: Checker, sheet: Sheet) -> None:
    """Check every row once more, which holds nobody up, and write them all in one transaction."""
    with _as_whoever_handed_it_in(run):
        try:
            outcomes = _checked_again(run, checker, sheet)
            if outcomes is None:
                return
            with transaction.atomic():
                mine = states.locked(run.pk)
                if mine.generation != run.generation or not states.is_running(mine):
                    return
                for start in range(0, len(outcomes), STEP):
                    _write(mine, checker, outcomes[start : start + STEP])
                    states.note_written(mine, start + STEP)
                mine.done = 0
                _count(mine, outcomes)
        except _Stop as stopped:
            _stop(run, stopped.outcomes)


def give_up(run_id: UUID, generation: int) -> None:
    """Its time is over: what was written in one piece is taken back already."""
    run = ImportRun.objects.filter(pk=run_id, generation=generation).first()
    if run is not None:
        _stop(run, [], _("This takes too long in one piece. Split the file and import the parts."))


def _checked_again(run: ImportRun, checker: Checker, sheet: Sheet) -> list[Outcome] | None:
    """All rows as they are to be written; None where somebody else has taken over."""
    outcomes: list[Outcome] = []
    mine = ImportRun.objects.filter(pk=run.pk, generation=run.generation, status=_S.IMPORTING)
    for start in range(0, len(sheet.rows), STEP):
        found = checker.check(sheet.rows[start : start + STEP])
        if any(outcome.kind == REFUSED for outcome in found):
            raise _Stop(found)
        outcomes += map(slimmed, found)
        if not mine.update(done=len(outcomes), touched_at=timezone.now()):
            return None
    return outcomes


def _write(run: ImportRun, checker: Checker, outcomes: list[Outcome]) -> None:
    """Raises _Stop: a row was refused, and the person did not choose to leave such out."""
    if not run.only_good and any(outcome.kind == REFUSED for outcome in outcomes):
        raise _Stop(outcomes)
    write(checker.resource, outcomes, user=states.user_of(run))
    if not run.only_good and any(outcome.kind == REFUSED for outcome in outcomes):
        raise _Stop(outcomes)


def _stop(run: ImportRun, outcomes: list[Outcome], why: str = "") -> None:
    with transaction.atomic():
        mine = states.locked(run.pk)
        if mine.generation == run.generation and states.is_running(mine):
            otherwise = _("Rows that were right when the file was checked are wrong now.")
            states.stop(mine, why or otherwise, outcomes)


def _count(run: ImportRun, outcomes: list[Outcome]) -> None:
    """Move the counters with what was done, in the same transaction; at the end the status too."""
    for kind in (NEW, CHANGED, UNCHANGED, REFUSED):
        setattr(run, kind, getattr(run, kind) + sum(outcome.kind == kind for outcome in outcomes))
    wrong = run.result.setdefault("problems", [])
    wrong += states.problems(outcomes)[: max(0, states.SHOWN - len(wrong))]
    if run.status == _S.CHECKING:
        differences = run.result.setdefault("differences", [])
        moved = (one.difference() for one in outcomes if one.kind in (NEW, CHANGED))
        differences += [one for one, _n in zip(moved, range(states.SHOWN - len(differences)), strict=False)]
    run.done += len(outcomes)
    run.touched_at = timezone.now()
    if run.done >= run.total:
        states.finish(run, _S.CHECKED if run.status == _S.CHECKING else _S.DONE)
    else:
        run.save(update_fields=[NEW, CHANGED, UNCHANGED, REFUSED, "result", "done", "touched_at"])


@contextmanager
def _as_whoever_handed_it_in(run: ImportRun) -> Iterator[None]:
    """History and events name the person and the file."""
    reason = _("Import of %(file)s") % {"file": run.file_name}
    with (
        acting_as(actor_for_user(states.user_of(run))),
        because(reason, user=run.user),
        coming_from(Source.IMPORT),
    ):
        yield
