"""The Notifications settings page: whom our mails are from, and from what balance on people are told."""

from dataclasses import dataclass
from decimal import Decimal
from email.utils import parseaddr

from django import forms
from django.core.validators import ProhibitNullCharactersValidator, RegexValidator
from django.utils.translation import gettext_lazy as _

from core.site_settings import SettingsForm, SettingsPage, settings_pages


@dataclass(frozen=True, slots=True)
class Notifications:
    """What the page holds; an empty sender is the product's name at the server's address. `low_balance` is in each
    wallet's own currency, 0 tells nobody.
    """

    sender_name: str = ""
    sender_address: str = ""
    low_balance: Decimal = Decimal(0)


class SenderField(forms.EmailField):
    """An address; of `Name <address>`, as DEFAULT_FROM_EMAIL may say it, the address."""

    def to_python(self, value: object) -> str:
        text = super().to_python(value) or ""
        return parseaddr(text)[1] or text


class NotificationsForm(SettingsForm):
    sender_name = forms.CharField(
        label=_("Mails are from"),
        max_length=60,
        required=False,
        # A line's end would begin another header.
        validators=[RegexValidator(r"^[^\r\n]*\Z"), ProhibitNullCharactersValidator()],
        help_text=_("Empty: the name on the Branding page."),
    )
    sender_address = SenderField(
        label=_("Their address"),
        required=False,
        help_text=_("One that your mail server may send for. Empty: the server's own."),
    )
    low_balance = forms.DecimalField(
        label=_("Tell of wallets below"),
        min_value=0,
        max_digits=12,
        decimal_places=2,
        help_text=_("In the wallet's currency; once a day while it is below. 0 tells nobody."),
    )


@settings_pages.register("notifications")
class NotificationsPage(SettingsPage[Notifications]):
    title = _("Notifications")
    description = _("Whom our mails are from, and from what balance on people are told.")
    icon = "notifications"
    permission = "core.change_notifications"
    values_class = Notifications
    form_class = NotificationsForm
    environment = {"sender_address": "DEFAULT_FROM_EMAIL"}
