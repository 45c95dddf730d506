"""Forms of price lists and their rules: what a person gets wrong is named at its field."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commerce.models import PriceRule

SCOPES = ("product", "brand", "category")


class PriceListForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.instance.pk and self.initial.get("is_default") and not data.get("is_default"):
            self.add_error(
                "is_default", _("Make another list the default instead; this one then no longer is.")
            )
        if data.get("is_default") and not data.get("active", True):
            self.add_error("active", _("The default list stays active."))
        return data

    def _get_validation_exclusions(self) -> set[str]:
        # Making this list the default takes it from the one that was, so that is no error.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded | {"is_default"}


class PriceRuleForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        chosen = [name for name in SCOPES if data.get(name)]
        for name in chosen[1:]:
            self.add_error(name, _("A rule is for a product, a brand or a category, not for several."))
        kind = data.get("kind")
        if kind == PriceRule.Kind.FIXED:
            self._check_fixed(data)
        elif kind == PriceRule.Kind.PERCENT and not data.get("percent"):
            self.add_error("percent", _("Give the percentage of the list price, above zero."))
        begins, ends = data.get("valid_from"), data.get("valid_until")
        if begins and ends and ends <= begins:
            self.add_error("valid_until", _("The rule ends before it begins."))
        return data

    def _check_fixed(self, data: dict[str, Any]) -> None:
        product = data.get("product")
        if not data.get("fixed_price") or data["fixed_price"] <= 0:
            self.add_error("fixed_price", _("Give the price, above zero."))
        if product is None:
            self.add_error("product", _("A fixed price needs a product."))
        elif product.is_range:
            self.add_error("kind", _("A range product has no fixed price; give a percentage of the amount."))
