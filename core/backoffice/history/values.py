"""Values of history as people read them: labels of choices, names of rows, money by its currency, secrets hidden."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from math import ceil
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Field, ForeignKey, Model
from django.utils.formats import date_format, number_format
from django.utils.text import capfirst
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext as _

from core.crypto import EncryptedJSONField, EncryptedTextField
from core.masking import MASK, SECRET_WORDS
from core.money import MoneyField, format_money

LONGEST = 160
ENCRYPTED = (EncryptedTextField, EncryptedJSONField)
NOTHING = "–"
# Written by the machine at every save; they say nothing that the time of the change does not.
UNTOLD = {"id", "created_at", "updated_at", "last_login", "password"}
_guarded: dict[str, dict[str, str]] = defaultdict(dict)
_key_labels: dict[str, Any] = {}

type Snapshot = dict[str, Any]
type AnyField = Field[Any, Any]


def guard(label: str, *fields: str, permission: str) -> None:
    """Fields of a model whose history only those with a permission see, such as what a product costs us."""
    _guarded[label].update(dict.fromkeys(fields, permission))


def label_keys(label: str, labels: Any) -> None:
    """How the members of a model's JSON column are called: a function of the row's snapshot and the member."""
    _key_labels[label] = labels


def told_fields(model: type[Model], user: Any) -> list[AnyField]:
    """The columns this person may read the history of."""
    guarded = _guarded[model._meta.label_lower]
    tracked = getattr(model, "history").model.tracked_fields  # noqa: B009
    return [
        field
        for field in tracked
        if field.name not in UNTOLD and (field.name not in guarded or user.has_perm(guarded[field.name]))
    ]


def is_secret(field: AnyField) -> bool:
    if isinstance(field, ENCRYPTED):
        return True
    words = set(field.name.split("_"))
    return any(word in words or ("_" in word and word in field.name) for word in SECRET_WORDS)


def label_of(field: AnyField) -> str:
    return str(capfirst(field.verbose_name))


def member_label(model: type[Model], snapshot: Snapshot, key: str) -> str:
    labels = _key_labels.get(model._meta.label_lower)
    found = labels(snapshot, key) if labels else ""
    return str(found or capfirst(key.replace("_", " ")))


class Names:
    """Names of the rows that snapshots point to: one query a kind, whatever the number of changes."""

    def __init__(self) -> None:
        self._wanted: dict[type[Model], set[Any]] = defaultdict(set)
        self._found: dict[type[Model], dict[str, str]] = {}

    def want(self, field: AnyField, value: Any) -> None:
        if isinstance(field, ForeignKey) and value not in (None, ""):
            self._wanted[field.related_model].add(value)  # type: ignore[index]

    def want_row(self, model: type[Model], key: str) -> None:
        """Name the row itself; a key that is none of this model's is left alone."""
        try:
            self._wanted[model].add(model._meta.pk.to_python(key))  # type: ignore[union-attr]
        except ValidationError:
            return

    def load(self) -> None:
        for model, keys in self._wanted.items():
            joined = [field.name for field in model._meta.fields if isinstance(field, ForeignKey)]
            unread = [field.name for field in model._meta.fields if isinstance(field, ENCRYPTED)]
            rows = model._default_manager.filter(pk__in=keys).select_related(*joined).defer(*unread)
            self._found[model] = {str(row.pk): str(row) for row in rows}
        self._wanted.clear()

    def known(self, model: type[Model], key: Any) -> str:
        return self._found.get(model, {}).get(str(key), "")

    def name(self, model: type[Model], key: Any) -> str:
        return self.known(model, key) or _("no. %(id)s, no longer there") % {"id": key}


def shown(field: AnyField, value: Any, snapshot: Snapshot, names: Names) -> str:
    """One value, in words."""
    if value in (None, "", [], {}):
        return NOTHING
    if is_secret(field):
        return MASK
    if isinstance(field, ForeignKey):
        return names.name(field.related_model, value)  # type: ignore[arg-type]
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))  # type: ignore[attr-defined]
    typed = field.to_python(value)
    currency = snapshot.get("currency")
    if isinstance(field, MoneyField) and isinstance(currency, str) and currency:
        return format_money(typed, currency)
    return plain(typed)


def plain(value: Any) -> str:
    """A value of no particular column."""
    match value:
        case None | "" | [] | {}:
            return NOTHING
        case bool():
            return _("Yes") if value else _("No")
        case datetime():
            return str(date_format(localtime(value) if is_aware(value) else value, "DATETIME_FORMAT"))
        case date():
            return str(date_format(value, "DATE_FORMAT"))
        case Decimal():
            exact = value.normalize()
            return str(number_format(exact if exact.as_tuple().exponent <= 0 else value.quantize(Decimal(1))))  # type: ignore[operator]
        case list():
            return _cut(", ".join(plain(one) for one in value))
        case dict():
            return _cut(", ".join(f"{name}: {plain(one)}" for name, one in value.items()))
    text = str(value)
    if text.startswith("data:image/"):
        return _("picture of %(size)d KB") % {"size": ceil(len(text) * 3 / 4096)}
    return _cut(text)


def secret_key(key: str) -> bool:
    return any(word in key.lower() for word in SECRET_WORDS)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def changed_fields(fields: Iterable[AnyField], before: Snapshot, after: Snapshot) -> list[Any]:
    """Those whose value is another now. A column the row did not know then counts as empty."""
    return [field for field in fields if before.get(field.attname) != after.get(field.attname)]  # type: ignore[attr-defined]
