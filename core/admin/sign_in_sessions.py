"""Who is signed in, with which browser, and signing them out."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.agents import device
from core.backoffice.actions import ActionForm, dialog_action
from core.backoffice.badges import status_badge
from core.backoffice.base import ReadOnlyAdmin
from core.backoffice.filters import DayRangeFilter
from core.backoffice.parts import Column, Table
from core.models import SignInSession
from core.services import sign_in_sessions

MINUTE = timedelta(minutes=1)


@admin.register(SignInSession)
class SignInSessionAdmin(ReadOnlyAdmin):
    list_display = ("person", "browser", "address", "state", "last_seen_at", "created_at")
    list_filter = (("last_seen_at", DayRangeFilter),)
    list_select_related = ("user",)
    search_fields = ("user__username__istartswith", "address__exact")
    search_help_text = gettext_lazy("Beginning of the user name, or a whole IP address")
    ordering = ("-last_seen_at", "-id")
    heading = gettext_lazy("Signed in now")
    has_notes = can_watch = False
    phone_columns = ("person", "browser")
    fields = ("person", "browser", "agent", "address", "state", "created_at", "last_seen_at", "expires_at")
    actions_row = ("end",)
    actions_detail = ("end",)
    empty_hint = gettext_lazy("Nobody is signed in.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SignInSession]:
        return super().get_queryset(request).filter(expires_at__gt=timezone.now())

    @admin.display(description=gettext_lazy("person"), ordering="user__username")
    def person(self, row: SignInSession) -> str:
        return str(row.user)

    @admin.display(description=gettext_lazy("browser"))
    def browser(self, row: SignInSession) -> str:
        return device(row.agent)

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: SignInSession) -> SafeString:
        return state_badge(row)

    @dialog_action(
        gettext_lazy("Sign out"),
        form=ActionForm,
        permission="core.change_user",
        icon="logout",
        variant="warning",
        explain=gettext_lazy("This browser has to sign in again; their others stay signed in."),
    )
    def end(self, request: HttpRequest, obj: SignInSession, cleaned_data: dict[str, Any]) -> str:
        sign_in_sessions.end(session=obj)
        return _("Signed out.")


def state_badge(row: SignInSession) -> SafeString:
    """How far the person got in."""
    if row.user.second_factor_at and not row.with_code:
        return status_badge(_("Password only"), "warning")
    return status_badge(_("Remembered") if row.remembered else _("Signed in"), "success")


def browsers(rows: Iterable[SignInSession], *, end_name: str, here: int | None = None) -> Table:
    """A person's browsers, each with the button that signs it out.

    Args:
        end_name: name of the address of that dialog, with the row's number; empty for who only looks.
        here: the row of the browser that looks, where it is among them.
    """
    table = Table(
        _("Browser"), _("Last seen"), Column(_("Address"), wide=True), "", empty=_("Signed in nowhere.")
    )
    for row in rows:
        table.add(
            device(row.agent),
            _("now") if row.pk == here else seen(row),
            row.address,
            status_badge(_("This one"), "info") if row.pk == here else _state_or_button(end_name, row),
        )
    return table


def seen(row: SignInSession) -> str:
    if timezone.now() - row.last_seen_at < MINUTE:
        return _("now")
    return _("%(time)s ago") % {"time": timesince(row.last_seen_at)}


def _state_or_button(name: str, row: SignInSession) -> SafeString:
    if not name:
        return state_badge(row)
    context = {"url": reverse(name, args=[row.pk]), "text": _("Sign out"), "small": True}
    return render_to_string("components/dialog_button.html", context)
