"""Price lists with their rules, and the quotes that were given."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from commerce.admin.catalog import active_badge
from commerce.admin.price_list_page import page_context
from commerce.admin.pricing_forms import PriceListForm, PriceRuleForm
from commerce.models import PriceList, PriceRule, Quote, Reseller
from commerce.services import catalogue as catalogues
from commerce.services import price_lists, price_rules
from commerce.services.price_explanation import explain
from commerce.services.price_list_standing import STANDING
from commerce.services.price_review import Shortfall, shortfalls
from core.approvals import ApprovalNeeded
from core.backoffice import waiting
from core.backoffice.badges import money_cell, status_badge
from core.backoffice.base import HistoryAdmin, ReadOnlyAdmin, StackedInline
from core.backoffice.filters import YesNoFilter
from core.backoffice.importing.mixin import ImportExportAdmin
from core.backoffice.site import site
from core.money import format_money

NAMED_PRODUCTS = 5


class PriceRuleInline(StackedInline):
    model = PriceRule
    form = PriceRuleForm
    restorable = (
        "product",
        "brand",
        "category",
        "kind",
        "fixed_price",
        "percent",
        "commission_percent",
        "tax_percent",
        "service_fee",
        "delivery_fee",
        "valid_from",
        "valid_until",
        "allow_below_cost",
    )
    collapsible = True
    per_page = 10
    fields = [
        ("product", "brand", "category"),
        ("kind", "fixed_price", "percent"),
        ("commission_percent", "tax_percent"),
        ("service_fee", "delivery_fee"),
        ("valid_from", "valid_until"),
        "allow_below_cost",
    ]

    def save_row(self, row: PriceRule) -> None:
        price_rules.save_rule(rule=row)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PriceRule]:
        return (
            super().get_queryset(request).select_related("price_list", "product__brand", "brand", "category")
        )


@admin.register(PriceList, site=site)
class PriceListAdmin(ImportExportAdmin, HistoryAdmin):
    tells_changes = True
    form = PriceListForm
    page_template = "admin/commerce/pricelist/page.html"
    list_display = ["name", "code", "rule_count", "reseller_count", "default", "is_active"]
    list_filter = [("active", YesNoFilter), ("is_default", YesNoFilter)]
    search_fields = ["name", "code"]
    ordering = ["name", "id"]
    phone_columns = ("name", "rule_count", "is_active")
    empty_hint = _("Without a price list everybody pays the list price. Add one and make it the default.")
    inlines = [PriceRuleInline]
    also_imports = ("commerce.pricerule",)
    restorable = ("name", "code", "description", "active")
    fieldsets = [(None, {"fields": [("name", "code"), "description", ("is_default", "active")]})]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PriceList]:
        # Counted by themselves: joined, each list would be as many rows as its rules times its resellers.
        counts = {"rules_total": _number_of(PriceRule), "resellers_total": _number_of(Reseller)}
        return super().get_queryset(request).annotate(**counts)

    def page_context(self, request: HttpRequest, obj: PriceList) -> dict[str, Any]:
        return page_context(obj)

    def save_model(self, request: HttpRequest, obj: PriceList, form: ModelForm, change: bool) -> None:
        """Standing above the limit waits for a second person, and everything else is saved."""
        needed = price_lists.save_all_but_standing(obj)
        if needed is not None:
            waiting.ask_for_fields(request, form, dict.fromkeys(STANDING, needed))

    def put_back(self, request: HttpRequest, obj: PriceList, form: ModelForm) -> None:
        price_lists.save_price_list(obj)

    def has_delete_permission(self, request: HttpRequest, obj: PriceList | None = None) -> bool:
        """Without the default list all would pay the list price at once; another is made the default first."""
        return super().has_delete_permission(request, obj) and not (obj and obj.is_default)

    def save_formset(self, request: HttpRequest, form: ModelForm, formset: Any, change: bool) -> None:
        """Rule by rule: one above the limit waits for a second person, and the others are saved."""
        changed = formset.save(commit=False)
        wishes: list[tuple[Callable[..., object], PriceRule]]
        wishes = [(price_rules.remove_rule, rule) for rule in formset.deleted_objects]
        wishes += [(price_rules.save_rule, rule) for rule in changed]
        for carry_out, rule in wishes:
            try:
                carry_out(rule=rule)
            except ApprovalNeeded as needed:
                waiting.ask(request, needed)

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        warn_below_cost(request, form.instance)

    @display(description=_("rules"), ordering="rules_total")
    def rule_count(self, price_list: PriceList) -> int:
        return price_list.rules_total  # type: ignore[attr-defined]

    @display(description=_("resellers"), ordering="resellers_total")
    def reseller_count(self, price_list: PriceList) -> int:
        return price_list.resellers_total  # type: ignore[attr-defined]

    @display(description=_("default"), ordering="is_default")
    def default(self, price_list: PriceList) -> str:
        return status_badge(_("Default"), "info") if price_list.is_default else ""

    @display(description=_("status"), ordering="active")
    def is_active(self, price_list: PriceList) -> str:
        return active_badge(price_list.active)


def _number_of(model: type[Model]) -> Coalesce:
    rows = model._default_manager.order_by().filter(price_list=OuterRef("pk")).values("price_list")
    return Coalesce(Subquery(rows.annotate(number=Count("pk")).values("number")), 0)


@admin.register(Quote, site=site)
class QuoteAdmin(ReadOnlyAdmin):
    list_display = ["party", "product", "total", "created_at", "state"]
    phone_columns = ("party", "total", "state")
    empty_hint = _("A quote appears here when a buyer asks the API for a price that holds for some minutes.")
    list_select_related = ["reseller", "customer", "product__brand"]
    search_fields = ["id__exact"]
    search_help_text = _("The quote's id.")
    ordering = ["-created_at", "-id"]
    fields = [
        "party",
        "product",
        "amount",
        "quantity",
        "total",
        "explanation",
        "created_at",
        "expires_at",
        "state",
    ]
    readonly_fields = fields

    @display(description=_("party"))
    def party(self, quote: Quote) -> str:
        return str(quote.reseller or quote.customer)

    @display(description=_("total"))
    def total(self, quote: Quote) -> str:
        return money_cell(format_money(Decimal(quote.price["total"]), quote.price["currency"]))

    @display(description=_("explanation"))
    def explanation(self, quote: Quote) -> str:
        return "\n".join(explain(quote.price["explanation"]))

    @display(description=_("status"), ordering="expires_at")
    def state(self, quote: Quote) -> str:
        if quote.expires_at > timezone.now():
            return status_badge(_("Holds"), "success")
        return status_badge(_("Expired"), "neutral")


def warn_below_cost(request: HttpRequest, price_list: PriceList) -> None:
    """Tell who saved a list which products it sells at a loss, and which can no longer be ordered."""
    if not price_list.active:
        return
    found = shortfalls(catalogues.current(), price_list_id=price_list.pk, at=timezone.now())
    refused = [shortfall for shortfall in found if not shortfall.allowed]
    allowed = [shortfall for shortfall in found if shortfall.allowed]
    if refused:
        text = _now("On this list these cannot be ordered, as they would be sold below cost: %(names)s.")
        messages.warning(request, text % {"names": _names(refused)})
    if allowed:
        text = _now("This list sells at a loss, as its rules allow: %(names)s.")
        messages.warning(request, text % {"names": _names(allowed)})


def _names(found: list[Shortfall]) -> str:
    names = ", ".join(f"{item.product.brand_name} · {item.product.name}" for item in found[:NAMED_PRODUCTS])
    more = len(found) - NAMED_PRODUCTS
    return _now("%(names)s and %(more)d more") % {"names": names, "more": more} if more > 0 else names
