"""Orders in the admin: a list that finds, and a page that tells."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.admin import order_page, order_search
from commerce.admin.delivery_bulk import BULK, DeliveryBulk
from commerce.admin.document_dialogs import OrderPapers
from commerce.admin.esim import EsimDialogs
from commerce.admin.order_badges import order_badge, payment_badge
from commerce.admin.order_columns import OrderColumns
from commerce.admin.order_filters import BrandFilter, PaymentFilter, ProviderFilter, SourceFilter
from commerce.admin.order_messages import MessageBulk, MessageDialog
from commerce.models import Order
from commerce.services import redelivery, settlement
from commerce.services.unknown import Decision, resolve
from core.backoffice.actions import ReasonForm, dialog_action
from core.backoffice.badges import money_cell
from core.backoffice.base import ReadOnlyAdmin
from core.backoffice.filters import ChoicesFilter, DayRangeFilter, RelatedFilter, YesNoFilter
from core.backoffice.quick_views import QuickView, last_week
from core.backoffice.site import site
from core.money import format_money


class RefundForm(ReasonForm):
    """How much goes back, and why."""

    amount = forms.DecimalField(
        label=gettext_lazy("Amount"), max_digits=16, decimal_places=2, min_value=Decimal("0.01")
    )

    def prepare(self) -> None:
        left = format_money(self.object.refundable, self.object.currency)
        self.fields["amount"].initial = self.object.refundable
        self.fields["amount"].help_text = _("At most %(left)s is left to refund.") % {"left": left}


class DecideForm(ReasonForm):
    """What a person found out about an order nobody confirmed."""

    evidence = forms.CharField(
        label=gettext_lazy("Evidence"),
        max_length=300,
        help_text=gettext_lazy("Where you saw it: the provider's page, a ticket, an e-mail."),
    )


class DecideDeliveredForm(DecideForm):
    reference = forms.CharField(label=gettext_lazy("Provider's reference"), max_length=120, required=False)


def decision(given: dict[str, Any], *, delivered: bool) -> Decision:
    words = {name: given.get(name, "") for name in ("reason", "evidence", "reference")}
    return Decision(delivered=delivered, **words)


def is_refundable(order: Order) -> bool:
    return order.refundable > 0


def is_cancellable(order: Order) -> bool:
    return order.status == Order.Status.CREATED


def is_unknown(order: Order) -> bool:
    return order.status == Order.Status.UNKNOWN


@admin.register(Order, site=site)
class OrderAdmin(
    OrderPapers, EsimDialogs, MessageDialog, MessageBulk, DeliveryBulk, OrderColumns, ReadOnlyAdmin
):
    page_template = "admin/commerce/order/page.html"
    list_display = (
        "number",
        "status_shown",
        "recipient_shown",
        "product_shown",
        "party",
        "total_shown",
        "payment_shown",
        "created_at",
    )
    phone_columns = ("number", "status_shown", "total_shown")
    list_filter = (
        ("status", ChoicesFilter),
        ("payment_status", PaymentFilter),
        ("source", SourceFilter),
        ("channel", ChoicesFilter),
        ("reseller", RelatedFilter),
        ("client", RelatedFilter),
        ("brand", BrandFilter),
        ("product", RelatedFilter),
        ProviderFilter,
        ("is_test", YesNoFilter),
        ("created_at", DayRangeFilter),
    )
    quick_views = (
        QuickView(gettext_lazy("Today"), lambda today: {"created_at_from": str(today)}),
        QuickView(
            gettext_lazy("Failed today"),
            lambda today: {"status__exact": "failed", "created_at_from": str(today)},
        ),
        QuickView(
            gettext_lazy("Failed last week"),
            lambda today: {"status__exact": "failed", **last_week(today, "created_at")},
        ),
        QuickView(gettext_lazy("Unknown"), lambda _today: {"status__exact": "unknown"}),
    )
    list_select_related = ("reseller", "customer")
    search_fields = ("order_number",)
    search_help_text = gettext_lazy(
        "Beginning of an order number, a reference, a phone number or player id; or a transaction id."
    )
    ordering = ("-created_at", "-id")
    empty_hint = gettext_lazy(
        "Orders come in by the API. Issue a key on a reseller's page and try the curl of the README."
    )
    actions_detail = (
        "refund", "cancel", "deliver_again", "place_again", "mark_delivered", "mark_failed", "show_code", "send_code",
        "send_message",
        {"title": gettext_lazy("Documents"), "icon": "contract", "items": ["issue_invoice", "issue_receipt"]},
    )  # fmt: skip
    actions = (*BULK, "message_chosen")

    class Media:
        css = {"all": ("commerce/delivery.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        # Wide columns are for the page of one order.
        return (
            super().get_queryset(request).defer("price_explanation", "delivered_code", "notes", "recipient")
        )

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Order | None:
        kept = request.__dict__.setdefault("_order", {})
        if object_id not in kept:
            related = (
                "reseller",
                "customer",
                "client",
                "product",
                "account",
                "api_key",
                "hold",
                "delivery",
                "retry_of",
            )
            wanted = order_search.identity(str(object_id))
            found = (
                Order.objects.select_related(*related).filter(pk=wanted) if wanted else Order.objects.none()
            )
            kept[object_id] = found.first()
        return kept[object_id]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        return (order_search.find(queryset, search_term) if search_term.strip() else queryset), False

    def page_context(self, request: HttpRequest, obj: Order) -> dict[str, Any]:
        return order_page.page(request, obj)

    @admin.display(description=gettext_lazy("Order"), ordering="order_number")
    def number(self, order: Order) -> SafeString:
        mark = format_html(' <small class="tl-muted">{}</small>', _("test")) if order.is_test else ""
        return format_html("<bdi>{}</bdi>{}", order.order_number, mark)

    @admin.display(description=gettext_lazy("Status"))
    def status_shown(self, order: Order) -> SafeString:
        return order_badge(order)

    @admin.display(description=gettext_lazy("Payment"))
    def payment_shown(self, order: Order) -> SafeString:
        return payment_badge(order)

    @admin.display(description=gettext_lazy("Recipient"), ordering="recipient_key")
    def recipient_shown(self, order: Order) -> str:
        return order.recipient_key or "–"

    @admin.display(description=gettext_lazy("Product"))
    def product_shown(self, order: Order) -> SafeString:
        return format_html('<span class="tl-product">{} · {}</span>', order.brand_name, order.product_name)

    @admin.display(description=gettext_lazy("Buyer"))
    def party(self, order: Order) -> str:
        return str(order.reseller or order.customer or "")

    @admin.display(description=gettext_lazy("Total"))
    def total_shown(self, order: Order) -> SafeString:
        return money_cell(format_money(order.total, order.currency))

    @dialog_action(
        gettext_lazy("Refund"),
        form=RefundForm,
        permission="commerce.refund_order",
        icon="undo",
        variant="danger",
        visible=is_refundable,
        explain=gettext_lazy(
            "The amount goes back to the wallet that paid, and the commission is taken back in proportion."
        ),
    )
    def refund(self, request: HttpRequest, obj: Order, cleaned_data: dict[str, Any]) -> str:
        settlement.refund(order_id=obj.pk, amount=cleaned_data["amount"], reason=cleaned_data["reason"])
        return _("%(amount)s refunded.") % {"amount": format_money(cleaned_data["amount"], obj.currency)}

    @dialog_action(
        gettext_lazy("Cancel order"),
        permission="commerce.cancel_order",
        icon="block",
        variant="danger",
        visible=is_cancellable,
        explain=gettext_lazy("Nobody has begun to deliver it: the money held is released."),
    )
    def cancel(self, request: HttpRequest, obj: Order, cleaned_data: dict[str, Any]) -> str:
        settlement.cancel(order_id=obj.pk, reason=cleaned_data["reason"])
        return _("The order is cancelled and its money released.")

    @dialog_action(
        gettext_lazy("Retry now"),
        permission="commerce.retry_order",
        icon="sync",
        variant="primary",
        visible=redelivery.is_open,
        explain=gettext_lazy(
            "An order that waits is delivered now; a provider that was asked already is asked for the outcome."
            " It is never sent elsewhere on a guess."
        ),
    )
    def deliver_again(self, request: HttpRequest, obj: Order, cleaned_data: dict[str, Any]) -> str:
        redelivery.retry(order=obj, reason=cleaned_data["reason"])
        return _("Asked. This page shows the answer as soon as there is one.")

    @dialog_action(
        gettext_lazy("Place again"),
        permission="commerce.retry_order",
        icon="replay",
        variant="primary",
        visible=redelivery.can_be_placed_again,
        explain=gettext_lazy(
            "Places a new order with the same recipient at today's price, linked to this one."
        ),
    )
    def place_again(self, request: HttpRequest, obj: Order, cleaned_data: dict[str, Any]) -> Any:
        order_id = redelivery.place_again(order=obj, reason=cleaned_data["reason"])
        link = reverse("admin:commerce_order_change", args=[order_id])
        return format_html(_('Placed as a <a href="{}" class="underline">new order</a>.'), link)

    @dialog_action(
        gettext_lazy("Mark delivered"),
        form=DecideDeliveredForm,
        permission="commerce.resolve_order",
        icon="check_circle",
        variant="success",
        visible=is_unknown,
        explain=gettext_lazy("You have seen that the recipient got it. The money held is captured."),
    )
    def mark_delivered(self, request: HttpRequest, obj: Order, cleaned_data: dict[str, Any]) -> str:
        resolve(order_id=obj.pk, decision=decision(cleaned_data, delivered=True))
        return _("The order counts as delivered.")

    @dialog_action(
        gettext_lazy("Mark failed"),
        form=DecideForm,
        permission="commerce.resolve_order",
        icon="cancel",
        variant="danger",
        visible=is_unknown,
        explain=gettext_lazy(
            "You have seen that the recipient did not get it and will not. The money held is released."
        ),
    )
    def mark_failed(self, request: HttpRequest, obj: Order, cleaned_data: dict[str, Any]) -> str:
        resolve(order_id=obj.pk, decision=decision(cleaned_data, delivered=False))
        return _("The order counts as failed; its money is released.")
