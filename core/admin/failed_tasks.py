"""Work in the background that failed: read, sent again, put aside."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.backoffice.actions import dialog_action
from core.backoffice.badges import status_badge
from core.backoffice.base import ReadOnlyAdmin
from core.backoffice.bulk_actions import bulk_action
from core.backoffice.filters import ChoicesFilter, DayRangeFilter
from core.backoffice.parts import Fact
from core.models import FailedTask
from core.services import failed_tasks

TONES = {
    FailedTask.State.OPEN: "danger",
    FailedTask.State.RETRIED: "info",
    FailedTask.State.DISMISSED: "neutral",
}
PERMISSION = "core.retry_failedtask"
LONGEST_ERROR = 90


def is_open(failed: FailedTask) -> bool:
    return failed.state == FailedTask.State.OPEN


@admin.register(FailedTask)
class FailedTaskAdmin(ReadOnlyAdmin):
    list_display = ("name", "error", "times", "last_at", "state_badge")
    list_filter = (("state", ChoicesFilter), ("last_at", DayRangeFilter))
    search_fields = ("name__startswith", "task_id__exact")
    search_help_text = gettext_lazy("The beginning of a task's name, or a whole task id")
    ordering = ("-last_at", "-id")
    heading = gettext_lazy("Failed tasks")
    phone_columns = ("name", "last_at", "state_badge")
    more_columns = ("first_at", "retries", "worker")
    page_template = "admin/core/failedtask/page.html"
    empty_hint = gettext_lazy("No work in the background has failed.")
    actions = ("retry_chosen", "dismiss_chosen")
    actions_detail = ("retry", "dismiss")
    actions_row = ("retry", "dismiss")

    @admin.display(description=gettext_lazy("error"))
    def error(self, failed: FailedTask) -> str:
        text = f"{failed.exception}: {failed.message}"
        return text if len(text) <= LONGEST_ERROR else f"{text[: LONGEST_ERROR - 1]}…"

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_badge(self, failed: FailedTask) -> SafeString:
        return status_badge(failed.get_state_display(), TONES[FailedTask.State(failed.state)])

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        shown = getattr(request.resolver_match, "url_name", "") or ""
        # A list of fifty does not read fifty tracebacks.
        return rows.defer("traceback") if shown.endswith("_changelist") else rows.select_related("settled_by")

    def page_context(self, request: HttpRequest, obj: FailedTask) -> dict[str, Any]:
        settled = [
            Fact(_("Settled by"), obj.settled_by or ""),
            Fact(_("Settled at"), obj.settled_at),
            Fact(_("Reason"), obj.reason),
        ]
        return {
            "badge": self.state_badge(obj),
            "arguments": called_with(obj),
            "facts": [
                Fact(_("Failed first"), obj.first_at),
                Fact(_("Failed last"), obj.last_at),
                Fact(_("Times"), obj.times),
                Fact(_("Tried again by itself"), obj.retries),
                Fact(_("Worker"), obj.worker),
                Fact(_("Task id"), obj.task_id),
                *([] if is_open(obj) else settled),
            ],
        }

    @dialog_action(
        gettext_lazy("Retry"),
        permission=PERMISSION,
        icon="replay",
        variant="primary",
        visible=is_open,
        explain=gettext_lazy("It is sent to the workers once more, with what it was called with."),
    )
    def retry(self, request: HttpRequest, obj: FailedTask, cleaned_data: dict[str, Any]) -> str:
        failed_tasks.retry(failed=obj, by=request.user, reason=cleaned_data["reason"])  # type: ignore[arg-type]
        return _("It was sent to the workers.")

    @dialog_action(
        gettext_lazy("Dismiss"),
        permission=PERMISSION,
        icon="done",
        visible=is_open,
        explain=gettext_lazy("It is put aside, because somebody has seen to it. It is not run again."),
    )
    def dismiss(self, request: HttpRequest, obj: FailedTask, cleaned_data: dict[str, Any]) -> str:
        failed_tasks.dismiss(failed=obj, by=request.user, reason=cleaned_data["reason"])  # type: ignore[arg-type]
        return _("Put aside.")

    @bulk_action(gettext_lazy("Retry"), permission=PERMISSION)
    def retry_chosen(self, request: HttpRequest, obj: FailedTask, cleaned_data: dict[str, Any]) -> None:
        failed_tasks.retry(failed=obj, by=request.user, reason=cleaned_data["reason"])  # type: ignore[arg-type]

    @bulk_action(gettext_lazy("Dismiss"), permission=PERMISSION)
    def dismiss_chosen(self, request: HttpRequest, obj: FailedTask, cleaned_data: dict[str, Any]) -> None:
        failed_tasks.dismiss(failed=obj, by=request.user, reason=cleaned_data["reason"])  # type: ignore[arg-type]


def called_with(failed: FailedTask) -> str:
    """As `name = value` lines."""
    names = failed.arguments.get("names", [])
    args = failed.arguments.get("args", [])
    lines = [
        f"{names[place] if place < len(names) else place + 1} = {_shown(value)}"
        for place, value in enumerate(args)
    ]
    lines += [f"{name} = {_shown(value)}" for name, value in failed.arguments.get("kwargs", {}).items()]
    return "\n".join(lines)


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
