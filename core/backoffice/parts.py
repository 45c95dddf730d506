"""The data behind templates/components: what pages hand to them."""

from collections.abc import Iterable, Sequence, Sized
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a definition list. `money` aligns it right and tabular; `strong` is a total."""

    label: Any
    value: Any
    note: Any = ""
    link: str = ""
    strong: bool = False
    money: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened; `tone` as of `status_badge`."""

    title: Any
    at: datetime
    text: Any = ""
    by: Any = ""
    tone: str = "neutral"


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a way that is known from the beginning, for `components/stepper.html`.

    `state` is done, current, ahead, or ended where the way was left.
    """

    title: Any
    state: str
    at: datetime | None = None
    by: Any = ""
    note: Any = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab and the id of the `tl-panel` it shows."""

    id: str
    title: Any
    count: int | str | None = None


def so_many(rows: Sized, query: QuerySet[Any], shown: int, most: int = 99) -> int | str | None:
    """The count of a tab: asked for only where not all rows are shown, and never counted further than people read.

    Args:
        rows: the first `shown` of the query.
    """
    if len(rows) < shown:
        return len(rows) or None
    found = query.order_by()[: most + 1].count()
    return f"{most}+" if found > most else found


@dataclass(frozen=True, slots=True)
class Way:
    """Where an empty list's first row comes from, for those with `permission`, or for all."""

    title: Any
    url_name: str
    permission: str = ""
    args: tuple[Any, ...] = ()

    def for_whom(self, request: HttpRequest) -> dict[str, Any] | None:
        if self.permission and not request.user.has_perm(self.permission):
            return None
        return {"title": self.title, "url": reverse(self.url_name, args=self.args)}


@dataclass(frozen=True, slots=True)
class Column:
    """`money` aligns right; `wide` leaves the column out on a phone."""

    title: Any
    money: bool = False
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    column: Column
    value: Any


@dataclass(frozen=True, slots=True)
class Row:
    cells: tuple[Cell, ...]
    link: str = ""


class Table:
    """Rows for `components/table.html`: `{% include 'components/table.html' with table=… %}`.

    Raises:
        ValueError: where a row has not one value a column.
    """

    def __init__(self, *columns: Column | str, empty: Any = "", caption: Any = "") -> None:
        self.columns = tuple(column if isinstance(column, Column) else Column(column) for column in columns)
        self.rows: list[Row] = []
        self.totals: Row | None = None
        self.empty, self.caption = empty, caption

    def add(self, *values: Any, link: str = "") -> None:
        self.rows.append(self._row(values, link))

    def total(self, *values: Any) -> None:
        self.totals = self._row(values, "")

    def extend(self, rows: Iterable[Sequence[Any]]) -> "Table":
        for values in rows:
            self.add(*values)
        return self

    def _row(self, values: Sequence[Any], link: str) -> Row:
        cells = tuple(Cell(column, value) for column, value in zip(self.columns, values, strict=True))
        return Row(cells, link)
