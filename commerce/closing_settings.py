"""The Closing settings page: what of a month stops its closing while it is open."""

from dataclasses import dataclass, field

from django import forms
from django.utils.translation import gettext_lazy as _

from core.site_settings import SettingsForm, SettingsPage, settings_pages

ITEMS = [
    ("unknown", _("Unknown outcomes")),
    ("breaks", _("Open breaks of reconciliation")),
    ("approvals", _("Money that waits for a second person")),
    ("holds", _("Holds that are not settled")),
]


@dataclass(frozen=True, slots=True)
class ClosingSettings:
    """What the page holds. A break may mean that the month itself is wrong; the others only end later."""

    blocking: list[str] = field(default_factory=lambda: ["breaks"])


class ClosingForm(SettingsForm):
    blocking = forms.MultipleChoiceField(
        label=_("Has to be settled first"),
        choices=ITEMS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The rest is shown, has to be seen by whoever closes, and is kept with the month."),
    )


@settings_pages.register("closing")
class ClosingPage(SettingsPage[ClosingSettings]):
    title = _("Closing of months")
    description = _("What has to be settled before the books of a month are closed.")
    icon = "event_available"
    permission = "commerce.change_closing_settings"
    values_class = ClosingSettings
    form_class = ClosingForm
