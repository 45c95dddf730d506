"""Forms of dialogs: plain Django fields are drawn as the rest of the admin, and every error is shown."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold import widgets
from unfold.forms import BaseDialogForm

from core.models import User


class DayInput(widgets.UnfoldAdminTextInputWidget):
    """The browser's own choice of a day. Django's needs scripts that a dialog comes too late for."""

    input_type = "date"

    def format_value(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value


# By the widget that Django chose; anything else was chosen on purpose and stays.
DRAWN: dict[type[forms.Widget], type[forms.Widget]] = {
    forms.TextInput: widgets.UnfoldAdminTextInputWidget,
    forms.ColorInput: widgets.UnfoldAdminColorInputWidget,
    forms.NumberInput: widgets.UnfoldAdminDecimalFieldWidget,
    forms.EmailInput: widgets.UnfoldAdminEmailInputWidget,
    forms.URLInput: widgets.UnfoldAdminURLInputWidget,
    forms.Textarea: widgets.UnfoldAdminTextareaWidget,
    forms.Select: widgets.UnfoldAdminSelectWidget,
    forms.SelectMultiple: widgets.UnfoldAdminSelectMultipleWidget,
    forms.CheckboxSelectMultiple: widgets.UnfoldAdminCheckboxSelectMultipleWidget,
    forms.RadioSelect: widgets.UnfoldAdminRadioSelectWidget,
    forms.CheckboxInput: widgets.UnfoldBooleanSwitchWidget,
    forms.PasswordInput: widgets.UnfoldAdminPasswordWidget,
    forms.DateInput: DayInput,
    forms.SplitDateTimeWidget: widgets.UnfoldAdminSplitDateTimeWidget,
    forms.FileInput: widgets.UnfoldAdminFileFieldWidget,
    forms.ClearableFileInput: widgets.UnfoldAdminFileFieldWidget,
}


def draw(form: forms.Form) -> None:
    """Give the form's plain fields the admin's widgets, keeping attributes and choices."""
    for field in form.fields.values():
        if drawn := DRAWN.get(type(field.widget)):
            field.widget = _redrawn(field.widget, drawn)
            field.widget.is_required = field.required


def _redrawn(old: forms.Widget, drawn: type[forms.Widget]) -> forms.Widget:
    if issubclass(drawn, forms.Select | forms.RadioSelect | forms.CheckboxSelectMultiple):
        return drawn(attrs=old.attrs, choices=old.choices)  # type: ignore[call-arg,attr-defined]
    if drawn is widgets.UnfoldAdminTextareaWidget:
        return drawn(attrs={**old.attrs, "rows": 3})
    return drawn(attrs={name: value for name, value in old.attrs.items() if name not in ("cols", "rows")})


class ActionForm(BaseDialogForm):
    """What a dialog asks for. `self.object` is what the action is about, `self.request` who asks.

    Override `prepare` to set choices or initial values from them.
    """

    form_before_template = "components/dialog_errors.html"
    object: Any = None

    def __init__(self, *args: Any, instance: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.object = instance
        self.prepare()
        draw(self)

    def prepare(self) -> None:
        """A place for choices and initial values that depend on the object."""

    def get_before_template_context(self, request: Any, object_id: Any = None) -> dict[str, Any]:
        return {"form": self}


class RolesField(forms.ModelMultipleChoiceField):
    """Groups by the names people know them by."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Any) -> str:
        return str(dict(User.Role.choices).get(obj.name, obj.name))


class ReasonForm(ActionForm):
    """Asks why; what is done with money or people's rights always says why."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        strip=True,
        widget=forms.Textarea,
        help_text=_("Kept with the change; others read it later."),
    )
    field_order = (None, "reason")

    def order_fields(self, field_order: Any) -> None:
        """What subclasses add comes first, unless they say otherwise."""
        if field_order == ReasonForm.field_order:
            field_order = [*(name for name in self.fields if name != "reason"), "reason"]
        super().order_fields(field_order)
