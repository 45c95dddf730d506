"""Files of categories, brands with their prefixes, the questions of brands, and products."""

import re
from collections.abc import Iterable
from copy import copy
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.fields import Field

from commerce.admin.catalog_forms import ProductForm, RecipientFieldForm
from commerce.admin.resources.saving import CatalogueResource
from commerce.models import Brand, Category, NumberPrefix, Product, RecipientField
from commerce.services import brand_categories, catalogue_changes, product_prices
from core.backoffice.importing.files import SheetRow
from core.backoffice.importing.resource import importer

PREFIX = re.compile(r"[1-9][0-9]{0,11}\Z", re.ASCII)
COUNTRY = re.compile(r"([A-Z]{2})?\Z", re.ASCII)


@importer
class CategoryResource(CatalogueResource):
    key: ClassVar = ("code",)
    checked_by_form = True
    examples: ClassVar = [
        {"code": "games", "name": "Games", "icon": "sports_esports", "position": 1, "active": True},
        {"code": "airtime", "name": "Airtime", "icon": "phone_iphone", "position": 2, "active": True},
    ]

    class Meta:
        model = Category
        fields = ("code", "name", "icon", "position", "active")


class BrandRowForm(forms.ModelForm):
    number_prefixes = forms.CharField(required=False)

    def clean_country(self) -> str:
        country: str = (self.cleaned_data["country"] or "").upper()
        if not COUNTRY.match(country):
            raise forms.ValidationError(_("Write the country's code in two letters, such as US."))
        return country

    def clean_number_prefixes(self) -> str:
        prefixes = re.split(r"[\s,;]+", self.cleaned_data["number_prefixes"].strip())
        prefixes = [prefix.removeprefix("+") for prefix in prefixes if prefix]
        wrong = next((prefix for prefix in prefixes if not PREFIX.match(prefix)), None)
        if wrong is not None:
            raise forms.ValidationError(
                _(
                    "“%(prefix)s” is no prefix. Write the digits of international numbers, with spaces between."
                )
                % {"prefix": wrong[:20]}
            )
        return " ".join(sorted(set(prefixes)))


@importer
class BrandResource(CatalogueResource):
    number_prefixes = Field(column_name="number_prefixes")
    key: ClassVar = ("code",)
    form = BrandRowForm
    checked_by_form = True
    lookups: ClassVar = {"category": (Category, "code", "")}
    guarded = ("commerce.add_numberprefix", "commerce.delete_numberprefix")
    help_texts: ClassVar = {
        "category": gettext_lazy("The category's code; the category is there already."),
        "number_prefixes": gettext_lazy(
            "Digits by which an operator's numbers are recognised, with spaces between."
        ),
    }
    examples: ClassVar = [
        {
            "code": "sample-game",
            "name": "Sample Game",
            "category": "games",
            "description": "Top up with the player id.",
            "position": 1,
            "active": True,
        },
        {
            "code": "sample-mobile",
            "name": "Sample Mobile",
            "category": "games",
            "country": "US",
            "number_prefixes": "1202555 1203555",
            "position": 2,
            "active": True,
        },
    ]

    class Meta:
        model = Brand
        fields = (
            "code", "name", "category", "description", "country", "number_prefixes", "position", "active",
        )  # fmt: skip
        import_order = fields
        export_order = fields

    def of(self, listed: QuerySet[Any]) -> QuerySet[Any]:
        return super().of(listed).prefetch_related("number_prefixes")

    def value(self, instance: Any, column: str) -> Any:
        if column == "number_prefixes":
            return (
                " ".join(sorted(row.prefix for row in instance.number_prefixes.all())) if instance.pk else ""
            )
        return super().value(instance, column)

    def after(self, form: forms.ModelForm, column: str) -> Any:
        return form.cleaned_data[column] if column == "number_prefixes" else super().after(form, column)

    def refuse(self, instance: Any, form: forms.ModelForm, before: dict[str, Any]) -> None:
        prefixes = form.cleaned_data["number_prefixes"].split()
        if prefixes and form.cleaned_data["number_prefixes"] != before.get("number_prefixes"):
            taken = NumberPrefix.objects.filter(prefix__in=prefixes).exclude(brand_id=form.instance.pk)
            if (found := taken.select_related("brand").first()) is not None:
                raise catalogue_changes.prefix_taken(found)
        if instance is not None:
            # A file waits for nobody: another category above the limit is asked for on the brand's page.
            held = copy(instance)
            held.category = self.named["category"].get(before["category"])
            brand_categories.require_within_limit(held, form.instance)

    def write_many(self, rows: Any, *, user: Any) -> bool:
        return False

    def write(self, form: forms.ModelForm, *, new: bool, changed: list[str], user: Any) -> None:
        if new or changed != ["number_prefixes"]:
            own = [name for name in changed if name != "number_prefixes"]
            super().write(form, new=new, changed=own, user=user)
        if "number_prefixes" in changed:
            catalogue_changes.set_prefixes(
                brand=form.instance, prefixes=form.cleaned_data["number_prefixes"].split()
            )


