"""Schedules: run when they are due, once, with their owner's rights of that moment."""

import threading
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.cache import cache
from django.db import IntegrityError, connections, transaction
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from analytics import tasks
from analytics.models import Report, ReportColumn, ReportFilter, ReportRun, ReportSchedule, ScheduleRun
from analytics.services import beat_rows, running, schedules
from core.exceptions import Conflict, InvalidInput, NotAllowed
from core.messages import inbox
from core.models import Event, User
from tests.analytics.schedule_world import NOW, carried_out, due, finance, mails, schedule_of
from tests.analytics.test_report_runs import content
from tests.factories import UserFactory
from tests.factories_orders import make_shop

pytestmark = pytest.mark.django_db(transaction=True)
S = ScheduleRun.Status


@pytest.fixture(autouse=True)
def private_files(settings: Any, tmp_path: Path) -> Path:
    settings.STORAGES = settings.STORAGES | {
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path), "base_url": None},
        }
    }
    return tmp_path


def row_of(schedule: ReportSchedule) -> PeriodicTask:
    return PeriodicTask.objects.select_related("crontab").get(name=beat_rows.name_of(schedule.pk))


def test_a_schedule_is_a_row_of_the_beat_with_a_crontab_of_its_own_zone() -> None:
    schedule = schedule_of(zone="Europe/Berlin", frequency="weekly", weekday=0, at=time(7, 30))
    row = row_of(schedule)
    assert (row.task, row.queue, row.args, row.enabled) == (
        "analytics.run_schedule",
        "reports",
        f"[{schedule.pk}]",
        True,
    )
    assert row.crontab is not None
    assert (str(row.crontab.timezone), row.crontab.hour, row.crontab.day_of_week) == (
        "Europe/Berlin",
        "7",
        "1",
    )
    assert schedule.next_at == datetime(2025, 3, 10, 6, 30, tzinfo=UTC)


def test_a_changed_schedule_leaves_no_crontab_behind() -> None:
    schedule = schedule_of(at=time(7, 31))
    schedule.at = time(8, 31)
    schedules.save(schedule=schedule, people=(), wants_cost=False)
    assert row_of(schedule).crontab.hour == "8"  # type: ignore[union-attr]
    assert not CrontabSchedule.objects.filter(hour="7", minute="31").exists()
    schedules.delete(schedule=schedule)
    assert not PeriodicTask.objects.filter(task="analytics.run_schedule").exists()
    assert not CrontabSchedule.objects.filter(minute="31").exists()


def test_it_runs_the_days_told_by_the_moment_it_was_due_in_its_zone() -> None:
    schedule = schedule_of(zone="Asia/Tokyo", at=time(7), span="yesterday")
    run = due(schedule, now=datetime(2025, 3, 6, 3, tzinfo=UTC))
    assert run is not None and run.status == S.SENT
    [made] = run.files
    # Due at 7 on the 6th in Tokyo, which is the 5th in UTC still.
    assert (made.asked["first"], made.asked["last"], made.zone) == ("2025-03-05", "2025-03-05", "Asia/Tokyo")
    assert made.user == schedule.owner
    schedule.refresh_from_db()
    assert schedule.next_at == datetime(2025, 3, 6, 22, tzinfo=UTC)


def test_each_format_is_a_file_of_its_own() -> None:
    run = due(schedule_of(formats=["csv", "xlsx"]))
    assert run is not None
    assert [one.format for one in run.files] == ["csv", "xlsx"]
    [letter] = mails()
    assert len(letter.attachments) == 2


def test_a_tick_before_its_time_does_nothing() -> None:
    schedule = schedule_of()
    assert schedule.next_at is not None
    assert schedules.run_if_due(schedule.pk, now=schedule.next_at - timedelta(seconds=1)) is None
    tasks.run_schedule(schedule.pk + 1)  # of a schedule that is gone
    assert not ScheduleRun.objects.exists()


def test_what_was_missed_is_made_up_for_once() -> None:
    schedule = schedule_of()
    later = NOW + timedelta(days=4)
    run = due(schedule, now=later)
    assert run is not None and run.due_at == datetime(2025, 3, 9, 7, tzinfo=UTC)
    assert due(schedule, now=later) is None
    schedule.refresh_from_db()
    assert schedule.next_at == datetime(2025, 3, 10, 7, tzinfo=UTC)


