"""Forms that read values instead of a browser's answer, with the checks a person's typing would meet."""

from typing import Any

from django import forms


def typed(made: type[Any], given: dict[str, Any]) -> type[Any]:
    """The form reading values: widgets would only turn them into text and back.

    What is not among `given` stays as the form's initial value says; a picture stays too.
    """

    def _widget_data_value(self: Any, widget: Any, html_name: str) -> Any:
        name = next(name for name in self.fields if self.add_prefix(name) == html_name)
        if isinstance(self.fields[name], forms.FileField):
            return None
        value = given[name] if name in given else self.get_initial_for_field(self.fields[name], name)
        return widget.decompress(value) if isinstance(widget, forms.MultiWidget) else value

    return type(made.__name__, (made,), {"_widget_data_value": _widget_data_value})
