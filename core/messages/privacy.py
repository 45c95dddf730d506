"""What the log of messages keeps of people, and for how long."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from core.models import Message
from core.retention_settings import forgetters
from core.services.privacy import Column, Holder, Person, execute, holders, patterns, rows_of

OURS = ("sealed", "key", "carrier_id", "next_try_at", "user")
# That something was sent, when and how stays; to whom and what does not. What still waits is not sent any more.
EMPTY = f"""
UPDATE core_message SET address = '', subject = '', body = '', sealed = '', link = '', user_id = NULL, key = NULL,
    status = CASE status WHEN 'queued' THEN 'failed' ELSE status END,
    error = CASE status WHEN 'queued' THEN 'erased' ELSE error END, next_try_at = NULL
WHERE id = ANY(%(ids)s) OR {Column.any_of("address", "subject", "body")}
"""  # noqa: S608  # nosec B608


@holders.register("sent_messages")
class MessageHolder(Holder):
    """What they were told, and what others were told of them."""

    def told(self, person: Person) -> Any:
        return rows_of(_theirs(person).order_by("pk"), *OURS)

    def erase(self, person: Person) -> None:
        ids = list(_theirs(person).values_list("pk", flat=True))
        execute(EMPTY, {"ids": ids, "patterns": patterns(person.names)})


def _theirs(person: Person) -> QuerySet[Message]:
    wanted = Q(address__in=person.names)
    if person.user is not None:
        wanted |= Q(user=person.user)
    for kind, ids in person.things.items():
        wanted |= Q(subject_kind=kind, subject_id__in=ids)
    return Message.objects.filter(wanted)


@forgetters.register("sent_messages")
def forget(before: datetime) -> None:
    Message.objects.filter(created_at__lt=before).delete()
