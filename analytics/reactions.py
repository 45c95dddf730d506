"""What analytics does when something happened elsewhere."""

from analytics.models import ReportRun, ScheduleRun
from analytics.services import delivering, demo, rollups, schedules
from core.events import subscribe
from core.models import Event


@subscribe("demo.seeded")
def fill(_event: Event) -> None:
    """A year of orders came at once: their days are there when the first page is opened."""
    rollups.rebuild()


@subscribe("demo.seeded")
def compose(event: Event) -> None:
    """The demo's staff have reports of their own, and some that go out by themselves."""
    demo.write(event.data["users"])


@subscribe("report.made")
@subscribe("report.failed")
@subscribe("report.cancelled")
def settle(event: Event) -> None:
    """A file of a schedule is there, or will not be; where this is lost, the sweep finds it."""
    run = ReportRun.objects.filter(pk=event.subject_id, occasion__isnull=False).first()
    if run is not None and run.occasion_id is not None:
        schedules.settle(run.occasion_id)


@subscribe("message.failed")
def unsent(event: Event) -> None:
    """The mail of a schedule was given up: the file is kept, and its owner can send it again."""
    if event.subject_kind == ScheduleRun._meta.label_lower:
        delivering.tell_of_unsent(event.subject_id, int(event.data.get("message") or 0))
