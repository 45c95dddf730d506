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


@pytest.mark.parametrize(
    ("zone", "before", "expected"),
    [
        ("Europe/Paris", "2026-03-29T00:00Z", ["00:30", "01:30", "02:30", "03:30"]),
        ("Europe/Paris", "2026-10-24T23:59Z", ["00:30", "01:30", "02:30", "03:30"]),
        ("America/New_York", "2026-03-08T06:00Z", ["06:30", "07:30", "08:30", "09:30"]),
        ("America/New_York", "2026-11-01T05:00Z", ["05:30", "06:30", "07:30", "08:30"]),
    ],
)
def test_every_hour_has_as_much_time_between_any_two_whatever_clocks_do(
    zone: str, before: str, expected: list[str]
) -> None:
    found = moments(before, 4, zone=zone, frequency="cron", cron="30 * * * *")
    assert [one[6:] for one in found] == expected


@pytest.mark.parametrize(
    ("zone", "before", "expected"),
    [
        # 02:30 is left out, and so is 03:30; a named hour that comes twice is the first.
        ("Europe/Paris", "2026-03-29T00:00Z", ["03-29 01:30", "03-30 00:30"]),
        ("Europe/Paris", "2026-10-24T22:00Z", ["10-25 00:30", "10-26 01:30"]),
        ("America/New_York", "2026-03-08T05:00Z", ["03-08 07:30", "03-09 06:30"]),
    ],
)
def test_every_day_is_once_a_day_also_in_an_hour_that_is_left_out_or_comes_twice(
    zone: str, before: str, expected: list[str]
) -> None:
    assert moments(before, 2, zone=zone, at=time(2, 30)) == expected
    assert moments(before, 2, zone=zone, frequency="cron", cron="30 2 * * *") == expected


def test_hours_that_are_named_go_by_the_wall() -> None:
    found = moments("2026-10-24T21:00Z", 4, zone="Europe/Paris", frequency="cron", cron="0 */2 * * *")
    assert found == ["10-24 22:00", "10-25 00:00", "10-25 03:00", "10-25 05:00"]
    found = moments("2026-11-01T04:30Z", 2, zone="America/New_York", frequency="cron", cron="0 1,2 * * *")
    assert found == ["11-01 05:00", "11-01 07:00"]


def test_an_hour_that_comes_twice_is_made_up_for_once_too() -> None:
    schedule = ReportSchedule(zone="Europe/Paris", frequency="cron", cron="0 * * * *")
    due, now = (datetime(2026, 10, 25, hour, minute, tzinfo=UTC) for hour, minute in ((0, 0), (1, 20)))
    assert times.last_missed(schedule, due, now) == datetime(2026, 10, 25, 1, tzinfo=UTC)


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
