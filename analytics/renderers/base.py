"""What a report is when it is read, and what writes it to a file."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from analytics.packs.base import Section
from analytics.services.pulse import Pulse
from core.documents.tables import Money, Row, Totals, Value
from core.money import quantize
from core.registry import Registry


@dataclass(slots=True)
class CopySection(Section):
    """Rows of a dataset: the database writes them itself, counts them and adds them up, in the same snapshot.

    Attributes:
        number: how many rows there are.
        sums: of the columns that are totalled, by their index.
        write_csv: writes header and rows to a file by COPY, and says how many rows it wrote.
        keys: names of the columns for programs.
    """

    number: int = 0
    sums: dict[int, list[Value]] = field(default_factory=dict)
    write_csv: Callable[[Path, Pulse], int] | None = None
    keys: Sequence[str] = ()


@dataclass(slots=True)
class Reading:
    """A report as it was read.

    Attributes:
        facts: what was asked for, as (what, how): days, filters, order.
    """

    title: str
    subtitle: str
    sections: list[Section]
    facts: list[tuple[str, str]]
    zone: ZoneInfo
    made_by: str
    made_at: datetime
    description: str = ""

    def filename(self, extension: str, title: str = "") -> str:
        """ASCII, so that every browser and mail client keeps it.

        Args:
            title: by which to name it, where that of the file is in letters that do not stay.
        """
        moment = timezone.localtime(self.made_at, self.zone)
        return f"{slugify(self.title)[:80] or slugify(title)[:80] or 'report'}-{moment:%Y-%m-%d-%H%M}.{extension}"


@dataclass(slots=True)
class Counted:
    """What a section came to, once its rows went by."""

    section: Section
    rows: int = 0
    sums: list[tuple[str, Value]] = field(default_factory=list)


@dataclass(slots=True)
class Written:
    """What the file holds and says of itself."""

    counted: list[Counted] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.counted)


class Renderer(ABC):
    """Writes a reading to a file in one format."""

    content_type: ClassVar[str]
    # Where a format keeps less than all rows.
    most_rows: ClassVar[int | None] = None

    @abstractmethod
    def write(self, reading: Reading, path: Path, pulse: Pulse) -> Written:
        """Raises Cancelled, OSError."""


renderers: Registry[Renderer] = Registry("formats of reports")


class SectionRows:
    """The rows of a section as they go by: counted, added up, told to the pulse."""

    def __init__(self, section: Section, pulse: Pulse) -> None:
        self.section, self.pulse = section, pulse
        self.totals = Totals(section.columns)
        self.copied = section if isinstance(section, CopySection) else None

    def __iter__(self) -> Iterator[Row]:
        add = self._count if self.copied else self.totals.add
        for row in self.section.rows:
            add(row)
            self.pulse.more()
            yield row

    def _count(self, _row: Row) -> None:
        self.totals.count += 1

    def sums(self, index: int) -> list[Value]:
        """Of a column, one a currency; the database's own where it added them up."""
        return self.copied.sums.get(index, []) if self.copied else self.totals.of(index)

    def counted(self) -> Counted:
        sums = [
            (column.title, amount)
            for index, column in enumerate(self.section.columns)
            for amount in self.sums(index)
        ]
        return Counted(self.section, self.totals.count, sums)

    def total_lines(self) -> list[list[Value]]:
        """A line a currency: sums of different currencies never share a cell."""
        return total_lines([self.sums(index) for index in range(len(self.section.columns))])


def total_lines(sums: Sequence[Sequence[Value]]) -> list[list[Value]]:
    """Sums of one currency stand in one line; what has none (counts) in the first."""
    currencies = sorted({one.currency for each in sums for one in each if isinstance(one, Money)})
    lines: list[list[Value]] = []
    for number in range(max(len(currencies), 1 if any(sums) else 0)):
        currency = currencies[number] if currencies else ""
        lines.append([_of(each, currency, first=number == 0) for each in sums])
    return lines


def _of(each: Sequence[Value], currency: str, *, first: bool) -> Value:
    for one in each:
        if isinstance(one, Money):
            if one.currency == currency:
                return Money(quantize(one.amount, currency), currency)
        elif first:
            return one
    return None


def statement(reading: Reading, written: Written) -> Iterator[tuple[str, Value]]:
    """What each file says of itself: what it is, which rows, when, by whom, how many, adding up to what."""
    yield _("Report"), reading.title
    yield from reading.facts
    yield _("Time zone"), str(reading.zone)
    yield _("Made at"), reading.made_at
    yield _("Made by"), reading.made_by
    several = len(written.counted) > 1
    for one in written.counted:
        of = f"{one.section.title}: " if several else ""
        yield of + _("Rows"), one.rows
        for title, amount in one.sums:
            currency = amount.currency if isinstance(amount, Money) else ""
            # Of a column that is itself called so, it is said once.
            named = "" if title == _("Total") else title
            yield " ".join(filter(None, (f"{of}{_('Total')}", named, currency))), amount
        for proof in one.section.proofs:
            for currency, ours, ledger in proof.lines():
                yield f"{proof.label} ({currency})", Money(ours, currency)
                yield f"{_('The ledger says')} ({currency})", Money(ledger, currency)
            yield proof.label, _("Yes") if proof.ties else _("NO: they differ")
