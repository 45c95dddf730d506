"""The SQL that migrations install, by file name."""

from collections.abc import Sequence
from pathlib import Path

from django.db.migrations import RunSQL


def read(name: str) -> str:
    """The text of `core/sql/<name>.sql`."""
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")


def keep_history(tables: Sequence[str]) -> RunSQL:
    """A migration's step: what is written into these tables of history is kept from now on, and what is there."""
    return RunSQL(
        [(f"SELECT core_keep_history('{table}')", None) for table in tables],
        [(f"SELECT core_leave_history('{table}')", None) for table in tables],
    )
