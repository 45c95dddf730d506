"""Schedules for tests: whole ones, their runs carried out as a worker would, and their mails sent."""

from datetime import UTC, datetime
from typing import Any

from django.core import mail as outbox

from analytics.models import ReportRun, ReportSchedule, ScheduleRun
from analytics.services import running, schedules
from core.messages.sending import send_due
from core.models import User
from tests.factories import UserFactory

# A Wednesday, in winter.
NOW = datetime(2025, 3, 5, 12, 0, tzinfo=UTC)


def finance() -> User:
    return UserFactory(staff=User.Role.FINANCE, email="finance@example.com")


def schedule_of(
    owner: User | None = None, *, people: Any = (), now: datetime = NOW, **values: Any
) -> ReportSchedule:
    given: dict[str, Any] = {
        "title": "Sales every day", "kind": "pack", "key": "sales_by_day", "zone": "UTC", "language": "en",
        "formats": ["csv"], "addresses": "ann@example.org", "owner": owner or finance(),
    }  # fmt: skip
    wants_cost = values.pop("wants_cost", False)
    return schedules.save(
        schedule=ReportSchedule(**given | values), people=people, wants_cost=wants_cost, now=now
    )


def due(schedule: ReportSchedule, now: datetime | None = None) -> ScheduleRun | None:
    """What a worker does with the beat's tick, its files included."""
    schedule.refresh_from_db()
    run = schedules.run_if_due(schedule.pk, now=now or schedule.next_at)
    if run is not None:
        carried_out(run)
        run.refresh_from_db()
    return run


def carried_out(run: ScheduleRun) -> None:
    for pk in ReportRun.objects.filter(occasion=run).values_list("pk", flat=True):
        running.carry_out(pk)


def mails() -> list[Any]:
    """Those that went out until now."""
    send_due()
    return list(outbox.outbox)
