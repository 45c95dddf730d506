"""How a run's end is told, for how long its file is kept, and what is cleared away."""

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from analytics.models import ReportRun
from analytics.packs.base import packs
from analytics.report_files_settings import ReportFilesPage
from analytics.services import keeping, run_files, run_notices, running
from analytics.tasks import expire_reports
from core.exceptions import NotFound
from core.models import Event, Message, User
from core.site_settings import save
from tests.analytics.run_world import Faulty, S, ask, content, files_in, keep_files_in, made
from tests.commerce.imports import signed_in
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def private_files(settings: Any, tmp_path: Path) -> Path:
    keep_files_in(settings, tmp_path)
    return tmp_path


@pytest.fixture
def finance() -> User:
    return UserFactory(staff=User.Role.FINANCE)


def waited(run: ReportRun, seconds: int) -> ReportRun:
    ReportRun.objects.filter(pk=run.pk).update(created_at=timezone.now() - timedelta(seconds=seconds))
    return run


def inbox(user: User) -> list[Message]:
    return list(Message.objects.filter(user=user, channel="inbox").order_by("id"))


def aged(run: ReportRun, **ago: float) -> ReportRun:
    ReportRun.objects.filter(pk=run.pk).update(finished_at=timezone.now() - timedelta(**ago))
    run.refresh_from_db()
    return run


def test_who_waited_is_told_that_it_is_ready_and_led_to_it(finance: User) -> None:
    run = made(waited(ask(finance), 20))
    (told,) = inbox(finance)
    assert told.subject == "Sales by day (CSV) is ready"
    assert told.link == reverse("admin:analytics_reportrun_change", args=[run.pk])
    assert "rows" in told.body


def test_who_saw_it_at_once_is_told_nothing(finance: User) -> None:
    made(ask(finance))
    assert inbox(finance) == []


def test_a_failure_is_told_with_its_reason_and_a_cancelled_run_is_no_news(
    finance: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(packs._items, "faulty", Faulty())
    monkeypatch.setattr(Faulty, "doing", lambda asked: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        running.carry_out(waited(ask(finance, key="faulty"), 20).pk)
    (told,) = inbox(finance)
    assert told.subject == "Faulty (CSV) was not made"
    assert "Something went wrong" in told.body
    running.cancel(run=waited(ask(finance), 20))
    assert len(inbox(finance)) == 1


def test_a_run_of_a_schedule_is_told_by_the_schedule(finance: User) -> None:
    run = made(waited(ask(finance), 20))
    assert len(inbox(finance)) == 1
    Message.objects.all().delete()
    run.occasion_id = 1
    run_notices.tell_of(run)
    assert inbox(finance) == []


def test_a_run_of_a_killed_worker_is_told_once(finance: User) -> None:
    run = ask(finance)
    long_ago = timezone.now() - timedelta(minutes=2)
    ReportRun.objects.filter(pk=run.pk).update(
        status=S.RUNNING, created_at=long_ago, started_at=long_ago, touched_at=long_ago
    )
    running.sweep()
    running.sweep()
    (told,) = inbox(finance)
    assert "The worker stopped in the middle. Run it again." in told.body


def test_a_file_is_deleted_when_its_time_is_over_and_its_page_offers_to_make_it_again(
    finance: User, private_files: Path
) -> None:
    young, old = made(ask(finance)), made(ask(finance))
    aged(young, days=6)
    aged(old, days=8)
    keep_for(7)
    expire_reports()
    young.refresh_from_db()
    old.refresh_from_db()
    assert (young.status, old.status, old.path) == (S.DONE, S.EXPIRED, "")
    assert len(files_in(private_files)) == 1
    with pytest.raises(NotFound):
        run_files.download(old)
    assert Event.objects.filter(kind="report.expired", subject_id=str(old.pk)).count() == 1
    client = signed_in("finance")
    page = client.get(reverse("admin:analytics_reportrun_change", args=[old.pk])).content.decode()
    assert "no longer kept" in page
    assert "Run again" in page
    assert reverse("admin:analytics_reportrun_file", args=[old.pk]) not in page
    assert content(made(running.again(run=old, user=finance)))


def keep_for(days: int, megabytes: int = 5_000) -> None:
    save(ReportFilesPage, {"days": days, "megabytes": megabytes}, user=None)


def test_where_there_is_no_room_the_oldest_go_first_and_the_newest_stay(finance: User) -> None:
    runs = [aged(made(ask(finance)), hours=hours) for hours in (9, 6, 3, 0)]
    ReportRun.objects.update(size=60_000_000)
    keep_for(30, megabytes=100)
    assert keeping.expire() == 3
    for run in runs:
        run.refresh_from_db()
    # The last was made just now: somebody waits for it.
    assert [run.status for run in runs] == [S.EXPIRED, S.EXPIRED, S.EXPIRED, S.DONE]


def test_what_killed_workers_left_is_cleared_and_what_is_used_is_not(
    finance: User, private_files: Path
) -> None:
    kept = made(ask(finance))
    running_now, dead = ask(finance), ask(finance)
    ReportRun.objects.filter(pk=running_now.pk).update(status=S.RUNNING)
    ReportRun.objects.filter(pk=dead.pk).update(status=S.FAILED)
    parts = [private_files / run_files.PARTS / name for name in (str(running_now.pk), str(dead.pk), "odd")]
    for folder in parts:
        folder.mkdir(parents=True)
        (folder / "file-1-rows").write_text("half")
    (private_files / run_files.FOLDER / "2026" / "01").mkdir(parents=True)
    young, old = (
        private_files / run_files.FOLDER / "2026" / "01" / name for name in ("young.csv", "old.csv")
    )
    for path in (young, old):
        path.write_text("whole, of a worker killed before it could say so")
    os.utime(old, (time.time() - 7_200, time.time() - 7_200))
    assert keeping.clear() == 3
    assert [folder.exists() for folder in parts] == [True, False, False]
    assert (young.exists(), old.exists()) == (True, False)
    assert content(kept)
