"""Sending what was written: claimed, carried outside of any transaction, and noted; what fails is tried again, later
each time. The rows are the truth: a lost worker or broker delays a message and loses none.
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from core.events import record
from core.exceptions import Conflict
from core.messages import enclosures
from core.messages.channels.base import Letter, NotDelivered, channels
from core.models import Message

# After a try that failed the next one waits so long; after the last it is given up.
WAITS = (30, 120, 600, 3_600, 21_600)
MOST_TRIES = len(WAITS) + 1
# A worker that took one and was killed is believed to be at it for so long.
LEASE = timedelta(minutes=5)
BATCH = 100
log = logging.getLogger(__name__)
_S = Message.Status


def hint(message_id: int) -> None:
    """Ask a worker to send it; without a broker the sweep does, or the one after it."""
    from core.tasks import send_message

    try:
        send_message.delay(message_id)
    except Exception:
        log.warning("broker does not answer, the message goes out later", extra={"told": message_id})


def send(message_id: int) -> bool:
    """Send one that is due; whether it went."""
    message = _claim(message_id)
    if message is None:
        return False
    if message.expires_at and message.expires_at <= timezone.now():
        return _give_up(message, "expired")
    body = message.sealed if message.is_secret else message.body
    try:
        letter = Letter(
            message.address, message.subject, body, enclosures.of(message), identity=_identity(message)
        )
        carrier_id = channels.get(message.channel).send(letter)
    except NotDelivered as refused:
        return _failed(message, refused.kind, final=refused.final)
    except Exception as error:
        return _failed(message, type(error).__name__, final=False)
    message.status, message.sent_at, message.next_try_at = _S.SENT, timezone.now(), None
    message.carrier_id, message.error, message.sealed = carrier_id[:100], "", ""
    message.save(update_fields=["status", "sent_at", "next_try_at", "carrier_id", "error", "sealed"])
    return True


def send_due() -> int:
    """Send what is due: what a lost worker, a broker or a carrier that was down has left. Returns how many went."""
    due = Message.objects.filter(status=_S.QUEUED, next_try_at__lte=timezone.now())
    return sum(send(pk) for pk in due.order_by("next_try_at", "id").values_list("pk", flat=True)[:BATCH])


def send_again(message: Message, *, reason: str) -> Message:
    """Write the same message once more, to the same address, and have it sent.

    Raises:
        Conflict: `not_kept` where its text held a secret; `still_waiting`; `no_carrier`, as an inbox has none.
    """
    if message.is_secret or not message.body:
        raise Conflict(
            "not_kept",
            _(
                "Its text held a secret, or was erased, and is not kept. Have it made anew where it came from."
            ),
        )
    if message.status == _S.QUEUED:
        raise Conflict("still_waiting", _("It is being sent still. Wait until it went out or was given up."))
    if message.channel == "inbox":
        raise Conflict("no_carrier", _("It is in the person's inbox already."))
    now = timezone.now()
    again = Message(
        event=message.event, channel=message.channel, language=message.language, user_id=message.user_id,
        address=message.address, subject=message.subject, body=message.body, link=message.link,
        subject_kind=message.subject_kind, subject_id=message.subject_id, created_at=now, next_try_at=now,
    )  # fmt: skip
    with transaction.atomic():
        again.save()
        record("message.sent_again", subject=message, data={"message": again.pk, "reason": reason})
        transaction.on_commit(lambda: hint(again.pk), robust=True)
    return again


def _identity(message: Message) -> str:
    """Its number alone comes again where a database is made anew."""
    return f"{message.pk}.{message.created_at:%Y%m%d%H%M%S%f}"


def _claim(message_id: int) -> Message | None:
    """Ours for the time of a lease; nobody else sends it meanwhile."""
    now = timezone.now()
    due = Message.objects.filter(pk=message_id, status=_S.QUEUED, next_try_at__lte=now)
    if not due.update(tries=F("tries") + 1, next_try_at=now + LEASE):
        return None
    return Message.objects.get(pk=message_id)


def _failed(message: Message, kind: str, *, final: bool) -> bool:
    log.warning("a message was not sent", extra={"told": message.pk, "error": kind, "tries": message.tries})
    if final or message.tries >= MOST_TRIES:
        return _give_up(message, kind)
    message.error = kind[:80]
    message.next_try_at = timezone.now() + timedelta(seconds=WAITS[message.tries - 1])
    message.save(update_fields=["error", "next_try_at"])
    return False


def _give_up(message: Message, kind: str) -> bool:
    message.status, message.error, message.next_try_at, message.sealed = _S.FAILED, kind[:80], None, ""
    message.save(update_fields=["status", "error", "next_try_at", "sealed"])
    about = (message.subject_kind, message.subject_id) if message.subject_kind else message
    record("message.failed", subject=about, data={"message": message.pk, "error": kind[:80]})
    return False
