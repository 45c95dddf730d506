"""Dialogs for what a customer agrees to and takes back."""

from django import forms
from django.utils.translation import gettext_lazy as _

from commerce.models import Consent
from commerce.services import consents
from core.backoffice.actions import ActionForm


class ConsentForm(ActionForm):
    purpose = forms.ChoiceField(label=_("Purpose"), choices=Consent.Purpose.choices)
    how = forms.CharField(
        label=_("How they said so"),
        max_length=200,
        help_text=_("Such as “on the phone” or “by letter of 3 May”."),
    )
    version = forms.CharField(
        label=_("Version of the text"), max_length=40, required=False, help_text=_("Such as 2026-05.")
    )


class WithdrawForm(ActionForm):
    """Only of what they agree to now."""

    purpose = forms.ChoiceField(label=_("Purpose"))
    how = forms.CharField(label=_("How they said so"), max_length=200)

    def prepare(self) -> None:
        given = [one.purpose for one in consents.now(self.object).values() if one.given]
        self.fields["purpose"].choices = [pair for pair in Consent.Purpose.choices if pair[0] in given]  # type: ignore[attr-defined]
