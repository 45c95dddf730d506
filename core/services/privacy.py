"""What is kept of a person, and forgetting it: each part of the product says what it holds, and empties it.

Money stays: amounts, accounts and who moved them when. What says who somebody was goes: rows are emptied, not deleted.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import quote, quote_plus

from django.db import connection, models

from core.models import User
from core.registry import Registry
from core.services import audit_history

# Shorter words are in texts about anybody.
SHORTEST_NAME = 6


@dataclass(frozen=True, slots=True)
class Person:
    """Whose data it is.

    Attributes:
        subject: the row that stands for the person, such as a customer.
        things: ids by kind, as events name their subjects, of everything that is theirs.
        whole: those kinds whose events are about the person alone.
        names: what says who it is wherever it stands: addresses, numbers, names.
        words: the same within their own things: recipients, player ids.
    """

    subject: models.Model
    user: User | None
    things: dict[str, list[str]] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    @property
    def subject_kind(self) -> str:
        return self.subject._meta.label_lower


class Holder(ABC):
    """A part of the product that keeps something of people. Registered by the app that keeps it."""

    @abstractmethod
    def told(self, person: Person) -> Any:
        """What is kept, for the person to read: JSON-able, without what is ours alone."""

    @abstractmethod
    def erase(self, person: Person) -> None:
        """Empty it, inside the caller's transaction."""


class Holders(Registry[type[Holder]]):
    """In the order in which they are emptied."""


holders = Holders("holders of personal data")


def told(person: Person) -> dict[str, Any]:
    """Everything that is kept of a person."""
    return {key: holder().told(person) for key, holder in holders.items()}


def erase(person: Person) -> None:
    """Have every holder empty what it keeps. What that changes in the history is said by an event of its own."""
    with audit_history.emptying(person.subject):
        for holder in holders.values():
            holder().erase(person)


def row_of(row: models.Model, *without: str) -> dict[str, Any]:
    """A row by its columns, as they are called in the product."""
    return {
        one.name: one.value_from_object(row) for one in row._meta.concrete_fields if one.name not in without
    }


def rows_of(rows: Iterable[models.Model], *without: str) -> list[dict[str, Any]]:
    return [row_of(row, *without) for row in rows]


def spellings(names: Iterable[str]) -> set[str]:
    """The names as they stand in text, in JSON and in addresses of pages."""
    told = {name for name in names if len(name) >= SHORTEST_NAME}
    told |= {quote(name, safe="") for name in told} | {quote_plus(name) for name in told}
    return told | {json.dumps(name, ensure_ascii=False)[1:-1] for name in told}


def patterns(names: Iterable[str]) -> list[str]:
    """For `ILIKE ANY`: the names' spellings, without their wild cards."""
    return [
        "%" + name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        for name in sorted(spellings(names))
    ]


def execute(statement: str, parameters: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.rowcount


class Column:
    """Columns of tables that are searched for names; only our own constants are put into statements."""

    found: ClassVar[str] = "{column}::text ILIKE ANY(%(patterns)s::text[])"

    @classmethod
    def any_of(cls, *columns: str) -> str:
        return " OR ".join(cls.found.format(column=column) for column in columns)
