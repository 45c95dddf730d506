"""What the beat runs: defaults owned by code, made after each migration; the owner may change or stop them after."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import connection


class Periodic(NamedTuple):
    """A task and how often it runs."""

    name: str
    task: str
    seconds: int


PERIODIC = (
    Periodic("Housekeeping: drop old answers and the old log of API requests", "core.forget_old", 86_400),
)
# The longest a tick waits for a worker: a later one finds the same work.
PATIENCE = 4


def make(periodic: Iterable[Periodic]) -> None:
    """Make the rows that are missing; what the owner changed stays."""
    if "django_celery_beat_periodictask" not in connection.introspection.table_names():
        return
    from django_celery_beat.models import IntervalSchedule, PeriodicTask

    for name, task, seconds in periodic:
        days = seconds // 86_400
        every, period = (days, IntervalSchedule.DAYS) if days else (seconds, IntervalSchedule.SECONDS)
        schedule, _made = IntervalSchedule.objects.get_or_create(every=every, period=period)
        defaults = {"task": task, "interval": schedule, "expire_seconds": seconds * PATIENCE}
        PeriodicTask.objects.get_or_create(name=name, defaults=defaults)


def make_schedules(**_kwargs: Any) -> None:
    make(PERIODIC)
