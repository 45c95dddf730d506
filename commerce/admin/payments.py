"""Payments of buyers, and what the gateway said about each."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.admin.fulfilment import found_by, link_to_order
from commerce.models import Payment, WebhookMessage
from commerce.services import payments
from core.backoffice.actions import ReasonForm, dialog_action
from core.backoffice.badges import status_badge
from core.backoffice.base import ReadOnlyAdmin, TabularInline
from core.backoffice.filters import ChoicesFilter, DayRangeFilter, YesNoFilter, related
from core.backoffice.site import site
from core.money import format_money

_S = Payment.Status
TONES = {_S.PENDING: "info", _S.COMPLETED: "success", _S.FAILED: "danger", _S.CANCELLED: "neutral"}


class MessageInline(TabularInline):
    model = WebhookMessage
    fields = ("received_at", "message_id", "body", "outcome")
    readonly_fields = fields
    show_change_link = False
    verbose_name_plural = gettext_lazy("What the gateway said")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Payment, site=site)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at", "id", "order_link", "party", "transaction_type", "amount_shown", "status_shown", "gateway",
    )  # fmt: skip
    list_display_links = ("created_at", "id")
    list_filter = (
        ("status", ChoicesFilter),
        ("transaction_type", ChoicesFilter),
        ("needs_decision", YesNoFilter),
        *related("customer", "reseller"),
        ("created_at", DayRangeFilter),
    )
    list_select_related = ("order", "customer", "reseller")
    search_fields = ("gateway_transaction_id",)
    search_help_text = gettext_lazy("Transaction id, order number or the gateway's id, whole.")
    ordering = ("-created_at", "-id")
    inlines = (MessageInline,)
    actions_detail = ("decide",)
    phone_columns = ("created_at", "amount_shown", "status_shown")
    fields = (
        "id", "order_link", "party", "transaction_type", "amount_shown", "status_shown", "payment_method", "gateway",
        "gateway_transaction_id", "payment_gateway_response", "created_at", "updated_at", "completed_at",
    )  # fmt: skip
    empty_hint = gettext_lazy("Payments come here when buyers pay through a gateway.")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Payment], search_term: str
    ) -> tuple[QuerySet[Payment], bool]:
        term = search_term.strip()[:200]
        return (queryset.filter(found_by(term) | Q(gateway_transaction_id=term)) if term else queryset), False

    @admin.display(description=gettext_lazy("order"))
    def order_link(self, payment: Payment) -> str:
        return link_to_order(payment.order) if payment.order else "–"

    @admin.display(description=gettext_lazy("party"))
    def party(self, payment: Payment) -> Any:
        return payment.customer or payment.reseller

    @admin.display(description=gettext_lazy("amount"), ordering="amount")
    def amount_shown(self, payment: Payment) -> str:
        return format_money(payment.amount, payment.currency)

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def status_shown(self, payment: Payment) -> str:
        if payment.needs_decision:
            return status_badge(_("Paid late: decide"), "warning")
        return status_badge(payment.get_status_display(), TONES[_S(payment.status)])

    @dialog_action(
        gettext_lazy("Close the decision"),
        form=ReasonForm,
        permission="commerce.refund_order",
        icon="gavel",
        visible=lambda payment: payment.needs_decision,
        explain=gettext_lazy("It was paid after its order had ended; the money is in the buyer's wallet."),
    )
    def decide(self, request: HttpRequest, obj: Payment, data: dict[str, Any]) -> str:
        payments.decide(payment_id=obj.pk, reason=data["reason"])
        return _("The decision is kept with the payment.")


@admin.register(WebhookMessage, site=site)
class WebhookMessageAdmin(ReadOnlyAdmin):
    list_display = ("received_at", "gateway", "message_id", "payment", "outcome")
    list_filter = (("received_at", DayRangeFilter),)
    list_select_related = ("payment",)
    search_fields = ("message_id__exact",)
    ordering = ("-id",)


def decisions_waiting() -> int:
    return Payment.objects.filter(needs_decision=True).count()
