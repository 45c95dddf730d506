"""Providers, what they offer, and every call made to them."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.admin.attempt_page import page_context, took
from commerce.admin.fulfilment_forms import (
    PREFIX,
    FloatForm,
    adapter_of,
    form_for,
    option_names,
    shown_options,
)
from commerce.admin.order_badges import attempt_badge
from commerce.models import Attempt, Offer, Order, Provider, SandboxDelivery
from commerce.services import float_funding
from commerce.services.floats import known_floats, read_balance
from core.backoffice.actions import ActionForm, dialog_action
from core.backoffice.badges import money_cell, status_badge
from core.backoffice.base import HistoryAdmin, ReadOnlyAdmin
from core.backoffice.filters import ChoicesFilter, DayRangeFilter, YesNoFilter, related
from core.backoffice.site import site
from core.events import record
from core.money import format_money

SEE_COST = "commerce.see_cost"


@admin.register(Provider, site=site)
class ProviderAdmin(HistoryAdmin):
    tells_changes = True
    list_display = ("name", "code", "adapter", "float_shown", "timeout_seconds", "is_active")
    phone_columns = ("name", "float_shown", "is_active")
    more_columns = ("currency", "created_at", "updated_at")
    column_permissions = {"float_shown": SEE_COST}
    list_filter = (("active", YesNoFilter),)
    search_fields = ("name__istartswith", "code__istartswith")
    ordering = ("name", "id")
    actions_detail = ("check_balance", "fund_float")
    empty_hint = gettext_lazy("Add the first provider, then give its products an offer.")

    def get_form(
        self, request: HttpRequest, obj: Provider | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        return super().get_form(request, obj, change, **{**kwargs, "form": form_for(obj)})

    def get_fieldsets(self, request: HttpRequest, obj: Provider | None = None) -> list[Any]:
        own = [("name", "code"), "adapter", ("currency", "low_float"), "timeout_seconds", "active"]
        sets: list[Any] = [(None, {"fields": own})]
        if obj is None:
            sets[0][1]["description"] = _("Save it once; then its adapter asks for what it needs.")
        elif not self.has_change_permission(request, obj):
            sets.append((_("Options"), {"fields": ["options_shown"]}))
        elif names := option_names(adapter_of(obj)):
            sets.append((_("Options"), {"fields": [PREFIX + name for name in names]}))
        return sets

    def get_readonly_fields(self, request: HttpRequest, obj: Provider | None = None) -> tuple[str, ...]:
        """Attempts are kept under the code and asked about through the adapter: both stay."""
        return ("code", "adapter", "options_shown") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Provider | None = None) -> bool:
        """One that is not wanted any more is made inactive; its attempts stay."""
        return False

    def save_model(self, request: HttpRequest, obj: Provider, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.changed_options:
            # Only which: the values may be secrets.
            record("provider.options_changed", subject=obj, data={"options": list(form.changed_options)})

    @admin.display(description=gettext_lazy("status"), ordering="active")
    def is_active(self, provider: Provider) -> str:
        return status_badge(_("Active"), "success") if provider.active else status_badge(_("Inactive"))

    @admin.display(description=gettext_lazy("float"))
    def float_shown(self, provider: Provider) -> str:
        """As told last: nobody is asked for the sake of a list."""
        told = next((one for one in known_floats() if one.provider_id == provider.pk), None)
        if told is None:
            return money_cell("–")
        figure = format_money(told.balance, told.currency)
        return (
            status_badge(_("%(balance)s, low") % {"balance": figure}, "danger")
            if told.is_low
            else money_cell(figure)
        )

    @admin.display(description=gettext_lazy("options"))
    def options_shown(self, provider: Provider) -> str:
        return format_html_join(format_html("<br>"), "{}: {}", shown_options(provider)) or "–"

    @dialog_action(
        gettext_lazy("Check the float"),
        form=ActionForm,
        permission="commerce.change_provider",  # it is written down: not for those who only look
        icon="account_balance",
        explain=gettext_lazy("Asks the provider for our prepaid balance."),
        submit=gettext_lazy("Ask now"),
    )
    def check_balance(self, request: HttpRequest, obj: Provider, data: dict[str, Any]) -> str:
        balance = read_balance(provider=obj)
        if balance is None:
            return _("%(provider)s does not tell its balance.") % {"provider": obj}
        shown = {"provider": obj, "balance": format_money(balance, obj.currency)}
        if balance < obj.low_float:
            return _("Low: our float at %(provider)s is %(balance)s.") % shown
        return _("Our float at %(provider)s is %(balance)s.") % shown

    @dialog_action(
        gettext_lazy("Fund the float"),
        form=FloatForm,
        permission="commerce.correct_break",
        icon="payments",
        explain=gettext_lazy(
            "Record money paid to the provider in advance, or paid back: bank and float move."
        ),
    )
    def fund_float(self, request: HttpRequest, obj: Provider, data: dict[str, Any]) -> str:
        amount = data["amount"] if data["direction"] == "out" else -data["amount"]
        transfer = float_funding.fund(
            provider=obj,
            amount=amount,
            reason=data["reason"],
            external_reference=data["external_reference"],
        )
        return _("%(amount)s are booked on the float of %(provider)s.") % {
            "amount": format_money(amount, transfer.currency),
            "provider": obj,
        }


@admin.register(Offer, site=site)
class OfferAdmin(HistoryAdmin):
    tells_changes = True
    list_display = ("product", "provider", "provider_sku", "cost_shown", "priority", "is_active")
    phone_columns = ("product", "provider", "is_active")
    column_permissions = {"cost_shown": SEE_COST}
    list_filter = (("active", YesNoFilter), *related("provider", "product__brand"))
    list_select_related = ("product__brand", "provider")
    search_fields = ("product__name__istartswith", "product__sku__startswith", "provider_sku__startswith")
    autocomplete_fields = ("product", "provider")
    ordering = ("product_id", "priority", "id")
    empty_hint = gettext_lazy("An offer says who delivers a product, and at which cost.")

    def get_fields(self, request: HttpRequest, obj: Offer | None = None) -> list[Any]:
        costs = [("cost", "cost_percent")] if request.user.has_perm(SEE_COST) else []
        return [("product", "provider"), "provider_sku", *costs, ("priority", "active")]

    @admin.display(description=gettext_lazy("cost"), ordering="cost")
    def cost_shown(self, offer: Offer) -> str:
        if offer.cost is not None and not offer.product.is_range:
            return money_cell(format_money(offer.cost, offer.product.currency))
        return money_cell(f"{offer.cost_percent.normalize():f} %")

    @admin.display(description=gettext_lazy("status"), ordering="active")
    def is_active(self, offer: Offer) -> str:
        return status_badge(_("Active"), "success") if offer.active else status_badge(_("Inactive"))


@admin.register(Attempt, site=site)
class AttemptAdmin(ReadOnlyAdmin):
    """Found by the order's number or by an id, either of which is one row of an index."""

    list_display = (
        "started_at",
        "order_link",
        "number",
        "provider",
        "status_shown",
        "duration",
        "error_code",
    )
    phone_columns = ("started_at", "order_link", "status_shown")
    more_columns = ("provider_reference", "checks", "finished_at")
    page_template = "admin/commerce/attempt/page.html"
    empty_hint = gettext_lazy("Every call to a provider is written down here, as soon as an order is paid.")
    list_display_links = ("started_at",)
    list_filter = (("status", ChoicesFilter), *related("provider"), ("started_at", DayRangeFilter))
    list_select_related = ("order", "provider")
    search_fields = ("order__order_number",)
    search_help_text = gettext_lazy("The order's number, or the attempt's id.")
    ordering = ("-id",)

    def page_context(self, request: HttpRequest, obj: Attempt) -> dict[str, Any]:
        return page_context(obj, sees_cost=request.user.has_perm(SEE_COST))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Attempt], search_term: str
    ) -> tuple[QuerySet[Attempt], bool]:
        term = search_term.strip()
        return (queryset.filter(found_by(term)) if term else queryset), False

    @admin.display(description=gettext_lazy("order"))
    def order_link(self, attempt: Attempt) -> str:
        return link_to_order(attempt.order)

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def status_shown(self, attempt: Attempt) -> str:
        return attempt_badge(attempt)

    @admin.display(description=gettext_lazy("took"))
    def duration(self, attempt: Attempt) -> str:
        return took(attempt) or "–"


@admin.register(SandboxDelivery, site=site)
class SandboxDeliveryAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "provider_code", "sku", "recipient", "outcome", "submissions", "reference")
    phone_columns = ("created_at", "recipient", "outcome")
    empty_hint = gettext_lazy("What the sandbox provider was asked to deliver, in its own books.")
    list_filter = (("outcome", ChoicesFilter), ("created_at", DayRangeFilter))
    search_fields = ("key__exact", "reference__exact")
    ordering = ("-id",)


def link_to_order(order: Order) -> str:
    url = reverse("admin:commerce_order_change", args=[order.pk])
    return format_html('<a href="{}" class="tl-nowrap"><bdi>{}</bdi></a>', url, order.order_number)


def found_by(term: str) -> Q:
    """A condition for attempts and payments: their own id, or their order's number."""
    try:
        return Q(pk=UUID(term))
    except ValueError:
        return Q(order__order_number=term.upper()[:40])
