"""PostgreSQL and Valkey from the wheels: shared, stopped by the last one, and started again after any kind of end."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from django.conf import settings

from project import wheels
from project.embedded import CannotStart, Embedded
from project.processes import wait_until
from project.settings.data import needs_servers

USER = """
import sys, time
from pathlib import Path
from project.embedded import Embedded
servers = Embedded(Path(sys.argv[1]))
servers.start()
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Not pytest's own: as root that one is private, and the data would go elsewhere."""
    path = Path(tempfile.mkdtemp(prefix="topline-test-"))
    path.chmod(0o755)
    yield path
    Embedded(path).stop()
    shutil.rmtree(path)


@pytest.fixture
def servers(folder: Path) -> Iterator[Embedded]:
    servers = Embedded(folder)
    yield servers
    servers.leave()
    servers.stop()


def user_of(folder: Path) -> "subprocess.Popen[str]":
    """Another process that uses the servers until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", USER, str(folder)],
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "ready"
    return process


def end(process: "subprocess.Popen[str]") -> None:
    process.communicate()


def answers(servers: Embedded) -> bool:
    with contextlib.suppress(psycopg.OperationalError, redis.RedisError, OSError):
        with psycopg.connect(servers.urls.database) as connection:
            connection.execute("SELECT 1")
        return bool(redis.Redis.from_url(servers.urls.redis).ping())
    return False


def test_the_last_one_to_leave_stops_the_servers(servers: Embedded, folder: Path) -> None:
    other = user_of(folder)
    servers.start()
    end(other)
    assert answers(servers)
    servers.leave()
    assert servers.postgres_pid() is None
    assert servers.valkey_pid() is None


def test_a_process_that_is_terminated_stops_what_it_alone_used(servers: Embedded, folder: Path) -> None:
    other = user_of(folder)
    other.send_signal(signal.SIGTERM)
    other.communicate()
    assert other.returncode == 128 + signal.SIGTERM
    assert servers.postgres_pid() is None


def test_servers_left_by_a_killed_process_are_taken_over(servers: Embedded, folder: Path) -> None:
    other = user_of(folder)
    left = servers.postgres_pid()
    other.kill()
    other.communicate()
    assert servers.postgres_pid() == left
    servers.start()
    assert servers.postgres_pid() == left
    servers.leave()
    assert servers.postgres_pid() is None


def test_killed_servers_are_started_again(servers: Embedded) -> None:
    servers.start()
    for pid in (servers.postgres_pid(), servers.valkey_pid()):
        assert pid
        os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not servers.postgres_pid() and not servers.valkey_pid(), seconds=5)
    servers.start()
    assert answers(servers)


def test_a_number_that_another_process_has_by_now_is_no_server(servers: Embedded) -> None:
    servers.start()
    servers.leave()
    (servers.data / "postmaster.pid").write_text(f"{os.getpid()}\n{servers.data}\n")
    (servers.sockets / ".s.PGSQL.5432.lock").write_text(f"{os.getpid()}\n")
    (servers.home / "valkey" / "pid").write_text(str(os.getpid()))
    assert servers.postgres_pid() is None
    assert servers.valkey_pid() is None
    servers.start()
    assert answers(servers)


def test_data_survives_and_writes_are_synced(servers: Embedded) -> None:
    servers.start()
    with psycopg.connect(servers.urls.database, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (id int)")
        for name in ("fsync", "synchronous_commit"):
            assert connection.execute(f"SHOW {name}").fetchone() == ("on",)
    servers.leave()
    servers.start()
    with psycopg.connect(servers.urls.database) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_private_folders_stay_private() -> None:
    """The wheel's own starter, run as root, makes every folder above its data readable to all."""
    private = Path(tempfile.mkdtemp(prefix="topline-private-"))
    servers = Embedded(private / "var")
    try:
        servers.start()
        assert answers(servers)
        assert private.stat().st_mode & 0o777 == 0o700
        assert (servers.home == servers.folder) == (os.geteuid() != 0)
        assert servers.sockets.stat().st_mode & 0o777 == 0o700
    finally:
        servers.leave()
        if servers.home != servers.folder:
            shutil.rmtree(servers.home)
        shutil.rmtree(private)


def test_a_long_path_has_its_sockets_elsewhere(tmp_path: Path) -> None:
    servers = Embedded(tmp_path / ("very-long-name-" * 8))
    assert len(str(servers.socket_of_valkey)) < 100


def test_somebody_elses_folder_in_the_temporary_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(PermissionError, match="somebody else"):
        wheels.own_folder(tmp_path / "link")


def test_without_the_wheels_the_message_names_both_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> Path:
        raise ImportError(f"the package {name} is not installed")

    monkeypatch.setattr(wheels, "package", missing)
    servers = Embedded(tmp_path)
    with pytest.raises(CannotStart, match=r"DATABASE_URL .* REDIS_URL"):
        servers.start()
    shutil.rmtree(servers.home)


def test_what_started_is_stopped_where_the_rest_cannot_start(
    servers: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> Path:
        raise FileNotFoundError("no valkey-server for this machine")

    monkeypatch.setattr(wheels, "valkey_program", missing)
    with pytest.raises(CannotStart, match="Valkey"):
        servers.start()
    assert servers.postgres_pid()
    servers.leave()
    assert servers.postgres_pid() is None


def test_a_command_that_cannot_start_them_says_so_without_a_traceback() -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "VAR_DIR": "/dev/null/var",
        "DJANGO_SECRET_KEY": "x" * 50,
        "FIELD_ENCRYPTION_KEYS": "7yNPX8S0g1m5PzuoLQ1gMHcHzVvCrKZIjAeM8KxWJxM=",
        "PAYMENT_WEBHOOK_SECRET": "whsec_eA==",
        "DJANGO_ENV": "",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "DATABASE_URL" in done.stderr
    assert "REDIS_URL" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        (["manage.py", "migrate"], True),
        (["./manage.py", "quickstart"], True),
        (["/venv/bin/granian"], True),
        (["/venv/bin/pytest", "tests"], True),
        (["manage.py", "makemessages"], False),
        (["manage.py", "embedded", "status"], False),
        (["manage.py", "--help"], False),
        (["manage.py"], False),
        (["/venv/bin/mypy", "."], False),
    ],
)
def test_only_what_talks_to_the_database_starts_it(arguments: list[str], needed: bool) -> None:
    assert needs_servers(arguments) is needed
