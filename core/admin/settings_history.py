"""Who changed a settings page, before and after, and putting a change back by the page's own form."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.backoffice import actions, pages
from core.backoffice.dialog_forms import ReasonForm
from core.backoffice.history import restoring
from core.backoffice.history.values import plain, secret_key
from core.directions import arrow
from core.masking import MASK
from core.models import SiteSettings
from core.registry import UnknownKey
from core.secret_values import Secret
from core.site_settings import (
    SettingsPage,
    as_dict,
    load,
    locked,
    save,
    secrets,
    settings_pages,
    to_json,
)
from core.typed_forms import typed

HISTORY_SHOWN = 50

type Page = type[SettingsPage[Any]]


@dataclass(frozen=True, slots=True)
class Change:
    """One saved change of a page: labels of fields with the value before and after."""

    at: datetime
    by: str
    fields: list[tuple[Any, str, str]]
    reason: str
    source: str
    address: str
    undo: str


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where a dialog without an object stands, in place of an admin."""

    admin_site: Any
    opts: Any
    home_url: str


def history(page: Page, *, undo: bool = False) -> list[Change]:
    """The latest changes, newest first; with the way to put each back for those who may."""
    rows = SiteSettings.history.filter(page=page.key).select_related("history_user").order_by("-history_id")
    latest = list(rows[: HISTORY_SHOWN + 1])
    changes = []
    for number, row in enumerate(latest[:HISTORY_SHOWN]):
        before, after = _sides(page, row, latest[number + 1] if number + 1 < len(latest) else None)
        names = [name for name in after if before.get(name) != after[name]]
        told = [
            (_label(page, name), _text(page, name, before.get(name)), _text(page, name, after[name]))
            for name in names
        ]
        if not told:
            continue
        link = ""
        if undo and any(_may_go_back(page, name) for name in names):
            link = reverse("admin:settings-restore", args=[page.key, row.history_id])
        changes.append(
            Change(
                at=row.history_date,
                by=str(row.history_user or _("The system")),
                fields=told,
                reason=row.history_change_reason or "",
                source=row.get_history_source_display(),
                address=row.history_address or "",
                undo=link,
            )
        )
    return changes


def _sides(page: Page, row: Any, older: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Values before and after as they are stored, the product's defaults where nothing was."""
    defaults = to_json(as_dict(page.values_class()))
    return {**defaults, **(older.values if older else {})}, {**defaults, **row.values}


def _may_go_back(page: Page, name: str) -> bool:
    """Not pictures; not secrets, which nobody sees the old one of; not what the environment fixes now."""
    field = page.form_class.base_fields.get(name)
    kept = field is None or isinstance(field, forms.FileField)
    return not kept and name not in secrets(page) and name not in locked(page)


@pages.page("settings/<slug:key>/changes/<int:number>/restore/", name="settings-restore")
def restore_view(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """The dialog that puts one change of a page back."""
    try:
        page: Page = settings_pages.get(key)
    except UnknownKey:
        raise Http404 from None
    if not request.user.has_perm(page.permission):
        raise PermissionDenied
    rows = SiteSettings.history.filter(page=page.key).order_by("-history_id")
    row = rows.filter(history_id=number).first()
    if row is None:
        raise Http404
    before, after = _sides(page, row, rows.filter(history_id__lt=number).first())
    old = {
        name: before.get(name)
        for name in after
        if before.get(name) != after[name] and _may_go_back(page, name)
    }
    told = "; ".join(
        f"{_label(page, name)} {arrow()} “{_text(page, name, value)}”" for name, value in old.items()
    )
    dialog = {
        "title": _("Put back"),
        "description": _("Back to what it was before this change: %(values)s.") % {"values": told},
        "form_class": ReasonForm,
        "form_submit_text": _("Put back"),
        "variant": "primary",
    }

    def act(_admin: Any, request: HttpRequest, given: dict[str, Any]) -> str:
        restore(page, old=old, left=after, user=request.user, reason=given["reason"])
        return _("Put back as it was before.")

    standing = _Standing(admin.site, SiteSettings._meta, reverse("admin:settings-page", args=[key]))
    return actions.answer(standing, request, None, act, dialog)


@transaction.atomic
def restore(page: Page, *, old: dict[str, Any], left: dict[str, Any], user: Any, reason: str) -> None:
    """Save the old values as if somebody typed them.

    Raises:
        Conflict: `changed_since`. InvalidInput: `no_longer_valid`; or what the page refuses.
    """
    SiteSettings.objects.select_for_update().filter(page=page.key).first()
    current = as_dict(load(page, fresh=True))
    held = to_json(current)
    for name in old:
        if held.get(name) != left.get(name):
            raise restoring.changed_since(_label(page, name))
    form = typed(page.form_class, old)({}, initial=current)
    restoring.require_valid(form)
    save(page, form.cleaned_data, user=user, reason=reason)


def _label(page: Page, name: str) -> Any:
    field = page.form_class.base_fields.get(name)
    return field.label if field and field.label else capfirst(name.replace("_", " "))


def _text(page: Page, name: str, value: Any) -> str:
    """A value as it is shown; a picture is named, not spelled out."""
    if name in secrets(page):
        return str(Secret.stored(value))
    if secret_key(name) and value not in (None, ""):
        return MASK
    told = page.told(name, value)
    return plain(value) if told is None else told
