"""Why rows of history are written: said once around what a file or a task does, noted on every row it leaves."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.dispatch import receiver
from simple_history.signals import pre_create_historical_record

from core.origins import current_origin

REASON_LENGTH = 100
_because: ContextVar[tuple[str, Any] | None] = ContextVar("history_because", default=None)


@contextmanager
def because(reason: str, *, user: Any = None) -> Iterator[None]:
    """Inside the block history rows get the reason, and the person where no request names one."""
    token = _because.set((reason[:REASON_LENGTH], user))
    try:
        yield
    finally:
        _because.reset(token)


def current_reason() -> tuple[str, Any] | None:
    """The reason and the person of the block we are in, for what writes history in bulk."""
    return _because.get()


def origin_columns() -> dict[str, Any]:
    """Where this change comes from, as history rows keep it."""
    origin = current_origin()
    return {
        "history_source": origin.source,
        "history_address": origin.address,
        "history_request": origin.request_id,
    }


@receiver(pre_create_historical_record, dispatch_uid="core.history.note")
def note(sender: Any, history_instance: Any, **kwargs: Any) -> None:
    for name, value in origin_columns().items():
        setattr(history_instance, name, value)
    known = _because.get()
    if known is None:
        return
    reason, user = known
    if not history_instance.history_change_reason:
        history_instance.history_change_reason = reason
    if user is not None and history_instance.history_user_id is None:
        history_instance.history_user = user
