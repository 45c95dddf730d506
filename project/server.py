"""The processes that make up a running product. Each function runs one until it is told to end.

Whoever calls has loaded the product already; what these start is forked from there, so a worker that dies is back
without importing anything.
"""

import os
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from celery.platforms import SecurityWarning  # type: ignore[attr-defined]
from django.conf import settings
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from project.celery import app
from project.garbage import settle
from project.processes import end_children_on_signals
from project.settings.data import EMBEDDED
from project.supervisor import Part
from project.wsgi import application


def parts(host: str, port: int) -> list[Part]:
    """Web first, so that nothing new comes in while the worker finishes what it has."""
    # Before anything is forked.
    settle()
    return [
        Part("The web server", partial(_run, partial(web, host, port))),
        Part("The scheduler", partial(_run, scheduler)),
        Part("The worker", partial(_run, worker)),
        Part("The reports' worker", partial(_run, reports_worker)),
    ]


def _run(what: Callable[[], None]) -> None:
    """In the new process: use the embedded servers on its own account."""
    with EMBEDDED.shared_after_fork():
        what()


# Of as many threads in all, two in each of four processes answer the slowest of a hundred calls sooner than four in
# each of two: fewer of them share an interpreter, and the kernel deals connections more evenly.
WORKERS_A_CORE = 2


def web(host: str, port: int) -> None:
    end_children_on_signals()
    Granian(
        "project.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=WORKERS_A_CORE * (os.cpu_count() or 1),
        blocking_threads=settings.SERVER_THREADS,
        # A thread keeps its connection to the database: let it live.
        blocking_threads_idle_timeout=600,
        backlog=2048,
        respawn_failed_workers=True,
        respawn_interval=0.2,
        workers_kill_timeout=5,
        websockets=False,
        log_level=LogLevels.error,
    ).serve(target_loader=lambda _target: application)


def worker() -> None:
    _work("--concurrency", str(max(2, os.cpu_count() or 1)))


# About a thirtieth of what an order's process gets where both want the same core.
BEHIND = 15


def reports_worker() -> None:
    """One report at a time, and behind everything else that runs here: orders wait for none."""
    _stand_back()
    _work(
        "--concurrency", "1", "--queues", "reports", "--hostname", "reports@%h", "--max-tasks-per-child", "20"
    )


def _stand_back() -> None:
    """Among processes of one session Linux goes by their niceness; between sessions, which each part has one of, by
    that of the session (sched(7), "The autogroup feature")."""
    os.nice(BEHIND)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(BEHIND))


def _work(*options: str) -> None:
    # As root in a container or a trial; tasks carry JSON only, so nothing that is sent can run.
    warnings.simplefilter("ignore", SecurityWarning)
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    app.worker_main(["--quiet", "worker", "--loglevel", "WARNING", *options, *quiet])


def scheduler() -> None:
    app.start(["--quiet", "beat", "--loglevel", "WARNING"])
