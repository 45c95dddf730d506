"""Files of price lists and of their rules."""

from collections.abc import Iterable
from copy import copy
from datetime import UTC
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from commerce.admin.pricing_forms import PriceListForm, PriceRuleForm
from commerce.admin.resources.saving import CatalogueResource
from commerce.models import Brand, Category, PriceList, PriceRule, Product
from commerce.services import price_lists, price_rules
from core.backoffice.importing.cells import as_text
from core.backoffice.importing.files import SheetRow
from core.backoffice.importing.resource import ImportResource, importer


@importer
class PriceListResource(ImportResource):
    key: ClassVar = ("code",)
    form = PriceListForm
    checked_by_form = True
    examples: ClassVar = [
        {
            "code": "sample-gold",
            "name": "Gold",
            "description": "Our largest",
            "is_default": False,
            "active": True,
        },
        {"code": "sample-silver", "name": "Silver", "is_default": False, "active": True},
    ]

    class Meta:
        model = PriceList
        fields = ("code", "name", "description", "is_default", "active")

    def refuse(self, instance: Any, form: forms.ModelForm, before: dict[str, Any]) -> None:
        """A file waits for nobody: standing above the limit is asked for on the list's page."""
        price_lists.require_within_limit(form.instance)

    def write(self, form: forms.ModelForm, *, new: bool, changed: list[str], user: Any) -> None:
        price_lists.save_price_list(form.instance)


@importer
class PriceRuleResource(CatalogueResource):
    """A rule is known by its list, what it is for and when it holds."""

    key: ClassVar = ("price_list", "product", "brand", "category", "valid_from", "valid_until")
    form = PriceRuleForm
    checked_by_form = True
    lookups: ClassVar = {
        "price_list": (PriceList, "code", ""),
        "product": (Product, "sku", ""),
        "brand": (Brand, "code", ""),
        "category": (Category, "code", ""),
    }
    help_texts: ClassVar = {
        "price_list": gettext_lazy("The list's code; the list is there already."),
        "product": gettext_lazy("The SKU, where the rule is for one product."),
        "brand": gettext_lazy("The brand's code, where it is for a brand."),
        "category": gettext_lazy(
            "The category's code, where it is for a category. None of the three: for everything."
        ),
        "valid_from": gettext_lazy("Such as 2030-01-31T08:00:00+00:00; empty means always."),
        "valid_until": gettext_lazy("Such as 2030-01-31T08:00:00+00:00; empty means for ever."),
    }
    examples: ClassVar = [
        {"price_list": "sample-gold", "product": "SAMPLE-60", "kind": "fixed", "fixed_price": 0.95,
         "allow_below_cost": False},
        {"price_list": "sample-gold", "brand": "sample-game", "kind": "percent", "percent": 97.5,
         "commission_percent": 1, "allow_below_cost": False, "valid_from": "2030-01-01T00:00:00+00:00"},
    ]  # fmt: skip

    class Meta:
        model = PriceRule
        fields = (
            "price_list", "product", "brand", "category", "kind", "fixed_price", "percent", "commission_percent",
            "service_fee", "delivery_fee", "tax_percent", "allow_below_cost", "valid_from", "valid_until",
        )  # fmt: skip

    def of(self, listed: QuerySet[Any]) -> QuerySet[Any]:
        if listed.model is PriceList:
            listed = PriceRule.objects.filter(price_list__in=listed.order_by()).order_by("price_list", "id")
        return super().of(listed)

    def find(self, rows: list[SheetRow]) -> Iterable[Any]:
        lists = {row.cells.get("price_list", "") for row in rows}
        return self.of(PriceRule.objects.filter(price_list__code__in=lists)).order_by("id")

    def refuse(self, instance: Any, form: forms.ModelForm, before: dict[str, Any]) -> None:
        """A file waits for nobody: a row above the limit is asked for on the list's page, by itself."""
        held = None
        if instance is not None:
            # The key is the rule's reach, so only what it is worth can differ.
            held = copy(instance)
            for name in price_rules.WORTH:
                setattr(held, name, before[name])
        price_rules.require_within_limit(held=held, wanted=form.instance)

    def key_of(self, row: dict[str, str]) -> tuple[str, ...]:
        return tuple(
            moment(row.get(name, "")) if name.startswith("valid_") else row.get(name, "") for name in self.key
        )


def moment(text: str) -> str:
    """A time as rows are told apart by; what is none stays as it is and is refused by the form."""
    field = forms.DateTimeField()
    try:
        read = field.to_python(text)
        return as_text(read.astimezone(UTC)) if read else ""
    except forms.ValidationError:
        return text
