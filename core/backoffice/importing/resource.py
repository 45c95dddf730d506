"""What a noun's columns mean: how they leave as a file, how a row of a file is found again, checked and written."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.db import models
from django.db.models import QuerySet
from django.forms import modelform_factory
from django.utils.translation import gettext as _
from import_export.resources import ModelResource

from core.backoffice.importing import cells
from core.backoffice.importing.fields import (
    Lookup,
    NamedField,
    PlainDecimalField,
    PlainIntegerField,
    YesNoField,
)
from core.backoffice.importing.files import SheetRow
from core.registry import Registry

NAMED_CHOICES = 24
type Key = tuple[str, ...]


class SharedFields(dict[str, forms.Field]):
    """The fields of all rows' forms. A form copies its class's; these hold nothing of a row, and copying them took a
    third of the time that checking a row took.
    """

    def __deepcopy__(self, _memo: dict[int, Any]) -> dict[str, forms.Field]:
        return dict(self)


class RowForm(forms.ModelForm):  # type: ignore[type-arg]
    """Put before an admin's form: what a whole file is checked for is not asked again for each row."""

    checked_by_form: ClassVar[bool] = False
    # Columns whose rows were fetched just now, for the whole file at once.
    fetched: ClassVar[frozenset[str]] = frozenset()

    def validate_unique(self) -> None:
        """Rows are found by what is unique, and a file names each once."""

    def _get_validation_exclusions(self) -> set[str]:
        left_out: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return left_out | self.fetched if self.checked_by_form else left_out

    def _post_clean(self) -> None:
        if not self.checked_by_form:
            super()._post_clean()  # type: ignore[misc]
            return
        # Each constraint is a query; forms that say the same in better words do without.
        self.instance.validate_constraints = lambda exclude=None: None
        try:
            super()._post_clean()  # type: ignore[misc]
        finally:
            del self.instance.validate_constraints


