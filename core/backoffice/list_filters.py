"""Which rows a list shows, in words: its search and its filters."""

from typing import Any

from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.db.models import BooleanField, Field
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _

SHOWN_CHOICES = 10
LONGEST = 200


def stated(request: HttpRequest, changelist: ChangeList) -> list[tuple[str, str]]:
    """The search and each filter in use, as (what, how)."""
    found = []
    if term := request.GET.get(SEARCH_VAR, "").strip():
        found.append((str(_("Search")), term[:LONGEST]))
    told: set[str] = {SEARCH_VAR}
    for spec in changelist.filter_specs:
        for name in filter(None, spec.expected_parameters()):
            told.add(name)
            if given := [value for value in request.GET.getlist(name) if value]:
                found.append((_label(spec, name), _words(spec, given)))
    # A link may ask for more than the filters offer: what is applied is said, too.
    for name, value in changelist.get_filters_params().items():
        if name not in told and (text := _joined(value)):
            found.append((name, text))
    return found


def _label(spec: Any, name: str) -> str:
    title = capfirst(str(spec.title))
    if name.endswith("_from"):
        return _("%(column)s from") % {"column": title}
    if name.endswith("_to"):
        return _("%(column)s until") % {"column": title}
    return title


def _words(spec: Any, given: list[str]) -> str:
    values = [one for text in given for one in text.split(",") if one]
    shown = [_word(spec, value) for value in values[:SHOWN_CHOICES]]
    return ", ".join([*shown, "…"] if len(values) > SHOWN_CHOICES else shown)[:LONGEST]


def _word(spec: Any, value: str) -> str:
    field = getattr(spec, "field", None)
    if not isinstance(field, Field):
        return str(dict(getattr(spec, "lookup_choices", ())).get(value, value))
    if isinstance(field, BooleanField):
        return _("Yes") if value in ("1", "True", "true") else _("No")
    if field.is_relation and field.related_model is not None:
        return _related(field, value)
    choices = {str(key): str(text) for key, text in field.flatchoices}
    return choices.get(value, value)


def _related(field: Any, value: str) -> str:
    try:
        found = field.related_model._default_manager.filter(**{field.target_field.name: value}).first()
    except (ValueError, TypeError):
        return value
    return str(found) if found is not None else value


def _joined(value: Any) -> str:
    values = value if isinstance(value, list | tuple) else [value]
    return ", ".join(str(one) for one in values)[:LONGEST]
