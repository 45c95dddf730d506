"""Schedules while things break for real: workers and the beat killed at the worst moment, a dead mail server."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from os import killpg, utime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from analytics import tasks
from analytics.models import ReportRun, ReportSchedule, ScheduleRun
from analytics.services import beat_rows, delivering, file_links, keeping, run_files, running, schedules
from core.messages import inbox
from core.messages.sending import send_due
from core.models import Message
from project.processes import wait_until
from tests.analytics.run_world import S as RunStatus
from tests.analytics.run_world import files_in
from tests.analytics.schedule_world import carried_out, finance, mails, schedule_of
from tests.analytics.test_run_failures import ReportWorkers, private_files, workers  # noqa: F401
from tests.databases import database_url
from tests.mailbox import mailbox

pytestmark = pytest.mark.django_db(transaction=True)
S = ScheduleRun.Status
ANN = "ann@example.org"
PATIENCE = 60


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweeps believe at once that whoever was at it is gone."""
    monkeypatch.setattr(running, "LOST_AFTER", timedelta(0))
    monkeypatch.setattr(schedules, "SETTLED_WITHIN", timedelta(0))


def due_now(**values: Any) -> ReportSchedule:
    """Its time came a minute ago, and nobody was woken."""
    came = timezone.now() - timedelta(minutes=1)
    schedule = schedule_of(at=came.time().replace(second=0, microsecond=0), now=came, **values)
    ReportSchedule.objects.filter(pk=schedule.pk).update(next_at=came)
    schedule.refresh_from_db()
    return schedule


@contextmanager
def held_up(statement: str, *params: Any) -> Iterator[None]:
    """Others wait meanwhile for what this locks."""
    with psycopg.connect(database_url()) as other:
        other.execute(statement, params)
        yield
        other.rollback()


def orders_held_up() -> Any:
    return held_up("LOCK TABLE commerce_order, commerce_transfer IN ACCESS EXCLUSIVE MODE")


def is_running() -> bool:
    return ReportRun.objects.filter(status=RunStatus.RUNNING).exists()


def tick(workers: ReportWorkers, schedule: ReportSchedule) -> None:  # noqa: F811
    """What the beat sends."""
    workers.app.send_task(beat_rows.TASK, [schedule.pk], queue=beat_rows.QUEUE, ignore_result=True)


def sent_to_ann() -> int:
    return sum(letter.to == [ANN] for letter in mails())


@pytest.mark.worker
def test_a_worker_killed_in_the_middle_is_a_failure_and_the_next_time_runs(
    workers: ReportWorkers,  # noqa: F811
    private_files: Path,  # noqa: F811
    at_once: None,
) -> None:
    schedule = due_now(formats=["csv", "jsonl"])
    first = workers.start()
    with orders_held_up():
        tick(workers, schedule)
        assert wait_until(is_running, seconds=PATIENCE)
        workers.kill(first)
    run = ScheduleRun.objects.get()
    running.sweep()
    # The other file is still to come: only then is it known how it ended.
    lost, waiting = run.files
    assert (lost.status, waiting.status) == (RunStatus.FAILED, RunStatus.WAITING)
    carried_out(run)
    run.refresh_from_db()
    schedule.refresh_from_db()
    assert (run.status, run.error) == (S.FAILED, "The worker stopped in the middle. Run it again.")
    assert (schedule.failures, schedule.active) == (1, True)
    assert schedule.next_at is not None and schedule.next_at > timezone.now()
    assert [told.event for told in inbox.messages_of(schedule.owner)] == ["schedule_failed"]
    assert not delivering.messages_of(run).exists() and sent_to_ann() == 0
    assert list((private_files / run_files.PARTS).iterdir()) == []

    ReportSchedule.objects.update(next_at=timezone.now())
    workers.start()
    for _twice in range(2):
        tick(workers, schedule)
    assert wait_until(lambda: ScheduleRun.objects.filter(status=S.SENT).exists(), seconds=PATIENCE)
    running.sweep()
    schedules.sweep()
    schedule.refresh_from_db()
    assert (ScheduleRun.objects.count(), schedule.failures, sent_to_ann()) == (2, 0, 1)


@pytest.mark.worker
def test_a_worker_killed_between_the_file_and_its_mail_costs_no_mail(
    workers: ReportWorkers,  # noqa: F811
    at_once: None,
) -> None:
    run = schedules.run_if_due(due_now().pk)
    assert run is not None
    [file] = run.files
    worker = workers.start()
    with held_up("SELECT 1 FROM analytics_schedulerun WHERE id = %s FOR UPDATE", run.pk):
        workers.make(file)
        assert wait_until(lambda: run.files.filter(status=RunStatus.DONE).exists(), seconds=PATIENCE)
        workers.kill(worker)
    run.refresh_from_db()
    assert (run.status, sent_to_ann()) == (S.MAKING, 0)
    for _twice in range(2):
        schedules.sweep()
    run.refresh_from_db()
    assert (run.status, delivering.messages_of(run).count(), sent_to_ann()) == (S.SENT, 1, 1)
    assert file_links.is_whole(list(run.files))


