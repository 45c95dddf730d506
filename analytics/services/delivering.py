"""Mails of schedules: the message is written with the run's end, and sent by the queue of messages, which tries again.

A mail holds its files where they are small, else a link to each. Its text is kept nowhere once it went: the link in it
opens the file for whoever has it.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from analytics.models import ReportRun, ReportSchedule, ScheduleRun
from analytics.renderers.base import renderers
from analytics.report_settings import report_settings
from analytics.services import file_links, run_files, run_words, schedule_rights
from core.events import record
from core.exceptions import Conflict, InvalidInput
from core.messages import tell
from core.messages.channels.base import NotDelivered
from core.messages.enclosures import Enclosure, enclosures
from core.models import Message
from core.zones import zone_named

EVENT = "scheduled_report"
BYTES = "application/octet-stream"
_M = Message.Status


def mail(run: ScheduleRun) -> list[Message]:
    """Write a mail to each who may have it, of those who have none yet. In the caller's transaction.

    Raises:
        InvalidInput: nobody may have it any more; or there can be no link.
    """
    schedule = run.schedule
    found, skipped = schedule_rights.recipients(schedule, schedule.people.all())
    run.skipped = "\n".join(f"{who}: {why}" for who, why in skipped)
    if not found:
        said = _("Nobody it is sent to may have it. %(why)s") % {"why": " ".join(run.skipped.splitlines())}
        raise InvalidInput("no_recipients", said)
    done = set(messages_of(run).filter(status=_M.SENT).values_list("address", flat=True))
    files, rules = list(run.files), report_settings()
    run.enclosed = sum(one.size for one in files) <= rules.enclosed_bytes
    if not run.enclosed and not settings.SITE_URL:
        said = _("Its files are too large for a mail, and a link needs the server's own address (SITE_URL).")
        raise InvalidInput("no_site", said)
    run.letters += 1
    run.save(update_fields=["skipped", "enclosed", "letters"])
    written: list[Message] = []
    with translation.override(schedule.language), timezone.override(ZoneInfo(schedule.zone)):
        values = _values(run, files)
        until = file_links.until(rules.link_days)
        for address, name in found.items():
            if address in done:
                continue
            own = {} if run.enclosed else _links(files, address, until)
            written += tell(
                address, EVENT, values | own, about=run, name=name, language=schedule.language, by=["email"],
                key=f"schedule:{run.pk}:{run.letters}",
            )  # fmt: skip
    return written


@transaction.atomic
def send_again(*, run: ScheduleRun, reason: str) -> int:
    """To those it did not reach. Returns to how many.

    Raises:
        Conflict: it reached everybody, some are being sent still, or its files are gone.
    """
    kept = (
        ScheduleRun.objects.select_for_update(of=("self",)).select_related("schedule__owner").get(pk=run.pk)
    )
    if kept.status != ScheduleRun.Status.SENT:
        raise Conflict("not_sent", _("It has nothing to send. Run the schedule now instead."))
    if messages_of(kept).filter(status=_M.QUEUED).exists():
        raise Conflict("still_waiting", _("It is being sent still. Wait until it went out or was given up."))
    if not file_links.is_whole(list(kept.files)):
        raise Conflict("gone", _("Its file is no longer kept. Run the schedule now instead."))
    schedule_rights.check_owner(kept.schedule)
    written = mail(kept)
    if not written:
        raise Conflict("all_sent", _("It reached everybody already."))
    record("schedule.sent_again", subject=kept.schedule, data={"reason": reason, "mails": len(written)})
    return len(written)


def messages_of(run: ScheduleRun) -> QuerySet[Message]:
    return Message.objects.filter(
        subject_kind=ScheduleRun._meta.label_lower, subject_id=str(run.pk), event=EVENT
    ).order_by("id")


def has_unsent(run: ScheduleRun) -> bool:
    """Whether somebody did not get it, or was left out."""
    if run.status != ScheduleRun.Status.SENT:
        return False
    latest = dict(messages_of(run).values_list("address", "status"))
    return bool(run.skipped) or _M.FAILED in latest.values()


def tell_of_unsent(run_id: str, message_id: int) -> None:
    """The owner, once a mail that was given up."""
    run = ScheduleRun.objects.select_related("schedule__owner").filter(pk=run_id).first()
    lost = Message.objects.filter(pk=message_id, event=EVENT).first()
    if run is None or lost is None:
        return
    schedule = run.schedule
    values = {"report": schedule.title, "due": moment(run.due_at, schedule), "address": lost.address}
    link = reverse("admin:analytics_schedulerun_change", args=[run.pk])
    tell(schedule.owner, "schedule_unsent", values, about=schedule, link=link, key=f"unsent:{lost.pk}")


@enclosures.register(EVENT)
def files_of(message: Message) -> list[Enclosure]:
    """Read when it is sent. Raises NotDelivered: one is gone."""
    if message.subject_kind != ScheduleRun._meta.label_lower or not message.subject_id:
        return []
    run = ScheduleRun.objects.filter(pk=message.subject_id, enclosed=True).first()
    return [_enclosure(one) for one in run.files] if run else []


def _enclosure(run: ReportRun) -> Enclosure:
    try:
        with run_files.storage().open(run.path) as file:
            content = file.read()
    except (OSError, ValueError) as error:
        raise NotDelivered("file_gone", final=True) from error
    kind = renderers.get(run.format).content_type.partition(";")[0]
    # As text a mail would change the ends of its lines, and so its digest.
    return Enclosure(run.file_name, BYTES if kind.startswith("text/") else kind, content)


def moment(at: datetime, schedule: ReportSchedule) -> str:
    """By the schedule's own clock, which it names."""
    return f"{clock(at, schedule)} ({schedule.zone.replace('_', ' ')})"


def clock(at: datetime, schedule: ReportSchedule) -> str:
    return date_format(timezone.localtime(at, zone_named(schedule.zone)), "DATETIME_FORMAT")


def page_of(schedule: ReportSchedule) -> str:
    return reverse("admin:analytics_reportschedule_change", args=[schedule.pk])


def _values(run: ScheduleRun, files: list[ReportRun]) -> dict[str, str]:
    first = files[0]
    sums = run_words.by_title(first.told("sums"))
    # Several formats of one report have the same rows.
    return {
        "report": run.schedule.title,
        "days": next((value for label, value in first.told("facts") if label == _("Days")), ""),
        "due": moment(run.due_at, run.schedule),
        "rows": str(first.rows),
        "totals": "\n".join(f"{label}: {', '.join(amounts)}" for label, amounts in sums),
        "ledger": _ledger(first.ties),
        "files": "\n".join(f"{one.file_name} ({filesizeformat(one.size)})" for one in files),
    }


def _ledger(ties: bool | None) -> str:
    if ties is None:
        return ""
    return _("It ties to the ledger.") if ties else _("It does not tie to the ledger: look at its proofs.")


def _links(files: list[ReportRun], address: str, until: datetime) -> dict[str, str]:
    links = "\n".join(file_links.link_of(one, address, until) for one in files)
    return {"links": links, "until": date_format(timezone.localtime(until), "DATETIME_FORMAT")}
