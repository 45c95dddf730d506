"""Settings that staff change: typed pages, kept as one row each, with history.

A page is a form and a frozen dataclass of the same fields. Values are kept in each process for a few seconds,
so a change is everywhere soon and a read costs nothing. A field may be fixed by the environment: then that value
is in force, whatever was saved.
"""

import logging
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction

from core.events import record
from core.models import SiteSettings, User
from core.registry import Registry
from core.secret_values import Secret

log = logging.getLogger(__name__)
KEPT_SECONDS = 3.0
NO = frozenset({"", "0", "false", "no", "off"})


class SettingsForm(forms.Form):
    """Checks and cleans the values of a page; its fields are those of the page's dataclass."""


class SettingsPage[T]:
    """One page of settings. Subclasses are registered with their key.

    Attributes:
        permission: who may change it; seeing needs it, `core.view_sitesettings` or the page's `view_permission`.
        values_class: a frozen dataclass whose defaults are the product's.
        public: names of values that anybody may read.
        environment: by field, the variable (of `SETTINGS_FROM_ENVIRONMENT`) that fixes it where it is set.
    """

    key: ClassVar[str]
    title: ClassVar[Any]
    description: ClassVar[Any] = ""
    icon: ClassVar[str] = "settings"
    permission: ClassVar[str]
    view_permission: ClassVar[str] = ""
    values_class: ClassVar[type]
    form_class: ClassVar[type[SettingsForm]]
    public: ClassVar[tuple[str, ...]] = ()
    environment: ClassVar[dict[str, str]] = {}

    @classmethod
    def told(cls, name: str, value: Any) -> str | None:
        """A stored value in words, where its own text would say too little."""
        return None


class SettingsPages(Registry[type[SettingsPage[Any]]]):
    def add(self, key: str, item: type[SettingsPage[Any]]) -> type[SettingsPage[Any]]:
        if not is_dataclass(item.values_class):
            raise TypeError(f"{item.__name__}.values_class is a dataclass.")
        item.key = key
        return super().add(key, item)


settings_pages = SettingsPages("settings pages")

type Guard = Callable[[Any, Any, str], None]
# By page: what is asked with the typed values before and after, and the reason, before they are kept.
_guards: dict[str, Guard] = {}


def before_saving(page: type[SettingsPage[Any]]) -> Callable[[Guard], Guard]:
    """Have a function look at each change of a page, on every path; it raises DomainError to refuse it."""

    def keep(guard: Guard) -> Guard:
        _guards[page.key] = guard
        return guard

    return keep


# Typed values by page, and the rows they were made of; each with the time they were read.
_kept: dict[str, tuple[float, Any]] = {}
_rows: list[tuple[float, dict[str, Any]]] = []


def load[T](page: type[SettingsPage[T]], *, fresh: bool = False) -> T:
    """The page's values; the defaults where nothing was saved or the database does not answer.

    Args:
        fresh: read the database now, as whatever prices an order does when the catalogue's number has moved.
    """
    now = time.monotonic()
    kept = _kept.get(page.key)
    if kept and not fresh and now - kept[0] < KEPT_SECONDS:
        return kept[1]  # type: ignore[no-any-return]
    try:
        read_at, stored = (now, _read(page.key)) if fresh else _of_all(now)
    except DatabaseError:
        # The log-in page shows the name of the product: it opens even where its settings cannot be read.
        return kept[1] if kept else from_json(page, {})  # type: ignore[no-any-return]
    values = from_json(page, stored.get(page.key) or {})
    _kept[page.key] = (read_at, values)
    return values  # type: ignore[no-any-return]


def read_now(*pages: type[SettingsPage[Any]]) -> tuple[Any, ...]:
    """The values of pages as they are in the database at this moment, by one query."""
    stored = dict(
        SiteSettings.objects.filter(page__in=[page.key for page in pages]).values_list("page", "values")
    )
    return tuple(from_json(page, stored.get(page.key) or {}) for page in pages)


def _of_all(now: float) -> tuple[float, dict[str, Any]]:
    """All pages by one query: a request asks for half a dozen of them."""
    if not _rows or now - _rows[-1][0] >= KEPT_SECONDS:
        _rows[:] = [(now, _read())]
    return _rows[-1]


