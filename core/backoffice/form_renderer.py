"""Forms, letter for letter as Django draws them, for half its time.

A form of ten rules has a thousand attributes, labels and inputs, and each was a template that includes templates.
Those are drawn here; all others (and Unfold's, which include Django's attributes) stay templates.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from django import forms
from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.html import conditional_escape
from django.utils.safestring import SafeData, SafeString

INPUTS = (
    "checkbox",
    "date",
    "datetime",
    "email",
    "hidden",
    "input",
    "number",
    "password",
    "text",
    "time",
    "url",
)
# Ours before Django's: attributes, as one tag instead of a loop.
FOLDERS = (Path(__file__).parent.parent / "form_templates", Path(forms.__file__).parent / "templates")


class FormRenderer(DjangoTemplates):
    """For settings.FORM_RENDERER."""

    @cached_property
    def engine(self) -> Any:
        return self.backend({"APP_DIRS": True, "DIRS": [*FOLDERS], "NAME": "djangoforms", "OPTIONS": {}})

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        draw = DRAWN.get(template_name)
        drawn = draw(context) if draw else None
        return drawn if drawn is not None else super().render(template_name, context, request)


def attributes(given: Mapping[str, Any] | None) -> SafeString:
    """What django/forms/attrs.html makes of them."""
    parts = [
        f" {conditional_escape(name)}" if value is True else f' {conditional_escape(name)}="{_text(value)}"'
        for name, value in (given or {}).items()
        if value is not False
    ]
    return SafeString("".join(parts))  # nosec B703 - names and values are escaped


def _text(value: Any) -> str:
    """What the filter `stringformat:"s"` makes of it, escaped unless it is markup already."""
    return str(value) if isinstance(value, SafeData) else str(conditional_escape(str(value)))


def _input(context: Mapping[str, Any]) -> str:
    widget = context["widget"]
    value = "" if widget["value"] is None else f' value="{_text(widget["value"])}"'
    kind, name = conditional_escape(widget["type"]), conditional_escape(widget["name"])
    return f'<input type="{kind}" name="{name}"{value}{attributes(widget["attrs"])}>'


def _label(context: Mapping[str, Any]) -> str | None:
    label = context["label"]
    if isinstance(label, Promise):
        label = str(label)
    if not context["use_tag"] or not isinstance(label, str):
        return None
    tag = conditional_escape(context["tag"])
    return f"<{tag}{attributes(context['attrs'])}>{conditional_escape(label)}</{tag}>"


def _errors(context: Mapping[str, Any]) -> str | None:
    return None if context["errors"] else ""


DRAWN: dict[str, Callable[[Mapping[str, Any]], str | None]] = {
    **{f"django/forms/widgets/{name}.html": _input for name in INPUTS},
    "django/forms/label.html": _label,
    "django/forms/errors/list/default.html": _errors,
    "django/forms/errors/list/ul.html": _errors,
}
