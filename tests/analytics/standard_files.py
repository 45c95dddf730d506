"""The files of a standard report as its run makes them, and whether they say what the ledger says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analytics.models import ReportRun
from analytics.packs.base import packs
from analytics.services import run_files, running
from core.models import User
from tests.analytics.ledger_says import Ledger, expected
from tests.analytics.rereading import Cell, Table, has_line, pdf_text, read_csv, read_pdf, read_xlsx

FORMATS = ("csv", "xlsx", "pdf")


@dataclass
class Files:
    """One report in three formats."""

    key: str
    of: Ledger
    paths: dict[str, Path]
    runs: dict[str, ReportRun]
    csv: list[Table] = field(default_factory=list)
    about: dict[str, list[str]] = field(default_factory=dict)
    xlsx: list[Table] = field(default_factory=list)
    pdf: list[list[Cell]] = field(default_factory=list)

    def read(self) -> "Files":
        self.csv, self.about = read_csv(self.paths["csv"])
        self.xlsx = read_xlsx(self.paths["xlsx"])
        self.pdf = read_pdf(self.paths["pdf"])
        return self

    def texts(self) -> Iterator[str]:
        """All that stands in each file, for looking up what must not."""
        yield self.paths["csv"].read_text(encoding="utf-8-sig")
        yield pdf_text(self.paths["pdf"])
        yield "\n".join(str(cell) for table in self.xlsx for row in table.rows for cell in row)


def make(key: str, of: Ledger, user: User, *, formats: Sequence[str] = FORMATS) -> Files:
    """Through the engine that people's runs go through, asked as its form is when it is opened."""
    form = packs.get(key).form
    values: dict[str, Any] = {name: one.initial for name, one in form.base_fields.items() if one.initial}
    asked = {"first": of.first.isoformat(), "last": of.last.isoformat(), "values": values}
    runs = {}
    for format in formats:
        run = running.ask(
            kind="pack", key=key, asked=asked, format=format, zone=of.zone, language="en", user=user
        )
        done = running.carry_out(run.pk)
        assert done is not None and done.status == ReportRun.Status.DONE, (key, format, done and done.error)
        runs[format] = done
    paths = {format: Path(run_files.storage().path(run.path)) for format, run in runs.items()}
    return Files(key, of, paths, runs)


def differences(files: Files) -> list[str]:
    """Where a file says anything else than the ledger, or than another file; none where all is well."""
    return [*_against_the_ledger(files), *_against_each_other(files)]


def _against_the_ledger(files: Files) -> Iterator[str]:
    for (number, title), ledger in expected(files.key, files.of).items():
        table = files.xlsx[number]
        said = {
            "csv": files.csv[number].added_up(title),
            "xlsx": table.added_up(title),
            "total of xlsx": table.stated(title),
        }
        for where, amounts in said.items():
            if amounts != ledger:
                yield f"{files.key}, {where}, {table.title}, {title}: {dict(amounts)}, ledger {dict(ledger)}"


def _against_each_other(files: Files) -> Iterator[str]:
    if any(run.ties is not True for run in files.runs.values()):
        yield f"{files.key}: a run says that it does not tie"
    if len({run.rows for run in files.runs.values()}) != 1:
        yield f"{files.key}: different numbers of rows"
    for plain, typed in zip(files.csv, files.xlsx, strict=True):
        where = f"{files.key}, {typed.title}"
        if plain.head != typed.head or len(plain.rows) != len(typed.rows):
            yield f"{where}: csv and xlsx have other columns or rows"
        for number, title in enumerate(typed.head):
            if _is_totalled(typed, number) and plain.added_up(title) != typed.stated(title):
                yield f"{where}, {title}: csv {plain.added_up(title)}, xlsx {typed.stated(title)}"
        for line in typed.totals:
            if not has_line(files.pdf, line):
                yield f"{where}: the totals {line} stand nowhere in the pdf"


def _is_totalled(table: Table, number: int) -> bool:
    return any(not isinstance(line[number], str | None) for line in table.totals)
