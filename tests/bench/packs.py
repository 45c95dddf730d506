"""The standard reports of a year: how long each takes in each format, and whether the files tie to the ledger."""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta

from django.conf import settings
from django.db import connection
from django.test.utils import override_settings

from analytics.packs.base import Pack
from analytics.packs.base import packs as standard
from analytics.services import company_days
from commerce.models import Order
from core.models import User
from tests.analytics import standard_files
from tests.analytics.ledger_says import Ledger
from tests.bench.pages import seed

ZONE = "Europe/Paris"
# Days on which clocks change, as (zone, month, days of the month in which it is a Sunday).
CHANGES = (
    ("Europe/Paris", 3, range(25, 32)),
    ("Europe/Paris", 10, range(25, 32)),
    ("America/New_York", 3, range(8, 15)),
    ("America/New_York", 11, range(1, 8)),
)


def packs(options: argparse.Namespace) -> dict[str, float]:
    """Seconds by the clock, of the run with its file; `ties` is 1 where all three files and the ledger say the same."""
    if not options.here:
        seed(options.orders)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    with connection.cursor() as cursor:
        # The questions of the check read a whole year of transfers, which a page never would.
        cursor.execute("SET statement_timeout = 0")
    user, _ = User.objects.get_or_create(
        username="bench", defaults={"email": "bench@example.com", "is_staff": True, "is_superuser": True}
    )
    figures: dict[str, float] = {"packs_orders": Order.objects.count()}
    with tempfile.TemporaryDirectory() as folder:
        private = {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": folder, "base_url": None},
        }
        with override_settings(STORAGES=settings.STORAGES | {"private": private}):
            for key, pack in standard.items():
                figures |= _measured(key, pack, user)
            figures["clock_changes_tie"] = min(_clock_changes(user))
    return figures


def _measured(key: str, pack: Pack, user: User) -> dict[str, float]:
    today = company_days.today()
    of = Ledger(today - timedelta(days=0 if pack.of_a_moment else 364), today, ZONE)
    files = standard_files.make(key, of, user)
    began = time.perf_counter()
    found = standard_files.differences(files.read())
    _say([*found, f"{key}: {next(iter(files.runs.values())).rows} rows, checked in {_since(began):.1f} s"])
    seconds = {
        f"{key}_{format}_s": (run.finished_at - run.started_at).total_seconds()
        for format, run in files.runs.items()
        if run.finished_at and run.started_at
    }
    return seconds | {f"{key}_ties": float(not found)}


def _clock_changes(user: User) -> Iterator[float]:
    """The latest such days that are over: 23 and 25 hours long."""
    for zone, month, days in CHANGES:
        day = _sunday(month, days)
        for key in ("sales_by_day", "taxes", "refunds", "daily_proof"):
            files = standard_files.make(key, Ledger(day, day, zone), user)
            found = standard_files.differences(files.read())
            _say([*found, f"{key} of {day} in {zone}: {'differs' if found else 'ties'}"])
            yield float(not found)


def _sunday(month: int, days: range) -> date:
    today = company_days.today()
    years = (today.year, today.year - 1)
    sundays = (date(year, month, day) for year in years for day in days)
    return next(day for day in sundays if day.weekday() == 6 and day < today)


def _since(began: float) -> float:
    return time.perf_counter() - began


def _say(lines: list[str]) -> None:
    for line in lines:
        print(line, file=sys.stderr, flush=True)  # noqa: T201