def test_delivered_twice_at_once_it_runs_once() -> None:
    schedule = schedule_of()
    start = threading.Barrier(4)

    def tick() -> None:
        start.wait()
        tasks.run_schedule(schedule.pk)
        connections.close_all()

    ReportSchedule.objects.filter(pk=schedule.pk).update(next_at=timezone.now() - timedelta(minutes=1))
    threads = [threading.Thread(target=tick) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ScheduleRun.objects.count() == ReportRun.objects.count() == 1


def test_the_database_refuses_a_second_run_of_a_moment() -> None:
    schedule = schedule_of()
    ScheduleRun.objects.create(schedule=schedule, due_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        ScheduleRun.objects.create(schedule=schedule, due_at=NOW)
    # Put back by hand, as an old copy of the row would: it is not run again.
    ReportSchedule.objects.filter(pk=schedule.pk).update(next_at=NOW)
    assert schedules.run_if_due(schedule.pk, now=NOW) is None


def test_the_sweep_runs_what_nobody_was_woken_for_and_settles_what_nobody_saw_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    schedule = schedule_of()
    assert schedules.sweep() == 1
    assert schedules.sweep() == 0
    [run] = ScheduleRun.objects.all()
    monkeypatch.setattr(schedules, "settle", lambda _pk: None)
    carried_out(run)
    monkeypatch.undo()
    ScheduleRun.objects.update(started_at=timezone.now() - timedelta(minutes=1))
    run.refresh_from_db()
    assert run.status == S.MAKING
    schedules.sweep()
    run.refresh_from_db()
    assert run.status == S.SENT
    assert schedule.runs.count() == 1


def test_one_that_breaks_keeps_no_other_from_running(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = finance()
    broken, whole = schedule_of(owner), schedule_of(owner)
    ReportSchedule.objects.filter(pk=broken.pk).update(zone="Nowhere/Else")
    assert schedules.sweep() == 1
    assert whole.runs.count() == 1


def switch_off_right(owner: User, name: str) -> None:
    app, _dot, codename = name.partition(".")
    right = Permission.objects.get(content_type__app_label=app, codename=codename)
    for group in Group.objects.filter(user=owner):
        group.permissions.remove(right)
    cache.clear()


@pytest.mark.parametrize(
    ("take_away", "words"),
    [
        (lambda owner: User.objects.filter(pk=owner.pk).update(is_active=False), "cannot sign in any more"),
        (lambda owner: User.objects.filter(pk=owner.pk).update(is_staff=False), "may not run reports"),
        (lambda owner: switch_off_right(owner, "analytics.run_report"), "may not run reports"),
        (lambda owner: switch_off_right(owner, "commerce.see_cost"), "may not see what this report holds"),
    ],
)
def test_an_owner_who_lost_a_right_has_nothing_made(take_away: Any, words: str) -> None:
    schedule = schedule_of(wants_cost=True)
    assert schedule.with_cost
    take_away(schedule.owner)
    run = due(schedule)
    assert run is not None and run.status == S.FAILED
    assert words in run.error
    assert not ReportRun.objects.exists()
    schedule.refresh_from_db()
    assert (schedule.failures, schedule.active) == (1, True)
    assert mails() == []


def test_a_right_that_is_lost_while_it_is_made_is_a_failure_too() -> None:
    schedule = schedule_of()
    run = schedules.run_if_due(schedule.pk, now=schedule.next_at)
    assert run is not None
    User.objects.filter(pk=schedule.owner_id).update(is_active=False)
    carried_out(run)
    run.refresh_from_db()
    assert run.status == S.FAILED and "may not have it" in run.error


def test_without_cost_the_file_has_none_though_its_owner_sees_it() -> None:
    order = make_shop().delivered()
    today = order.created_at
    kept = schedule_of(span="today", at=time(0), now=today - timedelta(days=2))
    costly = schedule_of(kept.owner, wants_cost=True, span="today", at=time(0), now=today - timedelta(days=2))
    texts = []
    for schedule in (kept, costly):
        run = due(schedule, now=today)
        assert run is not None and run.status == S.SENT, run
        [made] = run.files
        texts.append(content(made).decode("utf-8-sig"))
    assert "Margin" not in texts[0]
    assert "Margin" in texts[1]


def test_five_failures_in_a_row_switch_it_off_and_its_owner_is_told() -> None:
    schedule = schedule_of()
    Group.objects.get(name="finance").permissions.remove(Permission.objects.get(codename="run_report"))
    for number in range(1, 6):
        due(schedule)
        schedule.refresh_from_db()
        assert (schedule.failures, schedule.active) == (number, number < 5)
    assert schedule.next_at is None
    assert schedule.why_off == "It failed five times in a row: Its owner may not run reports any more."
    assert row_of(schedule).enabled is False
    told = inbox.messages_of(schedule.owner)
    assert [one.event for one in told] == ["schedule_off", *["schedule_failed"] * 4]
    [letter] = mails()
    assert letter.to == [schedule.owner.email] and letter.subject == "Switched off: Sales every day"
    assert Event.objects.filter(kind="schedule.switched_off").count() == 1
    assert schedules.run_if_due(schedule.pk, now=NOW + timedelta(days=30)) is None


def test_a_success_begins_the_count_anew() -> None:
    schedule = schedule_of()
    ReportSchedule.objects.filter(pk=schedule.pk).update(failures=4)
    due(schedule)
    schedule.refresh_from_db()
    assert (schedule.failures, schedule.active) == (0, True)


def test_a_run_that_fails_is_a_failure_with_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    schedule = schedule_of()

    def full(*_args: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("analytics.services.run_files.os.fsync", full)
    run = due(schedule)
    assert run is not None
    assert (run.status, run.error) == (S.FAILED, "The disk is full. Make room and run it again.")
    assert mails() == []


def test_paused_it_does_not_run_and_resumed_it_makes_up_for_nothing() -> None:
    schedule = schedule_of()
    schedules.pause(schedule=schedule, reason="Holidays")
    assert schedules.run_if_due(schedule.pk, now=NOW + timedelta(days=2)) is None
    with pytest.raises(Conflict):
        schedules.pause(schedule=schedule, reason="Holidays")
    kept = schedules.resume(schedule=schedule, reason="Back", now=NOW + timedelta(days=9))
    assert kept.next_at == datetime(2025, 3, 15, 7, tzinfo=UTC)
    assert row_of(schedule).enabled is True


def test_run_now_is_besides_its_times_and_one_at_once() -> None:
    schedule = schedule_of()
    run = schedules.run_now(schedule=schedule, reason="The bank asks")
    with pytest.raises(Conflict):
        schedules.run_now(schedule=schedule, reason="Again")
    carried_out(run)
    run.refresh_from_db()
    assert (run.status, run.reason) == (S.SENT, "The bank asks")
    kept = ReportSchedule.objects.get(pk=schedule.pk)
    assert kept.next_at == schedule.next_at
    assert len(mails()) == 1


def test_ten_waiting_reports_of_its_owner_do_not_hold_it_up() -> None:
    schedule = schedule_of()
    days = {"first": "2025-01-01", "last": "2025-01-31"}
    for _number in range(running.MOST_OPEN):
        running.ask(kind="pack", key="sales_by_day", asked=days, format="csv", zone="UTC", language="en",
                    user=schedule.owner)  # fmt: skip
    run = due(schedule)
    assert run is not None and run.status == S.SENT


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"formats": []}, "formats"),
        ({"formats": ["exe"]}, "formats"),
        ({"addresses": ""}, "addresses"),
        ({"addresses": "ann at example"}, "addresses"),
        ({"addresses": "\n".join(f"ann{number}@example.org" for number in range(21))}, "addresses"),
        ({"frequency": "cron", "cron": "* * * * *"}, "cron"),
        ({"frequency": "cron", "cron": "0 7 29 2 1"}, "cron"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        schedule_of(**wrong)
    assert refused.value.field == field
    assert not ReportSchedule.objects.exists()


def test_staff_who_may_not_see_it_are_refused_by_whatever_way_they_are_named() -> None:
    moderator = UserFactory(staff="moderator", email="mod@example.com")
    for named in ({"people": [moderator], "addresses": ""}, {"addresses": "Mod@Example.com"}):
        with pytest.raises(InvalidInput) as refused:
            schedule_of(finance() if not User.objects.filter(email="finance@example.com").exists()
                        else User.objects.get(email="finance@example.com"), wants_cost=True, **named)  # fmt: skip
        assert "may not see what this report holds" in refused.value.message


def test_a_pack_its_owner_may_not_run_is_not_scheduled() -> None:
    support = UserFactory(staff="support")
    with pytest.raises(NotAllowed):
        schedule_of(support, key="trial_balance")


def composed(owner: User) -> Report:
    report = Report.objects.create(title="Orders of a product", dataset="orders", owner=owner)
    ReportColumn.objects.create(report=report, column="number")
    return report


def test_a_composed_report_is_run_as_it_is_composed_then_with_what_it_asks() -> None:
    shop = make_shop()
    order = shop.delivered()
    report = composed(owner := finance())
    asks = ReportFilter.objects.create(report=report, column="number", operator="is", ask=True)
    schedule = schedule_of(
        owner, kind="report", key=str(report.pk), span="today", at=time(0), answers={str(asks.pk): order.order_number},
        now=order.created_at - timedelta(days=2),
    )  # fmt: skip
    ReportColumn.objects.create(report=report, column="status", position=1)
    shop.delivered()
    run = due(schedule, now=order.created_at)
    assert run is not None and run.status == S.SENT, run.error
    [made] = run.files
    lines = content(made).decode("utf-8-sig").splitlines()
    assert lines[0].count(",") == 1 and order.order_number in lines[1] and made.rows == 1


def test_a_report_that_is_gone_or_shared_no_more_is_said() -> None:
    report = composed(UserFactory(staff="moderator"))
    Report.objects.filter(pk=report.pk).update(shared=True)
    owner = UserFactory(staff="support")
    schedule = schedule_of(owner, kind="report", key=str(report.pk))
    Report.objects.filter(pk=report.pk).update(shared=False)
    run = due(schedule)
    assert run is not None and "not shared with its owner" in run.error
    report.delete()
    run = due(schedule)
    assert run is not None and "is gone" in run.error
