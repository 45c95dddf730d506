"""Runs of reports: asked for, carried out by a worker, cancelled, run again, swept up after."""

import errno
import logging
from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from analytics.models import Format, ReportRun, ScheduleRun
from analytics.renderers.base import CopySection, Reading, Written, renderers
from analytics.services import run_files, sources
from analytics.services.asking import MOST_DAYS, is_of_our_time
from analytics.services.pulse import Cancelled, Pulse
from analytics.services.run_notices import tell_of
from analytics.services.run_words import stated_of, ties_of
from analytics.services.snapshot import snapshot
from core.events import record
from core.exceptions import Conflict, DomainError, InvalidInput, NotAllowed
from core.models import User
from core.services import broker

TASK, QUEUE = "analytics.run_report", "reports"
SEE_COST = "commerce.see_cost"
MOST_OPEN = 10
# Without a sign of life for so long a worker is taken for lost; it gives two each second.
LOST_AFTER = timedelta(seconds=30)
# Of the database: no room on its disk, no more than it is given to sort in, no memory.
NO_ROOM, DISK_FULL, TOO_MUCH = (errno.ENOSPC, errno.EDQUOT), "53100", ("53400", "53200")
ASK_AGAIN_AFTER = timedelta(seconds=60)
_S = ReportRun.Status
log = logging.getLogger(__name__)


def ask(
    *,
    kind: str,
    key: str,
    asked: Mapping[str, Any],
    format: str,
    zone: str,
    language: str,
    user: User,
    occasion: ScheduleRun | None = None,
) -> ReportRun:
    """Have a worker make a file.

    Args:
        asked: `first` and `last` as ISO dates; `values` of a pack's form; `without_cost` where whoever it goes to sees
            none; what a report or a list needs besides.
        occasion: the time of a schedule that it is made for.

    Raises:
        NotAllowed, NotFound, InvalidInput, Conflict: `too_many_runs`.
    """
    source = sources.source_of(kind, key, asked)
    if not source.is_for(user):
        raise NotAllowed("not_allowed", _("You may not run this report."))
    _check(asked, format, zone)
    waiting = ReportRun.objects.filter(user=user, status__in=ReportRun.OPEN, occasion=None)
    if occasion is None and waiting.count() >= MOST_OPEN:
        raise Conflict("too_many_runs", _("Ten reports of yours are waiting already. Wait for one to end."))
    with transaction.atomic():
        run = ReportRun.objects.create(
            kind=kind, key=key, title=source.title[:200], asked=dict(asked), format=format, zone=zone,
            language=language, user=user, with_cost=_sees_cost(asked, user), occasion=occasion,
        )  # fmt: skip
        record("report.asked", subject=run, data=_data(run))
        transaction.on_commit(partial(_send, run.pk), robust=True)
    return run


def again(*, run: ReportRun, user: User) -> ReportRun:
    """The same once more, for whoever asks now. Raises what `ask` raises."""
    return ask(
        kind=run.kind,
        key=run.key,
        asked=run.asked,
        format=run.format,
        zone=run.zone,
        language=run.language,
        user=user,
    )


def cancel(*, run: ReportRun) -> ReportRun:
    """Raises Conflict: it has ended."""
    with transaction.atomic():
        now = timezone.now()
        waiting = ReportRun.objects.filter(pk=run.pk, status=_S.WAITING)
        stopped = waiting.update(status=_S.CANCELLED, cancel_asked=True, finished_at=now)
        running = ReportRun.objects.filter(pk=run.pk, status=_S.RUNNING)
        if not stopped and not running.update(cancel_asked=True):
            raise Conflict("ended", _("It has ended already."))
        record("report.cancelled", subject=run, data=_data(run))
    run.refresh_from_db()
    return run


def may_take(run: ReportRun, user: User) -> bool:
    """Whether this person may have the file now: rights are asked again each time."""
    if run.with_cost and not user.has_perm(SEE_COST):
        return False
    try:
        return sources.of_run(run).is_for(user)
    except DomainError:
        return False


