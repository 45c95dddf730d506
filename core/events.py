"""The one spine of what happened: a service records, the row is written with it, handlers run once it is
committed.
"""

import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from core.actors import Actor, current_actor
from core.models import Event
from core.origins import current_origin

log = logging.getLogger(__name__)

type Handler = Callable[[Event], None]
_handlers: dict[str, list[Handler]] = defaultdict(list)


def subscribe(kind: str) -> Callable[[Handler], Handler]:
    """Have a function called after commit for each event of a kind. It may be lost with the process: what
    must
    happen is found again in the database by a sweep."""

    def add(handler: Handler) -> Handler:
        _handlers[kind].append(handler)
        return handler

    return add


def record(
    kind: str,
    *,
    subject: models.Model | tuple[str, str],
    data: dict[str, Any] | None = None,
    actor: Actor | None = None,
    number: int | None = None,
) -> Event:
    """Write down that something happened, in the caller's transaction.

    Args:
        kind: such as `order.fulfilled`.
        subject: the object it happened to, or its label and id.
        data: JSON-able facts; amounts as strings with their currency beside them.
        number: its id, where rows had to name it before it was written.
    """
    label, identity = subject if isinstance(subject, tuple) else (subject._meta.label_lower, str(subject.pk))
    who, origin = actor or current_actor(), current_origin()
    event = Event.objects.create(
        pk=number,
        kind=kind,
        subject_kind=label,
        subject_id=identity,
        actor_kind=who.kind,
        actor_id=who.id,
        actor_label=who.label[:150],
        data=data or {},
        request_id=origin.request_id,
        source=origin.source,
        address=origin.address,
        created_at=timezone.now(),
    )
    if _handlers.get(kind):
        transaction.on_commit(lambda: _call(event), robust=True)
    return event


def announce(kind: str, event_id: int) -> None:
    """Have the handlers of an event called that SQL has written, once the transaction is committed."""
    if _handlers.get(kind):
        transaction.on_commit(lambda: _call(Event.objects.get(pk=event_id)), robust=True)


def _call(event: Event) -> None:
    for handler in _handlers[event.kind]:
        try:
            handler(event)
        except Exception:
            log.exception(
                "event handler failed", extra={"event": event.kind, "handler": handler.__qualname__}
            )
