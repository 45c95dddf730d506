"""Work in the background that failed: kept when it fails, sent again once or put aside by a person."""

import hashlib
import inspect
import json
import logging
import traceback
from collections.abc import Sequence
from typing import Any

from celery import current_app
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, close_old_connections, connection, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.events import record
from core.exceptions import Conflict, InvalidInput
from core.masking import MASK, SECRET_WORDS, masked
from core.messages.alerts import alert
from core.models import FailedTask, User
from core.services import broker
from core.services.schedules import task_names

LONGEST_MESSAGE, LONGEST_TRACEBACK = 2_000, 20_000
log = logging.getLogger(__name__)


def keep(
    *,
    name: str,
    task_id: str,
    args: Sequence[Any] | None,
    kwargs: dict[str, Any] | None,
    error: BaseException,
    retries: int = 0,
    worker: str = "",
) -> FailedTask:
    """Keep a failure; one that failed alike before and waits still is counted, not kept again."""
    arguments, is_whole = told(name, args or (), kwargs or {})
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    text = json.dumps([name, arguments, kind], sort_keys=True, cls=DjangoJSONEncoder)
    print_ = hashlib.sha256(text.encode()).hexdigest()
    trace = "".join(traceback.format_exception(error))
    now = timezone.now()
    latest = {
        "task_id": task_id[:64],
        "message": _storable(str(error))[:LONGEST_MESSAGE],
        "traceback": _storable(trace)[-LONGEST_TRACEBACK:],
        "retries": retries,
        "worker": worker[:200],
        "last_at": now,
    }
    same = FailedTask.objects.filter(fingerprint=print_, state=FailedTask.State.OPEN)
    if not same.update(times=F("times") + 1, **latest):
        try:
            with transaction.atomic():
                failed = FailedTask.objects.create(
                    name=name[:200],
                    arguments=arguments,
                    is_whole=is_whole,
                    exception=kind[:200],
                    fingerprint=print_,
                    first_at=now,
                    **latest,
                )
                _alert(failed)
                return failed
        except IntegrityError:  # another worker was first
            same.update(times=F("times") + 1, **latest)
    return same.get()


def _alert(failed: FailedTask) -> None:
    """Once for all times it fails alike."""
    alert(
        what=_("Work in the background fails: %(name)s") % {"name": failed.name},
        details=failed.exception,
        link=reverse("admin:core_failedtask_change", args=[failed.pk]),
        about=failed,
        key=f"failed-task:{failed.pk}",
    )


def listen(
    sender: Any = None,
    task_id: str = "",
    exception: BaseException | None = None,
    args: Any = None,
    kwargs: Any = None,
    **_more: Any,
) -> None:
    """Celery's signal of a task that failed. It never makes matters worse."""
    try:
        if not connection.in_atomic_block:
            close_old_connections()
        request = getattr(sender, "request", None)
        keep(
            name=getattr(sender, "name", "") or str(sender),
            task_id=task_id,
            args=args,
            kwargs=kwargs,
            error=exception or RuntimeError(""),
            retries=getattr(request, "retries", 0) or 0,
            worker=getattr(request, "hostname", "") or "",
        )
    except Exception:
        log.exception("a failed task could not be kept", extra={"task_id": task_id})


def told(name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """What a task was called with, by name where that is known, secrets hidden; and whether nothing is missing."""
    given = {"args": list(args), "kwargs": dict(kwargs)}
    plain = json.loads(json.dumps(given, cls=DjangoJSONEncoder, default=str))
    names = _parameters(name)
    shown_args = [
        MASK if _is_secret(names[place] if place < len(names) else "") and value else masked(value)
        for place, value in enumerate(plain["args"])
    ]
    shown = {"args": shown_args, "kwargs": masked(plain["kwargs"]), "names": names[: len(shown_args)]}
    return shown, [shown["args"], shown["kwargs"]] == [plain["args"], plain["kwargs"]]


def retry(*, failed: FailedTask, by: User, reason: str) -> FailedTask:
    """Send it to the workers again, once.

    Raises:
        InvalidInput: `reason_required`.
        Conflict: `settled`, `unknown_task`, `not_whole`, `broker_down`.
    """
    if failed.name not in task_names():
        raise Conflict("unknown_task", _("The product has no task of this name any more. Dismiss it."))
    with transaction.atomic():
        row = _settle(failed, FailedTask.State.RETRIED, by, reason)
        if not row.is_whole:
            raise Conflict(
                "not_whole", _("A part of what it was called with is not kept, so it cannot be sent again.")
            )
        # Last: nothing is settled where the broker does not answer.
        broker.send(row.name, row.arguments["args"], row.arguments["kwargs"])
    return row


@transaction.atomic
def dismiss(*, failed: FailedTask, by: User, reason: str) -> FailedTask:
    """Put it aside: somebody has seen to it.

    Raises:
        InvalidInput: `reason_required`. Conflict: `settled`.
    """
    return _settle(failed, FailedTask.State.DISMISSED, by, reason)


def open_count() -> int:
    return FailedTask.objects.filter(state=FailedTask.State.OPEN).count()


def _settle(failed: FailedTask, state: FailedTask.State, by: User, reason: str) -> FailedTask:
    if not reason.strip():
        raise InvalidInput("reason_required", _("Say why."), field="reason")
    row = FailedTask.objects.select_for_update().get(pk=failed.pk)
    if row.state != FailedTask.State.OPEN:
        raise Conflict(
            "settled", _("Somebody has seen to it already. Close this and look at the page again.")
        )
    row.state, row.settled_at, row.settled_by, row.reason = state, timezone.now(), by, reason[:300]
    row.save(update_fields=["state", "settled_at", "settled_by", "reason"])
    record(f"task.{state.value}", subject=row, data={"task": row.name, "reason": reason})
    return row


def _parameters(name: str) -> list[str]:
    """How the task calls what it is given."""
    task = current_app.tasks.get(name)
    if task is None:
        return []
    return [one for one in inspect.signature(task.run).parameters if one != "self"]


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in SECRET_WORDS)


def _storable(text: str) -> str:
    return text.replace("\x00", "�")
