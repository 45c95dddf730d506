"""People and their roles. Every change goes through core.services.users, which lets nobody reach above their rights."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.admin.event_steps import steps_of
from core.admin.sign_in_sessions import browsers
from core.admin.user_forms import InviteForm, NewPersonForm, PasswordForm, PersonForm, RoleForm
from core.backoffice.actions import ActionForm, dialog_action, list_dialog_action
from core.backoffice.badges import status_badge
from core.backoffice.base import HistoryAdmin
from core.backoffice.filters import ChoicesFilter, DayRangeFilter, YesNoFilter
from core.backoffice.parts import Fact, Table
from core.models import User
from core.services import invitations, lockouts, passwords, second_factor, sign_in_sessions, users
from core.zones import zone_named

BROWSERS_SHOWN = 20
PROFILE = ("first_name", "last_name", "email", "phone_number", "language", "timezone")


@admin.register(User)
class UserAdmin(HistoryAdmin):
    list_display = ("username", "name", "email", "role_badge", "active_badge", "last_login")
    list_filter = (("role", ChoicesFilter), ("is_active", YesNoFilter), ("last_login", DayRangeFilter))
    phone_columns = ("username", "role_badge", "active_badge")
    more_columns = ("phone_number", "language", "timezone", "date_joined")
    search_fields = (
        "username__istartswith",
        "email__istartswith",
        "first_name__istartswith",
        "last_name__istartswith",
    )
    ordering = ("username",)
    heading = gettext_lazy("People")
    form = PersonForm
    fieldsets = (
        (
            None,
            {"fields": (("first_name", "last_name"), ("email", "phone_number"), ("language", "timezone"))},
        ),
    )
    add_fieldsets = (
        (None, {"fields": ("username", ("first_name", "last_name"), ("email", "phone_number"))}),
        (gettext_lazy("Signing in"), {"fields": ("role", "new_password", ("language", "timezone"))}),
    )
    page_template = "admin/core/user/page.html"
    restorable = ("first_name", "last_name", "phone_number", "language", "timezone")
    empty_hint = gettext_lazy("Add the people who work here, each with a role.")
    actions_list = ("invite",)
    actions_detail = (
        "invite_again",
        "set_role",
        {
            "title": gettext_lazy("Access"),
            "icon": "key",
            "items": [
                "send_link",
                "set_password",
                "unlock",
                "reset_second_factor",
                "sign_out",
                "activate",
                "deactivate",
            ],
        },
    )

    @admin.display(description=gettext_lazy("name"), ordering="last_name")
    def name(self, user: User) -> str:
        return user.get_full_name() or "–"

    @admin.display(description=gettext_lazy("role"), ordering="role")
    def role_badge(self, user: User) -> SafeString:
        return role_badge(user)

    @admin.display(description=gettext_lazy("sign-in"), ordering="is_active")
    def active_badge(self, user: User) -> SafeString:
        return active_badge(user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # A person's name stands in the history of what they did; they are deactivated instead.
        return False

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or users.may_manage(request.user, obj))  # type: ignore[arg-type]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = type("NewPersonForm", (NewPersonForm,), {"by": request.user})
        return super().get_form(request, obj, change=change, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        values = {name: form.cleaned_data[name] for name in PROFILE if name in form.cleaned_data}
        if change:
            users.change_profile(user=obj, by=request.user, **values)  # type: ignore[arg-type]
            return
        email = values.pop("email")
        created = users.create_user(
            username=form.cleaned_data["username"],
            email=email,
            by=request.user,  # type: ignore[arg-type]
            role=form.cleaned_data["role"],
            password=form.cleaned_data["new_password"],
            **values,
        )
        # Django goes on with the object of its form.
        obj.__dict__.update(created.__dict__)

    def page_context(self, request: HttpRequest, obj: User) -> dict[str, Any]:
        return {
            "role": role_badge(obj),
            "active": active_badge(obj),
            "facts": [*person_facts(obj), *access_facts(request, obj)],
            "browsers": _browsers(request, obj),
            "did_url": did_url(request, obj),
            "steps": steps_of(obj) if request.user.has_perm("core.view_event") else None,
        }

    @list_dialog_action(
        gettext_lazy("Invite"),
        form=InviteForm,
        permission="core.add_user",
        icon="person_add",
        variant="primary",
        title=gettext_lazy("Invite somebody"),
        submit=gettext_lazy("Send the invitation"),
    )
    def invite(self, request: HttpRequest, cleaned_data: dict[str, Any]) -> str:
        user = invitations.invite(by=request.user, site=site_of(request), **cleaned_data)  # type: ignore[arg-type]
        return _("%(email)s was invited.") % {"email": user.email}

    @dialog_action(
        gettext_lazy("Invite again"),
        form=ActionForm,
        permission="core.change_user",
        icon="forward_to_inbox",
        visible=invitations.is_invited,
        explain=gettext_lazy("Another message is sent. The link of the one before stops working."),
    )
    def invite_again(self, request: HttpRequest, obj: User, cleaned_data: dict[str, Any]) -> str:
        invitations.invite_again(user=obj, by=request.user, site=site_of(request))  # type: ignore[arg-type]
        return _("The invitation was sent again.")

    @dialog_action(
        gettext_lazy("Send a link for a new password"),
        form=ActionForm,
        permission="core.change_user",
        icon="mail_lock",
        visible=lambda user: user.is_active and user.has_usable_password(),
        explain=gettext_lazy("They choose it themselves; until then the old one works."),
    )
    def send_link(self, request: HttpRequest, obj: User, cleaned_data: dict[str, Any]) -> str:
        users.require_manageable(by=request.user, user=obj)  # type: ignore[arg-type]
        passwords.ask_for_reset(email=obj.email, site=site_of(request))
        return _("The link was sent to %(email)s.") % {"email": obj.email}

    @dialog_action(
        gettext_lazy("Unlock sign-in"),
        permission="axes.delete_accessattempt",
        icon="lock_open",
        visible=lambda user: lockouts.tries_of(user) > 0 or second_factor.failures(user) > 0,
        explain=gettext_lazy("Their failed tries are forgotten and they may try again at once."),
    )
    def unlock(self, request: HttpRequest, obj: User, cleaned_data: dict[str, Any]) -> str:
        lockouts.unlock_person(user=obj, reason=cleaned_data["reason"])
        return _("Unlocked.")

    @dialog_action(
        gettext_lazy("Reset second factor"),
        permission="core.change_user",
        icon="phonelink_erase",
        variant="warning",
        visible=lambda user: user.second_factor_at is not None,
        explain=gettext_lazy(
            "For a lost phone: make sure that it is really they who ask. They are signed out everywhere, get a "
            "message, and set up another phone where their role needs one."
        ),
    )
    def reset_second_factor(self, request: HttpRequest, obj: User, cleaned_data: dict[str, Any]) -> str:
        second_factor.reset(user=obj, by=request.user, reason=cleaned_data["reason"])  # type: ignore[arg-type]
        return _("The second factor was reset.")

    @dialog_action(
        gettext_lazy("Change role"),
        form=RoleForm,
        permission="core.change_user",
        icon="badge",
        variant="primary",
        explain=gettext_lazy(
            "A role decides what this person may see and do. They are signed out of the API."
        ),
    )
    def set_role(self, request: HttpRequest, obj: User, cleaned_data: dict[str, Any]) -> str:
        users.set_role(user=obj, role=cleaned_data["role"], by=request.user, reason=cleaned_data["reason"])  # type: ignore[arg-type]
        return _("The role was changed.")

    @dialog_action(
        gettext_lazy("Set a password"), form=PasswordForm, permission="core.change_user", icon="password"
    )
    def set_password(self, request: HttpRequest, obj: User, cleaned_data: dict[str, Any]) -> str:
        users.set_password(user=obj, password=cleaned_data["password"], by=request.user)  # type: ignore[arg-type]
        return _("The password was set.")

    @dialog_action(
        gettext_lazy("Sign out everywhere"),
        form=ActionForm,
        permission="core.change_user",
        icon="logout",
        variant="warning",
        explain=gettext_lazy("They sign in again in every browser, and what uses the API as they do stops."),
    )
    def sign_out(self, request: HttpRequest, obj: User, cleaned_data: dict[str, Any]) -> str:
        users.end_sessions(user=obj, by=request.user)  # type: ignore[arg-type]
        return _("They are signed out everywhere.")

    @dialog_action(
        gettext_lazy("Deactivate"),
        permission="core.change_user",
        icon="block",
        variant="danger",
        visible=lambda user: user.is_active,
        explain=gettext_lazy("They can no longer sign in. What they did stays."),
    )
    def deactivate(self, request: HttpRequest, obj: User, cleaned_data: dict[str, Any]) -> str:
        users.set_active(user=obj, active=False, by=request.user, reason=cleaned_data["reason"])  # type: ignore[arg-type]
        return _("They can no longer sign in.")

    @dialog_action(
        gettext_lazy("Activate"),
        permission="core.change_user",
        icon="check_circle",
        variant="success",
        visible=lambda user: not user.is_active,
    )
    def activate(self, request: HttpRequest, obj: User, cleaned_data: dict[str, Any]) -> str:
        users.set_active(user=obj, active=True, by=request.user, reason=cleaned_data["reason"])  # type: ignore[arg-type]
        return _("They can sign in again.")


def _browsers(request: HttpRequest, user: User) -> Table | None:
    """Where they are signed in, for those who may see that."""
    if not request.user.has_perm("core.view_signinsession"):
        return None
    rows = sign_in_sessions.live(user).select_related("user")[:BROWSERS_SHOWN]
    return browsers(
        rows, end_name="admin:core_signinsession_end" if request.user.has_perm("core.change_user") else ""
    )


def did_url(request: HttpRequest, user: User) -> str:
    """Where everything that this person changed is read."""
    allowed = request.user.has_perm("core.view_event")
    return f"{reverse('admin:history')}?person={user.pk}" if allowed else ""


def site_of(request: HttpRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")


def role_badge(user: User) -> SafeString:
    if not user.role:
        return status_badge(_("No staff"), "neutral")
    return status_badge(user.get_role_display(), "warning" if user.is_superuser else "info")


def active_badge(user: User) -> SafeString:
    if not user.is_active:
        return status_badge(_("Deactivated"), "danger")
    if invitations.is_invited(user):
        return status_badge(_("Not joined yet"), "info")
    return status_badge(_("Active"), "success")


def access_facts(request: HttpRequest, user: User) -> list[Fact]:
    """How they sign in, for those who look after that."""
    facts = [
        Fact(_("Password"), _("set") if user.has_usable_password() else _("not set yet")),
        _factor_fact(user),
    ]
    if request.user.has_perm("axes.view_accessattempt"):
        tries = lockouts.tries_of(user)
        facts.append(Fact(_("Failed tries lately"), tries, link=_tries_link(user) if tries else ""))
    return facts


def _factor_fact(user: User) -> Fact:
    if user.second_factor_at is None:
        needed = second_factor.must_have(user)
        return Fact(_("Second factor"), _("needed, not set up yet") if needed else _("none"))
    tries = second_factor.failures(user)
    note = _("%(number)d wrong codes in a row") % {"number": tries} if tries else ""
    return Fact(_("Second factor"), _("on"), note=note)


def _tries_link(user: User) -> str:
    return f"{reverse('admin:axes_accessattempt_changelist')}?{urlencode({'q': user.username})}"


def person_facts(user: User) -> list[Fact]:
    return [
        Fact(_("User name"), user.username),
        Fact(_("Name"), user.get_full_name()),
        Fact(_("E-mail"), user.email, link=f"mailto:{user.email}" if user.email else ""),
        Fact(_("Phone number"), user.phone_number),
        Fact(_("Language"), user.language),
        Fact(_("Time zone"), zone_named(user.timezone).key),
        Fact(_("Last signed in"), user.last_login),
        Fact(_("Added"), user.created_at),
    ]
