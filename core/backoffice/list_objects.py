"""The objects of a long list, a hundred thousand as well as ten: each made of its row alone, and at once.

Django makes an object by its constructor, field after field, and anew for each order the reseller it leads to. Here a
row becomes an object's attributes as it is, and what many rows lead to is read and made once.
"""

from collections.abc import Generator, Iterable, Sequence
from itertools import batched
from typing import Any

from django.db.models import Field, ForeignKey, Model, QuerySet
from django.db.models.base import ModelState
from django.db.models.constants import LOOKUP_SEP
from django.db.models.signals import post_init, pre_init

# Objects that rows lead to and that are kept for the next ones: of customers there are nearly as many as orders.
MOST_KEPT = 10_000


def objects(found: QuerySet[Any], *, at_once: int) -> Generator[Any]:
    """What `found.iterator()` gives, by a cursor of the server: the same attributes, related objects and order.

    Args:
        at_once: rows that are in memory.
    """
    if not _is_plain(found):
        yield from found.iterator(chunk_size=at_once)
        return
    names, related = _names(found), _related(found)
    for rows in batched(_tuples(found, names).iterator(chunk_size=at_once), at_once):
        yield from _made(found, names, rows, related)


class _Related:
    """What a foreign key leads to."""

    def __init__(self, field: "ForeignKey[Any, Any]", wanted: QuerySet[Any]) -> None:
        self.field, self.wanted, self.plain = field, wanted, _is_plain(wanted)
        self.key = field.target_field.attname
        self.kept: dict[Any, Any] = {}

    def put_into(self, objects: Sequence[Any]) -> None:
        attribute, name = self.field.attname, self.field.name
        values = {value for one in objects if (value := getattr(one, attribute)) is not None}
        if len(self.kept) > MOST_KEPT:
            self.kept = {value: self.kept[value] for value in values & self.kept.keys()}
        if missing := values - self.kept.keys():
            found = self.wanted.filter(**{f"{self.key}__in": missing})
            self.kept |= {getattr(one, self.key): one for one in (_read(found) if self.plain else found)}
        for one in objects:
            one._state.fields_cache[name] = other = self.kept.get(getattr(one, attribute))
            if other is not None and self.field.unique:
                self.field.remote_field.set_cached_value(other, one)  # it leads back to this one alone


def _read(found: QuerySet[Any]) -> list[Any]:
    names = _names(found)
    return _made(found, names, _tuples(found, names), _related(found))


def _tuples(found: QuerySet[Any], names: Sequence[str]) -> QuerySet[Any]:
    return found.select_related(None).values_list(*names)


def _made(
    found: QuerySet[Any], names: Sequence[str], rows: Iterable[Any], related: Sequence[_Related]
) -> list[Any]:
    made = [_object(found.model, found.db, zip(names, row, strict=True)) for row in rows]
    for one in related:
        one.put_into(made)
    return made


def _object(model: type[Model], database: str, values: Iterable[tuple[str, Any]]) -> Any:
    """As `Model.from_db` does; what is not among the values is read when somebody asks for it."""
    made = model.__new__(model)
    state = ModelState()
    state.adding, state.db = False, database
    made.__dict__.update(values, _state=state)
    return made


def _is_plain(found: QuerySet[Any]) -> bool:
    """Whether nobody has a hand in how its objects are made."""
    model, query = found.model, found.query
    names, is_deferred = query.deferred_loading
    asked = query.select_related
    return (
        model.from_db.__func__ is Model.from_db.__func__  # type: ignore[attr-defined]
        and model.__init__ is Model.__init__
        and not (pre_init.has_listeners(model) or post_init.has_listeners(model))
        and not (query.combinator or query.extra or found._prefetch_related_lookups)  # type: ignore[attr-defined]
        and (is_deferred or not any(LOOKUP_SEP in name for name in names))
        and isinstance(asked, bool | dict) and asked is not True
        and all(isinstance(model._meta.get_field(name), ForeignKey) for name in asked or ())
    )  # fmt: skip


def _names(found: QuerySet[Any]) -> list[str]:
    """Of its own columns and of what was annotated."""
    fields: Sequence[Field[Any, Any]] = found.model._meta.concrete_fields
    names, is_deferred = found.query.deferred_loading
    if names or not is_deferred:
        named = {field for field in fields if {field.name, field.attname} & {*names}}
        fields = [
            field
            for field in fields
            if field.primary_key or (field not in named if is_deferred else field in named)
        ]
    return [field.attname for field in fields] + [*found.query.annotation_select]


def _related(found: QuerySet[Any]) -> list[_Related]:
    asked, related = found.query.select_related, []
    names, _is_deferred = found.query.deferred_loading
    for name, further in asked.items() if isinstance(asked, dict) else ():
        field: Any = found.model._meta.get_field(name)
        wanted = field.remote_field.model._base_manager.using(found.db).all()
        start = f"{name}{LOOKUP_SEP}"
        later = [one.removeprefix(start) for one in names if one.startswith(start)]
        # Of no names, both would do something else.
        wanted = wanted.select_related(*paths) if (paths := _paths(further)) else wanted
        related.append(_Related(field, wanted.defer(*later) if later else wanted))
    return related


def _paths(further: dict[str, Any]) -> list[str]:
    """`{"brand": {"category": {}}}` as `select_related` takes it."""
    found: list[str] = []
    for name, more in further.items():
        found += [f"{name}{LOOKUP_SEP}{path}" for path in _paths(more)] or [name]
    return found
