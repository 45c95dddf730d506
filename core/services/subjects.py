"""Things as events, notes and watches name them: a kind, such as `commerce.order`, and an id."""

from collections.abc import Iterable
from itertools import batched
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models

AT_ONCE = 500

type Subject = tuple[str, str]


def subject_of(obj: models.Model) -> Subject:
    """A row of a list of some orders is an order."""
    concrete: Any = obj._meta.concrete_model
    return concrete._meta.label_lower, str(obj.pk)


def forget_gone(model: type[models.Model]) -> int:
    """Drop rows of a model about things that were deleted; how many there were."""
    rows = model._default_manager.order_by()
    dropped = 0
    for kind in rows.values_list("subject_kind", flat=True).distinct():
        ids = rows.filter(subject_kind=kind).values_list("subject_id", flat=True).distinct()
        for some in batched(ids.iterator(), AT_ONCE):
            gone = set(some) - _there(kind, some)
            dropped += rows.filter(subject_kind=kind, subject_id__in=gone).delete()[0]
    return dropped


def _there(kind: str, ids: Iterable[str]) -> set[str]:
    try:
        model = apps.get_model(kind)
    except (LookupError, ValueError):
        return set()
    key: Any = model._meta.pk
    usable = []
    for one in ids:
        try:
            usable.append(key.to_python(one))
        except ValidationError:
            continue
    return {str(pk) for pk in model._base_manager.filter(pk__in=usable).values_list("pk", flat=True)}
