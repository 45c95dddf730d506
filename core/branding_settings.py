"""The Branding settings page: how the product calls itself and looks."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from core.backoffice.images import DataImageField
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
        widget=forms.ColorInput,
        help_text=_("Buttons and links; the lighter and darker shades are made from it."),
    )
    logo = DataImageField(
        label=_("Logo"),
        required=False,
        help_text=_(
            "PNG, JPEG or WebP, at most 200 KB; square pictures look best. Nothing chosen leaves it as it is."
        ),
    )
    remove_logo = forms.BooleanField(label=_("Remove the logo"), required=False)
    footer = forms.CharField(
        label=_("Footer of documents"), max_length=300, required=False, widget=forms.Textarea
    )
    field_order = ("name", "tagline", "primary_color", "logo", "remove_logo", "footer")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("remove_logo"):
            cleaned["logo"] = ""
        return cleaned


@settings_pages.register("branding")
class BrandingPage(SettingsPage[Branding]):
    title = _("Branding")
    description = _("The name, colour and logo of the admin, mails and documents.")
    icon = "palette"
    permission = "core.change_branding"
    values_class = Branding
    form_class = BrandingForm
    public = ("name", "tagline", "primary_color")
