"""Rows of history and events, newest first, from many tables by a few queries."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import CharField, F, JSONField, Model, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, JSONObject

from core.backoffice.history.values import Snapshot
from core.models import Event

ROWS = 40


class ExactDecoder(json.JSONDecoder):
    """Amounts keep their digits."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs, parse_float=Decimal)


class RowObject(JSONObject):
    """A row's columns as one value, so that rows of several tables come in one query."""

    output_field = JSONField(decoder=ExactDecoder)


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a page begins: rows until a time, without the first so many of exactly that time."""

    at: datetime
    skip: int = 0


@dataclass(slots=True)
class Change:
    """A row of history with the one before it."""

    model: type[Model]
    number: int
    subject_id: str
    at: datetime
    type: str
    user_id: int | None
    reason: str
    source: str
    address: str | None
    request_id: str
    after: Snapshot = field(default_factory=dict)
    before: Snapshot = field(default_factory=dict)


type Scope = tuple[type[Model], Q]


def has_history(model: type[Model]) -> bool:
    return hasattr(model, "history") and hasattr(model.history, "model")


def changes(scopes: Sequence[Scope], *, cut: Cut | None = None, limit: int = ROWS) -> list[Change]:
    """The latest changes within the scopes, in two queries whatever their number: which ones, then what they say."""
    reach = _reach(limit, cut)
    places = [_places(model, wanted, cut)[:reach] for model, wanted in scopes]
    if not places:
        return []
    latest = list(_joined(places).order_by("-h_at", "-h_number")[:reach] if len(places) > 1 else places[0])
    numbers: dict[str, list[int]] = defaultdict(list)
    for kind, number, _at in latest:
        numbers[kind].append(number)
    models = {model._meta.label_lower: model for model, _wanted in scopes}
    if not numbers:
        return []
    told = _joined([_told(models[kind], chosen) for kind, chosen in numbers.items()])
    found = {(row["h_kind"], row["h_number"]): row for row in told}
    return [_change(found[kind, number], models) for kind, number, _at in latest]


def _joined(branches: Sequence[QuerySet[Any, Any]]) -> QuerySet[Any, Any]:
    first, *others = branches
    return first.union(*others, all=True) if others else first


def _kind(model: type[Model]) -> Value:
    return Value(model._meta.label_lower, output_field=CharField())


def _places(model: type[Model], wanted: Q, cut: Cut | None) -> QuerySet[Any, Any]:
    """Where the latest are; each branch is bounded by itself and reads its index of dates."""
    rows = model.history.model.objects.filter(wanted)  # type: ignore[attr-defined]
    if cut is not None:
        rows = rows.filter(history_date__lte=cut.at)
    places = rows.order_by("-history_date", "-history_id").annotate(
        h_kind=_kind(model), h_number=F("history_id"), h_at=F("history_date")
    )
    return places.values_list("h_kind", "h_number", "h_at")  # type: ignore[no-any-return]


def _told(model: type[Model], numbers: list[int]) -> QuerySet[Any, Any]:
    table: Any = model.history.model  # type: ignore[attr-defined]
    key = model._meta.pk.attname  # type: ignore[union-attr]
    snapshot = RowObject(**{one.attname: one.attname for one in table.tracked_fields})
    older = table.objects.filter(**{key: OuterRef(key)}, history_id__lt=OuterRef("history_id"))
    return (
        table.objects.filter(history_id__in=numbers)
        .order_by()
        .values(  # type: ignore[no-any-return]
            h_kind=_kind(model),
            h_number=F("history_id"),
            h_subject=Cast(F(key), CharField()),
            h_at=F("history_date"),
            h_type=F("history_type"),
            h_user=F("history_user_id"),
            h_reason=F("history_change_reason"),
            h_source=F("history_source"),
            h_address=F("history_address"),
            h_request=F("history_request"),
            h_after=snapshot,
            h_before=Subquery(older.order_by("-history_id").values(found=snapshot)[:1]),
        )
    )


def _change(row: dict[str, Any], models: dict[str, type[Model]]) -> Change:
    return Change(
        model=models[row["h_kind"]],
        number=row["h_number"],
        subject_id=row["h_subject"],
        at=row["h_at"],
        type=row["h_type"],
        user_id=row["h_user"],
        reason=row["h_reason"] or "",
        source=row["h_source"],
        address=row["h_address"],
        request_id=row["h_request"],
        after=row["h_after"] or {},
        before=row["h_before"] or {},
    )


def events(wanted: QuerySet[Event], *, cut: Cut | None = None, limit: int = ROWS) -> list[Event]:
    if cut is not None:
        wanted = wanted.filter(created_at__lte=cut.at)
    return list(wanted.order_by("-created_at", "-id")[: _reach(limit, cut)])


def _reach(limit: int, cut: Cut | None) -> int:
    """One more than is shown, which tells whether there are more."""
    return limit + 1 + (cut.skip if cut else 0)


def page_of(
    changed: Iterable[Change], happened: Iterable[Event], *, cut: Cut | None, limit: int = ROWS
) -> tuple[list[Change | Event], Cut | None]:
    """Both as one page, newest first, and where the next one begins."""
    rows: list[Change | Event] = sorted([*changed, *happened], key=time_of, reverse=True)
    if cut is not None:
        rows = rows[cut.skip :]
    shown = rows[:limit]
    if len(rows) <= limit:
        return shown, None
    last = time_of(shown[-1])
    skip = sum(1 for row in shown if time_of(row) == last)
    return shown, Cut(last, skip + (cut.skip if cut is not None and cut.at == last else 0))


def time_of(row: Change | Event) -> datetime:
    return row.at if isinstance(row, Change) else row.created_at
