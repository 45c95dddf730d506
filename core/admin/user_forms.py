"""Forms of people: what may be typed; rights are given by dialogs."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordToggleWidget, UnfoldAdminSelect2Widget, UnfoldAdminSelectWidget

from core import zones
from core.backoffice.actions import ActionForm, ReasonForm
from core.models import User
from core.services.users import givable_roles

NO_ROLE = ("", _("No staff role"))


NOT_YOURS = {"invalid_choice": _("There is no such role, or it reaches beyond yours.")}


def role_choices(by: User) -> list[tuple[str, Any]]:
    """The roles this person may hand out."""
    return [pair for pair in (NO_ROLE, *User.Role.choices) if pair[0] in givable_roles(by)]


class PersonForm(forms.ModelForm):
    """Names and addresses."""

    language = forms.ChoiceField(label=_("Language"), required=False, widget=UnfoldAdminSelectWidget)
    timezone = forms.ChoiceField(label=_("Time zone"), required=False, widget=UnfoldAdminSelect2Widget)

    class Meta:
        model = User
        fields: tuple[str, ...] = ("first_name", "last_name", "email", "phone_number", "language", "timezone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = {
            "language": [("", _("As the browser says")), *settings.LANGUAGES],
            "timezone": zone_choices(),
        }
        for name, offered in choices.items():
            if field := self.fields.get(name):
                field.choices = offered  # type: ignore[attr-defined]


class NewPersonForm(PersonForm):
    """A new person, with a role or without."""

    # Set by the admin: who adds them.
    by: User
    role = forms.ChoiceField(
        label=_("Role"),
        required=False,
        error_messages=NOT_YOURS,
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = role_choices(self.by)  # type: ignore[attr-defined]

    class Meta(PersonForm.Meta):
        fields = ("username", *PersonForm.Meta.fields)  # type: ignore[assignment]


class RoleForm(ReasonForm):
    role = forms.ChoiceField(label=_("Role"), required=False, error_messages=NOT_YOURS)

    def prepare(self) -> None:
        self.fields["role"].choices = role_choices(self.request.user)  # type: ignore[attr-defined]
        self.fields["role"].initial = self.object.role


class InviteForm(ActionForm):
    email = forms.EmailField(
        label=_("E-mail"), help_text=_("They get a link there, under which they choose their password.")
    )
    first_name = forms.CharField(label=_("First name"), max_length=150, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=150, required=False)
    role = forms.ChoiceField(
        label=_("Role"),
        required=False,
        error_messages=NOT_YOURS,
        help_text=_("It decides what they may see and do. Without one they use the API alone."),
    )

    def prepare(self) -> None:
        self.fields["role"].choices = role_choices(self.request.user)  # type: ignore[attr-defined]


class PasswordForm(ActionForm):
    password = forms.CharField(
        label=_("New password"),
        strip=False,
        widget=UnfoldAdminPasswordToggleWidget(attrs={"autocomplete": "new-password"}),
        help_text=_("Their sessions and tokens end. Ask them to change it after they sign in."),
    )


def zone_choices() -> list[tuple[str, str]]:
    """None of their own first: what that means now stands there."""
    usual = _("As on the General page (%(zone)s)") % {"zone": zones.zone_named("").key}
    return [("", usual), *((name, name) for name in zones.names())]
