"""What a list says, without its markup: each column as a title and a plain, typed value."""

import html
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.contrib.admin.utils import label_for_field, lookup_field
from django.core.exceptions import FieldDoesNotExist
from django.db.models import BooleanField, Field, ForeignKey
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.html import strip_tags
from django.utils.safestring import SafeData
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.backoffice.badges import Cell
from core.documents.tables import Column, Kind, Money, Row, Value
from core.money import MoneyField, MoneyText

# Columns of a list that say nothing.
TOOLS = ("action_checkbox", "actions_holder")
# What most cells hold. A subclass may say more than its class.
AS_IT_IS = frozenset({type(None), str, int, float, Decimal, datetime, date, Money})
MOST_WORDS = 200
# Where markup breaks a line, a word ends.
BREAKS = re.compile(r"<(?:br|/p|/div|/li|/small|small)\b[^>]*>", re.IGNORECASE)

type Read = Callable[[Any], Value]


@dataclass(frozen=True, slots=True)
class ListColumn:
    name: str
    title: str
    read: Read


def columns_of(admin: Any, request: HttpRequest, chosen: Sequence[str] = ()) -> list[ListColumn]:
    """The columns that the list shows this person, in its order.

    An admin may say what a column is without its markup: `plain_<column>(self, obj)`.

    Args:
        chosen: names of these instead, of which this person gets those that are theirs to see.
    """
    shown = admin.columns_for(request, chosen) if chosen else admin.get_list_display(request)
    names = [name for name in shown if name not in TOOLS]
    return [ListColumn(str(name), _title(admin, name), _reader(admin, name)) for name in names]


def typed(columns: Sequence[ListColumn], rows: Iterable[Row], totals: Sequence[str] | None) -> list[Column]:
    """The columns with the kinds of what is in these rows.

    Args:
        totals: names of the columns that add up to something; all of money where it is None.
    """
    sample = list(rows)
    found = []
    for index, column in enumerate(columns):
        kind = _kind([row[index] for row in sample])
        added = kind == Kind.MONEY if totals is None else column.name in totals
        found.append(Column(column.title, kind, totalled=added))
    return found


def plain(value: Any) -> Value:
    """A value as a spreadsheet would keep it."""
    return value if type(value) in AS_IT_IS else _plain(value)


def _plain(value: Any) -> Value:
    match value:
        case None | datetime() | date() | Decimal() | float() | Money():
            return value
        case Cell():
            return plain(value.plain)
        case MoneyText():
            return Money(value.amount, value.currency)
        case bool():
            return _("Yes") if value else _("No")
        case int():
            return value
        case SafeData():
            return _text_of(str(value))
        case list() | tuple() | set():
            return ", ".join(str(plain(one)) for one in value)
        case _:
            return str(value)


@lru_cache(maxsize=2_000)
def _text_of(markup: str) -> str:
    """Badges come again and again."""
    bare = html.unescape(strip_tags(BREAKS.sub(" ", markup)))
    return " ".join(bare.split())


def _title(admin: Any, name: Any) -> str:
    return capfirst(str(label_for_field(name, admin.model, model_admin=admin)))


def _reader(admin: Any, name: Any) -> Read:
    """Looked up once a column, not once a row."""
    if said := getattr(admin, f"plain_{name}", None):
        return _plainly(said)
    if callable(name):
        return _plainly(name)
    if (field := _field(admin.model, name)) is not None:
        return _field_reader(field)
    if name != "__str__" and (method := getattr(admin, name, None)):
        return _plainly(method)
    return lambda obj: plain(lookup_field(name, obj, admin)[2])


def _plainly(said: Callable[[Any], Any]) -> Read:
    """Words of a choice are translated once a file: it is in one language."""
    # Kept beside its words, so that nothing else comes to have its identity.
    known: dict[int, tuple[Promise, str]] = {}

    def read(obj: Any) -> Value:
        value = said(obj)
        if type(value) is Cell:
            value = value.plain
        if not isinstance(value, Promise):
            return plain(value)
        if id(value) not in known:
            if len(known) >= MOST_WORDS:
                known.clear()
            known[id(value)] = (value, str(value))
        return known[id(value)][1]

    return read


def _field(model: Any, name: str) -> "Field[Any, Any] | None":
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, Field) else None


def _field_reader(field: "Field[Any, Any]") -> Read:
    name = field.name
    if isinstance(field, ForeignKey):
        return lambda obj: str(found) if (found := getattr(obj, name)) is not None else None
    if isinstance(field, MoneyField):
        return lambda obj: _money(obj, getattr(obj, name))
    if choices := {value: str(words) for value, words in field.flatchoices}:
        return lambda obj: choices.get(value := getattr(obj, name), "" if value is None else str(value))
    if isinstance(field, BooleanField):
        return lambda obj: plain(getattr(obj, name))
    return lambda obj: plain(getattr(obj, name))


def _money(obj: Any, amount: Any) -> Value:
    currency = getattr(obj, "currency", "")
    return Money(amount, currency) if amount is not None and currency else amount


def _kind(values: Sequence[Value]) -> Kind:
    """Money where any is, since some rows may have none; otherwise what all of them are."""
    given = [value for value in values if value is not None and value != ""]
    if any(isinstance(value, Money) for value in given):
        return Kind.MONEY
    if not given or any(isinstance(value, str) for value in given):
        return Kind.TEXT
    if all(isinstance(value, datetime) for value in given):
        return Kind.DATETIME
    if all(isinstance(value, date) for value in given):
        return Kind.DATE
    return Kind.NUMBER
