"""Files of runs: in private storage under random names, whole or not at all."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from django.core.files.storage import Storage, storages
from django.http import FileResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.models import ReportRun
from analytics.renderers.base import renderers
from core.exceptions import NotFound

FOLDER, PARTS = "reports", "reports/parts"


@dataclass(frozen=True, slots=True)
class Kept:
    path: str
    size: int
    sha256: str


@contextmanager
def part(run: ReportRun) -> Iterator[Path]:
    """Where the run writes: a folder of its own, thrown away when it ends, however it ends."""
    folder = absolute(f"{PARTS}/{run.pk}")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        yield folder / "file"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def keep(run: ReportRun, path: Path) -> Kept:
    """Give a whole file its name: on the disk before anybody is told of it.

    Raises:
        OSError: the disk is full.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1024 * 1024):
            digest.update(block)
        os.fsync(file.fileno())
    name = f"{FOLDER}/{timezone.now():%Y/%m}/{token_hex(16)}.{run.format}"
    final = absolute(name)
    final.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(0o600)
    path.replace(final)
    return Kept(name, final.stat().st_size, digest.hexdigest())


def download(run: ReportRun) -> FileResponse:
    """The file as a download that no browser shows or runs in our name; the caller has checked the right to it.

    Raises:
        NotFound: it is no longer kept.
    """
    try:
        content = storage().open(run.path) if run.path else None
    except FileNotFoundError:
        content = None
    if content is None:
        raise NotFound("not_found", _("This file is no longer kept. Run the report again."))
    response = FileResponse(
        content,
        as_attachment=True,
        filename=run.file_name,
        content_type=renderers.get(run.format).content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response


def drop(path: str) -> None:
    if path:
        storage().delete(path)


def drop_part(run: ReportRun) -> None:
    """What a killed worker left."""
    shutil.rmtree(absolute(f"{PARTS}/{run.pk}"), ignore_errors=True)


def storage() -> Storage:
    return storages["private"]


def absolute(name: str) -> Path:
    return Path(storage().path(name))
