"""Form fields for cells: other rows by the code people know them by, yes and no, plain numbers."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext as _

YES = frozenset({"yes", "y", "true", "1"})
NO = frozenset({"no", "n", "false", "0"})
NUMBER = re.compile(r"-?\d{1,20}(\.\d{1,10})?\Z", re.ASCII)
QUERY_SIZE = 1000


class Lookup:
    """Rows of a model by a natural key, fetched for many cells at once.

    Args:
        key: the field people know the row by, such as `code`.
        fallback: another field for rows whose key is empty; it has to name exactly one.
        fold: keys are e-mails, so that capitals do not count.
    """

    def __init__(
        self, model: type[models.Model], key: str, *, fallback: str = "", fold: bool = False
    ) -> None:
        self.model, self.key, self.fallback, self.fold = model, key, fallback, fold
        self._found: dict[str, Any] = {}
        self._asked: set[str] = set()
        self._unclear: set[str] = set()

    def name(self, instance: Any) -> str:
        """How a row is written in a cell."""
        if instance is None:
            return ""
        return str(getattr(instance, self.key) or (getattr(instance, self.fallback) if self.fallback else ""))

    def load(self, texts: Iterable[str]) -> None:
        """Fetch what these cells name."""
        wanted = sorted({self._folded(text) for text in texts if text} - self._asked)
        for start in range(0, len(wanted), QUERY_SIZE):
            self._fetch(wanted[start : start + QUERY_SIZE])

    def get(self, text: str) -> Any:
        """The row, or None.

        Raises:
            forms.ValidationError: it could be several.
        """
        known = self._folded(text)
        self.load([text])
        if known in self._unclear:
            raise forms.ValidationError(_("“%(text)s” could be several; give its e-mail.") % {"text": text})
        return self._found.get(known)

    def _folded(self, text: str) -> str:
        return text.lower() if self.fold else text

    def _fetch(self, wanted: list[str]) -> None:
        self._asked.update(wanted)
        manager = self.model._default_manager
        for instance in manager.filter(**{f"{self.key}__in": wanted}):
            self._found[self._folded(getattr(instance, self.key))] = instance
        missing = [text for text in wanted if text not in self._found]
        if not (self.fallback and missing):
            return
        # Only those without a key go by their other name.
        nameless = manager.filter(models.Q(**{self.key: None}) | models.Q(**{self.key: ""}))
        by_name = {text.lower(): text for text in missing}
        for instance in nameless:
            text = by_name.get(str(getattr(instance, self.fallback)).lower())
            if text is None:
                continue
            if text in self._found:
                self._unclear.add(text)
            self._found[text] = instance


class NamedField(forms.Field):
    """A cell that names another row."""

    def __init__(self, lookup: Lookup, *, missing: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lookup, self.missing = lookup, missing

    def clean(self, value: Any) -> Any:
        text = str(value or "").strip()
        if not text:
            self.validate(None)
            return None
        found = self.lookup.get(text)
        if found is None:
            raise forms.ValidationError(self.missing % {"text": text[:80]}, code="unknown")
        return found


class YesNoField(forms.Field):
    """A cell with yes or no."""

    def clean(self, value: Any) -> bool:
        text = str(value or "").strip().lower()
        if text in YES:
            return True
        if text in NO or not text:
            return False
        raise forms.ValidationError(_("Write yes or no."), code="invalid")


def plain_number(value: Any) -> Any:
    """A number of a cell as its form field reads it.

    Raises:
        forms.ValidationError: thousands' separators, exponents, other scripts' digits.
    """
    text = str(value or "").strip()
    if text and not NUMBER.match(text):
        raise forms.ValidationError(_("Write a number in plain digits, such as 1250.50."), code="invalid")
    return text


class _Plain:
    def clean(self, value: Any) -> Any:
        return super().clean(plain_number(value))  # type: ignore[misc]


class PlainDecimalField(_Plain, forms.DecimalField):
    pass


class PlainIntegerField(_Plain, forms.IntegerField):
    pass
