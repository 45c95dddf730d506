"""Settings that staff change: typed pages, kept as one row each, with history.

A page is a form and a frozen dataclass of the same fields. Values are kept in each process for a few seconds,
so a change is everywhere soon and a read costs nothing.
"""

import time
from dataclasses import asdict, fields, is_dataclass
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.db import DatabaseError, transaction

from core.events import record
from core.models import SiteSettings, User
from core.registry import Registry

KEPT_SECONDS = 3.0


class SettingsForm(forms.Form):
    """Checks and cleans the values of a page; its fields are those of the page's dataclass."""


class SettingsPage[T]:
    """One page of settings. Subclasses are registered with their key.

    Attributes:
        permission: who may change it; seeing needs it, `core.view_sitesettings` or the page's `view_permission`.
        values_class: a frozen dataclass whose defaults are the product's.
        public: names of values that anybody may read.
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


class SettingsPages(Registry[type[SettingsPage[Any]]]):
    def add(self, key: str, item: type[SettingsPage[Any]]) -> type[SettingsPage[Any]]:
        if not is_dataclass(item.values_class):
            raise TypeError(f"{item.__name__}.values_class is a dataclass.")
        item.key = key
        return super().add(key, item)


settings_pages = SettingsPages("settings pages")

_kept: dict[str, tuple[float, Any]] = {}


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
        with transaction.atomic():
            row = SiteSettings.objects.filter(page=page.key).values_list("values", flat=True).first()
    except DatabaseError:
        # The log-in page shows the name of the product: it opens even where its settings cannot be read.
        return kept[1] if kept else page.values_class()  # type: ignore[no-any-return]
    values = from_json(page, row or {})
    _kept[page.key] = (now, values)
    return values


def save(
    page: type[SettingsPage[Any]], values: dict[str, Any], *, user: User | None, reason: str = ""
) -> SiteSettings:
    """Keep cleaned values of a page; history and an event say what changed."""
    known = {field.name for field in fields(page.values_class)}
    stored = to_json({name: value for name, value in values.items() if name in known})
    with transaction.atomic():
        row, _created = SiteSettings.objects.select_for_update().get_or_create(page=page.key)
        before, row.values, row.updated_by = row.values, {**row.values, **stored}, user
        row._change_reason = reason  # type: ignore[attr-defined]
        row.save()
        changed = {
            name: [before.get(name), value] for name, value in row.values.items() if before.get(name) != value
        }
        record("settings.changed", subject=row, data={"page": page.key, "changed": changed})
    _kept.pop(page.key, None)
    return row


def forget() -> None:
    """Read everything again at the next use."""
    _kept.clear()


def from_json(page: type[SettingsPage[Any]], stored: dict[str, Any]) -> Any:
    """Typed values; what is missing has its default, what is no longer known is left out."""
    defaults = page.values_class()
    typed = {}
    for field in fields(page.values_class):
        if field.name in stored:
            default, value = getattr(defaults, field.name), stored[field.name]
            typed[field.name] = Decimal(value) if isinstance(default, Decimal) else value
    return page.values_class(**typed)


def to_json(values: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in values.items()}


def as_dict(values: Any) -> dict[str, Any]:
    return asdict(values)
