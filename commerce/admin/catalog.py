"""Categories, brands with their questions and prefixes, products with their offers."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from commerce.admin.catalog_forms import ProductForm, RecipientFieldForm
from commerce.admin.catalog_panels import price_panel, recipient_panel
from commerce.models import Brand, Category, NumberPrefix, Offer, Product, RecipientField
from commerce.services import brand_categories, product_prices
from core.backoffice import waiting
from core.backoffice.badges import money_cell, status_badge
from core.backoffice.base import HistoryAdmin, StackedInline, TabularInline
from core.backoffice.filters import ChoicesFilter, YesNoFilter, related
from core.backoffice.importing.mixin import ImportExportAdmin
from core.backoffice.site import site
from core.money import format_money

SEE_COST = "commerce.see_cost"


def active_badge(active: bool) -> str:
    return status_badge(_("Active"), "success") if active else status_badge(_("Inactive"), "neutral")


@admin.register(Category, site=site)
class CategoryAdmin(ImportExportAdmin, HistoryAdmin):
    tells_changes = True
    list_display = ["name", "code", "brand_count", "position", "is_active"]
    restorable = ("name", "code", "position", "active")
    phone_columns = ("name", "brand_count", "is_active")
    empty_hint = _("Categories are the shelves brands stand on: games, airtime, data. Add the first one.")
    list_filter = [("active", YesNoFilter)]
    search_fields = ["name", "code"]
    ordering = ["position", "name", "id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        return super().get_queryset(request).annotate(brands_total=Count("brands"))

    @display(description=_("brands"), ordering="brands_total")
    def brand_count(self, category: Category) -> int:
        return category.brands_total  # type: ignore[attr-defined]

    @display(description=_("status"), ordering="active")
    def is_active(self, category: Category) -> str:
        return active_badge(category.active)


class RecipientFieldInline(StackedInline):
    model = RecipientField
    form = RecipientFieldForm
    restorable = (
        "key",
        "kind",
        "label",
        "help_text",
        "pattern",
        "choices",
        "required",
        "sensitive",
        "position",
    )
    collapsible = True
    tab = True
    ordering_field = "position"
    hide_ordering_field = True
    fields = [
        ("key", "kind", "label"),
        ("help_text", "pattern"),
        "choices",
        ("required", "sensitive"),
        "position",
    ]


class NumberPrefixInline(TabularInline):
    model = NumberPrefix
    tab = True
    fields = ["prefix"]


@admin.register(Brand, site=site)
class BrandAdmin(ImportExportAdmin, HistoryAdmin):
    tells_changes = True
    list_display = ["name", "code", "category", "country", "product_count", "asked", "is_active"]
    list_filter = [("active", YesNoFilter), *related("category")]
    list_select_related = ["category"]
    search_fields = ["name", "code"]
    ordering = ["position", "name", "id"]
    phone_columns = ("name", "category", "is_active")
    more_columns = ("position", "created_at", "updated_at")
    empty_hint = _("A brand is what a buyer sees: a game, an operator, a network. Add the first one.")
    inlines = [RecipientFieldInline, NumberPrefixInline]
    also_imports = ("commerce.recipientfield",)
    restorable = ("name", "code", "category", "country", "description", "position", "active")
    change_form_outer_after_template = "admin/commerce/brand_panel.html"
    fieldsets = [
        (
            None,
            {"fields": [("name", "code"), ("category", "country"), "description", ("position", "active")]},
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Brand]:
        return (
            super()
            .get_queryset(request)
            .prefetch_related("recipient_fields")
            .annotate(products_total=Count("products"))
        )

    def save_model(self, request: HttpRequest, obj: Brand, form: ModelForm, change: bool) -> None:
        """A category whose rules move prices above the limit waits for a second person, and the rest is saved."""
        needed = brand_categories.save_all_but_category(obj)
        if needed is not None:
            waiting.ask_for_fields(request, form, {"category": needed})

    def put_back(self, request: HttpRequest, obj: Brand, form: ModelForm) -> None:
        brand_categories.save_brand(obj)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.recipient_view)
        return [
            path("<int:object_id>/recipient/", view, name="commerce_brand_recipient"),
            *super().get_urls(),
        ]

    def recipient_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return recipient_panel(request, seen(self, request, object_id))

    @display(description=_("products"), ordering="products_total")
    def product_count(self, brand: Brand) -> int:
        return brand.products_total  # type: ignore[attr-defined]

    @display(description=_("asks for"))
    def asked(self, brand: Brand) -> str:
        return ", ".join(field.label for field in brand.recipient_fields.all()) or "–"

    @display(description=_("status"), ordering="active")
    def is_active(self, brand: Brand) -> str:
        return active_badge(brand.active)


class OfferInline(TabularInline):
    model = Offer
    tab = True

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        costs = ["cost", "cost_percent"] if request.user.has_perm(SEE_COST) else []
        return ["provider", "provider_sku", *costs, "priority", "active"]


@admin.register(Product, site=site)
class ProductAdmin(ImportExportAdmin, HistoryAdmin):
    tells_changes = True
    form = ProductForm
    list_display = ["name", "brand", "category", "sku", "sold_for", "best_cost", "is_active"]
    list_filter = [
        ("active", YesNoFilter),
        ("denomination", ChoicesFilter),
        *related("brand", "brand__category"),
        ("currency", ChoicesFilter),
    ]
    list_select_related = ["brand__category"]
    search_fields = ["name", "sku__startswith", "brand__name"]
    ordering = ["brand__position", "brand__name", "position", "id"]
    phone_columns = ("name", "sold_for", "is_active")
    more_columns = (
        "denomination", "currency", "max_quantity", "sim_type", "shipped", "position", "created_at", "updated_at"
    )  # fmt: skip
    column_permissions = {"best_cost": SEE_COST}
    empty_hint = _("Add a product to a brand, then an offer that delivers it.")
    inlines = [OfferInline]
    change_form_outer_after_template = "admin/commerce/product_panel.html"
    restorable = (
        "brand",
        "name",
        "sku",
        "position",
        "active",
        "denomination",
        "currency",
        "price",
        "face_value",
        "minimum",
        "maximum",
        "step",
        "price_percent",
        "max_quantity",
        "ingame_currency",
        "ingame_amount",
        "sim_type",
        "shipped",
    )
    conditional_fields = {
        "price": "denomination == 'fixed'",
        "face_value": "denomination == 'fixed'",
        **dict.fromkeys(["minimum", "maximum", "step", "price_percent"], "denomination == 'range'"),
    }
    fieldsets = [
        (None, {"fields": ["brand", ("name", "sku"), ("position", "active")]}),
        (
            _("Denomination and price"),
            {
                "fields": [
                    ("denomination", "currency"),
                    ("price", "face_value"),
                    ("minimum", "maximum", "step"),
                    "price_percent",
                    "max_quantity",
                ]
            },
        ),
        (_("In the game"), {"fields": [("ingame_currency", "ingame_amount")]}),
        (_("SIM and shipping"), {"fields": [("sim_type", "shipped")]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        tried = Offer.objects.filter(product=OuterRef("pk"), active=True, provider__active=True)
        first = tried.order_by("priority", "cost", "cost_percent", "id")
        return (
            super()
            .get_queryset(request)
            .annotate(
                first_cost=Subquery(first.values("cost")[:1]),
                first_percent=Subquery(first.values("cost_percent")[:1]),
            )
        )

    def save_model(self, request: HttpRequest, obj: Product, form: ModelForm, change: bool) -> None:
        """A price above the limit waits for a second person, and everything else is saved."""
        needed = product_prices.save_all_but_price(product=obj)
        if needed is not None:
            waiting.ask_for_fields(request, form, dict.fromkeys(product_prices.PRICED, needed))

    def put_back(self, request: HttpRequest, obj: Product, form: ModelForm) -> None:
        product_prices.save_product(product=obj)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.price_view)
        return [path("<int:object_id>/price/", view, name="commerce_product_price"), *super().get_urls()]

    def price_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return price_panel(request, seen(self, request, object_id))

    @display(description=_("category"), ordering="brand__category")
    def category(self, product: Product) -> str:
        return product.brand.category.name

    @display(description=_("list price"), ordering="price")
    def sold_for(self, product: Product) -> str:
        if product.price is not None and not product.is_range:
            return money_cell(format_money(product.price, product.currency))
        limits = (limit or Decimal(0) for limit in (product.minimum, product.maximum))
        return money_cell(" – ".join(format_money(limit, product.currency) for limit in limits))

    @display(description=_("cost"))
    def best_cost(self, product: Product) -> str:
        cost, percent = product.first_cost, product.first_percent  # type: ignore[attr-defined]
        if percent is None:
            return status_badge(_("No offer"), "warning")
        if product.is_range or cost is None:
            return money_cell(f"{percent.normalize():f} %")
        return money_cell(format_money(cost, product.currency))

    @display(description=_("status"), ordering="active")
    def is_active(self, product: Product) -> str:
        return active_badge(product.active)


def seen(model_admin: HistoryAdmin, request: HttpRequest, object_id: int) -> Any:
    """The object, for those who may see it.

    Raises:
        Http404: there is none, or it is not for them.
    """
    found = model_admin.get_object(request, str(object_id))
    if found is None or not model_admin.has_view_permission(request, found):
        raise Http404
    return found
