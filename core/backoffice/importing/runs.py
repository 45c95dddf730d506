"""A file on its way: checked without writing, shown, then imported, or forgotten.

A file of up to `inline_rows` is checked and imported within the request; a larger one by a worker (`working`).
Either way it goes in whole or not at all, unless the person chooses to leave out the rows that are wrong.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import PurePath
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.backoffice.importing import files, working
from core.backoffice.importing.checking import Checker
from core.backoffice.importing.files import Sheet
from core.backoffice.importing.resource import ImportResource, importers
from core.backoffice.importing.states import LOST_AFTER, begin, finish, is_lost, locked_now, stop
from core.exceptions import Conflict, DomainError, InvalidInput, NotAllowed
from core.models import ImportRun, User

KEPT_HOURS = 24
# A file that takes worker after worker with it is given up.
MOST_TAKEN_UP = 3
type Ask = Callable[[UUID, int], None]
_S = ImportRun.Status


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
        Conflict: `not_checked`, `busy`. InvalidInput: `wrong_rows`, `nothing_to_do`. NotAllowed.
    """
    _resource(run.resource, user)
    with transaction.atomic():
        run = locked_now(run.pk)
        if run.status != _S.CHECKED:
            raise Conflict("not_checked", _("This file is not waiting to be imported."))
        if run.refused and not only_good:
            raise InvalidInput("wrong_rows", _("Correct the rows that are wrong, or leave them out."))
        if not run.new + run.changed:
            raise InvalidInput("nothing_to_do", _("There is nothing to import in this file."))
        run.only_good = only_good
        begin(run, _S.IMPORTING)
    return _go_on(run, ask)


def discard(*, run: ImportRun) -> ImportRun:
    """Forget the file; what is in stays. Raises Conflict."""
    with transaction.atomic():
        run = locked_now(run.pk)
        if run.status in (_S.DONE, _S.DISCARDED) or (run.status == _S.IMPORTING and not is_lost(run)):
            raise Conflict("not_waiting", _("This import cannot be discarded any more."))
        finish(run, _S.DISCARDED)
    return run


def restart(*, run: ImportRun, user: User, ask: Ask) -> ImportRun:
    """Go on where a lost worker stood. Raises Conflict: it is not lost, or `busy`. NotAllowed."""
    _resource(run.resource, user)
    with transaction.atomic():
        run = locked_now(run.pk)
        if not is_lost(run):
            raise Conflict("not_lost", _("This import is not standing still."))
        _hand_over(run)
    return _go_on(run, ask)


def take_up_lost(*, ask: Ask) -> int:
    """Have a worker go on with what another left standing; give up what has taken several with it."""
    waiting = ImportRun.objects.filter(
        status__in=(_S.CHECKING, _S.IMPORTING), touched_at__lt=timezone.now() - LOST_AFTER
    )
    taken = 0
    for found in waiting.only("pk")[:100]:
        try:
            with transaction.atomic():
                run = locked_now(found.pk)
                if not is_lost(run):
                    continue
                run.result["taken_up"] = run.result.get("taken_up", 0) + 1
                if run.result["taken_up"] > MOST_TAKEN_UP:
                    stop(
                        run, _("The work on this file broke off again and again. Split it and try its parts.")
                    )
                    continue
                _hand_over(run)
        except DomainError:
            continue  # a worker has it in its hands after all
        ask(run.pk, run.generation)
        taken += 1
    return taken


def _hand_over(run: ImportRun) -> None:
    run.generation += 1
    run.touched_at = timezone.now()
    run.in_background = True
    run.save(update_fields=["generation", "touched_at", "in_background", "result"])


def _go_on(
    run: ImportRun, ask: Ask, resource: ImportResource | None = None, sheet: Sheet | None = None
) -> ImportRun:
    if run.in_background:
        ask(run.pk, run.generation)
    else:
        resource = resource or importers.get(run.resource)()
        sheet = sheet or files.read(run.file_name, bytes(run.content))
        working.step(run, Checker(resource, sheet), sheet, size=run.total)
    run.refresh_from_db()
    return run


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
        try:
            with transaction.atomic():
                finish(locked_now(run.pk), _S.DISCARDED)
        except DomainError:
            continue
    ImportRun.objects.filter(created_at__lt=now - timedelta(days=90)).delete()
