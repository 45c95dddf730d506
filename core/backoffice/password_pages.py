"""A forgotten password: asking for the message, and the pages behind its link. Open to anybody, so slowed down.

Django's own views keep the token out of the address and of the Referer; our service sends and sets.
"""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth import views
from django.contrib.auth.forms import PasswordResetForm, SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.request import Request

from core.api.throttles import SignInThrottle
from core.backoffice.dialog_forms import draw
from core.exceptions import InvalidInput
from core.models import User
from core.services import passwords


class PublicPageMixin:
    """A page before signing in: with the site's name and look, and a limit of tries by address."""

    request: HttpRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)  # type: ignore[misc]
        if context.get("form"):
            draw(context["form"])
        return admin.site.each_context(self.request) | context

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        throttle = SignInThrottle()
        if not throttle.allow_request(Request(request), self):
            return _too_many(request, throttle.wait())
        return super().post(request, *args, **kwargs)  # type: ignore[misc,no-any-return]


class AskView(PublicPageMixin, views.PasswordResetView):
    """Asks for the address. What it answers does not tell whether the address is known."""

    template_name = "admin/password_reset.html"
    title = gettext_lazy("Forgotten password")
    success_url = reverse_lazy("admin:password-reset-sent")

    def form_valid(self, form: PasswordResetForm) -> HttpResponse:
        site = self.request.build_absolute_uri("/").rstrip("/")
        passwords.ask_for_reset(email=form.cleaned_data["email"], site=site)
        return redirect(self.get_success_url())


class SentView(PublicPageMixin, views.PasswordResetDoneView):
    template_name = "admin/password_reset_sent.html"
    title = gettext_lazy("Look into your mailbox")


class NewPasswordView(PublicPageMixin, views.PasswordResetConfirmView):
    """Behind the message's link: sets the password, once."""

    template_name = "admin/password_reset_new.html"
    title = gettext_lazy("New password")

    def get_user(self, uidb64: str) -> User | None:
        return passwords.user_of(uidb64)

    def form_valid(self, form: "SetPasswordForm[User]") -> HttpResponse:
        session = self.request.session
        try:
            passwords.reset(
                uid=self.kwargs["uidb64"],
                token=session.get(views.INTERNAL_RESET_SESSION_TOKEN, ""),
                password=form.cleaned_data["new_password1"],
            )
        except InvalidInput as error:
            form.add_error("new_password1", error.message)
            return self.form_invalid(form)
        session.pop(views.INTERNAL_RESET_SESSION_TOKEN, None)
        messages.success(self.request, _("The password is set. Sign in with it."))
        return redirect(reverse("admin:login"))


def _too_many(request: HttpRequest, wait: float) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": _("Too many tries")}
    response = TemplateResponse(request, "admin/password_reset_slow.html", context, status=429)
    response["Retry-After"] = str(int(wait) + 1)
    return response


urlpatterns = [
    path("password-reset/", AskView.as_view(), name="password-reset"),
    path("password-reset/sent/", SentView.as_view(), name="password-reset-sent"),
    path("password-reset/<uidb64>/<token>/", NewPasswordView.as_view(), name="password-reset-new"),
]
