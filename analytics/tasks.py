"""What workers do for analytics; each may run twice or late without harm."""

from celery import shared_task

from analytics.services import rollups


@shared_task(name="analytics.refresh_rollups")
def refresh_rollups() -> None:
    """Every minute: the days whose orders changed."""
    rollups.refresh()


@shared_task(name="analytics.check_rollups")
def check_rollups() -> None:
    """Every night: the last days once more, whatever changed them."""
    rollups.check()
