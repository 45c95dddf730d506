"""Links to files of schedules for people without a password: signed, of one file for one address, for some days."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.models import ReportRun
from analytics.services import run_files, running
from core.exceptions import DomainError, NotAllowed, NotFound
from core.models import User

SALT = "analytics.report.file"


class Expired(DomainError):
    """The link, or the file behind it, is no longer there."""

    status = 410


@dataclass(frozen=True, slots=True)
class Link:
    run: ReportRun
    address: str


def link_of(run: ReportRun, address: str, until: datetime) -> str:
    """Whole, where the server was told its own address."""
    token = signing.dumps([run.pk.hex, address, int(until.timestamp())], salt=SALT, compress=True)
    return settings.SITE_URL.rstrip("/") + reverse("report-file", args=[token])


def until(days: int) -> datetime:
    return timezone.now() + timedelta(days=days)


def read(token: str) -> Link:
    """What a link is of, if it may be taken now: rights of the owner and of staff it was sent to are asked again.

    Raises:
        NotFound: nobody made this link. Expired: its days are over, or the file is gone. NotAllowed: a right is.
    """
    try:
        key, address, end = signing.loads(token, salt=SALT)
        run_id, moment = UUID(str(key)), int(end)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NotFound(
            "not_found", _("This link is not one of ours. Copy all of it from the mail.")
        ) from error
    if timezone.now().timestamp() >= moment:
        raise Expired("expired", _("This link has expired. Ask whoever sent it for a new one."))
    run = ReportRun.objects.select_related("user").filter(pk=run_id).first()
    if run is None or run.status != ReportRun.Status.DONE or not _is_there(run):
        raise Expired("gone", _("This file is no longer kept. Ask whoever sent it to run the report again."))
    if not _may_take(run, str(address)):
        raise NotAllowed("not_allowed", _("This file may not be had any more. Ask whoever sent it."))
    return Link(run, str(address))


def _is_there(run: ReportRun) -> bool:
    return bool(run.path) and run_files.storage().exists(run.path)


def is_whole(runs: list[ReportRun]) -> bool:
    """Whether all files are there."""
    return bool(runs) and all(run.status == ReportRun.Status.DONE and _is_there(run) for run in runs)


def _may_take(run: ReportRun, address: str) -> bool:
    owner = run.user
    if owner is None or not owner.is_active or not running.may_take(run, owner):
        return False
    member = User.objects.alias(small=Lower("email")).filter(small=address, is_staff=True).first()
    return member is None or (member.is_active and running.may_take(run, member))