@importer
class RecipientFieldResource(CatalogueResource):
    """The questions that brands ask; they come and go with the brands' list."""

    key: ClassVar = ("brand", "key")
    form = RecipientFieldForm
    checked_by_form = True
    lookups: ClassVar = {"brand": (Brand, "code", "")}
    help_texts: ClassVar = {"brand": gettext_lazy("The brand's code; the brand is there already.")}
    examples: ClassVar = [
        {"brand": "sample-game", "key": "player_id", "kind": "player_id", "label": "Player id", "required": True,
         "sensitive": False, "position": 1},
        {"brand": "sample-game", "key": "server", "kind": "choice", "label": "Server", "required": True,
         "choices": "Europe\nAsia", "sensitive": False, "position": 2},
    ]  # fmt: skip

    class Meta:
        model = RecipientField
        fields = (
            "brand", "key", "kind", "label", "help_text", "required", "choices", "pattern", "sensitive",
            "position",
        )  # fmt: skip

    def of(self, listed: QuerySet[Any]) -> QuerySet[Any]:
        if listed.model is Brand:
            listed = RecipientField.objects.filter(brand__in=listed.order_by()).order_by(
                "brand", "position", "id"
            )
        return super().of(listed)

    def find(self, rows: list[SheetRow]) -> Iterable[Any]:
        brands = {row.cells.get("brand", "") for row in rows}
        return self.of(RecipientField.objects.filter(brand__code__in=brands))


@importer
class ProductResource(CatalogueResource):
    """Products without what they cost us: offers and costs are for a page that asks for the right to see them."""

    key: ClassVar = ("sku",)
    form = ProductForm
    checked_by_form = True
    lookups: ClassVar = {"brand": (Brand, "code", "")}
    help_texts: ClassVar = {
        "brand": gettext_lazy("The brand's code; the brand is there already."),
        "sku": gettext_lazy("Our own code of the product; it never changes."),
    }
    examples: ClassVar = [
        {"sku": "SAMPLE-60", "name": "60 coins", "brand": "sample-game", "denomination": "fixed", "currency": "USD",
         "price": 0.99, "price_percent": 100, "ingame_currency": "coins", "ingame_amount": 60, "shipped": False,
         "max_quantity": 10, "position": 1, "active": True},
        {"sku": "SAMPLE-AIR", "name": "Any amount", "brand": "sample-game", "denomination": "range",
         "currency": "USD", "minimum": 5, "maximum": 100, "step": 1, "price_percent": 98.5, "shipped": False,
         "max_quantity": 1, "position": 2, "active": True},
    ]  # fmt: skip

    class Meta:
        model = Product
        fields = (
            "sku", "name", "brand", "denomination", "currency", "price", "face_value", "minimum", "maximum",
            "step", "price_percent", "ingame_currency", "ingame_amount", "sim_type", "shipped", "max_quantity",
            "position", "active",
        )  # fmt: skip

    def load(self, rows: Iterable[SheetRow]) -> None:
        super().load(rows)
        self.today = product_prices.held_today(
            [product.pk for found in self.existing.values() for product in found]
        )

    def refuse(self, instance: Any, form: forms.ModelForm, before: dict[str, Any]) -> None:
        """A file waits for nobody: a price above the limit is asked for on the product's page, by itself."""
        if instance is None:
            return
        held = copy(instance)
        for name in product_prices.PRICED:
            named = self.named.get(name)
            setattr(held, name, named.get(before[name]) if named else before[name])
        product_prices.require_within_limit(held=held, wanted=form.instance, today=self.today)
