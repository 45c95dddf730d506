"""Files of reports: how long one takes, how much memory, and how often it says how far it is."""

import argparse
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from analytics.models import ReportRun
from analytics.services import run_files, running
from analytics.services.asking import MOST_DAYS
from commerce.models import Order
from core.models import User
from tests.bench.pages import seed

NARROW = ("number", "created_at", "status", "buyer", "product", "total", "captured", "refunded")
WIDE = (*NARROW, "brand", "recipient", "quantity", "price")
ADDED_UP = ("total", "captured", "refunded", "price")
MB = 1024 * 1024


@dataclass
class Made:
    """What a run cost: seconds by the clock, of this process and of the database's; memory above its start."""

    run: ReportRun
    seconds: float
    cpu: float
    megabytes: float
    silent: float

    def figures(self, name: str) -> dict[str, float]:
        return {
            f"{name}_rows": self.run.rows,
            f"{name}_s": self.seconds,
            f"{name}_cpu_s": self.cpu,
            f"{name}_mb": self.megabytes,
            f"{name}_silent_s": self.silent,
        }


@dataclass
class Watcher:
    """Looks at a run as its page does, and notes the longest time without a sign of life."""

    run: ReportRun
    longest: float = 0.0
    _over: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        last, moved = None, time.perf_counter()
        while not self._over.wait(0.1):
            running_now = ReportRun.objects.filter(pk=self.run.pk, status=ReportRun.Status.RUNNING)
            row, now = running_now.values_list("touched_at", flat=True).first(), time.perf_counter()
            if row is None or row != last:
                last, moved = row, now
            self.longest = max(self.longest, now - moved)
        connections.close_all()

    def stop(self) -> None:
        self._over.set()


def reports(options: argparse.Namespace) -> dict[str, float]:
    """CSV of all orders, Excel of 100,000 with twelve columns, and a PDF of at least fifty pages."""
    seed(options.orders)
    settings.CELERY_BROKER_URL = "memory://"
    owner = owner_of_reports()
    figures = {"reference_s": _reference()}
    whole = _made(owner, "csv", NARROW, long_ago())
    figures |= whole.figures("csv")
    figures |= _made(owner, "xlsx", WIDE, first_day_of(100_000)).figures("xlsx_x12")
    paper = _made(owner, "pdf", NARROW, long_ago())
    figures |= paper.figures("pdf") | {"pdf_pages": _pages(paper.run)}
    for run in ReportRun.objects.all():
        run_files.drop(run.path)
    return figures


def asked_for(owner: User, format: str, columns: tuple[str, ...], first: date) -> ReportRun:
    """A run of orders since that day, for whoever takes it."""
    chosen = [{"column": name, "total": name in ADDED_UP} for name in columns]
    return running.ask(
        kind="report",
        key="bench",
        asked={
            "title": "Orders",
            "spec": {"dataset": "orders", "columns": chosen},
            "first": first.isoformat(),
            "last": timezone.localdate().isoformat(),
        },
        format=format,
        zone="UTC",
        language="en",
        user=owner,
    )


def owner_of_reports() -> User:
    owner, _ = User.objects.get_or_create(
        username="bench", defaults={"email": "bench@example.com", "is_staff": True, "is_superuser": True}
    )
    return owner


def _made(owner: User, format: str, columns: tuple[str, ...], first: date) -> Made:
    run = asked_for(owner, format, columns, first)
    watcher = Watcher(run)
    thread = threading.Thread(target=watcher.look)
    connection.ensure_connection()
    Path("/proc/self/clear_refs").write_text("5")
    before, cpu, began = _status("VmRSS"), _cpu(), time.perf_counter()
    thread.start()
    done = running.carry_out(run.pk)
    seconds = time.perf_counter() - began
    watcher.stop()
    thread.join()
    assert done is not None and done.path, done and done.error
    return Made(done, seconds, _cpu() - cpu, max(0.0, _status("VmHWM") - before), watcher.longest)


def long_ago() -> date:
    """As far back as one file may reach."""
    return timezone.localdate() - timedelta(days=MOST_DAYS - 1)


def first_day_of(rows: int) -> date:
    """From when on there are about so many orders."""
    placed = Order.objects.filter(is_test=False).order_by("-created_at").values_list("created_at", flat=True)
    at = placed[rows : rows + 1].first() or placed.last()
    assert at is not None
    return at.date()


def _pages(run: ReportRun) -> int:
    path = run_files.absolute(run.path)
    told = subprocess.run(["pdfinfo", str(path)], capture_output=True, text=True, check=False).stdout
    return next((int(line.split()[1]) for line in told.splitlines() if line.startswith("Pages:")), 0)


def _cpu() -> float:
    """Of this process and of the database's that answers it."""
    fields = _of_backend().rpartition(")")[2].split()
    return time.process_time() + (sum(map(int, fields[11:13])) / 100 if fields else 0.0)


def _of_backend() -> str:
    with suppress(OSError):
        return Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text()
    return ""


def _status(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / MB for line in lines if line.startswith(f"{name}:"))


def _reference() -> float:
    """CPU time of always the same work: by it figures of two machines, or of one on two days, are compared."""
    began = time.process_time()
    sum(number * number % 7 for number in range(5_000_000))
    return time.process_time() - began
