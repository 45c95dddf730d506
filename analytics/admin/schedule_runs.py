"""Times a schedule ran: its files, its mails, and sending again what did not go out."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.admin import schedule_words
from analytics.admin.runs import badge_of
from analytics.admin.runs import link_of as link_of_file
from analytics.models import ReportRun, ReportSchedule, ScheduleRun
from analytics.services import delivering, schedule_rights
from core.admin.message_log import error_words
from core.backoffice.actions import dialog_action
from core.backoffice.badges import status_badge
from core.backoffice.base import ReadOnlyAdmin
from core.backoffice.filters import ChoicesFilter, DayRangeFilter, related
from core.backoffice.parts import Column, Fact, Table
from core.models import Message

S, M = ScheduleRun.Status, Message.Status
MAIL_TONES = {M.QUEUED: "info", M.SENT: "success", M.FAILED: "danger"}


@admin.register(ScheduleRun)
class ScheduleRunAdmin(ReadOnlyAdmin):
    page_template = "admin/analytics/schedule_run.html"
    list_display = ("schedule", "due_at", "status_shown", "error", "finished_at")
    phone_columns = ("schedule", "status_shown")
    list_filter = (("status", ChoicesFilter), *related("schedule"), ("due_at", DayRangeFilter))
    search_fields = ("schedule__title__istartswith",)
    search_help_text = gettext_lazy("The beginning of the title.")
    list_select_related = ("schedule",)
    ordering = ("-due_at", "-id")
    heading = gettext_lazy("Times schedules ran")
    empty_hint = gettext_lazy("No schedule has run yet.")
    actions_detail = ("send_again",)
    has_notes = can_watch = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScheduleRun]:
        found = super().get_queryset(request).select_related("schedule__owner")
        sees_all = request.user.has_perm(schedule_rights.ALL)
        return found if sees_all else found.filter(schedule__owner=request.user)

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def status_shown(self, run: ScheduleRun) -> SafeString:
        return schedule_words.run_badge(run)

    def page_context(self, request: HttpRequest, obj: ScheduleRun) -> dict[str, Any]:
        schedule = obj.schedule
        schedules = reverse("admin:analytics_reportschedule_changelist")
        return {
            "title": schedule.title,
            "crumbs": [
                (_("Reports"), reverse("admin:reports")),
                (_("Schedules"), schedules),
                (schedule.title, delivering.page_of(schedule)),
            ],
            "run": obj,
            "badge": schedule_words.run_badge(obj),
            "due": delivering.moment(obj.due_at, schedule),
            "facts": _facts(obj),
            "files": _files(obj),
            "mails": _mails(obj),
        }

    @dialog_action(
        gettext_lazy("Send again"),
        permission="analytics.change_reportschedule",
        icon="forward_to_inbox",
        variant="primary",
        visible=delivering.has_unsent,
        explain=gettext_lazy("To those it did not reach: nobody has it twice. The file is the same."),
    )
    def send_again(self, request: HttpRequest, obj: ScheduleRun, data: dict[str, Any]) -> str:
        number = delivering.send_again(run=obj, reason=data["reason"])
        return _("On their way again: %(number)d.") % {"number": number}


def link_of(run: ScheduleRun) -> str:
    return reverse("admin:analytics_schedulerun_change", args=[run.pk])


def table_of(runs: Iterable[ScheduleRun], schedule: ReportSchedule) -> Table:
    """The latest, with their mails by one query."""
    found = list(runs)
    mails = mails_of(found)
    table = Table(
        _("Due"), _("Status"), Column(_("Mails")), Column(_("What went wrong"), wide=True),
        empty=_("It has not run yet."),
    )  # fmt: skip
    for run in found:
        due = delivering.clock(run.due_at, schedule)
        table.add(due, schedule_words.run_badge(run), schedule_words.mails_badge(mails[run.pk]), run.error or "–",
                  link=link_of(run))  # fmt: skip
    return table


def mails_of(runs: list[ScheduleRun]) -> dict[int, list[str]]:
    """How each address fared at last, by run."""
    latest: dict[tuple[str, str], str] = {}
    rows = Message.objects.filter(
        subject_kind=ScheduleRun._meta.label_lower, subject_id__in=[str(run.pk) for run in runs],
        event=delivering.EVENT,
    ).order_by("id").values_list("subject_id", "address", "status")  # fmt: skip
    for subject, address, status in rows:
        latest[subject, address] = status
    found: dict[int, list[str]] = defaultdict(list)
    for (subject, _address), status in latest.items():
        found[int(subject)].append(status)
    return found


def _facts(run: ScheduleRun) -> list[Fact]:
    schedule = run.schedule
    facts = [
        Fact(_("Schedule"), schedule.title, link=delivering.page_of(schedule)),
        Fact(_("Due"), delivering.moment(run.due_at, schedule)),
        Fact(_("Began"), delivering.moment(run.started_at, schedule)),
        Fact(_("Run with the rights of"), schedule.owner),
    ]
    if run.finished_at:
        facts.append(Fact(_("Ended"), delivering.moment(run.finished_at, schedule)))
    if run.reason:
        facts.append(Fact(_("Run by hand"), run.reason))
    return facts


def _files(run: ScheduleRun) -> Table:
    table = Table(_("Format"), _("Status"), Column(_("Rows"), money=True), Column(_("File"), wide=True),
                  empty=_("No file was made."))  # fmt: skip
    for one in run.files:
        table.add(one.get_format_display(), badge_of(one), _rows(one), one.file_name or "–",
                  link=link_of_file(one))  # fmt: skip
    return table


def _rows(run: ReportRun) -> Any:
    return run.rows if run.status == ReportRun.Status.DONE else "–"


def _mails(run: ScheduleRun) -> Table:
    table = Table(_("To"), _("Status"), Column(_("Tries"), money=True), Column(_("What went wrong"), wide=True),
                  empty=_("No mail was written."))  # fmt: skip
    for one in delivering.messages_of(run):
        badge = status_badge(one.get_status_display(), MAIL_TONES[M(one.status)])
        table.add(one.address, badge, one.tries, error_words(one) or "–")
    for line in run.skipped.splitlines():
        who, _colon, why = line.partition(": ")
        table.add(who, status_badge(_("Left out"), "warning"), "–", why)
    return table
