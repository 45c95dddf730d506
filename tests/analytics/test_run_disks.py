"""Disks that are full for real: a small one for the files, and none for what the database sorts."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.urls import reverse

from analytics.models import ReportRun
from analytics.services import run_files, running
from commerce.models import Category
from core.models import User
from tests.analytics.run_world import S, content, files_in, keep_files_in, made
from tests.commerce.imports import signed_in
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
SIZE, LEFT, ROWS = 2_000_000, 16_000, 1_500
FULL = "The disk is full. Make room and run it again."


@pytest.fixture
def finance() -> User:
    return UserFactory(staff=User.Role.FINANCE)


@pytest.fixture
def rows() -> None:
    """Names that no format makes smaller."""
    Category.objects.bulk_create(Category(code=f"c{number}", name=token_hex(40)) for number in range(ROWS))


@pytest.fixture
def disk(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """A disk of its own for private files."""
    if os.geteuid() != 0:
        pytest.skip("only root mounts a disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.decode().strip()}")
    keep_files_in(settings, folder)
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def a_list(user: User, format: str = "csv", query: str = "") -> ReportRun:
    asked = {"first": "2026-01-01", "last": "2026-01-01", "query": query, "columns": ["name", "code"]}
    return running.ask(
        kind="list", key="commerce.category", asked=asked, format=format, zone="UTC", language="en", user=user
    )


def fill(disk: Path) -> Path:
    """All but a little of it."""
    free = os.statvfs(disk)
    filler = disk / "filler"
    filler.write_bytes(b"0" * (free.f_bavail * free.f_frsize - LEFT))
    return filler


@pytest.mark.parametrize("format", ["csv", "jsonl", "xlsx", "pdf"])
def test_a_full_disk_is_said_leaves_nothing_and_it_runs_again_once_there_is_room(
    finance: User, rows: None, disk: Path, format: str
) -> None:
    filler = fill(disk)
    ended = running.carry_out(a_list(finance, format).pk)
    assert ended is not None
    assert (ended.status, ended.error, ended.path) == (S.FAILED, FULL, "")
    assert files_in(disk) == [filler]
    assert list((disk / run_files.PARTS).iterdir()) == []
    page = (
        signed_in("finance")
        .get(reverse("admin:analytics_reportrun_change", args=[ended.pk]))
        .content.decode()
    )
    assert FULL in page and reverse("admin:analytics_reportrun_file", args=[ended.pk]) not in page

    filler.unlink()
    done = made(running.again(run=ended, user=finance))
    assert done.rows == ROWS + Category.objects.exclude(code__startswith="c").count()
    assert len(content(done)) == done.size > LEFT


def test_a_database_without_room_to_sort_is_said_and_nothing_is_offered(
    finance: User, rows: None, settings: Any, tmp_path: Path
) -> None:
    keep_files_in(settings, tmp_path / "private")
    run = a_list(finance, query="o=1")
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if not cursor.fetchone()[0]:
            pytest.skip("only a superuser takes the room away")
        cursor.execute("SET work_mem = '64kB'")
        cursor.execute("SET temp_file_limit = '64kB'")
    with pytest.raises(OperationalError):
        running.carry_out(run.pk)
    connection.close()
    run.refresh_from_db()
    assert (run.status, run.path) == (S.FAILED, "")
    assert run.error == "The database has no room to sort so much. Ask for fewer days or rows."
    assert files_in(tmp_path / "private") == []
    assert made(running.again(run=run, user=finance)).rows >= ROWS
