"""What workers do for analytics; each may run twice or late without harm."""

from uuid import UUID

from celery import shared_task

from analytics.services import beat_rows, keeping, rollups, running, schedules


@shared_task(name="analytics.refresh_rollups")
def refresh_rollups() -> None:
    """Every minute: the days whose orders changed."""
    rollups.refresh()


@shared_task(name="analytics.check_rollups")
def check_rollups() -> None:
    """Every night: the last days once more, whatever changed them."""
    rollups.check()


# As long as a report may take; below what the broker takes for lost.
@shared_task(name=running.TASK, ignore_result=True, acks_late=False, soft_time_limit=1_800, time_limit=1_860)
def run_report(run_id: str) -> None:
    """Make the file of a run, on a queue of its own: orders wait for no report."""
    running.carry_out(UUID(run_id))


@shared_task(name="analytics.sweep_reports", ignore_result=True)
def sweep_reports() -> None:
    """Runs whose worker was lost, and runs no worker has heard of."""
    running.sweep()


@shared_task(name="analytics.expire_reports", ignore_result=True)
def expire_reports() -> None:
    """Files of reports whose time or room is over, and what killed workers left."""
    keeping.expire()
    keeping.clear()


@shared_task(name=beat_rows.TASK, ignore_result=True)
def run_schedule(schedule_id: int) -> None:
    """A schedule's time has come, says the beat; its own row says whether."""
    schedules.run_if_due(schedule_id)


@shared_task(name="analytics.sweep_schedules", ignore_result=True)
def sweep_schedules() -> None:
    """Schedules that are due and nobody was woken for; runs of theirs that ended unseen."""
    schedules.sweep()
