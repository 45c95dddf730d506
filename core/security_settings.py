"""The Security settings page: who needs a second factor, how long a sign-in lasts, when guessing locks."""

from dataclasses import dataclass, field

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.models import User
from core.site_settings import SettingsForm, SettingsPage, load, settings_pages


@dataclass(frozen=True, slots=True)
class Security:
    """What the page holds. `second_factor_roles` are values of `User.Role`."""

    second_factor_roles: tuple[str, ...] = field(default_factory=lambda: tuple(settings.SECOND_FACTOR_ROLES))
    session_hours: int = field(default_factory=lambda: settings.SESSION_HOURS)
    remember_days: int = field(default_factory=lambda: settings.REMEMBER_DAYS)
    lockout_tries: int = 5
    lockout_tries_anywhere: int = 50
    lockout_minutes: int = 15
    password_min_length: int = 10


class SecurityForm(SettingsForm):
    second_factor_roles = forms.MultipleChoiceField(
        label=_("Second factor required of"),
        choices=User.Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "These roles sign in with a code from an app besides their password, in the admin and by API."
        ),
    )
    session_hours = forms.IntegerField(
        label=_("A sign-in lasts for, hours"),
        min_value=1,
        max_value=720,
        help_text=_("Then everybody signs in again; this holds for those signed in now, too."),
    )
    remember_days = forms.IntegerField(
        label=_("With “remember me”, days"),
        min_value=1,
        max_value=90,
        help_text=_("For browsers that were asked to remember their person."),
    )
    lockout_tries = forms.IntegerField(
        label=_("Failed tries until a name is locked at one address"), min_value=3, max_value=20
    )
    lockout_tries_anywhere = forms.IntegerField(
        label=_("Failed tries until a name is locked everywhere"),
        min_value=10,
        max_value=500,
        help_text=_("Against guessing from many addresses at once."),
    )
    lockout_minutes = forms.IntegerField(
        label=_("A lock lasts for, minutes"),
        min_value=1,
        max_value=1440,
        help_text=_("After the last failed try. A super admin can unlock a person before."),
    )
    password_min_length = forms.IntegerField(
        label=_("Shortest password, characters"),
        min_value=8,
        max_value=64,
        help_text=_("Of new passwords; those chosen before stay."),
    )

    def clean_second_factor_roles(self) -> tuple[str, ...]:
        return tuple(self.cleaned_data["second_factor_roles"])

    def clean(self) -> dict[str, object]:
        """A name is not locked everywhere before it is locked at one address."""
        cleaned = super().clean() or self.cleaned_data
        here, anywhere = cleaned.get("lockout_tries"), cleaned.get("lockout_tries_anywhere")
        if here and anywhere and anywhere < here:
            self.add_error("lockout_tries_anywhere", _("At least as many as at one address."))
        return cleaned


@settings_pages.register("security")
class SecurityPage(SettingsPage[Security]):
    title = _("Security")
    description = _("Who needs a second factor, how long a sign-in lasts, when guessing locks.")
    icon = "shield_lock"
    permission = "core.change_security"
    values_class = Security
    form_class = SecurityForm
    environment = {
        "second_factor_roles": "SECOND_FACTOR_ROLES",
        "session_hours": "SESSION_HOURS",
        "remember_days": "REMEMBER_DAYS",
        "password_min_length": "PASSWORD_MIN_LENGTH",
    }


def security() -> Security:
    """What is in force now."""
    return load(SecurityPage)