def carry_out(run_id: UUID) -> ReportRun | None:
    """What the task does. Any number of workers may be asked; one of them takes it."""
    now = timezone.now()
    taken = ReportRun.objects.filter(pk=run_id, status=_S.WAITING)
    if not taken.update(status=_S.RUNNING, started_at=now, touched_at=now, error=""):
        return None
    run = ReportRun.objects.select_related("user").get(pk=run_id)
    try:
        with translation.override(run.language), timezone.override(ZoneInfo(run.zone)):
            _make(run)
    except Cancelled:
        _end(run, _S.CANCELLED)
    except Exception as error:
        if _was_cancelled(run):
            _end(run, _S.CANCELLED)
        else:
            with translation.override(run.language):
                _end(run, _S.FAILED, error=why(error))
            if not isinstance(error, DomainError | OSError):
                raise
    run.refresh_from_db()
    return run


def sweep() -> int:
    """Say of runs whose worker was lost that they are; ask again for those no worker has heard of."""
    now = timezone.now()
    lost = ReportRun.objects.filter(status=_S.RUNNING, touched_at__lt=now - LOST_AFTER)
    for run in lost[:100]:
        with translation.override(run.language):
            if run.cancel_asked:
                _end(run, _S.CANCELLED)
            else:
                _end(run, _S.FAILED, error=_("The worker stopped in the middle. Run it again."))
        run_files.drop_part(run)
    waiting = ReportRun.objects.filter(status=_S.WAITING, touched_at__lt=now - ASK_AGAIN_AFTER)
    found = list(waiting.values_list("pk", flat=True)[:100])
    ReportRun.objects.filter(pk__in=found).update(touched_at=now)
    for pk in found:
        _send(pk)
    return len(found)


def why(error: BaseException) -> str:
    """In words for whoever asked."""
    if isinstance(error, DomainError):
        return error.message[:500]
    told = getattr(error.__cause__, "sqlstate", "")
    # The database has a disk of its own to fill: what it sorts.
    if getattr(error, "errno", None) in NO_ROOM or told == DISK_FULL:
        return _("The disk is full. Make room and run it again.")
    if told in TOO_MUCH:
        return _("The database has no room to sort so much. Ask for fewer days or rows.")
    if isinstance(error, OSError) and error.errno == errno.EFBIG:
        return _("The file is larger than this server allows. Ask for fewer days or rows.")
    if isinstance(error, OSError):
        return _("The file could not be written (%(error)s). Run it again.") % {"error": type(error).__name__}
    if isinstance(error, OperationalError | InterfaceError):
        return _("The database did not answer, or it took too long. Run it again, for fewer days.")
    if type(error).__name__ == "SoftTimeLimitExceeded":
        return _("It takes too long. Ask for fewer days.")
    return _("Something went wrong (%(error)s). It was written down for those who run the server.") % {
        "error": type(error).__name__
    }


def _make(run: ReportRun) -> None:
    user = run.user
    source = sources.of_run(run)
    if user is None or not user.is_active or not source.is_for(user):
        raise NotAllowed("not_allowed", _("Whoever asked for this may not have it any more."))
    sees_cost = _sees_cost(run.asked, user)
    ReportRun.objects.filter(pk=run.pk).update(with_cost=sees_cost)
    with run_files.part(run) as path, Pulse(run.pk) as pulse:
        with snapshot():
            asked = sources.asked_of(run, source, sees_cost=sees_cost)
            sections = source.sections(asked, user, run.format)
            pulse.expected = _expected(sections, run.format)
            reading = Reading(
                title=source.title,
                subtitle=asked.period if source.has_days else "",
                sections=sections,
                facts=[(_("Days"), asked.period)] * source.has_days + source.facts(asked),
                zone=asked.zone,
                made_by=user.get_full_name() or user.get_username(),
                made_at=timezone.now(),
                description=source.description,
            )
            written = renderers.get(run.format).write(reading, path, pulse)
        pulse.phase = ReportRun.Phase.SAVING
        pulse.check()
        kept = run_files.keep(run, path)
    _done(run, reading, written, kept)


