"""What the beat runs: defaults owned by code, made after each migration; the owner may change or stop them after."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection


class Periodic(NamedTuple):
    """A task and how often it runs; where `hour` is given, once a day at that hour instead."""

    name: str
    task: str
    seconds: int
    args: str = "[]"
    hour: int | None = None


PERIODIC = (
    Periodic("Housekeeping: drop old answers and the old log of API requests", "core.forget_old", 86_400),
    Periodic("Messages: send what waits, and try again what failed", "core.send_messages", 15),
    Periodic("Watching: tell people what happened to what they watch", "core.tell_watchers", 15),
    Periodic("Imports: go on with what a lost worker left standing", "core.take_up_imports", 60),
    Periodic("Audit: seal what happened", "core.seal_events", 5),
    Periodic(
        "Audit: prove every night that nothing was changed", "core.run_check", 86_400, '["audit"]', hour=4
    ),
    Periodic("Approvals: close what nobody decided in time", "core.expire_approvals", 300),
)
# The longest a tick waits for a worker: a later one finds the same work.
PATIENCE = 4


def make(periodic: Iterable[Periodic]) -> None:
    """Make the rows that are missing; what the owner changed stays."""
    if "django_celery_beat_periodictask" not in connection.introspection.table_names():
        return
    from django_celery_beat.models import PeriodicTask

    for one in periodic:
        defaults = {"task": one.task, "args": one.args, "expire_seconds": one.seconds * PATIENCE}
        PeriodicTask.objects.get_or_create(name=one.name, defaults=defaults | _when(one))


def _when(periodic: Periodic) -> dict[str, Any]:
    from django_celery_beat.models import CrontabSchedule, IntervalSchedule

    if periodic.hour is not None:
        at = {"minute": "0", "hour": str(periodic.hour), "timezone": settings.TIME_ZONE}
        return {
            "crontab": CrontabSchedule.objects.filter(**at).first() or CrontabSchedule.objects.create(**at)
        }
    days = periodic.seconds // 86_400
    every, period = (days, IntervalSchedule.DAYS) if days else (periodic.seconds, IntervalSchedule.SECONDS)
    return {"interval": IntervalSchedule.objects.get_or_create(every=every, period=period)[0]}


def make_schedules(**_kwargs: Any) -> None:
    make(PERIODIC)
