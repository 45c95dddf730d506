"""Emergency broadcasts: written once, sent in batches by workers; a lost worker's batch is found again and nobody is
written to twice.
"""

import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.events import record
from core.exceptions import Conflict, InvalidInput
from core.messages.audiences import Recipient, audiences
from core.messages.channels.base import channels
from core.messages.telling import tell
from core.models import Broadcast, User

EVENT = "emergency_broadcast"
LONGEST_SUBJECT, LONGEST = 200, 2_000
BATCH = 100
log = logging.getLogger(__name__)
_S = Broadcast.Status


def count(keys: Sequence[str]) -> int:
    """How many people these audiences have together; who is in two of them counts twice."""
    return sum(audiences.get(key).count() for key in keys)


def check(*, subject: str, text: str, audience: Sequence[str], by: Sequence[str]) -> None:
    """
    Raises:
        InvalidInput: naming `subject`, `text`, `audiences` or `channels`.
    """
    errors: dict[str, list[str]] = {}
    for field, value, most in (("subject", subject, LONGEST_SUBJECT), ("text", text, LONGEST)):
        if not value.strip():
            errors[field] = [_("This field is required.")]
        elif len(value) > most:
            errors[field] = [_("At most %(most)d characters.") % {"most": most}]
    if not audience or any(key not in audiences for key in audience):
        errors["audiences"] = [_("Choose to whom it goes.")]
    if not by or any(key not in channels or not channels.get(key).is_ready() for key in by):
        errors["channels"] = [_("Choose how it is sent, by a way that is set up.")]
    if errors:
        raise InvalidInput("invalid_broadcast", next(iter(errors.values()))[0], errors=errors)


@transaction.atomic
def send(
    *,
    subject: str,
    text: str,
    audience: Sequence[str],
    by: Sequence[str],
    expected: int,
    reason: str,
    key: UUID,
    author: User,
) -> Broadcast:
    """Have it sent; with the same key it is the same broadcast.

    Args:
        expected: how many people whoever confirmed it saw; where it is another number by now, they look again.

    Raises:
        InvalidInput: as `check`; `reason_required`. Conflict: `count_changed`.
    """
    check(subject=subject, text=text, audience=audience, by=by)
    if not reason.strip():
        raise InvalidInput("reason_required", _("Say why."), field="reason")
    if known := Broadcast.objects.filter(key=key).first():
        return known
    total = count(audience)
    if total != expected:
        raise Conflict(
            "count_changed",
            _("It would go to %(count)d people now. Look at it again and confirm.") % {"count": total},
        )
    broadcast = Broadcast.objects.create(
        subject=" ".join(subject.split()),
        text=text.strip(),
        audiences=list(audience),
        channels=list(by),
        reason=reason.strip()[:300],
        total=total,
        key=key,
        author=author,
    )
    data = {"audiences": list(audience), "channels": list(by), "people": total, "reason": broadcast.reason}
    record("broadcast.sent", subject=broadcast, data=data)
    transaction.on_commit(lambda: hint(broadcast.pk), robust=True)
    return broadcast


def hint(broadcast_id: int) -> None:
    """Ask a worker to go on; without a broker the sweep does."""
    from core.tasks import send_broadcast

    try:
        send_broadcast.delay(broadcast_id)
    except Exception:
        log.warning("broker does not answer, the broadcast goes on later", extra={"broadcast": broadcast_id})


@transaction.atomic
def stop(broadcast: Broadcast) -> Broadcast:
    """Write to nobody else; what was written already goes out.

    Raises:
        Conflict: `not_sending`.
    """
    row = Broadcast.objects.select_for_update().get(pk=broadcast.pk)
    if row.status != _S.SENDING:
        raise Conflict("not_sending", _("It has ended already."))
    row.status, row.finished_at = _S.STOPPED, timezone.now()
    row.save(update_fields=["status", "finished_at"])
    record("broadcast.stopped", subject=row, data={"reached": row.reached})
    return row


@transaction.atomic
def go_on(broadcast_id: int) -> bool:
    """Write to the next batch of people; whether there are more."""
    rows = Broadcast.objects.select_for_update(skip_locked=True)
    broadcast = rows.filter(pk=broadcast_id, status=_S.SENDING).first()
    if broadcast is None:
        return False
    for key in broadcast.audiences:
        batch = audiences.get(key).after(broadcast.cursors.get(key, 0), BATCH) if key in audiences else []
        for person in batch:
            broadcast.reached += bool(_write(broadcast, person))
        if batch:
            broadcast.cursors[key] = batch[-1].pk
            broadcast.save(update_fields=["cursors", "reached"])
            return True
    broadcast.status, broadcast.finished_at = _S.DONE, timezone.now()
    broadcast.save(update_fields=["status", "finished_at"])
    return False


def go_on_all() -> None:
    """Those that a lost worker left standing."""
    for pk in Broadcast.objects.filter(status=_S.SENDING).values_list("pk", flat=True):
        hint(pk)


def _write(broadcast: Broadcast, person: Recipient) -> list[Any]:
    values = {"subject": broadcast.subject, "text": broadcast.text}
    key = f"broadcast:{broadcast.pk}"
    if person.user:
        return tell(person.user, EVENT, values, by=broadcast.channels, key=key, about=broadcast)
    told: list[Any] = []
    for channel in broadcast.channels:
        if address := person.addresses.get(channel):
            told += tell(
                address, EVENT, values, by=[channel], key=key, about=broadcast, name=person.name,
                language=person.language,
            )  # fmt: skip
    return told
