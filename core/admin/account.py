"""My account: what everybody who signs in here looks after themselves."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.admin.account_forms import EmailForm, OwnPasswordForm, ProfileForm, languages
from core.admin.sign_in_sessions import browsers
from core.admin.users import site_of
from core.backoffice import pages
from core.backoffice.badges import status_badge
from core.backoffice.page_dialogs import page_dialog
from core.backoffice.parts import Fact
from core.exceptions import DomainError, NotFound
from core.models import SecondFactor, User
from core.services import email_change, second_factor, sign_in_sessions, users
from core.sessions import gave_code
from core.zones import zone_named

BROWSERS_SHOWN = 20


def me(request: HttpRequest) -> User:
    """Whoever opened an admin page."""
    return cast(User, request.user)


@pages.page("account/", name="account")
def account(request: HttpRequest) -> HttpResponse:
    """Of the person signed in, whatever their role is."""
    user = me(request)
    return pages.render(
        request,
        "admin/core/account/page.html",
        title=_("My account"),
        facts=profile_facts(user),
        second_factor=second_factor_part(user),
        browsers=browsers(
            sign_in_sessions.live(user).select_related("user")[:BROWSERS_SHOWN],
            here=sign_in_sessions.current(request),
            end_name="admin:account-session-end",
        ),
    )


def profile_facts(user: User) -> list[Fact]:
    """Who they are to others, and how pages speak to them."""
    language = languages().get(user.language, _("As the browser says"))
    return [
        Fact(_("User name"), user.username),
        Fact(_("Name"), user.get_full_name()),
        Fact(_("E-mail"), user.email),
        Fact(_("Phone number"), user.phone_number),
        Fact(_("Role"), user.get_role_display()),
        Fact(_("Language"), language),
        Fact(_("Time zone"), zone_named(user.timezone).key),
    ]


@page_dialog(
    "account/profile/",
    name="account-profile",
    home="admin:account",
    title=gettext_lazy("Edit"),
    form=ProfileForm,
    submit=gettext_lazy("Save"),
)
def edit_profile(request: HttpRequest, given: dict[str, Any]) -> str:
    users.change_profile(user=me(request), by=me(request), **given)
    return _("Saved.")


@page_dialog(
    "account/email/",
    name="account-email",
    home="admin:account",
    title=gettext_lazy("Change the e-mail address"),
    form=EmailForm,
    submit=gettext_lazy("Send the message"),
    explain=gettext_lazy("A message goes to the new address. It is yours once you follow its link."),
)
def ask_email(request: HttpRequest, given: dict[str, Any]) -> str:
    email_change.ask(user=me(request), email=given["email"], site=site_of(request))
    return _("Look into the mailbox of %(email)s.") % {"email": given["email"]}


@pages.page("account/email/<str:token>/", name="account-email-new")
def new_email(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the message's link: asks, because opening a link changes nothing."""
    try:
        email = email_change.wanted(user=me(request), token=token)
        if request.method == "POST":
            email_change.confirm(user=me(request), token=token)
            messages.success(request, _("Your e-mail address is %(email)s now.") % {"email": email})
            return redirect("admin:account")
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("admin:account")
    return pages.render(
        request,
        "admin/core/account/email.html",
        title=_("New e-mail address"),
        crumbs=[(_("My account"), reverse("admin:account"))],
        email=email,
    )


def second_factor_part(user: User) -> dict[str, Any]:
    """The card of the second factor."""
    factor = SecondFactor.objects.filter(user=user).first()
    must = second_factor.must_have(user)
    if factor is None:
        return {"badge": status_badge(_("Not set up"), "warning" if must else "neutral"), "on": False}
    left = second_factor.codes_left(user)
    return {
        "badge": status_badge(_("On"), "success"),
        "on": True,
        "facts": [
            Fact(_("Set up"), factor.created_at),
            Fact(_("Last code taken"), factor.used_at),
            Fact(_("Recovery codes left"), left, note=_("Make new ones soon.") if left < 4 else ""),
        ],
        "off_url": "" if must else reverse("admin:account-second-factor-off"),
    }


@page_dialog(
    "account/second-factor/off/",
    name="account-second-factor-off",
    home="admin:account",
    title=gettext_lazy("Turn the second factor off"),
    form=OwnPasswordForm,
    submit=gettext_lazy("Turn it off"),
    explain=gettext_lazy("From then on your password alone opens your account."),
    variant="danger",
)
def turn_off(request: HttpRequest, given: dict[str, Any]) -> str:
    user = me(request)
    second_factor.turn_off(user=user)
    user.refresh_from_db(fields=["second_factor_at"])
    gave_code(request, user)
    return _("Turned off.")


@page_dialog(
    "account/sessions/<int:number>/end/",
    name="account-session-end",
    home="admin:account",
    title=gettext_lazy("Sign this browser out"),
    submit=gettext_lazy("Sign out"),
    explain=gettext_lazy("It has to sign in again. If you do not know it, change your password, too."),
    variant="warning",
)
def end_session(request: HttpRequest, given: dict[str, Any], number: int) -> str:
    session = sign_in_sessions.live(me(request)).filter(pk=number).first()
    if session is None:
        raise NotFound("not_signed_in", _("This browser is not signed in any more."))
    sign_in_sessions.end(session=session)
    return _("Signed out.")


@page_dialog(
    "account/sessions/end/",
    name="account-sessions-end",
    home="admin:account",
    title=gettext_lazy("Sign out everywhere else"),
    submit=gettext_lazy("Sign out"),
    explain=gettext_lazy(
        "Every browser but this one has to sign in again, and so has what uses the API as you."
    ),
    variant="warning",
)
def end_other_sessions(request: HttpRequest, given: dict[str, Any]) -> str:
    users.end_sessions(user=me(request), by=me(request), but=sign_in_sessions.current(request))
    return _("You are signed in here alone.")