def _read(key: str = "") -> dict[str, Any]:
    only = {"page": key} if key else {}
    # A query that fails must not end the caller's transaction; without one there is nothing to protect.
    with transaction.atomic() if connection.in_atomic_block else nullcontext():
        return dict(SiteSettings.objects.filter(**only).values_list("page", "values"))


def save(
    page: type[SettingsPage[Any]], values: dict[str, Any], *, user: User | None, reason: str = ""
) -> SiteSettings:
    """Keep cleaned values of a page; history and an event say what changed.

    What the environment fixes stays as it was. An empty text leaves a secret, None takes it away.

    Raises:
        DomainError: what a guard of the page refuses, ApprovalNeeded among them.
    """
    allowed = {field.name for field in fields(page.values_class)} - locked(page).keys()
    hidden = secrets(page)
    stored = to_json(
        {
            name: _secret(value) if name in hidden else value
            for name, value in values.items()
            if name in allowed and not (name in hidden and value == "")
        }
    )
    with transaction.atomic():
        row, _created = SiteSettings.objects.select_for_update().get_or_create(page=page.key)
        before, row.values, row.updated_by = row.values, {**row.values, **stored}, user
        if guard := _guards.get(page.key):
            guard(from_json(page, before), from_json(page, row.values), reason)
        row._change_reason = reason  # type: ignore[attr-defined]
        row.save()
        changed = {
            name: [_recorded(page, name, before.get(name)), _recorded(page, name, value)]
            for name, value in row.values.items()
            if before.get(name) != value
        }
        record("settings.changed", subject=row, data={"page": page.key, "changed": changed})
    forget()
    return row


def _secret(value: Any) -> Secret:
    if isinstance(value, Secret):
        return value
    return Secret.made(str(value)) if value is not None else Secret()


def _recorded(page: type[SettingsPage[Any]], name: str, value: Any) -> Any:
    """As events keep it: that there is a secret, not which."""
    return str(Secret.stored(value)) if name in secrets(page) else value


def forget() -> None:
    """Read everything again at the next use."""
    _kept.clear()
    _rows.clear()


def secrets(page: type[SettingsPage[Any]]) -> frozenset[str]:
    """The fields that are written and never shown."""
    defaults = page.values_class()
    return frozenset(
        field.name for field in fields(page.values_class) if isinstance(getattr(defaults, field.name), Secret)
    )


def locked(page: type[SettingsPage[Any]]) -> dict[str, str]:
    """The fields that the environment fixes, each with the name of its variable."""
    given = settings.SETTINGS_FROM_ENVIRONMENT
    return {name: variable for name, variable in page.environment.items() if variable in given}


def fixed(page: type[SettingsPage[Any]], name: str) -> Any:
    """The value that the environment gives a field.

    Raises:
        ValidationError: where the page's form would refuse it.
    """
    text = settings.SETTINGS_FROM_ENVIRONMENT[page.environment[name]].strip()
    if name in secrets(page):
        return Secret.made(text)
    field = page.form_class.base_fields[name]
    if isinstance(field, forms.BooleanField):
        return text.lower() not in NO
    if isinstance(field, forms.MultipleChoiceField):
        return field.clean([one.strip() for one in text.split(",") if one.strip()])
    return field.clean(text)


def from_json(page: type[SettingsPage[Any]], stored: dict[str, Any]) -> Any:
    """Typed values; what is missing has its default, what is no longer known is left out."""
    defaults = page.values_class()
    given = {field.name: stored[field.name] for field in fields(page.values_class) if field.name in stored}
    for name in locked(page):
        try:
            given[name] = fixed(page, name)
        except ValidationError:
            # `manage.py check` names it; what was saved is the better guess than an error on every page.
            log.error("a setting's variable has no valid value", extra={"variable": page.environment[name]})
    return page.values_class(
        **{name: _typed(getattr(defaults, name), value) for name, value in given.items()}
    )


def _typed(default: Any, value: Any) -> Any:
    if isinstance(default, Secret):
        return value if isinstance(value, Secret) else Secret.stored(value)
    if isinstance(default, Decimal):
        return Decimal(value)
    return tuple(value) if isinstance(default, tuple) else value


def to_json(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Secret):
        return value.as_json()
    return list(value) if isinstance(value, tuple) else value


def as_dict(values: Any) -> dict[str, Any]:
    return {field.name: getattr(values, field.name) for field in fields(values)}
