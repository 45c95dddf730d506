"""The pages between a password and the back office: giving the code, and setting the phone up.

They are open to those who gave the right password and owe the rest, so they ask by themselves who that is.
"""

from typing import Any
from urllib.parse import quote

import segno
from django import forms
from django.contrib import admin
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from rest_framework.request import Request

from core.api.throttles import SignInThrottle
from core.backoffice.actions import add_domain_error
from core.backoffice.dialog_forms import draw
from core.crypto import decrypt, encrypt
from core.exceptions import DomainError
from core.models import User
from core.services import second_factor
from core.sessions import gave_code, owes_code

# In the session, encrypted: the secret that a page shows until its first code comes back.
PENDING = "second_factor_pending"


class CodeForm(forms.Form):
    """A code of the phone."""

    code = forms.CharField(
        label=gettext_lazy("Code of your authenticator app"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True, "dir": "ltr"}
        ),
    )


class RecoveryForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Recovery code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True, "dir": "ltr"}),
        help_text=gettext_lazy("Each of them works once. Capitals and dashes do not matter."),
    )


class OwnPasswordForm(forms.Form):
    """Who has been signed in for a while says by the password that it is still they."""

    password = forms.CharField(
        label=gettext_lazy("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise forms.ValidationError(_("This is not your password."))
        return password


class SetUpForm(CodeForm, OwnPasswordForm):
    """The first code of a phone."""

    field_order = ("code", "password")

    def __init__(self, user: User, *args: Any, asks_password: bool, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        if not asks_password:
            del self.fields["password"]


@never_cache
@csrf_protect
@sensitive_post_parameters()
def code_page(request: HttpRequest, *, recovery: bool = False) -> HttpResponse:
    """Asks for what is owed after the password."""
    user = owes_code(request)
    if user is None:
        return redirect(next_page(request))
    if "leave" in request.POST:
        return _leave(request)
    if user.second_factor_at is None:
        return redirect(_with_next(request, "admin:second-factor-set-up"))
    form = (RecoveryForm if recovery else CodeForm)(request.POST or None)
    if request.method == "POST" and (wait := _too_fast(request)):
        return _slow(request, wait)
    if form.is_valid() and _is_taken(form, user):
        gave_code(request, user)
        if recovery:
            # The phone may be lost: this is when another one is wanted.
            return redirect(_with_next(request, "admin:second-factor-set-up"))
        return redirect(next_page(request))
    title = _("Recovery code") if recovery else _("Second step")
    return _page(request, "code", title, form=form, recovery=recovery, other=_other(request, recovery))


@never_cache
@csrf_protect
@sensitive_post_parameters()
def set_up_page(request: HttpRequest) -> HttpResponse:
    """Shows the secret to a phone, takes its first code, and shows the recovery codes once."""
    owing = owes_code(request)
    user = owing or request.user
    if not isinstance(user, User) or not user.is_staff:
        return redirect(_with_next(request, "admin:login"))
    if owing and owing.second_factor_at is not None:
        # Another phone takes a code of the present one first.
        return redirect(_with_next(request, "admin:second-factor"))
    if "leave" in request.POST:
        return _leave(request)
    secret = _pending(request)
    form = SetUpForm(user, request.POST or None, asks_password=owing is None)
    if request.method == "POST" and (wait := _too_fast(request)):
        return _slow(request, wait)
    if form.is_valid() and (codes := _set_up(form, user, secret)):
        request.session.pop(PENDING, None)
        user.refresh_from_db(fields=["second_factor_at"])
        gave_code(request, user)
        return show_codes(request, codes, next_page(request))
    return _page(
        request,
        "set_up",
        _("Another phone") if user.second_factor_at else _("Set up your phone"),
        form=form,
        picture=picture(second_factor.app_address(user, secret)),
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        has_one=user.second_factor_at is not None,
        must=owing is not None,
        next_page=next_page(request),
    )


@never_cache
@csrf_protect
@sensitive_post_parameters()
def renew_page(request: HttpRequest) -> HttpResponse:
    """New recovery codes, for those who have few left or lost the paper."""
    user = request.user
    if not isinstance(user, User) or not user.is_staff:
        return redirect(_with_next(request, "admin:login"))
    if user.second_factor_at is None:
        return redirect(_with_next(request, "admin:second-factor-set-up"))
    form = OwnPasswordForm(user, request.POST or None)
    if request.method == "POST" and (wait := _too_fast(request)):
        return _slow(request, wait)
    if form.is_valid():
        return show_codes(request, second_factor.renew_codes(user=user), next_page(request))
    return _page(request, "renew", _("New recovery codes"), form=form, next_page=next_page(request))


def show_codes(request: HttpRequest, codes: list[str], onward: str) -> HttpResponse:
    """This once: they are kept as digests."""
    listed = "\n".join(codes)
    return _page(
        request,
        "codes",
        _("Recovery codes"),
        codes=codes,
        onward=onward,
        file=f"data:text/plain,{quote(listed)}",
    )


def next_page(request: HttpRequest) -> str:
    """Where they wanted to go, where that is one of ours."""
    wanted = request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if ours else reverse("admin:index")


def picture(text: str) -> SafeString:
    """A QR code drawn into the page; the phone's camera wants it dark on light in the dark theme, too."""
    drawn = segno.make(text, error="m").svg_inline(
        scale=4, border=3, light="#fff", dark="#111", omitsize=True
    )
    return mark_safe(drawn)  # nosec B308 B703 - segno draws lines, it writes no text


def _pending(request: HttpRequest) -> str:
    if kept := request.session.get(PENDING):
        return decrypt(kept)
    secret = second_factor.new_secret()
    request.session[PENDING] = encrypt(secret)
    return secret


def _set_up(form: SetUpForm, user: User, secret: str) -> list[str]:
    try:
        return second_factor.set_up(user=user, secret=secret, code=form.cleaned_data["code"])
    except DomainError as error:
        add_domain_error(form, error)
        return []


def _is_taken(form: forms.Form, user: User) -> bool:
    try:
        second_factor.check(user=user, code=form.cleaned_data["code"])
    except DomainError as error:
        add_domain_error(form, error)
        return False
    return True


def _leave(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("admin:login")


def _other(request: HttpRequest, recovery: bool) -> str:
    return _with_next(request, "admin:second-factor" if recovery else "admin:second-factor-recovery")


def _with_next(request: HttpRequest, name: str) -> str:
    return f"{reverse(name)}?{urlencode({'next': next_page(request)})}"


def _too_fast(request: HttpRequest) -> float:
    """Seconds to wait for an address that tries too often, whoever it says it is."""
    throttle = SignInThrottle()
    return 0.0 if throttle.allow_request(Request(request), code_page) else throttle.wait() or 1.0


def _slow(request: HttpRequest, wait: float) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": _("Too many tries")}
    response = TemplateResponse(request, "admin/password_reset_slow.html", context, status=429)
    response["Retry-After"] = str(int(wait) + 1)
    return response


def _page(request: HttpRequest, name: str, title: str, **context: Any) -> HttpResponse:
    if form := context.get("form"):
        draw(form)
    request.current_app = admin.site.name  # type: ignore[attr-defined]
    response = TemplateResponse(
        request,
        f"admin/second_factor/{name}.html",
        {**admin.site.each_context(request), "title": title, **context},
    )
    response["Cache-Control"] = "no-store"
    return response


def recovery_page(request: HttpRequest) -> HttpResponse:
    return code_page(request, recovery=True)


urlpatterns = [
    path("second-factor/", code_page, name="second-factor"),
    path("second-factor/recovery/", recovery_page, name="second-factor-recovery"),
    path("second-factor/set-up/", set_up_page, name="second-factor-set-up"),
    path("second-factor/codes/", renew_page, name="second-factor-codes"),
]