class ImportResource(ModelResource):
    """One noun's file. Columns are `Meta.fields`; rows are known by natural keys, never by ids.

    Attributes:
        key: the columns by which a row is found again; they have to be in the file.
        form: the admin's own form, so that a file can do nothing that a person could not.
        lookups: columns that name other rows, with how they are named.
        also_unique: further columns that may hold a value once in a file.
        guarded: permissions to import besides those to add and change the noun itself.
        examples: rows of the sample file; a sample is imported again by a test.
        inline_rows: how many rows are imported within the request.
        checked_by_form: the form checks what the table's constraints do.
    """

    key: ClassVar[tuple[str, ...]]
    form: ClassVar[type[forms.ModelForm]] = forms.ModelForm
    lookups: ClassVar[dict[str, tuple[type[models.Model], str, str]]] = {}
    also_unique: ClassVar[tuple[str, ...]] = ()
    guarded: ClassVar[tuple[str, ...]] = ()
    examples: ClassVar[Sequence[dict[str, Any]]] = ()
    help_texts: ClassVar[dict[str, Any]] = {}
    inline_rows: ClassVar[int] = 500
    checked_by_form: ClassVar[bool] = False
    _meta: Any

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.named = {
            column: Lookup(model, key, fallback=fallback, fold="email" in key)
            for column, (model, key, fallback) in self.lookups.items()
        }

    @property
    def model(self) -> type[models.Model]:
        found: type[models.Model] = self._meta.model
        return found

    @classmethod
    def get_display_name(cls) -> str:
        return str(cls._meta.model._meta.verbose_name_plural).capitalize()

    @classmethod
    def slug(cls) -> str:
        return str(cls._meta.model._meta.label_lower)

    @cached_property
    def columns(self) -> list[str]:
        return list(self.get_export_order())

    # Who may
    @classmethod
    def may_export(cls, user: Any) -> bool:
        return bool(user.has_perm(_permission(cls, "view")))

    @classmethod
    def may_import(cls, user: Any) -> bool:
        wanted = (_permission(cls, "add"), _permission(cls, "change"), *cls.guarded)
        return bool(user.is_active and user.is_staff and user.has_perms(wanted))

    # Out
    def of(self, listed: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of the file for what a list shows, with what its columns need joined."""
        return listed.select_related(*self._joins)

    @cached_property
    def _joins(self) -> list[str]:
        return [name for name in self.lookups if name in {field.name for field in self.model._meta.fields}]

    def value(self, instance: Any, column: str) -> Any:
        """What the instance has in a column."""
        held = getattr(instance, column)
        return self.named[column].name(held) if column in self.named else held

    def export_field(self, field: Any, instance: Any, **kwargs: Any) -> Any:
        return cells.for_sheet(self.value(instance, field.column_name))

    # In
    def key_of(self, row: dict[str, str]) -> Key:
        """What tells rows of a file apart."""
        return tuple(row.get(column, "") for column in self.key)

    def load(self, rows: Iterable[SheetRow]) -> None:
        """Fetch what these rows name: other rows, and those that exist already."""
        listed = list(rows)
        for column, lookup in self.named.items():
            lookup.load(row.cells.get(column, "") for row in listed)
        self.existing: dict[Key, list[Any]] = {}
        for instance in self.find(listed):
            self.existing.setdefault(self.key_of_instance(instance), []).append(instance)

    def find(self, rows: list[SheetRow]) -> Iterable[Any]:
        """The instances that these rows could be about."""
        column = self.key[0]
        names = {row.cells.get(column, "") for row in rows}
        return self.of(self.model._default_manager.filter(**{f"{column}__in": names}))

    def key_of_instance(self, instance: Any) -> Key:
        return self.key_of({column: cells.as_text(self.value(instance, column)) for column in self.key})

    @cached_property
    def form_class(self) -> type[forms.ModelForm]:
        """The admin's form over our columns, reading cells."""
        marks = {"checked_by_form": self.checked_by_form, "fetched": frozenset(self.lookups)}
        base = type("Row", (RowForm, self.form), marks)
        own = {field.name for field in self.model._meta.fields}
        made = modelform_factory(self.model, form=base, fields=[name for name in self.columns if name in own])
        for name, field in made.base_fields.items():
            made.base_fields[name] = self._reading(name, field)
        made.base_fields = SharedFields(made.base_fields)
        return made

    @cached_property
    def spellings(self) -> dict[str, dict[str, str]]:
        """By column, a choice's value by what it may be written as: the value, or what people see, in any case."""
        return {
            name: {
                str(written).casefold(): str(value)
                for value, label in _flat(field.choices)
                for written in (label, value)
            }
            for name, field in self.form_class.base_fields.items()
            if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField)
        }

    def _reading(self, name: str, field: forms.Field) -> forms.Field:
        plain: dict[str, Any] = {"required": field.required, "label": field.label}
        if name in self.named:
            return NamedField(self.named[name], missing=self._missing(name), **plain)
        if isinstance(field, forms.BooleanField):
            return YesNoField(required=False, label=field.label)
        if isinstance(field, forms.IntegerField) and type(field) in (forms.DecimalField, forms.IntegerField):
            kind = PlainDecimalField if isinstance(field, forms.DecimalField) else PlainIntegerField
            limits = {"min_value": field.min_value, "max_value": field.max_value}
            if isinstance(field, forms.DecimalField):
                limits |= {"max_digits": field.max_digits, "decimal_places": field.decimal_places}  # type: ignore[dict-item]
            made = kind(**plain, **limits)  # type: ignore[arg-type]
            made.validators = field.validators
            return made
        if isinstance(field, forms.ChoiceField):
            known = [str(value) for value, _label in _flat(field.choices) if value][:NAMED_CHOICES]
            field.error_messages["invalid_choice"] = _("Choose one of these: %(known)s.") % {
                "known": ", ".join(known)
            }
        return field

    def _missing(self, column: str) -> str:
        noun = self.lookups[column][0]._meta.verbose_name
        text = _("There is no %(noun)s “%(name)s”. Correct it, or add that one first.")
        return text % {"noun": noun, "name": "%(text)s"}

    def default(self, column: str) -> str:
        """What an empty cell means."""
        field = self._with_default.get(column)
        return cells.as_text(field.get_default()) if field is not None else ""

    @cached_property
    def _with_default(self) -> "dict[str, models.Field[Any, Any]]":
        return {field.name: field for field in self.model._meta.fields if field.has_default()}

    def after(self, form: forms.ModelForm, column: str) -> Any:
        """What a column holds once the form was valid."""
        return self.value(form.instance, column)

    def refuse(self, instance: Any, form: forms.ModelForm, before: dict[str, Any]) -> None:
        """What only the service would refuse, told before anything is written. Raises DomainError."""

    def write(self, form: forms.ModelForm, *, new: bool, changed: list[str], user: Any) -> None:
        """Have the noun's service write one row. Raises DomainError."""
        raise NotImplementedError

    def write_many(self, rows: list[tuple[forms.ModelForm, bool, list[str]]], *, user: Any) -> bool:
        """Write rows at once where a service can; says whether it did. Raises IntegrityError for all of them."""
        return False

    # Sample
    def sample(self) -> Iterator[list[Any]]:
        yield list(self.columns)
        for example in self.examples:
            yield [cells.for_sheet(example.get(column)) for column in self.columns]

    def explained(self) -> list[tuple[str, str, bool]]:
        """Each column with what it means, and whether a file needs it."""
        made = self.form_class.base_fields
        lines = []
        for name in self.columns:
            field = made.get(name)
            words = [str(self.help_texts.get(name) or (field and (field.help_text or field.label)) or name)]
            if isinstance(field, forms.ChoiceField):
                known = [str(value) for value, _label in _flat(field.choices) if value]
                words.append(", ".join(known) if len(known) <= NAMED_CHOICES else "")
            lines.append((name, " · ".join(word for word in words if word), name in self.key))
        return lines


def _flat(choices: Any) -> Iterator[tuple[Any, Any]]:
    yield from ((value, label) for value, label in choices if not isinstance(label, list | tuple))


def _permission(resource: type[ImportResource], verb: str) -> str:
    options = resource._meta.model._meta
    return f"{options.app_label}.{verb}_{options.model_name}"


importers: Registry[type[ImportResource]] = Registry("importers")


def importer(resource: type[ImportResource]) -> type[ImportResource]:
    """Register a resource under its model's label."""
    return importers.add(resource.slug(), resource)
