"""What whoever asked for a report is told of it; the words are in templates/emails/."""

from django.utils.translation import gettext_lazy as _

from core.messages.events import Placeholder, events

REPORT = Placeholder("report", _("The report's title"), _("Sales by day"))
FORMAT = Placeholder("format", _("As what it was asked for"), "PDF")
LINK = Placeholder("link", _("Where it is in the back office"), "https://desk.example.com/admin/…")

events.define(
    "report_ready",
    _("Report ready"),
    _("A file that took a while, or was made in the background, can be downloaded."),
    REPORT, FORMAT,
    Placeholder("rows", _("How many rows it has"), "12,480"),
    LINK,
    channels=("inbox", "email"),
    usual=("inbox",),
    icon="download",
    tone="success",
)  # fmt: skip
events.define(
    "report_failed",
    _("Report failed"),
    _("A file that took a while, or was to be made in the background, was not made."),
    REPORT, FORMAT,
    Placeholder("error", _("What went wrong"), _("The disk is full. Make room and run it again.")),
    LINK,
    channels=("inbox", "email"),
    usual=("inbox",),
    icon="error",
    tone="danger",
)  # fmt: skip
