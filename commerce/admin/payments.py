"""Payments of buyers, and what the gateway said about each."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.admin import payment_page
from commerce.admin.document_dialogs import PaymentPapers
from commerce.admin.fulfilment import found_by, link_to_order
from commerce.admin.reseller_tables import short_id
from commerce.gateways.base import gateways
from commerce.models import Payment, WebhookMessage
from commerce.services import payments, refunds
from core.backoffice.actions import ReasonForm, dialog_action
from core.backoffice.badges import money_cell, status_badge
from core.backoffice.base import ReadOnlyAdmin
from core.backoffice.filters import ChoicesFilter, DayRangeFilter, YesNoFilter, related
from core.backoffice.site import site
from core.money import format_money

_S = Payment.Status
TONES = {_S.PENDING: "info", _S.COMPLETED: "success", _S.FAILED: "danger", _S.CANCELLED: "neutral"}


class PayoutForm(ReasonForm):
    amount = forms.DecimalField(
        label=gettext_lazy("Amount"), min_value=Decimal("0.01"), max_digits=12, decimal_places=2
    )
    reference = forms.CharField(
        label=gettext_lazy("Bank's reference"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Of the payout a person made at the bank."),
    )

    def prepare(self) -> None:
        left = refunds.left_to_pay_out(self.object)
        self.fields["amount"].initial = left
        self.fields["amount"].help_text = _("At most %(left)s; less pays a part back.") % {
            "left": format_money(left, self.object.currency)
        }
        gateway = gateways.get(self.object.gateway) if self.object.gateway in gateways else None
        self.fields["reference"].required = bool(gateway and gateway.by_hand)
        if gateway and not gateway.by_hand:
            del self.fields["reference"]


class WalletRefundForm(ReasonForm):
    amount = forms.DecimalField(
        label=gettext_lazy("Amount"), min_value=Decimal("0.01"), max_digits=12, decimal_places=2
    )

    def prepare(self) -> None:
        order = self.object.order
        self.fields["amount"].initial = order.refundable
        self.fields["amount"].help_text = _("At most %(left)s; less refunds a part.") % {
            "left": format_money(order.refundable, order.currency)
        }


def pays_out(payment: Payment) -> bool:
    known = payment.gateway in gateways and gateways.get(payment.gateway).pays_out
    return known and refunds.left_to_pay_out(payment) > 0


def refunds_to_wallet(payment: Payment) -> bool:
    return payment.order is not None and payment.order.refundable > 0 and refunds.left_to_pay_out(payment) > 0


@admin.register(Payment, site=site)
class PaymentAdmin(PaymentPapers, ReadOnlyAdmin):
    list_display = (
        "created_at", "reference", "order_link", "party", "transaction_type", "gateway", "amount_shown",
        "status_shown",
    )  # fmt: skip
    list_display_links = ("created_at",)
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
    page_template = "admin/commerce/payment/page.html"
    actions_detail = ("pay_out", "refund_to_wallet", "decide", "issue_receipt")
    phone_columns = ("created_at", "amount_shown", "status_shown")
    more_columns = ("payment_method", "gateway_transaction_id", "needs_decision", "completed_at")
    empty_hint = gettext_lazy("Payments come here when buyers pay through a gateway.")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Payment], search_term: str
    ) -> tuple[QuerySet[Payment], bool]:
        term = search_term.strip()[:200]
        return (queryset.filter(found_by(term) | Q(gateway_transaction_id=term)) if term else queryset), False

    @admin.display(description=gettext_lazy("transaction"))
    def reference(self, payment: Payment) -> SafeString:
        return short_id(payment.pk)

    def plain_reference(self, payment: Payment) -> str:
        return str(payment.pk)

    @admin.display(description=gettext_lazy("order"))
    def order_link(self, payment: Payment) -> str:
        return link_to_order(payment.order) if payment.order else "–"

    @admin.display(description=gettext_lazy("party"))
    def party(self, payment: Payment) -> Any:
        return payment.customer or payment.reseller or "–"

    @admin.display(description=gettext_lazy("amount"), ordering="amount")
    def amount_shown(self, payment: Payment) -> str:
        return money_cell(format_money(payment.amount, payment.currency))

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def status_shown(self, payment: Payment) -> str:
        if payment.needs_decision:
            return status_badge(_("Paid late: decide"), "warning")
        return status_badge(_S(payment.status).label, TONES[_S(payment.status)])

    def page_context(self, request: HttpRequest, obj: Payment) -> dict[str, Any]:
        return payment_page.page(request, obj)

    @dialog_action(
        gettext_lazy("Pay back"),
        form=PayoutForm,
        permission="commerce.refund_order",
        icon="undo",
        variant="danger",
        visible=pays_out,
        title=gettext_lazy("Pay back to the payer"),
        explain=gettext_lazy("The money leaves the wallet now and goes back the way it came."),
    )
    def pay_out(self, request: HttpRequest, obj: Payment, data: dict[str, Any]) -> str:
        wish = refunds.Payout(data["amount"], data["reason"], data.get("reference", ""))
        refund = refunds.pay_out(payment_id=obj.pk, payout=wish)
        if refund.status == _S.COMPLETED:
            return _("The payout is recorded.")
        return _("The gateway is asked to pay it out; this page says when it has.")

    @dialog_action(
        gettext_lazy("Refund to the wallet"),
        form=WalletRefundForm,
        permission="commerce.refund_order",
        icon="account_balance_wallet",
        visible=refunds_to_wallet,
        explain=gettext_lazy("What the order took goes back to the buyer's wallet, whole or in part."),
    )
    def refund_to_wallet(self, request: HttpRequest, obj: Payment, data: dict[str, Any]) -> str:
        refunds.refund_to_wallet(payment_id=obj.pk, amount=data["amount"], reason=data["reason"])
        return _("The money is in the wallet.")

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
    list_display = ("received_at", "gateway", "message_id", "payment_link", "outcome")
    list_display_links = ("received_at",)
    phone_columns = ("received_at", "payment_link", "outcome")
    empty_hint = gettext_lazy("What a payment gateway tells us comes here, each message once.")
    list_filter = (("received_at", DayRangeFilter),)
    search_fields = ("message_id__exact",)
    search_help_text = gettext_lazy("A whole message id.")
    ordering = ("-id",)

    @admin.display(description=gettext_lazy("payment"))
    def payment_link(self, message: WebhookMessage) -> str:
        if message.payment_id is None:
            return "–"
        url = reverse("admin:commerce_payment_change", args=[message.payment_id])
        return format_html('<a href="{}">{}</a>', url, short_id(message.payment_id))

    def plain_payment_link(self, message: WebhookMessage) -> str:
        return str(message.payment_id or "")


def decisions_waiting() -> int:
    return Payment.objects.filter(needs_decision=True).count()
