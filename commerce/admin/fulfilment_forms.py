"""The provider's form: its own fields, and the options its adapter declares."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.models import Provider
from commerce.providers.base import Adapter, providers
from core.backoffice.actions import ReasonForm
from core.backoffice.dialog_forms import draw
from core.crypto import mask

PREFIX = "option_"


class FloatForm(ReasonForm):
    direction = forms.ChoiceField(
        label=gettext_lazy("Direction"),
        choices=[
            ("out", gettext_lazy("We paid the provider")),
            ("back", gettext_lazy("The provider paid us back")),
        ],
    )
    amount = forms.DecimalField(
        label=gettext_lazy("Amount"), min_value=Decimal("0.01"), max_digits=12, decimal_places=2
    )
    external_reference = forms.CharField(
        label=gettext_lazy("Bank reference"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("The bank's statement is matched by it, and the same one is booked once."),
    )

    def prepare(self) -> None:
        self.fields["amount"].help_text = self.object.currency


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """What the adapter wants to know is asked beside the provider's own fields, and checked by the adapter's form.

    A secret is shown to nobody once saved: left empty, it stays as it is.
    """

    adapter = forms.ChoiceField(label=gettext_lazy("adapter"))
    wanted: type[Adapter] | None = None
    changed_options: Sequence[str] = ()

    class Meta:
        model = Provider
        fields = ("code", "name", "adapter", "currency", "timeout_seconds", "low_float", "active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "adapter" in self.fields:
            self.fields["adapter"].choices = providers.choices()  # type: ignore[attr-defined]
        saved = saved_options(self.instance)
        for name in option_names(self.wanted):
            self._prepare(name, self.fields[PREFIX + name], saved)
        draw(self)  # type: ignore[arg-type]  # any form has fields

    def _prepare(self, name: str, field: forms.Field, saved: dict[str, Any]) -> None:
        if self.wanted and name in self.wanted.secrets:
            field.required = field.required and not saved.get(name)
            field.widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
            if saved.get(name):
                shown = {"secret": mask(str(saved[name]))}
                field.help_text = _("Saved: %(secret)s. Leave empty to keep it.") % shown
        elif name in saved:
            field.initial = saved[name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.wanted is None:
            return cleaned
        saved = saved_options(self.instance)
        given = {name: cleaned.get(PREFIX + name) for name in option_names(self.wanted)}
        for name in self.wanted.secrets:
            given[name] = given.get(name) or saved.get(name)
        checked = self.wanted.options_form(data=given)
        for name, messages in checked.errors.items():
            self.add_error(PREFIX + name if name in given else None, list(messages))
        if checked.is_valid():
            options = {name: value for name, value in checked.cleaned_data.items() if value not in (None, "")}
            names = {*options, *saved}
            self.changed_options = sorted(n for n in names if options.get(n) != saved.get(n))
            self.instance.options = options
        return cleaned


def form_for(provider: Provider | None) -> type[ProviderForm]:
    """The form with the options of the provider's adapter as fields; the adapter is chosen once."""
    adapter = adapter_of(provider)
    fields: dict[str, Any] = {"wanted": adapter}
    if provider:
        fields["adapter"] = None
    if adapter:
        declared = adapter.options_form().fields
        fields |= {PREFIX + name: field for name, field in declared.items()}
    return type("ProviderForm", (ProviderForm,), fields)


def adapter_of(provider: Provider | None) -> type[Adapter] | None:
    known = provider is not None and provider.adapter in providers
    return providers.get(provider.adapter) if provider and known else None


def option_names(adapter: type[Adapter] | None) -> list[str]:
    return list(adapter.options_form.base_fields) if adapter else []


def saved_options(provider: Provider) -> dict[str, Any]:
    return provider.options if isinstance(provider.options, dict) else {}


def shown_options(provider: Provider) -> list[tuple[str, str]]:
    """Names and values for those who may look: secrets masked."""
    adapter = adapter_of(provider)
    saved = saved_options(provider)
    if adapter is None:
        return []
    labels = adapter.options_form.base_fields
    return [
        (str(labels[name].label or name), mask(str(value)) if name in adapter.secrets else str(value))
        for name, value in saved.items()
        if name in labels
    ]
