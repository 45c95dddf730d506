"""Who tried to sign in and was locked out, and who signed in."""

from typing import Any

from axes.models import AccessAttempt, AccessLog
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.backoffice.actions import dialog_action
from core.backoffice.badges import status_badge
from core.backoffice.base import ReadOnlyAdmin
from core.backoffice.filters import DayRangeFilter
from core.services.lockouts import is_locked, unlock, with_tries_anywhere


@admin.register(AccessAttempt)
class AccessAttemptAdmin(ReadOnlyAdmin):
    list_display = ("username", "ip_address", "failures_since_start", "state", "attempt_time")
    list_filter = (("attempt_time", DayRangeFilter),)
    search_fields = ("username__istartswith", "ip_address__exact")
    ordering = ("-attempt_time", "-id")
    heading = gettext_lazy("Failed to sign in")
    phone_columns = ("username", "state")
    fields = ("username", "ip_address", "failures_since_start", "attempt_time", "user_agent", "path_info")
    actions_detail = ("unlock",)
    actions_row = ("unlock",)
    empty_hint = gettext_lazy("Nobody failed to sign in lately.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessAttempt]:
        return with_tries_anywhere(super().get_queryset(request))

    @admin.display(description=gettext_lazy("state"))
    def state(self, attempt: AccessAttempt) -> SafeString:
        if is_locked(attempt):
            return status_badge(_("Locked"), "danger")
        return status_badge(_("May try"), "neutral")

    @dialog_action(
        gettext_lazy("Unlock"),
        permission="axes.delete_accessattempt",
        icon="lock_open",
        variant="primary",
        explain=gettext_lazy(
            "The failed tries under this name are forgotten, from wherever they came; they may try again at once."
        ),
    )
    def unlock(self, request: HttpRequest, obj: AccessAttempt, cleaned_data: dict[str, Any]) -> str:
        unlock(attempt=obj, reason=cleaned_data["reason"])
        return _("Unlocked.")


@admin.register(AccessLog)
class AccessLogAdmin(ReadOnlyAdmin):
    list_display = ("username", "ip_address", "attempt_time", "logout_time")
    list_filter = (("attempt_time", DayRangeFilter),)
    search_fields = ("username__istartswith", "ip_address__exact")
    ordering = ("-attempt_time", "-id")
    heading = gettext_lazy("Sign-ins")
    phone_columns = ("username", "attempt_time")
    fields = ("username", "ip_address", "attempt_time", "logout_time", "user_agent")
