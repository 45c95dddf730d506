"""What goes wrong while a report is made, with the real thing going wrong: a worker killed, a disk full, no queue."""

import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from django.urls import reverse
from django.utils import timezone

from analytics.models import ReportRun
from analytics.services import run_files, running
from commerce.models import Category
from core.models import User
from project.processes import wait_until
from tests.analytics.run_world import S, ask, content, files_in, keep_files_in, made
from tests.commerce.imports import signed_in
from tests.commerce.test_worker import Workers
from tests.core.conftest import dead_broker  # noqa: F401
from tests.databases import database_url
from tests.factories import UserFactory
from tests.factories_orders import make_shop
from tests.servers import environment

pytestmark = pytest.mark.django_db(transaction=True)
FULL = Path("/dev/full")
MANY = 60_000


@pytest.fixture(autouse=True)
def private_files(settings: Any, tmp_path: Path) -> Path:
    # Where a worker whose VAR_DIR is the test's folder looks, too.
    keep_files_in(settings, tmp_path / "private")
    return tmp_path / "private"


@pytest.fixture
def finance() -> User:
    return UserFactory(staff=User.Role.FINANCE)


class ReportWorkers(Workers):
    """Workers of the reports' queue alone."""

    def start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "celery", "-A", "project.celery", "-b", self.broker, "worker"]
        options = [
            "--concurrency=1",
            "--queues=reports",
            "--loglevel=ERROR",
            "--without-gossip",
            "--without-mingle",
        ]
        worker = subprocess.Popen([*command, *options], env=self.environment, start_new_session=True)
        self.running.append(worker)
        return worker

    def make(self, run: ReportRun) -> None:
        self.app.send_task(running.TASK, [str(run.pk)], queue=running.QUEUE, ignore_result=True)


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[ReportWorkers]:
    started = ReportWorkers()
    # Its mails are sealed with our keys.
    started.environment |= environment(database_url()) | {"VAR_DIR": str(tmp_path)}
    yield started
    for worker in started.running:
        if worker.poll() is None:
            started.kill(worker)
    with started.app.connection_for_write() as link:
        for queue in (running.QUEUE, "celery"):
            link.default_channel.queue_purge(queue)


@pytest.fixture
def many_rows() -> None:
    """A list that keeps a worker busy for seconds."""
    Category.objects.bulk_create(
        (Category(code=f"c{number}", name=f"Category {number}") for number in range(MANY)), batch_size=5_000
    )


def a_list(user: User) -> ReportRun:
    asked = {"first": "2026-01-01", "last": "2026-01-01", "query": "", "columns": ["name", "code"]}
    return running.ask(
        kind="list", key="commerce.category", asked=asked, format="xlsx", zone="UTC", language="en", user=user
    )


@pytest.mark.worker
def test_a_worker_killed_in_mid_report_leaves_nothing_and_the_run_says_so(
    finance: User,
    workers: ReportWorkers,
    many_rows: None,
    private_files: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = a_list(finance)
    first = workers.start()
    workers.make(run)
    assert wait_until(lambda: ReportRun.objects.filter(pk=run.pk, rows__gt=0).exists(), seconds=40)
    half = files_in(private_files)
    assert {path.parent.name for path in half} == {str(run.pk)}
    workers.kill(first)
    assert ReportRun.objects.get(pk=run.pk).status == S.RUNNING

    monkeypatch.setattr(running, "LOST_AFTER", timedelta(0))
    running.sweep()
    run.refresh_from_db()
    assert (run.status, run.error, run.path) == (
        S.FAILED, "The worker stopped in the middle. Run it again.", "",
    )  # fmt: skip
    assert files_in(private_files) == []
    page = (
        signed_in("finance").get(reverse("admin:analytics_reportrun_change", args=[run.pk])).content.decode()
    )
    assert "The worker stopped in the middle" in page
    assert "Run again" in page
    assert reverse("admin:analytics_reportrun_file", args=[run.pk]) not in page

    once_more = running.again(run=run, user=finance)
    workers.start()
    workers.make(once_more)
    # Asked for twice, as a sweep may: it is made once.
    workers.make(once_more)
    assert wait_until(lambda: not ReportRun.objects.get(pk=once_more.pk).is_open, seconds=120)
    once_more.refresh_from_db()
    assert (once_more.status, once_more.rows) == (S.DONE, MANY)
    assert content(once_more)[:2] == b"PK"
    assert len(files_in(private_files)) == 1


@pytest.mark.skipif(not FULL.exists(), reason="Linux has a device that is always full")
@pytest.mark.parametrize("format", ["csv", "xlsx", "pdf", "jsonl"])
def test_a_full_disk_is_said_and_nothing_is_offered(finance: User, private_files: Path, format: str) -> None:
    make_shop().delivered()
    run = ask(finance, format)
    folder = private_files / run_files.PARTS / str(run.pk)
    folder.mkdir(parents=True)
    for name in ("file", "file-1-rows"):
        (folder / name).symlink_to(FULL)
    ended = running.carry_out(run.pk)
    assert ended is not None
    assert (ended.status, ended.error) == (S.FAILED, "The disk is full. Make room and run it again.")
    assert (ended.path, files_in(private_files)) == ("", [])
    assert made(running.again(run=ended, user=finance)).size


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_a_file_that_outgrows_what_the_system_allows_is_not_offered_by_half(
    finance: User, many_rows: None, private_files: Path, format: str
) -> None:
    asked = {"first": "2026-01-01", "last": "2026-01-01", "query": "", "columns": ["name", "code"]}
    run = running.ask(
        kind="list",
        key="commerce.category",
        asked=asked,
        format=format,
        zone="UTC",
        language="en",
        user=finance,
    )
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        ended = running.carry_out(run.pk)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert ended is not None
    assert ended.status == S.FAILED
    assert ended.error == "The file is larger than this server allows. Ask for fewer days or rows."
    assert (ended.path, files_in(private_files)) == ("", [])


def test_a_database_without_room_says_so() -> None:
    error = OperationalError("could not write to file")
    error.__cause__ = psycopg.errors.DiskFull()
    assert running.why(error) == "The disk is full. Make room and run it again."


def test_without_a_queue_the_run_says_that_it_waits_and_the_sweep_sends_it(
    finance: User,
    dead_broker: Any,  # noqa: F811
) -> None:
    run = ask(finance)
    run.refresh_from_db()
    assert run.status == S.WAITING
    assert "does not answer" in run.error
    client = signed_in("finance")
    page = client.get(reverse("admin:analytics_reportrun_change", args=[run.pk])).content.decode()
    assert "does not answer" in page
    # Still none: it is tried again, and said no worse.
    ReportRun.objects.update(touched_at=timezone.now() - timedelta(minutes=5))
    assert running.sweep() == 1
    run.refresh_from_db()
    assert run.status == S.WAITING


def test_what_was_said_of_the_queue_is_forgotten_once_it_runs(finance: User) -> None:
    run = ask(finance)
    ReportRun.objects.update(error="The queue of background work does not answer.")
    assert made(run).error == ""
    assert connection.is_usable()
