"""Forms of the catalogue's admin pages: what a person gets wrong is named at its field."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from commerce.models import Product
from commerce.recipients.kinds import field_kinds

CHOICES_ROWS = 4
# What each denomination needs, with the words for it.
NEEDED = {
    Product.Denomination.FIXED: {"price": _("A fixed product needs a list price above zero.")},
    Product.Denomination.RANGE: {
        "minimum": _("A range product needs a smallest amount above zero."),
        "maximum": _("A range product needs a largest amount."),
        "step": _("A range product needs a step above zero."),
        "price_percent": _("A range product needs a percentage above zero."),
    },
}


class RecipientFieldForm(forms.ModelForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=field_kinds.choices, widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "choices" in self.fields:
            self.fields["choices"].widget.attrs["rows"] = CHOICES_ROWS

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        choices = [line for line in data.get("choices", "").splitlines() if line.strip()]
        if data.get("kind") == "choice" and len(choices) < 1:
            self.add_error("choices", _("List the choices, one a line."))
        elif data.get("kind") not in ("choice", None) and choices:
            self.add_error("choices", _("Only the kind “choice” has choices."))
        return data


class ProductForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        denomination = data.get("denomination")
        for name, message in NEEDED.get(denomination, {}).items() if denomination else ():
            value = data.get(name)
            if name not in self.errors and (value is None or value <= 0):
                self.add_error(name, message)
        smallest, largest = data.get("minimum"), data.get("maximum")
        if denomination == Product.Denomination.RANGE and smallest and largest and largest < smallest:
            self.add_error("maximum", _("The largest amount is not below the smallest."))
        return data
