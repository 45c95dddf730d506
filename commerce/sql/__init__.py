"""The SQL that migrations install, by file name."""

from pathlib import Path


def read(name: str) -> str:
    """The text of `commerce/sql/<name>.sql`."""
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")
