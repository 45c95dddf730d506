"""The demo has reports its staff composed and schedules that run, and both work."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from analytics.models import Report, ReportRun, ReportSchedule, ScheduleRun
from analytics.reactions import compose
from analytics.services import pulse, schedules, specs
from analytics.services.compose import Query
from commerce.services.proof import prove
from core.models import Event
from tests.analytics.schedule_world import carried_out
from tests.analytics.test_composed_reports import asked

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_business")]


@pytest.fixture(autouse=True)
def reports(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done once the demo is committed, which it never is here."""
    # Its thread has a connection of its own, which sees nothing of it either.
    monkeypatch.setattr(pulse, "EVERY_SECONDS", 3600.0)
    settings.STORAGES = settings.STORAGES | {
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path), "base_url": None},
        }
    }
    compose(Event.objects.get(kind="demo.seeded"))


def test_its_reports_have_rows() -> None:
    assert Report.objects.count() == 2
    for report in Report.objects.all():
        query = Query(specs.read(specs.frozen(report)), asked(days=365))
        assert list(query.rows()), report.title
        assert query.sums()


def test_its_schedules_are_due_and_make_their_files() -> None:
    assert ReportSchedule.objects.filter(active=True, next_at__isnull=False).count() == 2
    for schedule in ReportSchedule.objects.all():
        run = schedules.run_now(schedule=schedule, reason="To look at it")
        carried_out(run)
        schedules.settle(run.pk)
        run.refresh_from_db()
        assert run.status == ScheduleRun.Status.SENT, (schedule.title, run.error)
    assert set(ReportRun.objects.values_list("format", flat=True)) == {"pdf", "xlsx"}


def test_finance_sees_them_on_the_lists_and_the_books_are_right(client: Client) -> None:
    client.force_login(Report.objects.first().owner)
    for name, title in (
        ("analytics_report_changelist", "Failed calls by brand"),
        ("analytics_reportschedule_changelist", "Who pays late"),
    ):
        assert title in client.get(reverse(f"admin:{name}")).content.decode()
    assert prove().right


def test_a_preview_names_days_only_where_rows_are_of_days(client: Client) -> None:
    client.force_login(Report.objects.first().owner)
    for title, named in (("Failed calls by brand", True), ("Who pays late", False)):
        report = Report.objects.get(title=title)
        page = client.get(reverse("admin:analytics_report_preview", args=[report.pk])).content.decode()
        assert ('class="tl-muted"' in page) is named
