"""An object by its kind and id, where somebody may see it in the back office."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import Http404, HttpRequest
from django.urls import reverse

from core.backoffice.history.entries import model_of
from core.services.subjects import Subject


def admin_of(kind: str) -> Any:
    """What shows objects of a kind; None where nothing does."""
    model = model_of(kind)
    return admin.site._registry.get(model) if model is not None and not model._meta.proxy else None


def page_of(obj: Model) -> str:
    """The address of its page."""
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[quote(obj.pk)])


def seen(request: HttpRequest, subject: Subject) -> Model | None:
    """The object as this person may see it; None where it is gone or not theirs to see."""
    kind, key = subject
    return seen_many(request, kind, [key]).get(key)


def seen_many(request: HttpRequest, kind: str, keys: Iterable[str]) -> dict[str, Model]:
    """Those objects of a kind that this person may see, by their ids: one query."""
    view = admin_of(kind)
    if view is None or not view.has_view_permission(request):
        return {}
    usable = [key for key in keys if _is_key(view.model, key)]
    rows = view.get_queryset(request).filter(pk__in=usable) if usable else ()
    return {str(row.pk): row for row in rows if view.has_view_permission(request, row)}


def seen_or_refused(request: HttpRequest, subject: Subject) -> tuple[Any, Model]:
    """The object with its admin. Raises Http404 or PermissionDenied as the object's own page would."""
    view = admin_of(subject[0])
    if view is None:
        raise Http404
    if not view.has_view_permission(request):
        raise PermissionDenied
    obj = seen(request, subject)
    if obj is None:
        raise Http404
    return view, obj


def _is_key(model: type[Model], key: str) -> bool:
    field: Any = model._meta.pk
    try:
        return str(field.clean(key, None)) == key
    except (ValidationError, ValueError, OverflowError):
        return False


def asking(user: Any) -> HttpRequest:
    """A request of somebody who is not asking: for work in the background that holds to their rights."""
    request = HttpRequest()
    request.user = user
    return request
