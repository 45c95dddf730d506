"""Schedules in words: when they run, and how they are."""

from typing import Any

from django.utils.formats import time_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from analytics.models import Format, ReportSchedule, ScheduleRun
from core.backoffice.badges import status_badge
from core.models import Message

F, S, M = ReportSchedule.Frequency, ScheduleRun.Status, Message.Status
RUN_TONES = {S.MAKING: "info", S.SENT: "success", S.EMPTY: "neutral", S.FAILED: "danger"}


def when(schedule: ReportSchedule) -> str:
    """Such as “Mondays at 07:00”; the zone is said beside it."""
    if schedule.frequency == F.CRON:
        return schedule.cron
    at = {"time": time_format(schedule.at, "H:i")}
    if schedule.frequency == F.DAILY:
        return _("Every day at %(time)s") % at
    if schedule.frequency == F.WEEKLY:
        day = ReportSchedule.Weekday(schedule.weekday).label
        return _("Every week on %(day)s at %(time)s") % (at | {"day": day})
    if schedule.month_day == ReportSchedule.LAST_DAY:
        return _("The last day of each month at %(time)s") % at
    return _("Day %(day)d of each month at %(time)s") % (at | {"day": schedule.month_day})


def state(schedule: ReportSchedule) -> SafeString:
    if schedule.active and schedule.failures:
        said = _("Failed %(number)d times") if schedule.failures > 1 else _("Failed once")
        return status_badge(
            said % {"number": schedule.failures} if schedule.failures > 1 else said, "warning"
        )
    if schedule.active:
        return status_badge(_("On"), "success")
    if schedule.failures:
        return status_badge(_("Switched off"), "danger")
    return status_badge(_("Paused"), "neutral")


def formats(schedule: ReportSchedule) -> str:
    known = dict(Format.choices)
    return ", ".join(str(known.get(one, one)) for one in schedule.formats)


def run_badge(run: ScheduleRun) -> SafeString:
    return status_badge(run.get_status_display(), RUN_TONES[S(run.status)])


def mails_badge(statuses: list[str]) -> Any:
    """How the mails of a run fared, in a word."""
    if not statuses:
        return "–"
    failed, waiting = statuses.count(M.FAILED), statuses.count(M.QUEUED)
    if failed:
        return status_badge(_("%(number)d not sent") % {"number": failed}, "danger")
    if waiting:
        return status_badge(_("%(number)d being sent") % {"number": waiting}, "info")
    return status_badge(_("%(number)d sent") % {"number": len(statuses)}, "success")
