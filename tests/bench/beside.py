"""Orders while a report is made: the slowest of a hundred calls, against the same minute without one."""

import argparse
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

from analytics.models import ReportRun
from analytics.services import run_files, running
from core.exceptions import Conflict
from project.processes import wait_until
from tests.bench import load, world
from tests.bench.measures import CLIENTS
from tests.bench.pages import seed
from tests.bench.reports import NARROW, WIDE, Watcher, asked_for, first_day_of, long_ago, owner_of_reports
from tests.bench.server import making_reports, serving

START_SECONDS = 60
# Beside orders a report takes longer than a round, and should it not, the next one is waiting.
QUEUED = 4
S = ReportRun.Status


def beside(options: argparse.Namespace) -> dict[str, float]:
    """By format, how many times as long the slowest of a hundred orders takes beside a run, at as many clients."""
    seed(options.orders)
    made, owner = world.make(), owner_of_reports()
    runs: dict[str, Callable[[], ReportRun]] = {
        "csv": lambda: asked_for(owner, "csv", NARROW, long_ago()),
        "xlsx": lambda: asked_for(owner, "xlsx", WIDE, first_day_of(100_000)),
        "pdf": lambda: asked_for(owner, "pdf", NARROW, long_ago()),
    }
    alone: list[load.Result] = []
    found: dict[str, list[float]] = {format: [] for format in runs}
    rates: list[float] = []
    silent: list[float] = []
    with serving() as port, making_reports():
        many = load.order_requests(made.keys, made.product)
        load.run(port, CLIENTS, 1.0, many)
        for _ in range(options.rounds):
            for format, ask in runs.items():
                alone.append(load.run(port, CLIENTS, options.seconds, many))
                with _working(ask) as watcher:
                    round_ = load.run(port, CLIENTS, options.seconds, many)
                assert not round_.refused, f"{round_.refused} orders were refused"
                found[format].append(round_.percentile(0.99) / alone[-1].percentile(0.99))
                silent.append(watcher.longest)
                rates.append(round_.per_second / alone[-1].per_second)
    return {
        "p99_ms_alone": median(one.percentile(0.99) for one in alone),
        **{f"p99_ratio_beside_{format}": median(ratios) for format, ratios in found.items()},
        "orders_ratio_beside": median(rates),
        # The longest that any of them said nothing.
        "silent_s_beside": max(silent),
    }


@contextmanager
def _working(ask: Callable[[], ReportRun]) -> Iterator[Watcher]:
    """From when the first is being made; what is left at the end is not made, and its files are dropped."""
    asked = [ask() for _ in range(QUEUED)]
    mine = ReportRun.objects.filter(pk__in=[run.pk for run in asked])
    assert wait_until(lambda: mine.filter(status=S.RUNNING).exists(), seconds=START_SECONDS), (
        "no report began"
    )
    watcher = Watcher(asked[0])
    thread = threading.Thread(target=watcher.look)
    thread.start()
    try:
        yield watcher
        assert mine.filter(status__in=ReportRun.OPEN).exists(), "the reports were made before the round ended"
    finally:
        watcher.stop()
        thread.join()
        for run in reversed(asked):
            try:
                running.cancel(run=run)
            except Conflict:
                run.refresh_from_db()
                run_files.drop(run.path)
        assert wait_until(lambda: not mine.filter(status__in=ReportRun.OPEN).exists(), seconds=START_SECONDS)
