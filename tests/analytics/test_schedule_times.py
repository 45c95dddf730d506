"""When schedules are due, on ordinary days and on those when clocks change."""

from datetime import UTC, datetime, time
from typing import Any

import pytest

from analytics.models import ReportSchedule
from analytics.services import times
from core.exceptions import InvalidInput


def moments(after: str, number: int = 3, zone: str = "Europe/Berlin", **values: Any) -> list[str]:
    schedule = ReportSchedule(zone=zone, **{"at": time(7)} | values)
    found = times.next_times(schedule, datetime.fromisoformat(after), number)
    return [f"{one.astimezone(UTC):%m-%d %H:%M}" for one in found]


def test_every_day_is_at_the_same_clock_across_a_change() -> None:
    # 30 March 2025: from +1 to +2.
    assert moments("2025-03-28T12:00Z") == ["03-29 06:00", "03-30 05:00", "03-31 05:00"]
    # 26 October 2025: back.
    assert moments("2025-10-24T12:00Z") == ["10-25 05:00", "10-26 06:00", "10-27 06:00"]


def test_a_time_that_clocks_leave_out_is_an_hour_later_that_day_and_comes_once() -> None:
    assert moments("2025-03-29T12:00Z", at=time(2, 30)) == ["03-30 01:30", "03-31 00:30", "04-01 00:30"]


def test_a_time_that_comes_twice_runs_once() -> None:
    assert moments("2025-10-25T12:00Z", at=time(2, 30)) == ["10-26 00:30", "10-27 01:30", "10-28 01:30"]


def test_every_hour_goes_on_through_a_change() -> None:
    assert moments("2025-03-29T23:59Z", 4, frequency="cron", cron="0 * * * *") == [
        "03-30 00:00", "03-30 01:00", "03-30 02:00", "03-30 03:00",
    ]  # fmt: skip


def test_midnight_that_is_left_out() -> None:
    # In Beirut clocks go from 00:00 to 01:00 on 30 March 2025.
    assert moments("2025-03-29T12:00Z", 2, zone="Asia/Beirut", at=time(0)) == ["03-29 22:00", "03-30 21:00"]


def test_every_week_and_every_month() -> None:
    weekly = moments("2025-03-05T12:00Z", 2, zone="UTC", frequency="weekly", weekday=0)
    assert weekly == ["03-10 07:00", "03-17 07:00"]
    sunday = moments("2025-03-05T12:00Z", 1, zone="UTC", frequency="weekly", weekday=6)
    assert sunday == ["03-09 07:00"]
    first = moments("2025-01-05T12:00Z", zone="UTC", frequency="monthly", month_day=1)
    assert first == ["02-01 07:00", "03-01 07:00", "04-01 07:00"]


def test_the_last_day_of_each_month() -> None:
    found = moments("2024-01-05T12:00Z", zone="UTC", frequency="monthly", month_day=ReportSchedule.LAST_DAY)
    assert found == ["01-31 07:00", "02-29 07:00", "03-31 07:00"]


def test_a_day_that_is_years_away_is_found_and_one_that_comes_too_seldom_is_not() -> None:
    assert moments("2096-03-01T12:00Z", 1, zone="UTC", frequency="cron", cron="0 7 29 2 *") == ["02-29 07:00"]
    assert moments("2025-03-01T12:00Z", 1, zone="UTC", frequency="cron", cron="0 7 29 2 1") == []


def test_missed_times_are_made_up_for_once_by_the_latest() -> None:
    schedule = ReportSchedule(zone="UTC", at=time(7))
    due, now = datetime(2025, 3, 1, 7, tzinfo=UTC), datetime(2025, 3, 5, 6, tzinfo=UTC)
    assert times.last_missed(schedule, due, now) == datetime(2025, 3, 4, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "0 7 * *", "0 7 * * * *", "60 7 * * *", "0 7 32 * *", "0 */0 * * *", "*/5 * * * *", "0 7 - * *",
     "0 7 , * *", "0 7 * * funday", "0 7 31 2 *", "0 7 * * 1;DROP", "0 ٧ * * *", "0 7 * * " + "1," * 30 + "1"],
)  # fmt: skip
def test_a_crontab_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        times.fields_of(ReportSchedule(frequency="cron", cron=text, zone="UTC"))
    assert refused.value.field == "cron"
