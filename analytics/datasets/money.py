"""Payments that came through gateways and by hand."""

from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from analytics.datasets.base import Dataset, choice, flag, moment, money, register, text
from commerce.models import Payment


@register
class Payments(Dataset):
    key = "payments"
    title = _("Payments")
    description = _("One row a payment or a payout, by gateway and outcome.")
    icon = "payments"
    permission = "commerce.view_payment"
    first = ("created_at", "payer", "type", "gateway", "status", "amount", "order")
    columns = (
        moment("created_at", _("Begun at")),
        choice("type", _("Type"), Payment.TransactionType, "transaction_type"),
        choice("status", _("Status"), Payment.Status),
        text("payer", _("Payer"), Coalesce("reseller__business_name", "customer__full_name")),
        money("amount", _("Amount")),
        text("currency", _("Currency")),
        text("method", _("Method"), "payment_method"),
        text("gateway", _("Gateway")),
        text("gateway_id", _("Gateway's id"), "gateway_transaction_id"),
        text("order", _("Order"), "order__order_number"),
        flag("needs_decision", _("Needs a decision")),
        moment("completed_at", _("Completed at")),
    )

    def rows(self, *, sees_cost: bool = False) -> QuerySet[Any]:
        return Payment.objects.filter(Q(order__isnull=True) | Q(order__is_test=False))
