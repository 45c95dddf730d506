"""The General settings page: who the company is, how people reach it, and the language and zone nobody chose."""

from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from core import zones
from core.site_settings import SettingsForm, SettingsPage, load, settings_pages


@dataclass(frozen=True, slots=True)
class General:
    """What the page holds."""

    company_name: str = ""
    legal_name: str = ""
    address: str = ""
    support_email: str = ""
    support_phone: str = ""
    language: str = settings.LANGUAGE_CODE
    time_zone: str = settings.TIME_ZONE

    @property
    def letterhead(self) -> str:
        """Name and address in one line, for the foot of documents."""
        lines = [self.legal_name or self.company_name, *self.address.splitlines()]
        return " · ".join(line.strip() for line in lines if line.strip())


class GeneralForm(SettingsForm):
    company_name = forms.CharField(label=_("Company"), max_length=80, required=False)
    legal_name = forms.CharField(
        label=_("Legal name"), max_length=120, required=False, help_text=_("As it is registered.")
    )
    address = forms.CharField(
        label=_("Address"),
        max_length=300,
        required=False,
        widget=forms.Textarea,
        help_text=_("At the foot of documents, after the name."),
    )
    support_email = forms.EmailField(
        label=_("Support, e-mail"),
        required=False,
        help_text=_("Shown to people who cannot sign in, and to anybody by API."),
    )
    support_phone = forms.CharField(
        label=_("Support, phone"),
        max_length=30,
        required=False,
        validators=[
            RegexValidator(r"^\+?[0-9 ()./-]{5,30}\Z", _("Give a phone number, such as +1 415 555 2671."))
        ],
    )
    language = forms.ChoiceField(
        label=_("Language"),
        choices=lambda: settings.LANGUAGES,
        help_text=_("For those who have chosen none and whose browser asks for none that we have."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=lambda: [(name, name) for name in zones.names()],
        help_text=_(
            "For staff who have chosen none, and in messages. Times of the API, and the days of dashboards and reports,"
            " stay those of UTC."
        ),
    )


@settings_pages.register("general")
class GeneralPage(SettingsPage[General]):
    title = _("General")
    description = _("Who the company is, how people reach it, and the language and time zone nobody chose.")
    icon = "domain"
    permission = "core.change_general"
    values_class = General
    form_class = GeneralForm
    public = ("company_name", "support_email", "support_phone", "language", "time_zone")
    environment = {"language": "DEFAULT_LANGUAGE", "time_zone": "DEFAULT_TIME_ZONE"}


def general() -> General:
    """What is in force now."""
    return load(GeneralPage)


def default_language() -> str:
    """Of those who have chosen none; one that is no longer offered counts as not chosen."""
    chosen = general().language
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
