"""Files of runs are kept for a time and within some room; what nobody will ever take is found and deleted."""

import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum, Window
from django.utils import timezone

from analytics.models import ReportRun
from analytics.report_files_settings import ReportFilesPage
from analytics.services import run_files
from core.events import record
from core.site_settings import load

# A file that was just made stays, however little room there is: somebody waits for it.
NEW = timedelta(hours=1)
# A file without a run is a killed worker's; one this young may still get its run.
LEFT_AFTER_SECONDS = 3_600
AT_ONCE = 1_000
_S = ReportRun.Status


def expire() -> int:
    """Delete files whose time is over, and the oldest of those there is no room for. Says how many."""
    kept, now = load(ReportFilesPage, fresh=True), timezone.now()
    files = ReportRun.objects.filter(status=_S.DONE, finished_at__lt=now - NEW)
    old = files.filter(finished_at__lt=now - timedelta(days=kept.days))
    # All files count, also the new ones that stay.
    newest_first = Window(Sum("size"), order_by=[F("finished_at").desc(), F("id").desc()])
    measured = ReportRun.objects.filter(status=_S.DONE).annotate(so_far=newest_first)
    too_many = measured.filter(so_far__gt=kept.megabytes * 1_000_000).values_list("pk", flat=True)
    return _drop(old) + _drop(files.filter(pk__in=list(too_many)))


def clear() -> int:
    """Delete what workers that were killed left behind. Says how many."""
    return sum(map(_remove, [*_parts(), *_without_run()]))


def _drop(runs: QuerySet[ReportRun]) -> int:
    found = list(runs.order_by("finished_at")[:AT_ONCE])
    for run in found:
        with transaction.atomic():
            mine = ReportRun.objects.filter(pk=run.pk, status=_S.DONE)
            if mine.update(status=_S.EXPIRED, path=""):
                record("report.expired", subject=run, data={"report": run.title, "size": run.size})
                # Whatever happens on the way, the file is found without a run and deleted later.
                transaction.on_commit(partial(run_files.drop, run.path), robust=True)
    return len(found)


def _parts() -> Iterator[Path]:
    """Folders that a run was written in and is no more."""
    folders = {_uuid(path.name): path for path in _in(run_files.PARTS)}
    known = [pk for pk in folders if pk is not None]
    running = set(ReportRun.objects.filter(pk__in=known, status=_S.RUNNING).values_list("pk", flat=True))
    for pk, path in folders.items():
        if pk is None or pk not in running:
            yield path


def _without_run() -> Iterator[Path]:
    root, parts = run_files.absolute(""), run_files.absolute(run_files.PARTS)
    young = time.time() - LEFT_AFTER_SECONDS
    old = [
        path
        for path in run_files.absolute(run_files.FOLDER).rglob("*")
        if path.is_file() and parts not in path.parents and path.stat().st_mtime < young
    ]
    for start in range(0, len(old), AT_ONCE):
        files = {path.relative_to(root).as_posix(): path for path in old[start : start + AT_ONCE]}
        known = set(ReportRun.objects.filter(Q(path__in=files)).values_list("path", flat=True))
        yield from (path for name, path in files.items() if name not in known)


def _in(folder: str) -> list[Path]:
    path = run_files.absolute(folder)
    return list(path.iterdir()) if path.is_dir() else []


def _remove(path: Path) -> bool:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
    return not path.exists()


def _uuid(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None
