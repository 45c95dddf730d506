"""The Scheduled reports settings page: what goes with a mail, for how long a link works, where reports may go."""

from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_domain_name
from django.utils.translation import gettext_lazy as _

from core.site_settings import SettingsForm, SettingsPage, load, settings_pages

KB = 1024
MOST_KB, MOST_LINK_DAYS, MOST_DOMAINS = 20_000, 90, 20


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """What the page holds; of domains one a line."""

    enclosed_kb: int = 2_000
    link_days: int = 7
    domains: str = ""

    @property
    def enclosed_bytes(self) -> int:
        return self.enclosed_kb * KB


class ReportsForm(SettingsForm):
    enclosed_kb = forms.IntegerField(
        label=_("Files go with the mail up to, KB"),
        min_value=0,
        max_value=MOST_KB,
        help_text=_("All of one mail together. Larger ones are behind a link; 0 always sends the link."),
    )
    link_days = forms.IntegerField(
        label=_("A link in a mail works for, days"),
        min_value=1,
        max_value=MOST_LINK_DAYS,
        help_text=_("Whoever has it needs no password. The file itself may be gone before."),
    )
    domains = forms.CharField(
        label=_("Reports are mailed to these domains only"),
        max_length=2_000,
        required=False,
        widget=forms.Textarea,
        help_text=_("One a line, such as example.com. Empty: to any address. Staff are always reached."),
    )

    def clean_domains(self) -> str:
        given = list(dict.fromkeys(self.cleaned_data["domains"].replace(",", " ").lower().split()))
        if len(given) > MOST_DOMAINS:
            raise ValidationError(_("At most %(most)d domains.") % {"most": MOST_DOMAINS})
        for domain in given:
            try:
                validate_domain_name(domain)
            except ValidationError as error:
                said = _("“%(domain)s” is no domain.") % {"domain": domain[:60]}
                raise ValidationError(said) from error
        return "\n".join(given)


@settings_pages.register("reports")
class ReportsPage(SettingsPage[ReportSettings]):
    title = _("Scheduled reports")
    description = _(
        "What goes with the mails of schedules, for how long a link works, and where reports may go."
    )
    icon = "schedule_send"
    permission = "analytics.change_report_settings"
    values_class = ReportSettings
    form_class = ReportsForm


def report_settings() -> ReportSettings:
    """What is in force now."""
    return load(ReportsPage)
