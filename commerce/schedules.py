"""What the beat runs: defaults owned by code, made after each migration; the owner may change or stop them
after.
"""

from typing import Any

from django.db import connection

PERIODIC = (
    # name, task, every so many seconds
    ("Orders: finish what was lost on the way", "commerce.sweep", 3),
)


def make_schedules(**_kwargs: Any) -> None:
    """Make the rows that are missing; what the owner changed stays."""
    if "django_celery_beat_periodictask" not in connection.introspection.table_names():
        return
    from django_celery_beat.models import IntervalSchedule, PeriodicTask

    for name, task, seconds in PERIODIC:
        schedule, _made = IntervalSchedule.objects.get_or_create(
            every=seconds, period=IntervalSchedule.SECONDS
        )
        # A tick nobody could take in time is worth nothing: the next one finds the same.
        defaults = {"task": task, "interval": schedule, "expire_seconds": seconds * 4}
        PeriodicTask.objects.get_or_create(name=name, defaults=defaults)
