"""What happens to reports, in the words of history."""

from django.utils.translation import gettext_lazy as _

from core.backoffice.history import members, wording

wording.call(
    {
        "report.asked": (_("Report asked for"), "neutral"),
        "report.made": (_("Report made"), "success"),
        "report.failed": (_("Report failed"), "danger"),
        "report.cancelled": (_("Report cancelled"), "neutral"),
        "report.expired": (_("File of a report deleted, its time was over"), "neutral"),
        "report.taken": (_("Report taken"), "info"),
        "schedule.made": (_("Schedule made"), "success"),
        "schedule.changed": (_("Schedule changed"), "info"),
        "schedule.paused": (_("Paused"), "warning"),
        "schedule.resumed": (_("Resumed"), "success"),
        "schedule.deleted": (_("Schedule deleted"), "danger"),
        "schedule.run": (_("Ran"), "success"),
        "schedule.run_by_hand": (_("Run by hand"), "info"),
        "schedule.run_empty": (_("Ran without rows, nothing sent"), "neutral"),
        "schedule.failed": (_("Failed"), "danger"),
        "schedule.switched_off": (_("Switched off after five failures"), "danger"),
        "schedule.sent_again": (_("Sent again"), "info"),
    }
)
members.label(
    {
        "report": _("Report"),
        "key": _("Of"),
        "zone": _("Time zone"),
        "first": _("First day"),
        "last": _("Last day"),
        "sha256": _("SHA-256"),
        "query": _("Filters"),
        "formats": _("Formats"),
        "to": _("To"),
        "due": _("Due at"),
        "address": _("By the link of"),
        "mails": _("Mails"),
        "size": _("Size"),
    }
)
