"""One row of a file against what is there: new, changed, unchanged, or wrong, and then where and why."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.backoffice.importing import cells
from core.backoffice.importing.files import Sheet, SheetRow
from core.backoffice.importing.resource import ImportResource, Key
from core.exceptions import DomainError

NEW, CHANGED, UNCHANGED, REFUSED = "new", "changed", "unchanged", "refused"
SHOWN_LENGTH = 160


@dataclass(slots=True)
class Outcome:
    """What a row comes to. `changes` are (column, before, after); `errors` are (column or empty, words)."""

    number: int
    label: str
    kind: str = UNCHANGED
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)
    form: Any = None

    def refuse(self, errors: Iterable[tuple[str, str]]) -> None:
        self.kind, self.errors = REFUSED, list(errors)

    def problem(self) -> dict[str, Any]:
        return {"row": self.number, "label": self.label, "errors": [list(error) for error in self.errors]}

    def difference(self) -> dict[str, Any]:
        return {
            "row": self.number,
            "label": self.label,
            "kind": self.kind,
            "changes": [list(change) for change in self.changes],
        }


class Checker:
    """Checks the rows of one sheet. A row that names what an earlier one did is wrong."""

    def __init__(self, resource: ImportResource, sheet: Sheet) -> None:
        self.resource = resource
        self.first: dict[tuple[str, ...], int] = {}
        for row in sheet.rows:
            for mark in self._marks(row):
                self.first.setdefault(mark, row.number)

    def _marks(self, row: SheetRow) -> list[tuple[str, ...]]:
        marks = [("", *self.resource.key_of(row.cells))]
        marks += [(column, value) for column in self.resource.also_unique if (value := row.cells.get(column))]
        return marks

    def check(self, rows: list[SheetRow]) -> list[Outcome]:
        self.resource.load(rows)
        return [self._check(row) for row in rows]

    def _check(self, row: SheetRow) -> Outcome:
        key = self.resource.key_of(row.cells)
        outcome = Outcome(row.number, " · ".join(part for part in key if part)[:SHOWN_LENGTH])
        if row.broken:
            outcome.refuse(row.broken.items())
            return outcome
        for mark in self._marks(row):
            if self.first[mark] != row.number:
                text = _("Row %(row)d has the same. Each may be there once: delete one of the two.")
                column = mark[0] or self.resource.key[0]
                outcome.refuse([(column, text % {"row": self.first[mark]})])
                return outcome
        try:
            self._compare(row, key, outcome)
        except DomainError as error:
            outcome.refuse(errors_of(error))
        return outcome

    def _compare(self, row: SheetRow, key: Key, outcome: Outcome) -> None:
        resource = self.resource
        instance = self._instance(row, key)
        before = {column: resource.value(instance, column) for column in resource.columns} if instance else {}
        form = resource.form_class(data=self._data(row, before), instance=instance)
        if not form.is_valid():
            outcome.refuse(_form_errors(form))
            return
        after = {column: resource.after(form, column) for column in resource.columns}
        outcome.changes = [
            (column, _shown(before.get(column)), _shown(after[column]))
            for column in resource.columns
            if (before[column] != after[column] if instance else after[column] not in (None, ""))
        ]
        outcome.kind = (CHANGED if outcome.changes else UNCHANGED) if instance else NEW
        if outcome.kind != UNCHANGED:
            resource.refuse(instance, form, before)
            outcome.form = form

    def _instance(self, row: SheetRow, key: Key) -> Any:
        """The row that is meant; where several have the key, the one that is like it in every column."""
        found = self.resource.existing.get(key, [])
        if len(found) < 2:
            return found[0] if found else None
        for instance in found:
            same = (
                cells.as_text(self.resource.value(instance, column)) == text
                for column, text in row.cells.items()
            )
            if all(same):
                return instance
        raise DomainError(
            "ambiguous",
            _("Several that are there already go by this. Change them one by one on their own pages."),
            field=self.resource.key[-1],
        )

    def _data(self, row: SheetRow, before: dict[str, Any]) -> dict[str, str]:
        """Every column as a form reads it: from the file, else as it is, else the default."""
        data = {}
        for column in self.resource.columns:
            text = row.cells.get(column)
            if text is None and before:
                text = cells.as_text(before[column])
            text = text or self.resource.default(column)
            spellings = self.resource.spellings.get(column, {})
            data[column] = spellings.get(text.casefold(), text) if text else text
        return data


def slimmed(outcome: Outcome) -> Outcome:
    """Without what only asking and drawing a form needs, so that a long file's rows can wait together."""
    if outcome.form is not None:
        outcome.form.fields, outcome.form.data, outcome.form._bound_fields_cache = {}, {}, {}
    return outcome


def write(resource: ImportResource, outcomes: list[Outcome], *, user: Any) -> None:
    """Write what is new or changed, each row by itself; what is refused now is marked on its outcome."""
    wanted = [outcome for outcome in outcomes if outcome.kind in (NEW, CHANGED)]
    rows = [(one.form, one.kind == NEW, [change[0] for change in one.changes]) for one in wanted]
    try:
        with transaction.atomic():
            if not rows or resource.write_many(rows, user=user):
                return
    except IntegrityError:
        # One of them clashes with what was written meanwhile; one by one it shows which.
        for form, new, _changed in rows:
            if new:
                form.instance.pk = None
                form.instance._state.adding = True
    for outcome, (form, new, changed) in zip(wanted, rows, strict=True):
        try:
            with transaction.atomic():
                resource.write(form, new=new, changed=changed, user=user)
        except DomainError as error:
            outcome.refuse(errors_of(error))
        except IntegrityError:
            outcome.refuse(
                [("", _("This clashes with what somebody else saved meanwhile. Check the file again."))]
            )


def errors_of(error: DomainError) -> list[tuple[str, str]]:
    named = [(name, text) for name, texts in error.errors.items() for text in texts]
    return [("" if name == "non_field_errors" else name, text) for name, text in named] or [
        ("", error.message)
    ]


def _form_errors(form: forms.ModelForm) -> list[tuple[str, str]]:
    return [
        ("" if name == "__all__" else name, str(text))
        for name, texts in form.errors.items()
        for text in texts
    ]


def _shown(value: Any) -> str:
    text = cells.as_text(value)
    return text if len(text) <= SHOWN_LENGTH else f"{text[:SHOWN_LENGTH]}…"
