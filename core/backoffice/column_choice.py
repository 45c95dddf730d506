"""A form field that asks which columns, and in which order."""

from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString


class ColumnsWidget(forms.CheckboxSelectMultiple):
    """Boxes that are sent in the order they stand in; `core/columns.js` moves them."""

    # Unfold puts the label beside what is a checkbox.
    input_type = "columns"

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        ticked = [str(one) for one in value or ()]
        titles = {str(key): title for key, title in self.choices}
        order = [*(key for key in ticked if key in titles), *(key for key in titles if key not in ticked)]
        columns = [{"key": key, "title": titles[key], "ticked": key in ticked} for key in order]
        context = {"name": name, "id": (attrs or {}).get("id", name), "columns": columns}
        return render_to_string("components/columns.html", context)


class ColumnsField(forms.MultipleChoiceField):
    """Names of columns, each once, in the order chosen."""

    widget = ColumnsWidget

    def clean(self, value: Any) -> list[str]:
        return list(dict.fromkeys(super().clean(value)))
