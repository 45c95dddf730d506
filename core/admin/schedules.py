"""What runs by the clock. A row can run any task, so only super admins touch it."""

import json
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
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
from core.services import schedules

for model in (PeriodicTask, IntervalSchedule, CrontabSchedule, ClockedSchedule, SolarSchedule):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


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
    list_display = ("name", "task", "schedule", "state", "last_run_at", "total_run_count")
    list_filter = (("enabled", YesNoFilter),)
    heading = gettext_lazy("Schedule")
    list_select_related = ("interval", "crontab", "solar", "clocked")
    search_fields = ("name__istartswith", "task__istartswith")
    phone_columns = ("name", "state")
    ordering = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "task", "description", "enabled")}),
        (gettext_lazy("When"), {"fields": (("interval", "crontab"), "expire_seconds")}),
        (gettext_lazy("With"), {"fields": (("args", "kwargs"),)}),
    )
    actions_detail = ("run_now", "switch_on", "switch_off")

    @admin.display(description=gettext_lazy("state"), ordering="enabled")
    def state(self, task: PeriodicTask) -> SafeString:
        return status_badge(_("On"), "success") if task.enabled else status_badge(_("Off"), "neutral")

    @admin.display(description=gettext_lazy("when"))
    def schedule(self, task: PeriodicTask) -> str:
        return str(task.interval or task.crontab or task.solar or task.clocked or "–")

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
        gettext_lazy("Switch off"),
        permission="django_celery_beat.change_periodictask",
        icon="pause",
        variant="warning",
        visible=lambda task: task.enabled,
    )
    def switch_off(self, request: HttpRequest, obj: PeriodicTask, cleaned_data: dict[str, Any]) -> str:
        schedules.switch(task=obj, enabled=False, reason=cleaned_data["reason"])
        return _("It no longer runs.")

    @dialog_action(
        gettext_lazy("Switch on"),
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


@admin.register(CrontabSchedule)
class CrontabScheduleAdmin(SuperAdminsOnly):
    list_display = ("__str__", "human_readable", "timezone")
    search_fields = ("minute__exact", "hour__exact")
    fields = (("minute", "hour", "day_of_week"), ("day_of_month", "month_of_year"), "timezone")
    ordering = ("hour", "minute", "id")
