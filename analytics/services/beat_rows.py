"""A schedule as the beat knows it: a row of its own with a crontab in the schedule's zone.

It wakes a worker at the right moment; whether anything is due is the schedule's own row to say (see `times`).
"""

import json

from django_celery_beat.models import CrontabSchedule, PeriodicTask

from analytics.models import ReportSchedule
from analytics.services.times import fields_of

TASK, QUEUE = "analytics.run_schedule", "reports"
# A tick that no worker took by then is worth nothing: the sweep has found what was due.
EXPIRES_SECONDS = 3_600


def name_of(schedule_id: int) -> str:
    return f"Report schedule {schedule_id}"


def write(schedule: ReportSchedule) -> None:
    """Make or change it."""
    at = {**fields_of(schedule).columns(), "timezone": schedule.zone}
    crontab = CrontabSchedule.objects.filter(**at).first() or CrontabSchedule.objects.create(**at)
    old = PeriodicTask.objects.filter(name=name_of(schedule.pk)).select_related("crontab").first()
    before = old.crontab if old else None
    PeriodicTask.objects.update_or_create(
        name=name_of(schedule.pk),
        defaults={
            "task": TASK, "queue": QUEUE, "crontab": crontab, "interval": None, "args": json.dumps([schedule.pk]),
            "enabled": schedule.active, "description": schedule.title, "expire_seconds": EXPIRES_SECONDS,
        },
    )  # fmt: skip
    if before and before.pk != crontab.pk:
        _drop_unused(before)


def drop(schedule_id: int) -> None:
    found = PeriodicTask.objects.filter(name=name_of(schedule_id)).select_related("crontab").first()
    if found is None:
        return
    crontab = found.crontab
    found.delete()
    if crontab:
        _drop_unused(crontab)


def _drop_unused(crontab: CrontabSchedule) -> None:
    if not PeriodicTask.objects.filter(crontab=crontab).exists():
        crontab.delete()
