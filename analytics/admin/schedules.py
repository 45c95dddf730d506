"""Schedules of reports: the list, the form, and each one's page with its next times and what became of the last."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.admin import schedule_form, schedule_words
from analytics.admin.schedule_runs import link_of, table_of
from analytics.models import ReportSchedule
from analytics.packs.base import packs
from analytics.services import delivering, schedule_rights, schedules, times
from core.admin.event_steps import steps_of
from core.backoffice.actions import dialog_action
from core.backoffice.badges import two_lines
from core.backoffice.base import BaseAdmin
from core.backoffice.filters import ChoicesFilter, YesNoFilter, related
from core.backoffice.list_documents import zone_of
from core.backoffice.parts import Fact
from core.exceptions import DomainError
from core.models import User

CHANGE = "analytics.change_reportschedule"
RECENT = 10
K = ReportSchedule.Kind


def visible_to(user: Any) -> QuerySet[ReportSchedule]:
    """A person's own; everybody's for those who may see that."""
    found = ReportSchedule.objects.all()
    return found if user.has_perm(schedule_rights.ALL) else found.filter(owner=user)


def is_active(schedule: ReportSchedule) -> bool:
    return schedule.active


def is_paused(schedule: ReportSchedule) -> bool:
    return not schedule.active


@admin.register(ReportSchedule)
class ReportScheduleAdmin(BaseAdmin):
    page_template = "admin/analytics/schedule.html"
    list_display = ("what", "when", "next_time", "state", "owner")
    list_display_links = ("what",)
    phone_columns = ("what", "state")
    list_filter = (("active", YesNoFilter), ("frequency", ChoicesFilter), *related("owner"))
    search_fields = ("title__istartswith",)
    search_help_text = gettext_lazy("The beginning of the title.")
    heading = gettext_lazy("Schedules")
    empty_hint = gettext_lazy("Choose a report, fill in its form and press “Schedule this”.")
    actions_detail = ("run_now", "pause", "resume")
    has_notes = can_watch = False
    conditional_fields = {
        "at": "frequency != 'cron'",
        "weekday": "frequency == 'weekly'",
        "month_day": "frequency == 'monthly'",
        "cron": "frequency == 'cron'",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReportSchedule]:
        found = super().get_queryset(request)
        return found if request.user.has_perm(schedule_rights.ALL) else found.filter(owner=request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or _is_own(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or _is_own(request, obj))

    @admin.display(description=gettext_lazy("report"), ordering="title")
    def what(self, schedule: ReportSchedule) -> SafeString:
        return two_lines(
            schedule.title, f"{schedule.get_span_display()} · {schedule_words.formats(schedule)}"
        )

    @admin.display(description=gettext_lazy("when"), ordering="frequency")
    def when(self, schedule: ReportSchedule) -> SafeString:
        return two_lines(schedule_words.when(schedule), schedule.zone.replace("_", " "))

    @admin.display(description=gettext_lazy("next time"), ordering="next_at")
    def next_time(self, schedule: ReportSchedule) -> str:
        """By its own clock, whose zone stands beside it."""
        return delivering.clock(schedule.next_at, schedule) if schedule.next_at else "–"

    @admin.display(description=gettext_lazy("state"), ordering="active")
    def state(self, schedule: ReportSchedule) -> SafeString:
        return schedule_words.state(schedule)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if self.has_add_permission(request) and _what(request) is None:
            messages.info(request, _("Choose a report, fill in its form and press “Schedule this”."))
            return HttpResponseRedirect(reverse("admin:reports"))
        return super().add_view(request, form_url, extra_context)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        kind, key = _what(request) or ("", "")
        given: dict[str, Any] = dict(request.GET.items())
        shown = ReportSchedule(kind=kind, key=key)
        return {"zone": str(zone_of(request)), "title": _named(shown), "formats": ["pdf"]} | given

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kind, key = (obj.kind, obj.key) if obj else _what(request) or (K.PACK, "")
        owner = obj.owner if obj else cast("User", request.user)
        kwargs["form"] = schedule_form.form_of(owner, kind, key)
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        kind, key = (obj.kind, obj.key) if obj else _what(request) or (K.PACK, "")
        owner = obj.owner if obj else cast("User", request.user)
        cost = ("with_cost",) if owner.has_perm(schedule_rights.SEE_COST) else ()
        own = schedule_form.answer_names(kind, key)
        return (
            (None, {"fields": ("title", "span", *own)}),
            (_("When"), {"fields": ("frequency", ("weekday", "month_day", "at"), "cron", "zone")}),
            (_("The file"), {"fields": ("formats", "language", *cost)}),
            (_("To whom"), {"fields": ("people", "addresses", "only_if_rows")}),
        )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Another one begins at another report."""
        return super().render_change_form(
            request, context | {"show_save_and_add_another": False}, *args, **kwargs
        )

    def save_model(self, request: HttpRequest, obj: ReportSchedule, form: Any, change: bool) -> None:
        cleaned = form.cleaned_data
        schedules.save(
            schedule=obj, people=cleaned["people"], wants_cost=bool(cleaned.get("with_cost", obj.with_cost))
        )

    def delete_model(self, request: HttpRequest, obj: ReportSchedule) -> None:
        schedules.delete(schedule=obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Its runs go with it: they are rows of its own."""
        told, counted, _missing, protected = super().get_deleted_objects(objs, request)
        return told, counted, set(), protected

    def page_context(self, request: HttpRequest, obj: ReportSchedule) -> dict[str, Any]:
        return {
            "crumbs": [(_("Reports"), reverse("admin:reports")), (self.heading, self._list_url())],
            "schedule": obj,
            "badge": schedule_words.state(obj),
            "facts": _facts(obj),
            "times": _times(obj),
            "table": table_of(obj.runs.order_by("-due_at", "-id")[:RECENT], obj),
            "runs_url": f"{reverse('admin:analytics_schedulerun_changelist')}?schedule__id__exact={obj.pk}",
            "steps": steps_of(obj, RECENT) if request.user.has_perm("core.view_event") else [],
        }

    @dialog_action(
        gettext_lazy("Run now"),
        permission=CHANGE,
        icon="play_arrow",
        variant="primary",
        explain=gettext_lazy("Once, with its owner's rights, to all it goes to. Its times stay as they are."),
    )
    def run_now(self, request: HttpRequest, obj: ReportSchedule, data: dict[str, Any]) -> HttpResponse:
        run = schedules.run_now(schedule=obj, reason=data["reason"])
        return HttpResponse(headers={"HX-Redirect": link_of(run)})

    @dialog_action(
        gettext_lazy("Pause"), permission=CHANGE, icon="pause", variant="warning", visible=is_active,
        explain=gettext_lazy("It runs no more until somebody resumes it."),
    )  # fmt: skip
    def pause(self, request: HttpRequest, obj: ReportSchedule, data: dict[str, Any]) -> str:
        schedules.pause(schedule=obj, reason=data["reason"])
        return _("It is paused: it runs no more until somebody resumes it.")

    @dialog_action(
        gettext_lazy("Resume"), permission=CHANGE, icon="play_circle", variant="success", visible=is_paused,
        explain=gettext_lazy("It goes on with its next time; what passed meanwhile is not made up for."),
    )  # fmt: skip
    def resume(self, request: HttpRequest, obj: ReportSchedule, data: dict[str, Any]) -> str:
        schedules.resume(schedule=obj, reason=data["reason"])
        return _("It runs by its times again.")


def _is_own(request: HttpRequest, schedule: ReportSchedule) -> bool:
    """It runs with its owner's rights, so nobody else says what it makes and where that goes."""
    user = cast("User", request.user)
    return schedule.owner_id == user.pk or user.is_superuser


def _what(request: HttpRequest) -> tuple[str, str] | None:
    """What is to be scheduled, of the address; none where this person may not have it."""
    kind, _colon, key = request.GET.get("what", "").partition(":")
    shown = ReportSchedule(kind=kind, key=key, owner=cast("User", request.user), with_cost=False)
    try:
        schedule_rights.check_owner(shown)
    except DomainError:
        return None
    return kind, key


def _named(schedule: ReportSchedule) -> str:
    """What runs, as it is called; its key where it is gone."""
    if schedule.kind == K.PACK:
        return str(packs.get(schedule.key).title) if schedule.key in packs else schedule.key
    try:
        return schedule_rights.report_of(schedule).title
    except DomainError:
        return schedule.key


def _link(schedule: ReportSchedule) -> str:
    if schedule.kind == K.PACK:
        return reverse("admin:report-standard", args=[schedule.key]) if schedule.key in packs else ""
    return reverse("admin:analytics_report_change", args=[schedule.key])


def _facts(schedule: ReportSchedule) -> list[Fact]:
    people = [str(one) for one in schedule.people.all()]
    to = ", ".join([*people, *schedule.addresses.split()])
    facts = [
        Fact(_("Report"), _named(schedule), link=_link(schedule)),
        Fact(_("Days"), schedule.get_span_display()),
        Fact(_("When"), schedule_words.when(schedule)),
        Fact(_("Time zone"), schedule.zone.replace("_", " ")),
        Fact(_("Formats"), schedule_words.formats(schedule)),
        Fact(_("Language"), schedule.get_language_display()),
        Fact(_("To"), to or "–"),
        Fact(_("Owner"), schedule.owner, note=_("It runs with this person's rights.")),
    ]
    if schedule.only_if_rows:
        facts.append(Fact(_("Sent"), _("Only if there are rows")))
    if schedule.with_cost:
        facts.append(Fact(_("Holds"), _("Cost and margin")))
    return facts


def _times(schedule: ReportSchedule) -> list[str]:
    """The next three, by its own clock."""
    if not schedule.active:
        return []
    try:
        return [delivering.moment(one, schedule) for one in times.next_times(schedule, timezone.now())]
    except (DomainError, LookupError, ValueError, OSError):
        return []
