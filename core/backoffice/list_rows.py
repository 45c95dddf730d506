"""The rows of a list, letter for letter as Unfold draws them, for a fraction of its time.

Unfold works out for each cell anew what is the same in all rows: which field or method it is, its classes, the
address of the object. Here this is done once a column. What is rare (editable lists, popups, sections, rows that
are dragged, labels and headers) is left to Unfold; a test compares both on every list.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, time
from types import SimpleNamespace
from typing import Any

from django.contrib.admin.templatetags.admin_list import _coerce_field_name  # type: ignore[attr-defined]
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import lookup_field
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db.models import DateField, Field, ForeignKey, ManyToOneRel, Model, TimeField
from django.urls import NoReverseMatch
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString
from unfold.templatetags.unfold_list import LINK_CLASSES, TABLE_ACTION_CELL_CLASSES, TABLE_CELL_CLASSES
from unfold.utils import display_for_field, display_for_value

# What a method of an admin may ask of Unfold that is not done here.
SPECIAL = ("label", "header", "dropdown")
LINK = " ".join(LINK_CLASSES)
# Stands for the key where the address of all rows is worked out.
ANY_KEY = "any-key"
PLAIN_KEY = re.compile(r"[A-Za-z0-9-]+\Z")


@dataclass(frozen=True, slots=True)
class Row:
    instance: Model
    cells: SafeString


@dataclass(slots=True)
class Cells:
    """One column: how its value is read and shown, and the tags around it."""

    read: Callable[[Any], Any]
    show: Callable[[Any], Any]
    empty: str
    tag: str
    opening: str
    # Dates do not break over lines; of a method one knows only by its value.
    dated: str
    linked: bool

    def markup(self, row: Any, url: str) -> str:
        try:
            value = self.read(row)
        except ObjectDoesNotExist:
            value, shown = None, self.empty
        else:
            shown = self.show(value)
        text: str = conditional_escape(shown)
        if self.linked and url:
            text = f'<a href="{url}" class="{LINK}" >{text}</a>'
        return f"{self.dated if isinstance(value, date | time) else self.opening}{text}</{self.tag}>"


def can_draw(changelist: ChangeList) -> bool:
    """Whether the list is of the plain kind."""
    admin: Any = changelist.model_admin
    return (
        not changelist.is_popup
        and not getattr(changelist, "formset", None)
        and not getattr(admin, "ordering_field", None)
        and not admin.list_sections
        and not any(
            getattr(_method(admin, name), mark, None) for name in changelist.list_display for mark in SPECIAL
        )
    )


def rows(changelist: ChangeList) -> Iterator[Row]:
    columns = list(_columns(changelist))
    address = _addresses(changelist) if any(column.linked for column in columns) else lambda _row: ""
    for row in changelist.result_list:
        url = address(row)
        cells = [column.markup(row, url) for column in columns]
        yield Row(row, SafeString("\n".join(cells)))  # nosec B703 - each cell escapes what it shows


def _columns(changelist: ChangeList) -> Iterator[Cells]:
    links, first = changelist.list_display_links, True
    for number, name in enumerate(changelist.list_display):
        linked = links is not None and (name in links or (first and not links))
        yield _column(changelist, number, name, linked=linked, first=first)
        first = first and not linked


def _column(changelist: ChangeList, number: int, name: Any, *, linked: bool, first: bool) -> Cells:
    admin: Any = changelist.model_admin
    classes = [f"field-{_coerce_field_name(name, number)}", *TABLE_CELL_CLASSES]
    empty, method, field = admin.get_empty_value_display(), None, _field(changelist.lookup_opts, name)
    if field is None or field.auto_created:
        method = _method(admin, name)
        empty = getattr(method, "empty_value_display", empty)
        if name == "action_checkbox":
            classes = [*TABLE_ACTION_CELL_CLASSES]
        if getattr(method, "formatting", None) == "price":
            classes.append("!text-end")
        show = _value_shower(empty, boolean=getattr(method, "boolean", False))
    else:
        show = _field_shower(field, empty)
        if isinstance(field, DateField | TimeField | ForeignKey):
            classes.append("nowrap")
    tag, text = "th" if linked and first else "td", " ".join(classes)
    return Cells(
        read=_reader(admin, name, field, method),
        show=show,
        empty=empty,
        tag=tag,
        opening=f'<{tag} class="{text}">',
        dated=f'<{tag} class="{text}{"" if "nowrap" in classes else " nowrap"}">',
        linked=linked,
    )


def _field(options: Any, name: Any) -> Any:
    """The field of that name as Django's lists mean it: a column of the row itself, not the key of another one."""
    try:
        field = options.get_field(name)
    except FieldDoesNotExist:
        return None
    if not isinstance(field, Field) or (field.is_relation and field.many_to_many):
        return None
    return None if field.is_relation and field.name != name else field


def _method(admin: Any, name: Any) -> Any:
    """What stands behind a column that is no field: it says how its values are shown."""
    if callable(name):
        return name
    return getattr(admin, name, None) or getattr(admin.model, name, None)


def _reader(admin: Any, name: Any, field: Any, method: Any) -> Callable[[Any], Any]:
    if field is not None:
        return lambda row: getattr(row, name)
    if name == "action_checkbox":
        return _checkbox(method)
    if method is not None and (callable(name) or (hasattr(admin, name) and name != "__str__")):
        return method
    return lambda row: lookup_field(name, row, admin)[2]


def _checkbox(method: Callable[[Any], SafeString]) -> Callable[[Any], SafeString]:
    """Drawn once by a template of three files; a row puts its key in."""
    before, _found, after = method(SimpleNamespace(pk=ANY_KEY)).partition(ANY_KEY)

    def drawn(row: Any) -> SafeString:
        return SafeString(f"{before}{escape(row.pk)}{after}")  # nosec B703 - the key is escaped

    return drawn


def _value_shower(empty: str, *, boolean: bool) -> Callable[[Any], Any]:
    if not boolean:
        return lambda value: (
            value
            if type(value) is str or isinstance(value, SafeString)
            else (display_for_value(value, empty))
        )
    return _once(lambda value: display_for_value(value, empty, boolean))


def _field_shower(field: Any, empty: str) -> Callable[[Any], Any]:
    if isinstance(field.remote_field, ManyToOneRel):
        return lambda value: empty if value is None else value
    if field.flatchoices:
        return _once(lambda value: display_for_field(value, field, empty))
    return lambda value: display_for_field(value, field, empty)


def _once(show: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """For columns of a handful of values."""
    known: dict[Any, Any] = {}

    def shown(value: Any) -> Any:
        try:
            if value not in known:
                known[value] = conditional_escape(show(value))
        except TypeError:  # A list is no key.
            return show(value)
        return known[value]

    return shown


def _addresses(changelist: ChangeList) -> Callable[[Any], str]:
    """The address of each row's object, with what the list is filtered by: worked out once, the key put in."""
    name: str = changelist.pk_attname
    context: Any = {"preserved_filters": changelist.preserved_filters, "opts": changelist.opts}

    def whole(row: Any) -> str:
        try:
            return str(conditional_escape(add_preserved_filters(context, changelist.url_for_result(row))))
        except NoReverseMatch:
            return ""

    before, found, after = whole(SimpleNamespace(**{name: ANY_KEY})).partition(ANY_KEY)

    def address(row: Any) -> str:
        key = str(getattr(row, name))
        return f"{before}{key}{after}" if found and PLAIN_KEY.match(key) else whole(row)

    return address
