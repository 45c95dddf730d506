"""Tasks of the schedule: switched on and off, and run now."""

import json

from celery import current_app
from django.db import transaction
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext as _
from django_celery_beat.models import PeriodicTask

from core.events import record
from core.exceptions import Conflict
from core.services import broker


def task_names() -> list[str]:
    """The tasks that our code has."""
    # Celery's own way to import them runs all of Django's checks each time.
    autodiscover_modules("tasks")
    return sorted(name for name in current_app.tasks if not name.startswith("celery."))


@transaction.atomic
def switch(*, task: PeriodicTask, enabled: bool, reason: str) -> PeriodicTask:
    """Let the scheduler run a task, or not."""
    task = PeriodicTask.objects.select_for_update().get(pk=task.pk)
    task.enabled = enabled
    task.save()
    record("schedule.switched", subject=task, data={"task": task.name, "enabled": enabled, "reason": reason})
    return task


def run_now(*, task: PeriodicTask, reason: str) -> None:
    """Send a task to the workers once, besides its schedule.

    Raises:
        Conflict: `unknown_task` where our code has no such task; `broker_down`.
    """
    if task.task not in task_names():
        raise Conflict("unknown_task", _("The product has no task of this name: correct the schedule."))
    with transaction.atomic():
        record("schedule.run_now", subject=task, data={"task": task.name, "reason": reason})
        arguments = json.loads(task.args), json.loads(task.kwargs)
        broker.send(task.task, *arguments, queue=task.queue or None)