def _sees_cost(asked: Mapping[str, Any], user: User) -> bool:
    return not asked.get("without_cost") and user.has_perm(SEE_COST)


def _done(run: ReportRun, reading: Reading, written: Written, kept: run_files.Kept) -> None:
    """Offered once everything about it is known; a run that was cancelled at the last moment offers nothing."""
    with transaction.atomic():
        mine = ReportRun.objects.filter(pk=run.pk, status=_S.RUNNING, cancel_asked=False)
        told = mine.update(
            status=_S.DONE, phase=ReportRun.Phase.NONE, finished_at=timezone.now(), rows=written.rows,
            file_name=reading.filename(run.format, run.title), path=kept.path, size=kept.size, sha256=kept.sha256,
            stated=stated_of(reading, written), ties=ties_of(reading),
        )  # fmt: skip
        if told:
            run.refresh_from_db()
            record("report.made", subject=run, data=_data(run) | {"rows": run.rows, "sha256": run.sha256})
            tell_of(run)
    if not told:
        run_files.drop(kept.path)
        raise Cancelled


def _end(run: ReportRun, status: ReportRun.Status, error: str = "") -> None:
    with transaction.atomic():
        mine = ReportRun.objects.filter(pk=run.pk, status=_S.RUNNING)
        if mine.update(status=status, error=error, finished_at=timezone.now(), phase=ReportRun.Phase.NONE):
            run.refresh_from_db()
            if status == _S.FAILED:
                record("report.failed", subject=run, data=_data(run) | {"error": error})
                tell_of(run)


def _was_cancelled(run: ReportRun) -> bool:
    return ReportRun.objects.filter(pk=run.pk, cancel_asked=True).exists()


def _expected(sections: Any, format: str) -> int | None:
    """How many rows will go by, where the database has counted them; of what it added up itself, those shown."""
    numbers = [getattr(section, "number", None) for section in sections]
    known = [number for number in numbers if number is not None]
    if not known or len(known) < len(numbers):
        return None
    most = renderers.get(format).most_rows
    added_up = all(isinstance(section, CopySection) for section in sections)
    return min(sum(known), most) if most and added_up else sum(known)


def _check(asked: Mapping[str, Any], format: str, zone: str) -> None:
    if format not in Format.values:
        raise InvalidInput("invalid_format", _("Choose a format."), field="format")
    try:
        ZoneInfo(zone)
        first, last = (date.fromisoformat(str(asked[name])) for name in ("first", "last"))
    except (KeyError, ValueError, OSError) as error:
        raise InvalidInput("invalid_period", _("Choose the days and a time zone.")) from error
    if last < first:
        raise InvalidInput("invalid_period", _("The first day comes before the last; exchange the two."))
    if (last - first).days >= MOST_DAYS:
        raise InvalidInput("invalid_period", _("Ten years at most in one file."))
    if not is_of_our_time(first, last):
        raise InvalidInput("invalid_period", _("Choose days of this century."))


def _send(run_id: UUID) -> None:
    """Where the queue does not answer the run says so, and the sweep sends it later."""
    try:
        broker.send(TASK, [str(run_id)], {}, queue=QUEUE)
    except Conflict:
        log.warning("a report waits for the queue", extra={"run": str(run_id)})
        said = _("The queue of background work does not answer. This begins by itself as soon as it does.")
        ReportRun.objects.filter(pk=run_id, status=_S.WAITING, error="").update(error=said)


def _data(run: ReportRun) -> dict[str, Any]:
    said = {"report": run.title, "kind": run.kind, "key": run.key, "format": run.format, "zone": run.zone}
    if run.kind == ReportRun.Kind.LIST:
        return said | {"query": run.asked.get("query"), "columns": run.asked.get("columns")}
    return said | {"first": run.asked.get("first"), "last": run.asked.get("last")}
