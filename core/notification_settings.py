"""The Notifications settings page: whom our mails are from, where alerts go, and from what balance people are told."""

import re
from dataclasses import dataclass
from decimal import Decimal
from email.utils import parseaddr
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator, RegexValidator, validate_email
from django.utils.translation import gettext_lazy as _

from core.site_settings import SettingsForm, SettingsPage, settings_pages

MOST_ADDRESSES = 20


@dataclass(frozen=True, slots=True)
class Notifications:
    """What the page holds; an empty sender is the product's name at the server's address. `low_balance` is in each
    wallet's own currency, 0 tells nobody.
    """

    sender_name: str = ""
    sender_address: str = ""
    low_balance: Decimal = Decimal(0)
    # One a line; besides the staff whose right it is to know.
    alert_addresses: str = ""


class SenderField(forms.EmailField):
    """An address; of `Name <address>`, as DEFAULT_FROM_EMAIL may say it, the address."""

    def to_python(self, value: object) -> str:
        text = super().to_python(value) or ""
        return parseaddr(text)[1] or text


class AddressesField(forms.CharField):
    """E-mail addresses, one a line or with commas between; kept one a line, each once."""

    widget = forms.Textarea

    def clean(self, value: Any) -> str:
        found = list(dict.fromkeys(re.split(r"[\s,;]+", str(super().clean(value)).strip().lower())))
        given = [address for address in found if address]
        if len(given) > MOST_ADDRESSES:
            raise ValidationError(_("At most %(most)d addresses.") % {"most": MOST_ADDRESSES})
        for address in given:
            try:
                validate_email(address)
            except ValidationError as error:
                said = _("“%(address)s” is no e-mail address.") % {"address": address[:60]}
                raise ValidationError(said) from error
        return "\n".join(given)


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
    alert_addresses = AddressesField(
        label=_("Alerts also go to"),
        max_length=MOST_ADDRESSES * 255,
        required=False,
        help_text=_(
            "E-mail addresses, one a line, besides the staff who see operations: a group's, or a pager's."
        ),
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
    description = _("Whom our mails are from, where alerts go, and from what balance on people are told.")
    icon = "notifications"
    permission = "core.change_notifications"
    values_class = Notifications
    form_class = NotificationsForm
    environment = {"sender_address": "DEFAULT_FROM_EMAIL"}
