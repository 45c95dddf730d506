"""The parts of the product are kept running, and end with the one that keeps them."""

import os
import signal
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from project.processes import wait_until
from project.supervisor import STOP_SECONDS

KEEPER = """
import os, sys, time
from functools import partial
from pathlib import Path
from project.processes import leave_by_exit_on_signals
from project.supervisor import Part, Supervisor

folder = Path(sys.argv[1])

def run(name):
    if os.fork() == 0:
        (folder / f"{name}.child").write_text(str(os.getpid()))
        time.sleep(60)
    (folder / name).write_text(str(os.getpid()))
    time.sleep(60)

leave_by_exit_on_signals()
parts = [Part(name, partial(run, name)) for name in ("one", "two")]
supervisor = Supervisor(parts, look_after=lambda: None, say=print)
try:
    supervisor.start()
    supervisor.keep_running()
finally:
    supervisor.stop()
"""


# Stops a web server so many seconds after starting it, and says how long that took.
STOPPED_EARLY = """
import sys, time
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from project.processes import end_children_on_signals, leave_by_exit_on_signals
from project.supervisor import Part, Supervisor

def web():
    end_children_on_signals()
    Granian(
        "none:none", port=0, interface=Interfaces.WSGI, workers=2, workers_kill_timeout=5, websockets=False,
        log_level=LogLevels.error,
    ).serve(target_loader=lambda _target: lambda environ, start: [])

leave_by_exit_on_signals()
supervisor = Supervisor([Part("web", web)], look_after=lambda: None, say=print)
for delay in map(float, sys.argv[1:]):
    supervisor.start()
    time.sleep(delay)
    started = time.monotonic()
    supervisor.stop()
    print(time.monotonic() - started)
"""


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "project.settings",
        "PYTHONPATH": str(settings.BASE_DIR),
    }
    process = subprocess.Popen([sys.executable, "-c", KEEPER, str(tmp_path)], env=environment)
    names = ("one", "one.child", "two", "two.child")
    assert wait_until(lambda: all(number(tmp_path / name) for name in names), seconds=20)
    yield process
    process.kill()
    process.wait()


def number(file: Path) -> int:
    return int(file.read_text() or 0) if file.exists() else 0


def alive(pid: int) -> bool:
    try:
        # A process that has ended and waits to be asked about has no command line any more.
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False


def test_a_part_that_dies_is_started_again_and_its_children_go_with_it(
    keeper: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    first, child = number(tmp_path / "one"), number(tmp_path / "one.child")
    os.kill(first, signal.SIGKILL)
    assert wait_until(lambda: number(tmp_path / "one") not in (0, first), seconds=5)
    assert not alive(child)


def test_all_parts_end_when_asked(keeper: "subprocess.Popen[bytes]", tmp_path: Path) -> None:
    pids = [number(file) for file in tmp_path.iterdir()]
    keeper.terminate()
    assert keeper.wait(10) == 128 + signal.SIGTERM
    assert not any(alive(pid) for pid in pids)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent is gone")
def test_parts_end_with_a_keeper_that_is_killed(keeper: "subprocess.Popen[bytes]", tmp_path: Path) -> None:
    keeper.kill()
    parts = [number(tmp_path / name) for name in ("one", "two")]
    assert wait_until(lambda: not any(alive(pid) for pid in parts), seconds=5)


def test_what_is_told_to_end_while_it_starts_ends_at_once() -> None:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "project.settings",
        "PYTHONPATH": str(settings.BASE_DIR),
    }
    delays = ["0", "0.002", "0.005", "0.008", "0.01", "0.012", "0.015", "0.02"] * 2
    command = [sys.executable, "-c", STOPPED_EARLY, *delays]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=240)
    seconds = [float(line) for line in said.stdout.split()]
    assert len(seconds) == len(delays)
    assert statistics.median(seconds) < 1
    # A worker of the web server can still lose a signal in its first moments; the server ends it 5 seconds later.
    assert max(seconds) < STOP_SECONDS


# A part has a session of its own, and there its own niceness says nothing to the others.
STANDS_BACK = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
import django
django.setup()
from project import server
os.setsid()
server._work = lambda *options: print(os.nice(0), open("/proc/self/autogroup").read())
server.reports_worker()
"""


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="this kernel groups no sessions")
def test_reports_stand_behind_orders_though_each_part_is_a_session() -> None:
    told = subprocess.run(
        [sys.executable, "-c", STANDS_BACK], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    own, _group, _nice, of_session = told.stdout.split()
    assert int(own) == int(of_session) > 0
