"""What people may say of themselves on “My account”."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelect2Widget

from core.admin.user_forms import zone_choices
from core.backoffice.actions import ActionForm

PROFILE = ("first_name", "last_name", "phone_number", "language", "timezone")


class OwnPasswordForm(ActionForm):
    """Says that it is still they who sit here."""

    password = forms.CharField(
        label=gettext_lazy("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self.request.user.check_password(password):
            raise forms.ValidationError(_("This is not your password."))
        return password


class EmailForm(OwnPasswordForm):
    email = forms.EmailField(label=gettext_lazy("New e-mail address"), max_length=254)
    field_order = ("email", "password")


class ProfileForm(ActionForm):
    first_name = forms.CharField(label=gettext_lazy("First name"), max_length=150, required=False)
    last_name = forms.CharField(label=gettext_lazy("Last name"), max_length=150, required=False)
    phone_number = forms.CharField(label=gettext_lazy("Phone number"), max_length=20, required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    timezone = forms.ChoiceField(
        label=gettext_lazy("Time zone"), required=False, widget=UnfoldAdminSelect2Widget
    )

    def prepare(self) -> None:
        as_browser = ("", _("As the browser says"))
        self.fields["language"].choices = [as_browser, *settings.LANGUAGES]  # type: ignore[attr-defined]
        self.fields["timezone"].choices = zone_choices()  # type: ignore[attr-defined]
        for name in PROFILE:
            self.fields[name].initial = getattr(self.request.user, name)


def languages() -> dict[str, Any]:
    return dict(settings.LANGUAGES)
