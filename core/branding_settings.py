"""The Branding settings page: how the product calls itself and looks."""

from dataclasses import dataclass

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from core.site_settings import SettingsForm, SettingsPage, settings_pages


@dataclass(frozen=True, slots=True)
class Branding:
    """Typed values of the page; `logo` is a data URI or empty."""

    name: str = "Topline"
    tagline: str = ""
    primary_color: str = "#0f766e"
    logo: str = ""
    footer: str = ""


class BrandingForm(SettingsForm):
    name = forms.CharField(label=_("Name"), max_length=60)
    tagline = forms.CharField(label=_("Tagline"), max_length=80, required=False)
    primary_color = forms.CharField(
        label=_("Primary colour"),
        validators=[
            RegexValidator(r"^#[0-9a-fA-F]{6}\Z", _("Six hexadecimal digits after #, such as #0f766e."))
        ],
        help_text=_("Such as #0f766e; the lighter and darker shades are made from it."),
    )
    footer = forms.CharField(
        label=_("Footer of documents"), max_length=300, required=False, widget=forms.Textarea
    )


@settings_pages.register("branding")
class BrandingPage(SettingsPage[Branding]):
    title = _("Branding")
    description = _("The name, colour and logo of the admin, mails and documents.")
    icon = "palette"
    permission = "core.change_branding"
    values_class = Branding
    form_class = BrandingForm
