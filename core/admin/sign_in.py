"""Who tried to sign in and was locked out, and who signed in."""

from datetime import datetime
from typing import Any

from axes.models import AccessAttempt, AccessLog
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.backoffice.actions import dialog_action
from core.backoffice.badges import status_badge
from core.backoffice.base import ReadOnlyAdmin
from core.backoffice.filters import DayRangeFilter
from core.backoffice.history import wording
from core.services.lockouts import is_locked, unlock, with_tries_anywhere

wording.call(
    {
        "second_factor.set_up": (gettext_lazy("Second factor set up"), "success"),
        "second_factor.replaced": (gettext_lazy("Another phone set up"), "info"),
        "second_factor.failed": (gettext_lazy("Wrong code"), "warning"),
        "second_factor.recovery_used": (gettext_lazy("Recovery code used"), "warning"),
        "second_factor.codes_renewed": (gettext_lazy("New recovery codes"), "neutral"),
        "second_factor.turned_off": (gettext_lazy("Second factor turned off"), "warning"),
        "second_factor.reset": (gettext_lazy("Second factor reset"), "warning"),
        "sign_in.ended": (gettext_lazy("Signed out"), "neutral"),
        "user.email_asked": (gettext_lazy("Asked for another e-mail address"), "neutral"),
    }
)


class SignInAdmin(ReadOnlyAdmin):
    """What both lists say of a try, in our words."""

    has_notes = can_watch = False

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        """Named after who it was; the library's own name of a row is one for a log."""
        here = (self.heading, reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))
        context |= {"heading": context["original"].username or "–", "crumbs": [here]}
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=gettext_lazy("at"), ordering="attempt_time")
    def tried_at(self, row: Any) -> str:
        return moment(row.attempt_time)

    @admin.display(description=gettext_lazy("IP address"), ordering="ip_address")
    def address(self, row: Any) -> str:
        return row.ip_address or "–"

    @admin.display(description=gettext_lazy("browser"))
    def browser(self, row: Any) -> str:
        return row.user_agent or "–"


@admin.register(AccessAttempt)
class AccessAttemptAdmin(SignInAdmin):
    list_display = ("username", "address", "tries", "state", "tried_at")
    list_filter = (("attempt_time", DayRangeFilter),)
    search_fields = ("username__istartswith", "ip_address__exact")
    search_help_text = gettext_lazy("Beginning of the user name, or a whole IP address")
    ordering = ("-attempt_time", "-id")
    heading = gettext_lazy("Failed to sign in")
    phone_columns = ("username", "state")
    fields = ("username", "address", "tries", "state", "tried_at", "browser", "path")
    actions_detail = ("unlock",)
    actions_row = ("unlock",)
    empty_hint = gettext_lazy("Nobody failed to sign in lately.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessAttempt]:
        return with_tries_anywhere(super().get_queryset(request))

    @admin.display(description=gettext_lazy("failed tries"), ordering="failures_since_start")
    def tries(self, attempt: AccessAttempt) -> int:
        return int(attempt.failures_since_start)

    @admin.display(description=gettext_lazy("page"))
    def path(self, attempt: AccessAttempt) -> str:
        return str(attempt.path_info)

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
class AccessLogAdmin(SignInAdmin):
    list_display = ("username", "tried_at", "address", "browser", "left_at")
    list_filter = (("attempt_time", DayRangeFilter),)
    search_fields = ("username__istartswith", "ip_address__exact")
    search_help_text = gettext_lazy("Beginning of the user name, or a whole IP address")
    ordering = ("-attempt_time", "-id")
    heading = gettext_lazy("Sign-ins")
    phone_columns = ("username", "tried_at")
    empty_hint = gettext_lazy("Whoever signs in is written down here.")
    fields = ("username", "tried_at", "left_at", "address", "browser")

    @admin.display(description=gettext_lazy("signed out"), ordering="logout_time")
    def left_at(self, entry: AccessLog) -> str:
        return moment(entry.logout_time) if entry.logout_time else "–"


def moment(at: datetime) -> str:
    """As lists and pages show times; on a page a method's own answer is shown as it is."""
    return date_format(localtime(at), "DATETIME_FORMAT")
