"""The API & webhooks settings page: whether the API is open, how often callers may ask, what webhooks must show."""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.secret_values import Secret, SecretField
from core.site_settings import SettingsForm, SettingsPage, load, settings_pages

SECRET_START = "whsec_"  # noqa: S105  # nosec B105 - how such secrets begin


@dataclass(frozen=True, slots=True)
class ApiRules:
    """What the page holds. Rates are requests a minute, 0 is as often as they like."""

    api_open: bool = True
    closed_message: str = ""
    sandbox: bool = True
    rate_caller: int = 300_000
    rate_address: int = 300
    rate_sign_in: int = 30
    rate_writing: int = 30
    webhook_kilobytes: int = 64
    payment_webhook_secret: Secret = field(default_factory=Secret)


def _rate(label: Any, help_text: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=10_000_000, help_text=help_text)


class ApiForm(SettingsForm):
    api_open = forms.BooleanField(
        label=_("The API is open"),
        required=False,
        help_text=_("Closed, it answers 503 with the words below; the admin and its pages stay open."),
    )
    closed_message = forms.CharField(
        label=_("What callers are told while it is closed"), max_length=300, required=False
    )
    sandbox = forms.BooleanField(
        label=_("Test keys work"),
        required=False,
        help_text=_("Keys that begin with tl_test_, whose orders cost nothing and deliver nothing."),
    )
    rate_caller = _rate(
        _("Requests a minute of a key or user"),
        _("0: as often as they like. Above it: 429 with Retry-After."),
    )
    rate_address = _rate(_("Requests a minute of an address"), _("Of those who are not signed in."))
    rate_sign_in = _rate(_("Tries to sign in a minute of an address"), _("Registering counts as well."))
    rate_writing = _rate(_("Tickets and messages a minute of a key or user"), _("What a person has to read."))
    webhook_kilobytes = forms.IntegerField(label=_("Largest webhook taken, KB"), min_value=1, max_value=1024)
    payment_webhook_secret = SecretField(
        label=_("Secret of payment webhooks"),
        help_text=_("Who signs with it tells us that payments succeeded: whsec_ and base64."),
    )

    def clean_payment_webhook_secret(self) -> Any:
        """One or several by commas, as in the environment: so an old one goes on for a while."""
        given = self.cleaned_data["payment_webhook_secret"]
        if isinstance(given, Secret):
            return given
        for one in filter(None, (part.strip() for part in given.split(","))):
            if not _is_secret(one):
                raise forms.ValidationError(_("Give whsec_ followed by at least 24 bytes in base64."))
        return given


def _is_secret(text: str) -> bool:
    try:
        return len(base64.b64decode(text.removeprefix(SECRET_START), validate=True)) >= 24
    except (binascii.Error, ValueError):
        return False


@settings_pages.register("api")
class ApiPage(SettingsPage[ApiRules]):
    title = _("API & webhooks")
    description = _("Whether the API is open, how often callers may ask, and whose webhooks are believed.")
    icon = "api"
    permission = "core.change_api"
    values_class = ApiRules
    form_class = ApiForm
    public = ("api_open", "closed_message", "sandbox")
    environment = {
        "rate_caller": "API_RATE_CALLER",
        "rate_address": "API_RATE_ADDRESS",
        "rate_sign_in": "API_RATE_SIGN_IN",
        "rate_writing": "API_RATE_WRITING",
        "payment_webhook_secret": "PAYMENT_WEBHOOK_SECRET",
    }


def api_rules() -> ApiRules:
    """What is in force now."""
    return load(ApiPage)
