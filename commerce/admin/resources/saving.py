"""Rows of the catalogue are written many at once."""

from typing import Any

from django import forms

from commerce.services.catalogue_changes import save_many
from core.backoffice.importing.resource import ImportResource


class CatalogueResource(ImportResource):
    """Written by `services.catalogue_changes`; one by one only where several at once clash."""

    def write_many(self, rows: list[tuple[forms.ModelForm, bool, list[str]]], *, user: Any) -> bool:
        save_many(
            self.model,
            added=[form.instance for form, new, _changed in rows if new],
            changed=[(form.instance, changed) for form, new, changed in rows if not new],
        )
        return True

    def write(self, form: forms.ModelForm, *, new: bool, changed: list[str], user: Any) -> None:
        row = form.instance
        save_many(self.model, added=[row] if new else [], changed=[] if new else [(row, changed)])
