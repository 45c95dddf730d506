"""Of which things somebody may read the history."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.utils.text import capfirst

from core.backoffice.history import reading
from core.backoffice.history.entries import model_of, view_right
from core.models import Event

PERMISSION, EVERYTHING, EXPORT = "core.view_event", "core.see_all_history", "core.export_audit"


def kept_models() -> list[type[Model]]:
    """The models whose rows have history."""
    return [model for model in apps.get_models() if reading.has_history(model) and not model._meta.proxy]


def may_read(user: Any, model: type[Model]) -> bool:
    return bool(user.has_perm(EVERYTHING) or user.has_perm(view_right(model)))


def readable_kinds(user: Any) -> list[tuple[str, str]]:
    """Kinds of things whose history this person may read, with their names."""
    models = {*kept_models(), *admin.site._registry} - {Event}
    named = [
        (model._meta.label_lower, str(capfirst(model._meta.verbose_name)))
        for model in models
        if may_read(user, model)
    ]
    return sorted(named, key=lambda pair: pair[1])


def within_rights(wanted: Any, user: Any) -> Any:
    """Those events whose subject this person may see."""
    if user.has_perm(EVERYTHING):
        return wanted
    return wanted.filter(subject_kind__in=[kind for kind, _name in readable_kinds(user) if model_of(kind)])
