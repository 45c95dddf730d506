"""PostgreSQL and Valkey from wheels, for a start from one command and for the tests.

Used only where DATABASE_URL or REDIS_URL is unset. Every process that uses the servers shares them: whoever comes
first starts them, whoever leaves last stops them. Who uses them is known by a shared lock on a file, which the kernel
gives up even after kill -9, so that nothing has to be counted. The wheels' own server objects are not used: they leak
their counts, take any live process for a server and widen the rights of parent folders.
"""

import atexit
import contextlib
import fcntl
import os
import shutil
import signal
import subprocess  # nosec B404 - only its exceptions are used here
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from project import processes, wheels
from project.wheels import bin_dir

__all__ = ["CannotStart", "Embedded", "Urls", "bin_dir"]

DATABASE = "topline"
# The longest path of a Unix socket is 107 bytes, and PostgreSQL adds a name to its folder's.
LONGEST_SOCKET_FOLDER = 80
VALKEY_DATABASES = 128
START_SECONDS = 30
START_TRIES = 8
STOP_SECONDS = 30

# What PostgreSQL runs with here; fsync and synchronous_commit stay on, because money is written.
CONFIGURATION = """
listen_addresses = ''
unix_socket_permissions = 0777
unix_socket_directories = '{sockets}'
max_connections = 100
shared_buffers = 256MB
work_mem = 16MB
maintenance_work_mem = 256MB
max_wal_size = 4GB
checkpoint_timeout = 15min
wal_compression = on
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
"""


class CannotStart(RuntimeError):
    """The embedded servers cannot run here; the message says what to set instead."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(
            f"{what} cannot be started from its wheel: {why}\n"
            "Set DATABASE_URL to a PostgreSQL 14+ and REDIS_URL to a Redis or Valkey, and neither is needed."
        )


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the servers answer."""

    database: str
    redis: str