@pytest.mark.worker
def test_a_worker_killed_once_the_file_has_its_name_leaves_one_that_is_cleared(
    workers: ReportWorkers,  # noqa: F811
    private_files: Path,  # noqa: F811
    at_once: None,
) -> None:
    run = schedules.run_if_due(due_now().pk)
    assert run is not None
    [file] = run.files
    worker, parts = workers.start(), private_files / run_files.PARTS

    def kept() -> list[Path]:
        return [path for path in files_in(private_files) if parts not in path.parents]

    with ExitStack() as telling:
        with orders_held_up():
            workers.make(file)
            assert wait_until(is_running, seconds=PATIENCE)
            telling.enter_context(
                held_up("SELECT 1 FROM analytics_reportrun WHERE id = %s FOR UPDATE", file.pk)
            )
        assert wait_until(kept, seconds=PATIENCE)
        workers.kill(worker)
    running.sweep()
    run.refresh_from_db()
    assert (run.status, run.files.get().path, sent_to_ann()) == (S.FAILED, "", 0)
    [left] = kept()
    utime(left, (0, 0))
    assert keeping.clear() == 1 and files_in(private_files) == []


@pytest.mark.worker
def test_a_beat_killed_before_it_told_anybody_costs_nothing_and_makes_nothing_twice(
    workers: ReportWorkers,  # noqa: F811
    tmp_path: Path,
) -> None:
    schedule = due_now()
    ours = PeriodicTask.objects.filter(name=beat_rows.name_of(schedule.pk))
    PeriodicTask.objects.exclude(name=beat_rows.name_of(schedule.pk)).update(enabled=False)
    ours.update(last_run_at=timezone.now() - timedelta(days=1))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE)
        with beat(workers, f"redis://127.0.0.1:{silent.getsockname()[1]}/0", tmp_path):
            # It has its connection, and waits for the first word of the queue.
            silent.accept()
    assert not PeriodicTask.objects.filter(enabled=True).exclude(pk=ours.get().pk).exists()
    assert not ScheduleRun.objects.exists()
    assert schedules.sweep() == 1
    run = ScheduleRun.objects.get()
    carried_out(run)
    run.refresh_from_db()
    assert run.status == S.SENT
    # Started again it tells them now.
    with beat(workers, workers.broker, tmp_path):
        assert wait_until(lambda: _queued(workers) > 0, seconds=PATIENCE)
    tasks.run_schedule(schedule.pk)
    schedules.sweep()
    assert (ScheduleRun.objects.count(), sent_to_ann()) == (1, 1)


@contextmanager
def beat(workers: ReportWorkers, broker: str, folder: Path) -> Iterator[None]:  # noqa: F811
    """A real one, killed with no word of warning."""
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "project.celery",
        "-b",
        broker,
        "beat",
        "--loglevel=ERROR",
    ]
    environment = workers.environment | {"PYTHONPATH": str(Path.cwd()), "CELERY_BROKER_URL": broker}
    process = subprocess.Popen(command, env=environment, cwd=folder, start_new_session=True)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def _queued(workers: ReportWorkers) -> int:  # noqa: F811
    with workers.app.connection_for_write() as link:
        return int(link.default_channel.client.llen(beat_rows.QUEUE))


@contextmanager
def refusing() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
    yield port


@contextmanager
def hanging() -> Iterator[int]:
    """It takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield int(silent.getsockname()[1])


@pytest.mark.parametrize(
    ("dead", "error"),
    [(refusing, "ConnectionRefusedError"), (hanging, "SMTPServerDisconnected")],
    ids=["refuses", "hangs"],
)
def test_a_dead_mail_server_delays_the_mail_and_doubles_none(dead: Any, error: str, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = "127.0.0.1", 0.5
    run = schedules.run_if_due(due_now().pk)
    assert run is not None
    carried_out(run)
    [letter] = delivering.messages_of(run)
    with dead() as port:
        settings.EMAIL_PORT = port
        assert send_due() == 0
        letter.refresh_from_db()
        assert (letter.status, letter.tries, letter.error) == ("queued", 1, error)
        assert letter.next_try_at > timezone.now()
        # Not before its time.
        assert send_due() == 0 and delivering.messages_of(run).get().tries == 1
    with mailbox() as box:
        settings.EMAIL_PORT = box.server_address[1]
        for _twice in range(2):
            Message.objects.filter(pk=letter.pk, status="queued").update(next_try_at=timezone.now())
            send_due()
        schedules.sweep()
        [received] = box.to(ANN)
    [enclosed] = received.iter_attachments()
    assert enclosed.get_filename() == run.files.get().file_name
    letter.refresh_from_db()
    assert (letter.status, letter.tries) == ("sent", 2)


def test_a_mail_server_that_took_it_and_could_not_say_so_knows_it_again(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = "127.0.0.1", 0.5
    run = schedules.run_if_due(due_now().pk)
    assert run is not None
    carried_out(run)
    with mailbox() as box:
        settings.EMAIL_PORT, box.answers = box.server_address[1], False
        assert send_due() == 0
        box.answers = True
        Message.objects.filter(status="queued").update(next_try_at=timezone.now())
        assert send_due() == 1
        first, second = box.to(ANN)
    assert first["Message-ID"] == second["Message-ID"] != ""


def test_a_mail_server_that_stays_dead_is_told_to_the_owner_once_and_the_file_is_kept(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, owner = "127.0.0.1", finance()
    run = schedules.run_if_due(due_now(owner=owner).pk)
    assert run is not None
    carried_out(run)
    with refusing() as port:
        settings.EMAIL_PORT = port
        while delivering.messages_of(run).filter(status="queued").exists():
            Message.objects.filter(status="queued").update(next_try_at=timezone.now())
            send_due()
    assert [told.event for told in inbox.messages_of(owner)] == ["schedule_unsent"]
    run.refresh_from_db()
    assert delivering.has_unsent(run) and file_links.is_whole(list(run.files))
