"""The whole product by its own command in a folder of its own, and the hand that kills parts of it.

Run as a module it is that command, with the far provider's adapter beside the product's own. Linux only: who is who
among the processes is read from /proc.
"""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from project.embedded import Embedded
from project.processes import wait_until
from tests.bench.server import free_port

START_SECONDS = 240
WHOLE_SECONDS = 30
HANG_SECONDS = 3.0
LISTENING = "0A"


@dataclass
class Stage:
    """A running quickstart; `servers` are its PostgreSQL and Valkey."""

    orders: int
    port: int = field(default_factory=free_port)
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="topline-faults-")))

    def __post_init__(self) -> None:
        # Not ours alone: as root, PostgreSQL runs as a user of its own, who has to get there.
        self.folder.chmod(0o755)
        self.servers = Embedded(self.folder)
        self.output = self.folder / "output"

    def start(self) -> None:
        given = ("DATABASE_URL", "REDIS_URL", "DB_NAME", "DJANGO_SETTINGS_MODULE")
        environment = {name: value for name, value in os.environ.items() if name not in given}
        environment |= {"VAR_DIR": str(self.folder), "TOPLINE_DEMO": "1", "LOG_LEVEL": "ERROR"}
        command = [sys.executable, "-m", "tests.bench.stage", "quickstart"]
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [*command, "--port", str(self.port), "--orders", str(self.orders)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(
            lambda: self._said("Ctrl-C stops it") or self.process.poll() is not None, seconds=START_SECONDS
        )
        if not self._said("Ctrl-C stops it"):
            raise RuntimeError(self.output.read_text())

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(40)
        self.process.kill()
        self.servers.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def wait_until_whole(self) -> None:
        """Everything that belongs to the product runs."""
        if not wait_until(self._whole, seconds=WHOLE_SECONDS):
            raise RuntimeError(f"The product did not come back:\n{self.output.read_text()[-4000:]}")

    def _whole(self) -> bool:
        parts, family = self._parts(), _family()
        return (
            set(parts) == {"web", "worker", "scheduler"}
            and all(len(family.get(parts[name], [])) >= 2 for name in ("web", "worker"))
            and bool(self.servers.postgres_pid() and self.servers.valkey_pid())
        )

    def _parts(self) -> dict[str, int]:
        """The three parts by what they do: of one the children listen, one has children, one has none."""
        family, listener = _family(), _listener(self.port)
        servers = {self.servers.postgres_pid(), self.servers.valkey_pid()}
        found = {}
        for pid in family.get(self.process.pid, []):
            # A server that is not known by its file is an old one on its way out.
            if pid in servers or not _program(pid).startswith("python"):
                continue
            if any(_holds(one, listener) for one in [pid, *family.get(pid, [])]):
                found["web"] = pid
            else:
                found["worker" if family.get(pid) else "scheduler"] = pid
        return found

    def _said(self, words: str) -> bool:
        return words in self.output.read_text()

    # What can go wrong.
    def kill_web_child(self) -> None:
        os.kill(random.choice(_family()[self._parts()["web"]]), signal.SIGKILL)

    def kill_web(self) -> None:
        os.killpg(self._parts()["web"], signal.SIGKILL)

    def kill_worker_child(self) -> None:
        os.kill(random.choice(_family()[self._parts()["worker"]]), signal.SIGKILL)

    def kill_worker(self) -> None:
        os.killpg(self._parts()["worker"], signal.SIGKILL)

    def kill_scheduler(self) -> None:
        os.kill(self._parts()["scheduler"], signal.SIGKILL)

    def end_backends(self) -> None:
        with psycopg.connect(self.servers.urls.database, autocommit=True) as link:
            link.execute(f"SELECT pg_terminate_backend(pid) FROM ({_BACKENDS}) others")

    def kill_backend(self) -> None:
        """PostgreSQL ends all others, too, and recovers: their shared memory may be damaged."""
        with psycopg.connect(self.servers.urls.database, autocommit=True) as link:
            pids = [pid for (pid,) in link.execute(_BACKENDS).fetchall()]
        os.kill(random.choice(pids), signal.SIGKILL)

    def kill_postgres(self) -> None:
        os.kill(self.servers.postgres_pid() or 0, signal.SIGKILL)

    def kill_valkey(self) -> None:
        os.kill(self.servers.valkey_pid() or 0, signal.SIGKILL)

    def hang_valkey(self) -> None:
        pid = self.servers.valkey_pid() or 0
        os.kill(pid, signal.SIGSTOP)
        threading.Timer(HANG_SECONDS, os.kill, (pid, signal.SIGCONT)).start()


_BACKENDS = (
    "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    " AND datname = current_database()"
)
FAULTS = {
    "web_child": Stage.kill_web_child,
    "worker_child": Stage.kill_worker_child,
    "postgres_backends_ended": Stage.end_backends,
    "valkey": Stage.kill_valkey,
    "web": Stage.kill_web,
    "postgres_backend": Stage.kill_backend,
    "scheduler": Stage.kill_scheduler,
    "worker": Stage.kill_worker,
    "valkey_hangs": Stage.hang_valkey,
    "postgres": Stage.kill_postgres,
}


def _family() -> dict[int, list[int]]:
    """Every process's living children."""
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                found.setdefault(int(parent), []).append(int(entry.name))
    return found


def _program(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode()).name
    return ""


def _listener(port: int) -> str:
    """The inode of the socket that listens there."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
            return fields[9]
    return ""


def _holds(pid: int, inode: str) -> bool:
    with contextlib.suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if inode and str(entry.readlink()) == f"socket:[{inode}]":
                    return True
    return False


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
    import django
    from django.core.management import execute_from_command_line

    django.setup()
    from tests.bench import far_provider  # noqa: F401

    execute_from_command_line(["manage.py", *sys.argv[1:]])