@dataclass
class Embedded:
    """The two servers of one folder."""

    folder: Path
    _in_use: IO[str] | None = field(default=None, init=False)
    _owner: int = field(default=0, init=False)
    _children: "list[subprocess.Popen[bytes]]" = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.folder = self.folder.resolve()

    @property
    def home(self) -> Path:
        """Where the data is: the folder itself, or one in the system's temporary folder where it cannot be."""
        if os.geteuid() != 0 or wheels.reachable(self.folder):
            return self.folder
        return Path(tempfile.gettempdir()) / f"topline-{wheels.digest(self.folder)}"

    @property
    def data(self) -> Path:
        return self.home / "postgres"

    @property
    def sockets(self) -> Path:
        inside = self.home / "run"
        if len(str(inside)) <= LONGEST_SOCKET_FOLDER:
            return inside
        runtime = os.environ.get("XDG_RUNTIME_DIR") if os.geteuid() else None
        return Path(runtime or tempfile.gettempdir()) / f"topline-run-{wheels.digest(self.folder)}"

    @property
    def socket_of_valkey(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def urls(self) -> Urls:
        return Urls(
            database=f"postgresql://postgres@/{DATABASE}?host={self.sockets}",
            redis=f"unix://{self.socket_of_valkey}",
        )

    def start(self, *, postgres: bool = True, valkey: bool = True) -> Urls:
        """Have the servers run until this process, and every other that uses them, has ended. Starting what runs
        already does nothing, so whoever watches over the servers calls this again.

        Raises:
            CannotStart: naming DATABASE_URL and REDIS_URL.
        """
        with self._alone():
            # First of all, so that what is started is stopped even if the rest cannot be.
            if self._in_use is None:
                self._in_use = (self.folder / "embedded.users").open("w")
                fcntl.flock(self._in_use, fcntl.LOCK_SH)
                self._owner = os.getpid()
                atexit.register(self.leave)
                processes.leave_by_exit_on_signals()
            self._prepare()
            if postgres:
                self._start_postgres()
            if valkey:
                self._start_valkey()
        return self.urls

    def leave(self) -> None:
        """This process no longer needs the servers; the last one to leave stops them."""
        if self._in_use is None or self._owner != os.getpid():
            return
        with self._alone():
            fcntl.flock(self._in_use, fcntl.LOCK_UN)
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(self._in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self.stop()
            self._in_use.close()
            self._in_use = None

    @contextlib.contextmanager
    def shared_after_fork(self) -> Iterator[None]:
        """In a forked process: use the servers on its own account, so that they outlive a parent that is killed."""
        if self._in_use is None:
            yield
            return
        with self._alone():
            inherited, self._in_use = self._in_use, (self.folder / "embedded.users").open("w")
            fcntl.flock(self._in_use, fcntl.LOCK_SH)
            inherited.close()
            self._owner = os.getpid()
        try:
            yield
        finally:
            self.leave()

    def stop(self) -> None:
        """Stop both servers, whoever uses them."""
        if self.postgres_pid():
            command = [
                str(wheels.postgres_programs() / "pg_ctl"),
                "-D",
                str(self.data),
                "-m",
                "fast",
                "-w",
                "stop",
            ]
            processes.run(command, seconds=STOP_SECONDS, identity=wheels.service_identity())
        if pid := self.valkey_pid():
            os.kill(pid, signal.SIGTERM)
            processes.wait_until(lambda: not self.valkey_pid(), seconds=STOP_SECONDS)

    def postgres_pid(self) -> int | None:
        self._bury()
        return processes.alive(self.data / "postmaster.pid", "postgres", str(self.data))

    def valkey_pid(self) -> int | None:
        self._bury()
        return processes.alive(self.home / "valkey" / "pid", "valkey-server", str(self.socket_of_valkey))

    def _bury(self) -> None:
        """A server that we started and that has ended stays in the list of processes until it is asked about."""
        self._children = [child for child in self._children if child.poll() is None]

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Starting and stopping is done by one process at a time."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / "embedded.lock").open("w")
        except OSError as error:
            raise CannotStart("PostgreSQL", f"{self.folder} cannot be written: {error}") from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _prepare(self) -> None:
        try:
            if self.home != self.folder:
                wheels.own_folder(self.home, mode=0o711)
            # Nobody signs in to these servers: whoever reaches the sockets is in, so only we do.
            wheels.own_folder(self.sockets, for_service=True)
            for name in ("log", "valkey"):
                (self.home / name).mkdir(exist_ok=True)
        except OSError as error:
            raise CannotStart("PostgreSQL", str(error)) from error

    def _start_postgres(self) -> None:
        if self._postgres_answers():
            return
        try:
            if not (self.data / "PG_VERSION").exists():
                self._create_cluster()
            (self.data / "topline.conf").write_text(CONFIGURATION.format(sockets=self.sockets))
            started = any(self._try_postgres() for _ in range(START_TRIES))
        except (OSError, subprocess.SubprocessError, ImportError) as error:
            raise CannotStart("PostgreSQL", str(error)) from error
        if not started:
            raise CannotStart("PostgreSQL", f"it does not answer. {processes.end_of(self._log('postgres'))}")

    def _try_postgres(self) -> bool:
        """Start it and wait. After a kill -9 the first tries may find the old one's children, who are still leaving."""
        if self.postgres_pid():
            return processes.wait_until(self._postgres_answers, seconds=START_SECONDS)
        # Left by a kill or a reboot; PostgreSQL would refuse if any process has the number by now.
        for left in (self.data / "postmaster.pid", self.sockets / ".s.PGSQL.5432.lock"):
            left.unlink(missing_ok=True)
        command = [str(wheels.postgres_programs() / "postgres"), "-D", str(self.data)]
        child = processes.spawn(command, self._log("postgres"), identity=wheels.service_identity())
        self._children.append(child)
        answers = processes.wait_until(
            lambda: child.poll() is not None or self._postgres_answers(), seconds=START_SECONDS
        )
        if answers and child.poll() is None:
            return True
        time.sleep(0.3)
        return False

    def _create_cluster(self) -> None:
        if self.home != self.folder:
            sys.stderr.write(
                f"PostgreSQL keeps its data in {self.data}: {wheels.SERVICE_USER} cannot reach {self.folder}\n"
            )
        # Made beside its place and moved there whole, so that a start that is interrupted leaves no half a cluster.
        making = self.data.with_name("postgres.new")
        shutil.rmtree(making, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)
        wheels.own_folder(making, for_service=True)
        command = [
            str(wheels.postgres_programs() / "initdb"),
            *("-D", str(making), "-U", "postgres", "-A", "trust", "-E", "UTF8"),
            *("--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions"),
        ]
        processes.run(command, seconds=START_SECONDS * 2, identity=wheels.service_identity())
        with (making / "postgresql.conf").open("a") as configuration:
            configuration.write("include 'topline.conf'\n")
        making.rename(self.data)

    def _postgres_answers(self) -> bool:
        """Connect, and make sure that our database is there."""
        import psycopg

        try:
            with psycopg.connect(
                host=str(self.sockets), user="postgres", dbname="postgres", connect_timeout=2, autocommit=True
            ) as connection:
                found = connection.execute(
                    "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
                ).fetchone()
                if not found:
                    connection.execute(f"CREATE DATABASE {DATABASE}")
        except psycopg.OperationalError:
            return False
        return True

    def _start_valkey(self) -> None:
        if self._valkey_answers():
            return
        if pid := self.valkey_pid():
            os.kill(pid, signal.SIGKILL)
        self.socket_of_valkey.unlink(missing_ok=True)
        folder = self.home / "valkey"
        try:
            command = [
                str(wheels.valkey_program()),
                *("--port", "0", "--unixsocket", str(self.socket_of_valkey), "--unixsocketperm", "700"),
                *("--dir", str(folder), "--daemonize", "no", "--databases", str(VALKEY_DATABASES)),
                # A queue that is lost is found again from the database, so nothing is written to disk.
                *("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"),
            ]
            child = processes.spawn(command, self._log("valkey"))
            self._children.append(child)
            (folder / "pid").write_text(str(child.pid))
        except (OSError, ImportError) as error:
            raise CannotStart("Valkey", str(error)) from error
        if not processes.wait_until(
            lambda: self._valkey_answers() or child.poll() is not None, seconds=START_SECONDS
        ):
            raise CannotStart("Valkey", "it does not answer")
        if child.poll() is not None:
            raise CannotStart("Valkey", processes.end_of(self._log("valkey")))

    def _valkey_answers(self) -> bool:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        client = redis.Redis(
            unix_socket_path=str(self.socket_of_valkey), socket_timeout=1, retry=Retry(NoBackoff(), 0)
        )
        try:
            return bool(client.ping())
        except (redis.RedisError, OSError):
            return False
        finally:
            client.close()

    def _log(self, name: str) -> Path:
        return self.home / "log" / f"{name}.log"
