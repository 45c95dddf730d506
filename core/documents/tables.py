"""What a document is made of: typed columns, rows, and what is said about them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils import timezone
from django.utils.text import slugify

from core.money import quantize

type Value = str | int | float | Decimal | date | datetime | Money | None
type Row = Sequence[Value]

# A page of paper holds some forty rows: nobody reads more than this, and making it costs seconds.
MOST_PRINTED_ROWS = 2_000
# A cell costs twelve kilobytes while it is drawn: of a table of forty columns so many rows would fill the memory.
MOST_PRINTED_CELLS = 20_000


class Kind(StrEnum):
    TEXT = "text"
    MONEY = "money"
    NUMBER = "number"
    DATE = "date"
    DATETIME = "datetime"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount that keeps its currency and stays a number."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Column:
    """`totalled` adds the column up: by currency where it is money."""

    title: str
    kind: Kind = Kind.TEXT
    totalled: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A table and what its reader must know: which rows, made when, for whom, in whose time.

    Attributes:
        rows: read once, so that a long table need not be in memory.
        filters: what was asked for, as (what, how).
        zone: times are written in it.
        number: how many rows there are, where that is known before they are read.
    """

    title: str
    columns: Sequence[Column]
    rows: Iterable[Row]
    made_by: str
    made_at: datetime
    zone: tzinfo
    filters: Sequence[tuple[str, str]] = ()
    number: int | None = None
    subtitle: str = ""

    @property
    def zone_name(self) -> str:
        return str(self.zone)

    def filename(self, extension: str) -> str:
        """ASCII, so that every browser and mail client keeps it."""
        day = timezone.localtime(self.made_at, self.zone)
        return f"{slugify(self.title) or 'list'}-{day:%Y-%m-%d-%H%M}.{extension}"


@dataclass(slots=True)
class Totals:
    """Control totals: of every row, also of those a document has no room for."""

    columns: Sequence[Column]
    count: int = 0
    amounts: dict[int, dict[str, Decimal]] = field(default_factory=dict)

    def watch(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows as they come, counted and added up on the way."""
        for row in rows:
            self.add(row)
            yield row

    def add(self, row: Row) -> None:
        self.count += 1
        for index, column in enumerate(self.columns):
            if column.totalled and (value := row[index]) is not None:
                self._add(index, value)

    def _add(self, index: int, value: Any) -> None:
        currency, amount = (value.currency, value.amount) if isinstance(value, Money) else ("", value)
        if isinstance(amount, int | float | Decimal) and not isinstance(amount, bool):
            sums = self.amounts.setdefault(index, {})
            sums[currency] = sums.get(currency, Decimal(0)) + Decimal(str(amount))

    def of(self, index: int) -> list[Value]:
        """A column's sums, one a currency; nothing is converted."""
        return [
            Money(quantize(amount, currency), currency) if currency else amount
            for currency, amount in sorted(self.amounts.get(index, {}).items())
        ]

    def named(self) -> list[tuple[str, list[Value]]]:
        """The sums with the titles of their columns."""
        return [
            (column.title, self.of(index))
            for index, column in enumerate(self.columns)
            if self.amounts.get(index)
        ]


def printed_rows(columns: Sequence[Column], most: int = MOST_PRINTED_ROWS) -> int:
    """How many rows of a table are printed: at most `most`, and fewer where it is wider than ten columns."""
    return min(most, MOST_PRINTED_CELLS // max(len(columns), 1))
