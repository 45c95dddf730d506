"""The pages of reports: who sees what, and that a click makes a file."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from analytics.models import ReportRun
from analytics.services import company_days, running
from core.models import Event, User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
S = ReportRun.Status


@pytest.fixture(autouse=True)
def private_files(settings: Any, tmp_path: Path) -> Path:
    settings.STORAGES = settings.STORAGES | {
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path), "base_url": None},
        }
    }
    return tmp_path


def signed_in(role: str) -> tuple[User, Client]:
    user, client = UserFactory(staff=role), Client()
    client.force_login(user, backend="core.authentication.EmailOrUsernameBackend")
    return user, client


def run_of(user: User, **values: Any) -> ReportRun:
    given = {
        "kind": "pack", "key": "sales_by_day", "title": "Sales by day", "format": "csv", "zone": "UTC",
        "language": "en", "user": user, "asked": {"first": "2025-01-01", "last": "2025-01-31"},
    }  # fmt: skip
    return ReportRun.objects.create(**given | values)


def file_of(run: ReportRun) -> str:
    return reverse("admin:analytics_reportrun_file", args=[run.pk])


def test_the_home_offers_the_reports_a_person_may_run() -> None:
    _user, client = signed_in("finance")
    page = client.get(reverse("admin:reports")).content.decode()
    assert reverse("admin:report-standard", args=["sales_by_day"]) in page


@pytest.mark.parametrize("span", ["last_month", "chosen"])
def test_a_click_on_a_format_asks_for_the_file(span: str) -> None:
    user, client = signed_in("finance")
    today = company_days.today()
    given = {"span": span, "first": "2025-02-01", "last": "2025-02-03", "zone": "UTC", "language": "en"}
    answer = client.post(reverse("admin:report-standard", args=["sales_by_day"]), given | {"format": "xlsx"})
    run = ReportRun.objects.get(user=user)
    assert answer["Location"] == reverse("admin:analytics_reportrun_change", args=[run.pk])
    assert (run.status, run.format, run.with_cost) == (S.WAITING, "xlsx", True)
    last = today.replace(day=1) - timedelta(days=1)
    wanted = ("2025-02-01", "2025-02-03") if span == "chosen" else (str(last.replace(day=1)), str(last))
    assert (run.asked["first"], run.asked["last"]) == wanted
    page = client.get(answer["Location"]).content.decode()
    assert "run-progress" in page


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"span": "chosen"}, "Choose the first and the last day."),
        ({"span": "chosen", "first": "2025-02-03", "last": "2025-02-01"}, "exchange the two"),
        ({"span": "chosen", "first": "1950-02-03", "last": "2025-02-01"}, "Ten years at most"),
        ({"span": "chosen", "first": "9999-12-31", "last": "9999-12-31"}, "days of this century"),
        ({"span": "never"}, "never is not one"),
        ({"format": "exe"}, "Choose a format."),
        ({"zone": "../etc/passwd"}, "is not one of the available choices"),
    ],
)
def test_what_makes_no_sense_is_said_at_the_form(given: dict[str, str], words: str) -> None:
    _user, client = signed_in("finance")
    base = {"span": "today", "zone": "UTC", "language": "en", "format": "pdf"}
    answer = client.post(reverse("admin:report-standard", args=["sales_by_day"]), base | given)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not ReportRun.objects.exists()


def test_a_page_of_a_report_there_is_not_is_not_found() -> None:
    _user, client = signed_in("finance")
    assert client.get(reverse("admin:report-standard", args=["nothing"])).status_code == 404


def test_a_person_sees_their_own_runs_and_finance_all() -> None:
    moderator, client = signed_in("moderator")
    theirs, mine = run_of(UserFactory(staff="support"), title="Theirs"), run_of(moderator, title="Mine")
    url = reverse("admin:analytics_reportrun_changelist")
    page = client.get(url).content.decode()
    assert "Mine" in page
    assert "Theirs" not in page
    assert client.get(file_of(theirs)).status_code == 404
    assert client.get(reverse("admin:analytics_reportrun_progress", args=[theirs.pk])).status_code == 404
    assert client.get(reverse("admin:analytics_reportrun_progress", args=[mine.pk])).status_code == 200
    _finance, other = signed_in("finance")
    assert "Theirs" in other.get(url).content.decode()


def test_rights_are_asked_when_the_file_is_taken(private_files: Path) -> None:
    support, client = signed_in("support")
    run = run_of(support)
    running.carry_out(run.pk)
    run.refresh_from_db()
    assert run.status == S.DONE, run.error
    answer = client.get(file_of(run))
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert b"".join(answer.streaming_content).startswith(b"\xef\xbb\xbfDay")
    assert Event.objects.filter(kind="report.taken", subject_id=str(run.pk)).count() == 1
    ReportRun.objects.filter(pk=run.pk).update(with_cost=True)
    assert client.get(file_of(run)).status_code == 403
    page = client.get(reverse("admin:analytics_reportrun_change", args=[run.pk])).content.decode()
    assert file_of(run) not in page


def test_a_file_that_is_gone_is_said_kindly() -> None:
    user, client = signed_in("finance")
    run = run_of(user, status=S.DONE, path="reports/2025/01/gone.csv", file_name="gone.csv")
    answer = client.get(file_of(run), follow=True)
    assert "no longer kept" in answer.content.decode()


def test_cancel_and_run_again_from_the_page() -> None:
    user, client = signed_in("finance")
    run = run_of(user)
    dialog = {"_form_submitted": "True"}
    url = reverse("admin:analytics_reportrun_cancel", args=[run.pk])
    assert "HX-Redirect" in client.post(url, dialog)
    run.refresh_from_db()
    assert run.status == S.CANCELLED
    again = client.post(reverse("admin:analytics_reportrun_again", args=[run.pk]), dialog)
    newest = ReportRun.objects.order_by("-created_at").first()
    assert newest is not None
    assert again["HX-Redirect"].endswith(f"{newest.pk}/change/")
    assert newest.asked == run.asked
    answer = client.get(reverse("admin:analytics_reportrun_progress", args=[run.pk]))
    assert answer["HX-Redirect"]
