"""The Credit settings page: days of credit, and what happens when they are over."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.site_settings import SettingsForm, SettingsPage, settings_pages


@dataclass(frozen=True, slots=True)
class CreditSettings:
    """Days are counted from the day something fell due, so from when the days of credit were over."""

    days: int = 14
    reminders: bool = False
    reminder_after: int = 3
    second_after: int = 10
    final_after: int = 20
    language: str = ""
    statement: bool = True
    suspend: bool = False
    suspend_after: int = 30
    lift: bool = True


def _days(label: Any, least: int = 1, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=365, help_text=help_text)


class CreditForm(SettingsForm):
    days = _days(_("Days of credit"), 0, _("Of resellers who have no days of their own."))
    reminders = forms.BooleanField(
        label=_("Remind those who are late"), required=False, help_text=_("By e-mail, each step once.")
    )
    reminder_after = _days(_("Reminder after, days late"))
    second_after = _days(_("Second reminder after, days late"))
    final_after = _days(_("Final reminder after, days late"))
    language = forms.ChoiceField(
        label=_("Language of reminders"),
        required=False,
        choices=[("", _("That of the General page")), *settings.LANGUAGES],
    )
    statement = forms.BooleanField(
        label=_("Enclose the statement"),
        required=False,
        help_text=_("What the wallet has moved since the oldest debit that is unpaid, as PDF and Excel."),
    )
    suspend = forms.BooleanField(
        label=_("Suspend those who do not pay"),
        required=False,
        help_text=_("After the final reminder. Orders in flight end as they would."),
    )
    suspend_after = _days(_("Suspend after, days late"))
    lift = forms.BooleanField(
        label=_("Let them order again once they paid"),
        required=False,
        help_text=_("Only those whom this rule has suspended."),
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        names = ("reminder_after", "second_after", "final_after", "suspend_after")
        given = [(name, values[name]) for name in names if values.get(name) is not None]
        for (_before, sooner), (name, later) in pairwise(given):
            if later <= sooner:
                self.add_error(name, _("Each step comes after the one before it."))
        return values


@settings_pages.register("credit")
class CreditPage(SettingsPage[CreditSettings]):
    title = _("Credit and reminders")
    description = _("Days of credit, and what happens when a reseller pays late.")
    icon = "credit_score"
    permission = "commerce.change_closing_settings"
    values_class = CreditSettings
    form_class = CreditForm
