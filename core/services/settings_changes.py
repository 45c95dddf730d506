"""Changing settings without a page: values by name, checked by the page's own form."""

from dataclasses import fields
from decimal import Decimal
from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext as _

from core.exceptions import InvalidInput, NotAllowed
from core.models import User
from core.registry import UnknownKey
from core.secret_values import Secret
from core.site_settings import SettingsPage, as_dict, load, locked, save, settings_pages
from core.typed_forms import typed

type Page = type[SettingsPage[Any]]


@transaction.atomic
def change(*, given: dict[str, dict[str, Any]], user: User, reason: str = "") -> None:
    """All of it or nothing; what is not named stays.

    Args:
        given: by page and field. A secret is a text, or None to take it away.

    Raises:
        NotAllowed: `permission_denied`. InvalidInput: `unknown_setting`, `setting_fixed`, `invalid_settings`,
            naming each as `page.field`.
    """
    pages = {key: _page(key) for key in given}
    for key, page in pages.items():
        if not user.has_perm(page.permission):
            raise NotAllowed(
                "permission_denied", _("You may not change the settings “%(key)s”.") % {"key": key}
            )
    for key, page in pages.items():
        _change(page, given[key], user, reason)


def _page(key: str) -> Page:
    try:
        return settings_pages.get(key)
    except UnknownKey:
        raise InvalidInput("unknown_setting", _("There is no such page of settings."), field=key) from None


def _change(page: Page, given: dict[str, Any], user: User, reason: str) -> None:
    current = as_dict(load(page, fresh=True))
    _require_settable(page, given)
    wrong = {name: value for name, value in given.items() if not _is_of_kind(current[name], value)}
    if wrong:
        errors = {f"{page.key}.{name}": [_("This is no value of the right kind.")] for name in wrong}
        raise _invalid(errors)
    form = typed(page.form_class, {name: value for name, value in given.items() if value is not None})(
        {}, initial=current
    )
    if not form.is_valid():
        raise _invalid({f"{page.key}.{name}": list(texts) for name, texts in form.errors.items()})
    cleaned = {name: form.cleaned_data[name] for name in given if name in form.cleaned_data}
    removed = {name: None for name, value in given.items() if value is None}
    save(page, {**cleaned, **removed}, user=user, reason=reason)


def _require_settable(page: Page, given: dict[str, Any]) -> None:
    known = {field.name for field in fields(page.values_class)}
    held = locked(page)
    for name in given:
        field = page.form_class.base_fields.get(name)
        if name not in known or field is None or isinstance(field, forms.FileField):
            raise InvalidInput(
                "unknown_setting", _("There is no such setting to change here."), field=f"{page.key}.{name}"
            )
        if name in held:
            text = _("Set by %(variable)s in the environment of the server; it cannot be changed here.")
            raise InvalidInput("setting_fixed", text % {"variable": held[name]}, field=f"{page.key}.{name}")


def _is_of_kind(current: Any, value: Any) -> bool:
    """Whether a JSON value is of the kind that the setting has; forms would take a number for a text."""
    match current:
        case bool():
            return isinstance(value, bool)
        case int():
            return isinstance(value, int) and not isinstance(value, bool)
        case Decimal():
            return isinstance(value, str | int | Decimal) and not isinstance(value, bool)
        case Secret():
            return value is None or (isinstance(value, str) and bool(value.strip()))
        case tuple() | list():
            return isinstance(value, list)
    return isinstance(value, str)


def _invalid(errors: dict[str, list[str]]) -> InvalidInput:
    first = next(iter(errors.items()))
    return InvalidInput("invalid_settings", f"{first[0]}: {first[1][0]}", errors=errors)
