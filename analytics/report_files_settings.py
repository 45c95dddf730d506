"""The Files of reports settings page: for how long they are kept, and how much room they may take."""

from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext_lazy as _

from core.site_settings import SettingsForm, SettingsPage, settings_pages


@dataclass(frozen=True, slots=True)
class ReportFiles:
    days: int = 30
    megabytes: int = 5_000


class ReportFilesForm(SettingsForm):
    days = forms.IntegerField(
        label=_("Kept for, days"),
        min_value=1,
        max_value=3_650,
        help_text=_("Then a file is deleted. What it said of itself stays, and it can be made again."),
    )
    megabytes = forms.IntegerField(
        label=_("Room on the disk, MB"),
        min_value=100,
        max_value=1_000_000,
        help_text=_("Where all files together take more, the oldest are deleted before their time."),
    )


@settings_pages.register("report_files")
class ReportFilesPage(SettingsPage[ReportFiles]):
    title = _("Files of reports")
    description = _("For how long files of reports are kept, and how much room they may take.")
    icon = "folder_delete"
    permission = "core.change_retention"
    values_class = ReportFiles
    form_class = ReportFilesForm
