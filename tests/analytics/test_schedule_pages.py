"""Pages of schedules: from a report's form to a schedule, what is shown of it, and its actions."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django_celery_beat.models import PeriodicTask

from analytics.models import Report, ReportColumn, ReportFilter, ReportRun, ReportSchedule, ScheduleRun
from analytics.services import schedules
from core.models import Event, User
from tests.analytics.schedule_world import schedule_of
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ADD = "admin:analytics_reportschedule_add"


def signed_in(role: str) -> tuple[User, Client]:
    user, client = UserFactory(staff=role), Client()
    client.force_login(user, backend="core.authentication.EmailOrUsernameBackend")
    return user, client


def page_of(schedule: ReportSchedule) -> str:
    return reverse("admin:analytics_reportschedule_change", args=[schedule.pk])


def action(schedule: Any, name: str) -> str:
    return reverse(f"admin:{schedule._meta.label_lower.replace('.', '_')}_{name}", args=[schedule.pk])


def typed(**values: Any) -> dict[str, Any]:
    return {
        "title": "Every Monday", "span": "last_week", "frequency": "weekly", "weekday": "0", "at": "07:30",
        "month_day": "", "cron": "", "zone": "Europe/Berlin", "language": "en", "formats": ["pdf", "csv"],
        "people": [], "addresses": "Ann@Example.org, bob@example.org", "only_if_rows": "on",
    } | values  # fmt: skip


def test_from_a_standard_reports_form_to_its_schedule() -> None:
    user, client = signed_in("finance")
    given = {
        "span": "last_week",
        "zone": "Europe/Berlin",
        "language": "fa",
        "source": "reseller",
        "schedule": "1",
    }
    answer = client.post(reverse("admin:report-standard", args=["failed_orders"]), given)
    target = urlsplit(answer["Location"])
    asked = {name: values[0] for name, values in parse_qs(target.query).items()}
    assert target.path == reverse(ADD) and asked["what"] == "pack:failed_orders"
    assert (asked["span"], asked["zone"], asked["language"]) == ("last_week", "Europe/Berlin", "fa")
    assert not ReportRun.objects.exists()
    form = client.get(answer["Location"]).content.decode()
    assert 'value="Failed and unknown orders"' in form and "Europe/Berlin" in form
    answers = {name: value for name, value in asked.items() if name.startswith("answer_")}
    answer = client.post(answer["Location"], typed(**answers))
    schedule = ReportSchedule.objects.get()
    assert answer["Location"] == page_of(schedule), answer.content.decode()[:2000]
    assert (schedule.owner, schedule.kind, schedule.key) == (user, "pack", "failed_orders")
    assert schedule.formats == ["pdf", "csv"] and schedule.only_if_rows and not schedule.with_cost
    assert schedule.addresses == "ann@example.org\nbob@example.org"
    assert PeriodicTask.objects.get(task="analytics.run_schedule").crontab.hour == "7"  # type: ignore[union-attr]
    page = client.get(page_of(schedule)).content.decode()
    assert "Every week on Monday at 07:30" in page
    assert page.count("07:30 (Europe/Berlin)") == 3


def test_days_that_are_chosen_are_not_scheduled() -> None:
    _user, client = signed_in("finance")
    given = {"span": "chosen", "first": "2025-01-01", "last": "2025-01-31", "zone": "UTC", "language": "en"}
    page = client.post(reverse("admin:report-standard", args=["sales_by_day"]), given | {"schedule": "1"})
    assert "days told by the day it runs" in page.content.decode()


def test_from_a_composed_reports_form_with_what_it_asks() -> None:
    user, client = signed_in("support")
    report = Report.objects.create(title="Mine", dataset="orders", owner=user)
    ReportColumn.objects.create(report=report, column="number")
    asks = ReportFilter.objects.create(report=report, column="reference", operator="is", value="A", ask=True)
    given = {"span": "yesterday", "zone": "UTC", "language": "en", str(asks.pk): "B7", "schedule": "1"}
    answer = client.post(reverse("admin:analytics_report_make", args=[report.pk]), given)
    form = client.get(answer["Location"]).content.decode()
    assert 'value="B7"' in form and "With cost" not in form
    client.post(answer["Location"], typed(**{f"answer_{asks.pk}": "B7"}))
    schedule = ReportSchedule.objects.get()
    assert (schedule.kind, schedule.key, schedule.answers) == ("report", str(report.pk), {str(asks.pk): "B7"})


@pytest.mark.parametrize(
    "what", ["", "pack", "pack:nothing", "report:x", "report:999999", "list:orders", "pack:trial_balance"]
)
def test_without_a_report_one_may_run_there_is_nothing_to_schedule(what: str) -> None:
    _user, client = signed_in("support")
    for answer in (
        client.get(reverse(ADD), {"what": what}),
        client.post(f"{reverse(ADD)}?what={what}", typed()),
    ):
        assert answer.status_code == 302 and answer["Location"] == reverse("admin:reports")
    assert not ReportSchedule.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"formats": []}, "This field is required."),
        ({"addresses": ""}, "Choose whom it is sent to"),
        ({"addresses": "nobody"}, "is no e-mail address"),
        ({"frequency": "cron", "cron": "* * * * *"}, "At most once an hour"),
        ({"frequency": "cron", "cron": ""}, "Give five fields"),
        ({"span": "chosen"}, "is not one of the available choices"),
        ({"zone": "../etc"}, "is not one of the available choices"),
        ({"people": ["999999"]}, "is not one of the available choices"),
        ({"weekday": "9"}, "is not one of the available choices"),
        ({"month_day": "31"}, "is not one of the available choices"),
        ({"at": "25:00"}, "Enter a valid time"),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field(wrong: dict[str, Any], words: str) -> None:
    _user, client = signed_in("finance")
    answer = client.post(f"{reverse(ADD)}?what=pack:sales_by_day", typed(**wrong))
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not ReportSchedule.objects.exists()


def test_a_changed_schedule_keeps_its_owner_and_moves_its_time() -> None:
    user, client = signed_in("finance")
    schedule = schedule_of(user)
    form = client.get(f"{page_of(schedule)}?edit=1").content.decode()
    assert "ann@example.org" in form
    client.post(page_of(schedule), typed(frequency="monthly", month_day="0", at="06:00", zone="UTC"))
    schedule.refresh_from_db()
    assert (schedule.owner, schedule.month_day, schedule.next_at.day >= 28) == (user, 0, True)  # type: ignore[union-attr]
    assert "The last day of each month at 06:00" in client.get(page_of(schedule)).content.decode()
    kinds = list(Event.objects.filter(subject_kind="analytics.reportschedule").values_list("kind", flat=True))
    assert sorted(kinds) == ["schedule.changed", "schedule.made"]


def test_pause_resume_and_run_now_with_a_reason() -> None:
    user, client = signed_in("moderator")
    schedule = schedule_of(user)
    given = {"_form_submitted": "True", "reason": "Holidays"}
    assert "HX-Redirect" in client.post(action(schedule, "pause"), given).headers
    assert client.get(action(schedule, "pause")).status_code == 409
    page = client.get(page_of(schedule)).content.decode()
    assert "Holidays" in page and "None: it is off." in page
    answer = client.post(action(schedule, "run_now"), given)
    run = ScheduleRun.objects.get()
    assert answer["HX-Redirect"] == reverse("admin:analytics_schedulerun_change", args=[run.pk])
    assert "Holidays" in client.get(answer["HX-Redirect"]).content.decode()
    assert "HX-Redirect" in client.post(action(schedule, "resume"), given).headers
    schedule.refresh_from_db()
    assert schedule.active


@pytest.mark.parametrize(("status", "asks_again"), [("making", True), ("sent", False)])
def test_a_time_that_is_being_made_shows_when_it_is_done(status: str, asks_again: bool) -> None:
    user, client = signed_in("moderator")
    schedule = schedule_of(user)
    run = ScheduleRun.objects.create(schedule=schedule, due_at=schedule.created_at, status=status)
    url = reverse("admin:analytics_schedulerun_change", args=[run.pk])
    assert (f'hx-get="{url}"' in client.get(url).content.decode()) is asks_again


def test_others_see_and_change_only_what_is_theirs() -> None:
    schedule = schedule_of(UserFactory(staff="moderator"))
    run = ScheduleRun.objects.create(schedule=schedule, due_at=schedule.created_at, status="sent")
    given = {"_form_submitted": "True", "reason": "x"}
    _support, support = signed_in("support")
    assert support.get(page_of(schedule)).status_code == 302
    assert support.post(action(schedule, "pause"), given).status_code == 404
    assert support.post(action(run, "send_again"), given).status_code == 404
    _finance, books = signed_in("finance")
    assert books.get(page_of(schedule)).status_code == 200
    # It runs with another's rights: pausing it is for whoever sees all, saying what it makes is not.
    assert books.post(page_of(schedule), typed()).status_code == 403
    assert "HX-Redirect" in books.post(action(schedule, "pause"), given).headers
    _auditor, auditor = signed_in("auditor")
    assert auditor.get(page_of(schedule)).status_code == 200
    assert auditor.post(action(schedule, "resume"), given).status_code == 403


def test_a_schedule_is_deleted_with_its_runs_and_its_row_of_the_beat() -> None:
    user, client = signed_in("finance")
    schedule = schedule_of(user)
    schedules.run_now(schedule=schedule, reason="Once")
    url = reverse("admin:analytics_reportschedule_delete", args=[schedule.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, {"post": "yes"}).status_code == 302
    assert not ReportSchedule.objects.exists() and not PeriodicTask.objects.filter(queue="reports").exists()
    assert ReportRun.objects.count() == 1


def test_the_home_has_a_tab_of_schedules_with_their_next_time_in_their_zone() -> None:
    user, client = signed_in("finance")
    schedule_of(user, title="Tokyo's day", zone="Asia/Tokyo")
    schedule_of(UserFactory(staff="moderator"), title="Somebody's")
    page = client.get(reverse("admin:reports")).content.decode()
    assert "Tokyo&#x27;s day" in page and "07:00 (Asia/Tokyo)" in page and "Somebody" in page
    _moderator, other = signed_in("moderator")
    assert "Tokyo" not in other.get(reverse("admin:reports")).content.decode()


@pytest.fixture(autouse=True)
def private_files(settings: Any, tmp_path: Path) -> Path:
    settings.STORAGES = settings.STORAGES | {
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path), "base_url": None},
        }
    }
    return tmp_path
