"""Forms of people: what may be typed; rights are given by dialogs."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordToggleWidget, UnfoldAdminSelect2Widget, UnfoldAdminSelectWidget

from core.backoffice.actions import ActionForm, ReasonForm
from core.models import User

NO_ROLE = ("", _("No staff role"))


def role_choices() -> list[tuple[str, Any]]:
    return [NO_ROLE, *User.Role.choices]


class PersonForm(forms.ModelForm):
    """Names and addresses."""

    language = forms.ChoiceField(label=_("Language"), required=False, widget=UnfoldAdminSelectWidget)
    timezone = forms.ChoiceField(label=_("Time zone"), required=False, widget=UnfoldAdminSelect2Widget)

    class Meta:
        model = User
        fields: tuple[str, ...] = ("first_name", "last_name", "email", "phone_number", "language", "timezone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("language", settings.LANGUAGES), ("timezone", [(z, z) for z in zones()])):
            if field := self.fields.get(name):
                field.choices = [("", _("As the browser says")), *choices]  # type: ignore[attr-defined]


class NewPersonForm(PersonForm):
    """A new person, with a role or without."""

    role = forms.ChoiceField(
        label=_("Role"),
        required=False,
        choices=role_choices,
        widget=UnfoldAdminSelectWidget,
        help_text=_("Staff sign in here; those without a role use the API alone."),
    )
    new_password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordToggleWidget(attrs={"autocomplete": "new-password"}),
        help_text=_("Leave it empty, and they set one themselves by “forgotten password”."),
    )

    class Meta(PersonForm.Meta):
        fields = ("username", *PersonForm.Meta.fields)  # type: ignore[assignment]


class RoleForm(ReasonForm):
    role = forms.ChoiceField(label=_("Role"), choices=role_choices, required=False)

    def prepare(self) -> None:
        self.fields["role"].initial = self.object.role


class PasswordForm(ActionForm):
    password = forms.CharField(
        label=_("New password"),
        strip=False,
        widget=UnfoldAdminPasswordToggleWidget(attrs={"autocomplete": "new-password"}),
        help_text=_("Their sessions and tokens end. Ask them to change it after they sign in."),
    )


def zones() -> list[str]:
    """Places people live in, without the old aliases."""
    return sorted(
        name
        for name in available_timezones()
        if "/" in name and not name.startswith(("Etc/", "posix/", "right/"))
    )
