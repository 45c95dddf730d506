"""Schedules of reports: saved, paused, resumed, deleted; run when they are due, and what becomes of each run.

The row of a schedule is the truth of when it is due. Beat, broker and sweep may ask any number of times: one of them
finds `next_at` passed, moves it on and writes the run in one transaction, and a second row of the same moment is
refused by the database.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from analytics.models import ReportRun, ReportSchedule, ScheduleRun
from analytics.services import beat_rows, delivering, running, schedule_rights, times
from analytics.services.asking import span_days
from core.events import record
from core.exceptions import Conflict, DomainError, InvalidInput
from core.messages import tell
from core.models import User
from core.zones import zone_named

MOST_FAILURES = 5
MOST_SCHEDULES = 100
BATCH = 100
# A run whose files have ended is settled at once; after so long the sweep believes nobody did.
SETTLED_WITHIN = timedelta(seconds=20)
_S = ScheduleRun.Status
log = logging.getLogger(__name__)


@transaction.atomic
def save(
    *, schedule: ReportSchedule, people: Iterable[User], wants_cost: bool, now: datetime | None = None
) -> ReportSchedule:
    """Check and keep what was typed into it; whom it goes to included.

    Raises:
        InvalidInput: naming the field. NotAllowed, NotFound: its owner may not have it. Conflict: too many.
    """
    chosen, is_new = list(people), schedule.pk is None
    if is_new and ReportSchedule.objects.filter(owner=schedule.owner).count() >= MOST_SCHEDULES:
        raise Conflict("too_many_schedules", _("A hundred schedules are yours already. Delete one first."))
    schedule.formats = schedule_rights.check_formats(schedule.formats)
    schedule.addresses = "\n".join(schedule_rights.check_addresses(schedule.addresses))
    schedule.with_cost = schedule_rights.cost_of(schedule, wants_cost)
    schedule_rights.check_owner(schedule)
    schedule_rights.check_recipients(schedule, chosen)
    schedule.next_at = _next(schedule, now or timezone.now())
    schedule.save()
    schedule.people.set(chosen)
    beat_rows.write(schedule)
    record("schedule.made" if is_new else "schedule.changed", subject=schedule, data=_data(schedule))
    return schedule


@transaction.atomic
def pause(*, schedule: ReportSchedule, reason: str) -> ReportSchedule:
    """Raises Conflict: it is paused."""
    kept = _locked(schedule.pk)
    if not kept.active:
        raise Conflict("paused", _("It is paused already."))
    _switch_off(kept, reason)
    record("schedule.paused", subject=kept, data=_data(kept) | {"reason": reason})
    return kept


@transaction.atomic
def resume(*, schedule: ReportSchedule, reason: str, now: datetime | None = None) -> ReportSchedule:
    """It goes on with the next time; those that passed meanwhile are not made up for.

    Raises:
        Conflict: it runs. NotAllowed, NotFound, InvalidInput: its owner may not have it.
    """
    kept = _locked(schedule.pk)
    if kept.active:
        raise Conflict("active", _("It is not paused."))
    schedule_rights.check_owner(kept)
    kept.active, kept.failures, kept.why_off = True, 0, ""
    kept.next_at = _next(kept, now or timezone.now())
    kept.save(update_fields=["active", "failures", "why_off", "next_at", "updated_at"])
    beat_rows.write(kept)
    record("schedule.resumed", subject=kept, data=_data(kept) | {"reason": reason})
    return kept


@transaction.atomic
def delete(*, schedule: ReportSchedule) -> None:
    """With the rows of its runs; the files stay with their runs."""
    record("schedule.deleted", subject=schedule, data=_data(schedule))
    beat_rows.drop(schedule.pk)
    schedule.delete()


@transaction.atomic
def run_now(*, schedule: ReportSchedule, reason: str) -> ScheduleRun:
    """Once besides its times, paused or not.

    Raises:
        Conflict: it is running.
    """
    kept = _locked(schedule.pk)
    if kept.runs.filter(status=_S.MAKING).exists():
        raise Conflict("running", _("It is being made already. Wait until it has ended."))
    run = ScheduleRun.objects.create(schedule=kept, due_at=timezone.now(), reason=reason[:500])
    record("schedule.run_by_hand", subject=kept, data=_data(kept) | {"reason": reason})
    _begin(run)
    return run


@transaction.atomic
def run_if_due(schedule_id: int, *, now: datetime | None = None) -> ScheduleRun | None:
    """What the beat's tick does; none where it is not due, or somebody else has taken it."""
    moment = now or timezone.now()
    due = ReportSchedule.objects.filter(pk=schedule_id, active=True, next_at__lte=moment)
    found = due.select_for_update(skip_locked=True, of=("self",)).select_related("owner").first()
    if found is None or found.next_at is None:
        return None
    due_at = times.last_missed(found, found.next_at, moment)
    found.last_at, found.next_at = moment, times.next_time(found, moment)
    found.save(update_fields=["last_at", "next_at"])
    run, is_new = ScheduleRun.objects.get_or_create(schedule=found, due_at=due_at)
    if not is_new:
        return None
    _begin(run)
    return run


def sweep() -> int:
    """Run what is due and nobody was woken for; settle runs whose files ended unseen. Returns how many were due."""
    now = timezone.now()
    due = ReportSchedule.objects.filter(active=True, next_at__lte=now).order_by("next_at")
    count = 0
    for pk in list(due.values_list("pk", flat=True)[:BATCH]):
        count += _guarded(pk)
    standing = ScheduleRun.objects.filter(status=_S.MAKING, started_at__lt=now - SETTLED_WITHIN)
    for pk in list(standing.values_list("pk", flat=True)[:BATCH]):
        settle(pk)
    return count


