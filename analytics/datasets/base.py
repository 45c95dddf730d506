"""What reports are composed of: datasets, each with the columns a person may choose, filter, group and add up.

A dataset names its columns one by one; what is not named cannot be reached, whatever a stored report says. A column is
a path of the ORM or an expression, never a piece of SQL of somebody's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy

from core.documents.tables import Kind
from core.models import User
from core.registry import Registry

type Source = str | Combinable

SEE_COST = "commerce.see_cost"


class Holds(StrEnum):
    """What a column holds, which decides how it is filtered, grouped, added up and written."""

    TEXT = "text"
    CHOICE = "choice"
    FLAG = "flag"
    MONEY = "money"
    NUMBER = "number"
    DATE = "date"
    MOMENT = "moment"


KINDS = {
    Holds.TEXT: Kind.TEXT,
    Holds.CHOICE: Kind.TEXT,
    Holds.FLAG: Kind.TEXT,
    Holds.MONEY: Kind.MONEY,
    Holds.NUMBER: Kind.NUMBER,
    Holds.DATE: Kind.DATE,
    Holds.MOMENT: Kind.DATETIME,
}
YES = gettext_lazy("Yes")
NO = gettext_lazy("No")


@dataclass(frozen=True, slots=True)
class DataColumn:
    """One column a report may have.

    Attributes:
        key: its name in stored reports; never changes.
        source: where it is read.
        currency: for money, where its currency is read; nothing is added up across two.
        choices: for a choice, its values and what each is called.
        secret: `app.codename` somebody needs beside the dataset's right; cost and margin need `commerce.see_cost`.
    """

    key: str
    title: Any
    source: Source
    holds: Holds = Holds.TEXT
    currency: str = ""
    choices: Any = None
    secret: str = ""

    @property
    def kind(self) -> Kind:
        return KINDS[self.holds]

    def raw(self) -> Any:
        """The value as it is kept."""
        return F(self.source) if isinstance(self.source, str) else self.source

    def written(self) -> Any:
        """The value as people read it, in their language: told by the database, so that COPY writes it too."""
        if self.holds == Holds.FLAG:
            return Case(When(self._is(True), then=Value(str(YES))), default=Value(str(NO)))
        if self.holds == Holds.CHOICE:
            whens = [When(self._is(value), then=Value(str(label))) for value, label in self.pairs()]
            return Case(*whens, default=self.raw())
        return self.raw()

    def pairs(self) -> list[tuple[str, Any]]:
        """The values of a choice with their names."""
        return list(getattr(self.choices, "choices", self.choices) or ())

    def _is(self, value: Any) -> Any:
        return Exact(self.raw(), Value(value))

    def is_for(self, user: User) -> bool:
        return not self.secret or user.has_perm(self.secret)


def text(key: str, title: Any, source: Source = "", **more: Any) -> DataColumn:
    return DataColumn(key, title, source or key, Holds.TEXT, **more)


def choice(key: str, title: Any, choices: Any, source: Source = "", **more: Any) -> DataColumn:
    return DataColumn(key, title, source or key, Holds.CHOICE, choices=choices, **more)


def flag(key: str, title: Any, source: Source = "", **more: Any) -> DataColumn:
    return DataColumn(key, title, source or key, Holds.FLAG, **more)


def money(
    key: str, title: Any, source: Source = "", *, currency: str = "currency", **more: Any
) -> DataColumn:
    return DataColumn(key, title, source or key, Holds.MONEY, currency=currency, **more)


def number(key: str, title: Any, source: Source = "", **more: Any) -> DataColumn:
    return DataColumn(key, title, source or key, Holds.NUMBER, **more)


def day(key: str, title: Any, source: Source = "", **more: Any) -> DataColumn:
    return DataColumn(key, title, source or key, Holds.DATE, **more)


def moment(key: str, title: Any, source: Source = "", **more: Any) -> DataColumn:
    return DataColumn(key, title, source or key, Holds.MOMENT, **more)


class Dataset:
    """Rows of one kind.

    Attributes:
        key: its name in stored reports; never changes.
        permission: `app.codename` that whoever composes, runs or downloads a report of it needs.
        period: the column of moments by which days are chosen; empty where all rows are meant (wallets, providers).
        first: keys of the columns a new report begins with.
        order: how rows are ordered where a report says nothing, as `order_by` takes it, with a unique end.
    """

    key: ClassVar[str]
    title: ClassVar[Any]
    description: ClassVar[Any] = ""
    icon: ClassVar[str] = "dataset"
    permission: ClassVar[str]
    period: ClassVar[str] = "created_at"
    first: ClassVar[tuple[str, ...]] = ()
    order: ClassVar[tuple[str, ...]] = ("-created_at", "-pk")
    columns: ClassVar[Sequence[DataColumn]] = ()

    def rows(self, *, sees_cost: bool = False) -> QuerySet[Any]:
        """Every row there is, without test mode.

        Args:
            sees_cost: whether rows that are about costs alone are among them.
        """
        raise NotImplementedError

    def column(self, key: str) -> DataColumn | None:
        return next((column for column in self.columns if column.key == key), None)

    def columns_for(self, user: User) -> list[DataColumn]:
        """Those this person may see."""
        return [column for column in self.columns if column.is_for(user)]

    def is_for(self, user: User) -> bool:
        return user.has_perm(self.permission)

    def __str__(self) -> str:
        return str(self.title)


datasets: Registry[Dataset] = Registry("datasets")


def register[D: type[Dataset]](kind: D) -> D:
    """Make the class one of the datasets, under its key."""
    datasets.add(kind.key, kind())
    return kind
