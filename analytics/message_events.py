"""What analytics tells people of; the words are in templates/emails/."""

from django.utils.translation import gettext_lazy as _

from core.messages.builtin import STAFF_CHANNELS
from core.messages.events import Placeholder, events

REPORT = Placeholder("report", _("The schedule's title"), _("Sales by day"))
DUE = Placeholder("due", _("When it was due, by the schedule's clock"), "21 Nov 2026, 07:00 (Europe/Berlin)")
ERROR = Placeholder("error", _("What went wrong"), _("The disk is full. Make room and run it again."))
LINK = Placeholder("link", _("Where it is in the back office"), "https://desk.example.com/admin/…")

events.define(
    "scheduled_report",
    _("Report by schedule"),
    _("A schedule made a report: with its files, or a link to each."),
    REPORT, DUE,
    Placeholder("days", _("The days it is of"), "1 Nov 2026 to 20 Nov 2026"),
    Placeholder("rows", _("How many rows it has"), "1204"),
    Placeholder("totals", _("What it adds up to, a line each"), _("Captured: $1,204.00")),
    Placeholder("ledger", _("Whether it ties to the ledger"), _("It ties to the ledger.")),
    Placeholder("files", _("Names and sizes of its files, a line each"), "sales-by-day.pdf (84 KB)"),
    Placeholder("links", _("A link to each file, where they are not enclosed"), "https://desk.example.com/…"),
    Placeholder("until", _("Until when a link works"), "28 Nov 2026, 07:00"),
    channels=("email",),
    icon="schedule_send",
    # Whoever has a link of it has the file.
    secret=True,
    required=True,
)  # fmt: skip
events.define(
    "schedule_failed",
    _("A schedule failed"),
    _("A report that runs by itself was not made; its owner is told."),
    REPORT, DUE, ERROR, LINK,
    channels=STAFF_CHANNELS,
    usual=("inbox",),
    icon="event_busy",
    tone="warning",
)  # fmt: skip
events.define(
    "schedule_off",
    _("A schedule was switched off"),
    _("A report that runs by itself failed five times in a row; its owner is told."),
    REPORT, DUE, ERROR, LINK,
    channels=STAFF_CHANNELS,
    usual=("inbox", "email"),
    required=True,
    icon="event_busy",
    tone="danger",
)  # fmt: skip
events.define(
    "schedule_unsent",
    _("A report was not sent"),
    _("A schedule made a report, and a mail of it was given up; its owner is told."),
    REPORT, DUE,
    Placeholder("address", _("Whom it did not reach"), "ann@example.com"),
    LINK,
    channels=("inbox", "email"),
    usual=("inbox",),
    icon="unsubscribe",
    tone="warning",
)  # fmt: skip