def _guarded(schedule_id: int) -> bool:
    """One that breaks keeps no other from running."""
    try:
        return run_if_due(schedule_id) is not None
    except Exception:
        log.exception("a schedule was not run", extra={"schedule": schedule_id})
        return False


@transaction.atomic
def settle(run_id: int) -> ScheduleRun | None:
    """Once all files of a run have ended: mail them, or say what went wrong. Any number of times, one does it."""
    found = ScheduleRun.objects.select_for_update(of=("self",)).filter(pk=run_id, status=_S.MAKING)
    run = found.select_related("schedule__owner").first()
    if run is None:
        return None
    files = list(run.files)
    if any(one.is_open for one in files):
        return None
    with translation.override(run.schedule.language):
        lost = [one for one in files if one.status != ReportRun.Status.DONE]
        if lost or not files:
            _fail(run, _lost(lost))
        elif run.schedule.only_if_rows and not any(one.rows for one in files):
            _succeed(run, _S.EMPTY)
        else:
            _deliver(run)
    return run


def _deliver(run: ScheduleRun) -> None:
    try:
        with transaction.atomic():
            delivering.mail(run)
    except DomainError as error:
        _fail(run, error.message)
    else:
        _succeed(run, _S.SENT)


def _begin(run: ScheduleRun) -> None:
    """Ask for its files, a format each, or say why not. In the caller's transaction: all of it or nothing."""
    schedule = run.schedule
    with translation.override(schedule.language):
        try:
            with transaction.atomic():
                schedule_rights.check_owner(schedule)
                first, last = span_days(schedule.span, zone=zone_named(schedule.zone), now=run.due_at)
                days = {"span": schedule.span, "first": first.isoformat(), "last": last.isoformat()}
                for format in schedule.formats:
                    running.ask(
                        kind=schedule.kind, key=schedule.key, asked=schedule_rights.asked_of(schedule) | days,
                        format=format, zone=schedule.zone, language=schedule.language, user=schedule.owner,
                        occasion=run,
                    )  # fmt: skip
        except DomainError as error:
            _fail(run, error.message)


def _succeed(run: ScheduleRun, status: ScheduleRun.Status) -> None:
    _end(run, status)
    ReportSchedule.objects.filter(pk=run.schedule_id, failures__gt=0).update(failures=0)
    kind = "schedule.run_empty" if status == _S.EMPTY else "schedule.run"
    record(kind, subject=run.schedule, data=_run_data(run))


def _fail(run: ScheduleRun, error: str) -> None:
    """Five in a row switch the schedule off, and its owner is told."""
    run.error = error[:500]
    _end(run, _S.FAILED)
    schedule = _locked(run.schedule_id)
    schedule.failures += 1
    schedule.save(update_fields=["failures"])
    record("schedule.failed", subject=schedule, data=_run_data(run) | {"error": run.error})
    if schedule.active and schedule.failures >= MOST_FAILURES:
        words = _("It failed five times in a row: %(error)s") % {"error": run.error}
        _switch_off(schedule, words)
        record("schedule.switched_off", subject=schedule, data=_data(schedule) | {"error": run.error})
        _tell(schedule, run, "schedule_off")
    else:
        _tell(schedule, run, "schedule_failed")


def _tell(schedule: ReportSchedule, run: ScheduleRun, event: str) -> None:
    values = {"report": schedule.title, "error": run.error, "due": delivering.moment(run.due_at, schedule)}
    link = delivering.page_of(schedule)
    tell(schedule.owner, event, values, about=schedule, link=link, key=f"{event}:{run.pk}")


def _end(run: ScheduleRun, status: ScheduleRun.Status) -> None:
    run.status, run.finished_at = status, timezone.now()
    run.save(update_fields=["status", "error", "finished_at"])


def _lost(files: list[ReportRun]) -> str:
    for one in files:
        if one.error:
            return one.error
    return _("It was cancelled.") if files else _("No file was made.")


def _switch_off(schedule: ReportSchedule, why: str) -> None:
    schedule.active, schedule.why_off, schedule.next_at = False, why[:500], None
    schedule.save(update_fields=["active", "why_off", "next_at", "updated_at"])
    beat_rows.write(schedule)


def _next(schedule: ReportSchedule, now: datetime) -> datetime | None:
    found = times.next_time(schedule, now)
    if found is None:
        said = _("This time comes once in many years. Change the day or the month.")
        raise InvalidInput("never", said, field="cron" if schedule.frequency == "cron" else "month_day")
    return found if schedule.active else None


def _locked(schedule_id: int) -> ReportSchedule:
    found = ReportSchedule.objects.select_for_update(of=("self",)).select_related("owner")
    return found.get(pk=schedule_id)


def _data(schedule: ReportSchedule) -> dict[str, Any]:
    return {"report": schedule.title, "kind": schedule.kind, "key": schedule.key, "zone": schedule.zone,
            "formats": schedule.formats, "to": schedule.addresses.split()}  # fmt: skip


def _run_data(run: ScheduleRun) -> dict[str, Any]:
    local = timezone.localtime(run.due_at, zone_named(run.schedule.zone))
    return {
        "report": run.schedule.title,
        "due": f"{local:%Y-%m-%d %H:%M} {run.schedule.zone}",
        "reason": run.reason,
    }
