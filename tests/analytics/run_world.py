"""What tests of runs share: private files in a folder of the test, and a pack that does what a test wants."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from analytics.models import ReportRun
from analytics.packs.base import Asked, Pack, Section
from analytics.services import company_days, run_files, running
from core.models import User

S = ReportRun.Status


class Faulty(Pack):
    """Does what a test wants done while it is read."""

    key, title, description = "faulty", "Faulty", "…"
    doing: Callable[[Asked], list[Section]] = staticmethod(lambda asked: [])

    def sections(self, asked: Asked) -> list[Section]:
        return type(self).doing(asked)


def keep_files_in(settings: Any, folder: Path) -> None:
    settings.STORAGES = settings.STORAGES | {
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(folder), "base_url": None},
        }
    }


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def asked_for(days: int = 1) -> dict[str, str]:
    today = company_days.today()
    return {"first": (today - timedelta(days=days)).isoformat(), "last": today.isoformat()}


def ask(user: User, format: str = "csv", *, key: str = "sales_by_day", **more: Any) -> ReportRun:
    given = {"asked": asked_for(), "zone": "UTC", "language": "en"} | more
    return running.ask(kind="pack", key=key, format=format, user=user, **given)


def made(run: ReportRun) -> ReportRun:
    done = running.carry_out(run.pk)
    assert done is not None
    assert done.status == S.DONE, done.error
    return done


def content(run: ReportRun) -> bytes:
    return b"".join(run_files.download(run).streaming_content)
