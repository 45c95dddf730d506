"""What runs by the clock. A row can run any task, so only super admins touch it."""

import json
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from unfold.widgets import UnfoldAdminSelectWidget

from core.backoffice.actions import dialog_action
from core.backoffice.badges import status_badge
from core.backoffice.base import BaseAdmin
from core.backoffice.filters import YesNoFilter
from core.models import FailedTask
from core.services import schedules

for model in (PeriodicTask, IntervalSchedule, CrontabSchedule, ClockedSchedule, SolarSchedule):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


# The scheduler notes the time when it has sent the task; a quick failure may be kept a moment before.
SAME_RUN = timedelta(seconds=5)


class SuperAdminsOnly(BaseAdmin):
    """Looked at by those with the right to, changed by super admins."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)  # type: ignore[union-attr]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)  # type: ignore[union-attr]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)  # type: ignore[union-attr]


def task_choices() -> list[tuple[str, str]]:
    return [("", "–"), *((name, name) for name in schedules.task_names())]


class PeriodicTaskForm(forms.ModelForm):
    """Only tasks of ours, on exactly one schedule, with arguments that are JSON."""

    task = forms.ChoiceField(label=gettext_lazy("Task"), choices=task_choices, widget=UnfoldAdminSelectWidget)

    class Meta:
        model = PeriodicTask
        fields = (
            "name",
            "task",
            "enabled",
            "interval",
            "crontab",
            "args",
            "kwargs",
            "description",
            "expire_seconds",
        )
        labels = {
            "interval": gettext_lazy("Every"),
            "crontab": gettext_lazy("At (crontab)"),
            "expire_seconds": gettext_lazy("Given up after, seconds"),
            "args": gettext_lazy("Arguments in order"),
            "kwargs": gettext_lazy("Arguments by name"),
        }
        help_texts = {
            "name": gettext_lazy("What people call it in this list."),
            "description": gettext_lazy("Why it is there, for whoever looks at it next."),
            "enabled": gettext_lazy("Switched off, it stays in this list and does not run."),
            "interval": gettext_lazy("An interval, or a crontab: one of the two."),
            "crontab": gettext_lazy("An interval, or a crontab: one of the two."),
            "expire_seconds": gettext_lazy(
                "A run that no worker has begun by then is dropped. Empty: it waits as long as it takes."
            ),
            "args": gettext_lazy("A JSON list, such as []"),
            "kwargs": gettext_lazy("A JSON object, such as {}"),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if bool(cleaned.get("interval")) == bool(cleaned.get("crontab")):
            self.add_error("interval", _("Choose an interval or a crontab, one of the two."))
        for name, kind in (("args", list), ("kwargs", dict)):
            self._check_json(name, cleaned.get(name), kind)
        return cleaned

    def _check_json(self, name: str, text: Any, kind: type) -> None:
        try:
            if isinstance(json.loads(text or ""), kind):
                return
        except ValueError:
            pass
        self.add_error(name, _("A JSON list, such as []") if kind is list else _("A JSON object, such as {}"))


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(SuperAdminsOnly):
    form = PeriodicTaskForm
    list_display = ("name", "schedule", "state", "ran_at", "result")
    list_filter = (("enabled", YesNoFilter),)
    heading = gettext_lazy("Schedule")
    list_select_related = ("interval", "crontab", "solar", "clocked")
    search_fields = ("name__istartswith", "task__istartswith")
    phone_columns = ("name", "state", "result")
    ordering = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "task", "description", "enabled")}),
        (gettext_lazy("When"), {"fields": (("interval", "crontab"), "expire_seconds")}),
        (gettext_lazy("With"), {"fields": (("args", "kwargs"),)}),
    )
    actions_detail = ("run_now", "switch_on", "switch_off")
    actions_row = ("run_now",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PeriodicTask]:
        waiting = FailedTask.objects.filter(name=OuterRef("task"), state=FailedTask.State.OPEN)
        failed = waiting.order_by("-last_at")[:1]
        rows: QuerySet[PeriodicTask] = super().get_queryset(request)
        return rows.annotate(
            failed_at=Subquery(failed.values("last_at")), failed_id=Subquery(failed.values("pk"))
        )

    @admin.display(description=gettext_lazy("last run"), ordering="last_run_at")
    def ran_at(self, task: PeriodicTask) -> Any:
        return task.last_run_at

    @admin.display(description=gettext_lazy("last result"))
    def result(self, task: Any) -> SafeString:
        """By what failed since it ran last; a failure that somebody has seen to counts no more."""
        if task.failed_at and (not task.last_run_at or task.failed_at >= task.last_run_at - SAME_RUN):
            link = reverse("admin:core_failedtask_change", args=[task.failed_id])
            return format_html('<a href="{}">{}</a>', link, status_badge(_("Failed"), "danger"))
        if task.last_run_at is None:
            return status_badge(_("Never run"), "neutral")
        return status_badge(_("Went well"), "success")

    @admin.display(description=gettext_lazy("state"), ordering="enabled")
    def state(self, task: PeriodicTask) -> SafeString:
        return status_badge(_("On"), "success") if task.enabled else status_badge(_("Paused"), "warning")

    @admin.display(description=gettext_lazy("when"))
    def schedule(self, task: PeriodicTask) -> str:
        if task.crontab:
            return _("%(when)s (%(zone)s)") % {
                "when": task.crontab.human_readable.rpartition(" ")[0],
                "zone": task.crontab.timezone,
            }
        return str(task.interval or task.solar or task.clocked or "–")

    @dialog_action(
        gettext_lazy("Run now"),
        permission="django_celery_beat.change_periodictask",
        icon="play_arrow",
        explain=gettext_lazy("A worker does it once now; the schedule goes on as before."),
    )
    def run_now(self, request: HttpRequest, obj: PeriodicTask, cleaned_data: dict[str, Any]) -> str:
        schedules.run_now(task=obj, reason=cleaned_data["reason"])
        return _("It was sent to the workers.")

    @dialog_action(
        gettext_lazy("Pause"),
        permission="django_celery_beat.change_periodictask",
        icon="pause",
        variant="warning",
        visible=lambda task: task.enabled,
    )
    def switch_off(self, request: HttpRequest, obj: PeriodicTask, cleaned_data: dict[str, Any]) -> str:
        schedules.switch(task=obj, enabled=False, reason=cleaned_data["reason"])
        return _("It is paused: it runs no more until somebody resumes it.")

    @dialog_action(
        gettext_lazy("Resume"),
        permission="django_celery_beat.change_periodictask",
        icon="play_circle",
        variant="success",
        visible=lambda task: not task.enabled,
    )
    def switch_on(self, request: HttpRequest, obj: PeriodicTask, cleaned_data: dict[str, Any]) -> str:
        schedules.switch(task=obj, enabled=True, reason=cleaned_data["reason"])
        return _("It runs by its schedule.")


@admin.register(IntervalSchedule)
class IntervalScheduleAdmin(SuperAdminsOnly):
    list_display = ("__str__", "every", "period")
    search_fields = ("period__istartswith",)
    ordering = ("period", "every", "id")
    has_notes = can_watch = False


@admin.register(CrontabSchedule)
class CrontabScheduleAdmin(SuperAdminsOnly):
    list_display = ("__str__", "human_readable", "timezone")
    search_fields = ("minute__exact", "hour__exact")
    fields = (("minute", "hour", "day_of_week"), ("day_of_month", "month_of_year"), "timezone")
    ordering = ("hour", "minute", "id")
    has_notes = can_watch = False
