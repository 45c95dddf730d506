"""Orders, with what was agreed when each was placed."""

from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from analytics.datasets.base import SEE_COST, Dataset, choice, flag, moment, money, number, register, text
from commerce.models import Order


@register
class Orders(Dataset):
    key = "orders"
    title = _("Orders")
    description = _("One row an order: what, for whom, at which price, how it ended.")
    icon = "receipt_long"
    permission = "commerce.view_order"
    first = ("number", "created_at", "status", "buyer", "product", "total", "captured", "refunded")
    columns = (
        text("number", _("Number"), "order_number"),
        text("reference", _("Reference")),
        moment("created_at", _("Placed at")),
        choice("status", _("Status"), Order.Status),
        choice("payment_status", _("Payment status"), Order.PaymentStatus),
        choice("source", _("Source"), Order.Source),
        choice("channel", _("Channel"), Order.Channel),
        text("buyer", _("Buyer"), Coalesce("reseller__business_name", "customer__full_name")),
        text("reseller", _("Reseller"), "reseller__business_name"),
        text("client", _("Client"), "client__name"),
        text("customer", _("Customer"), "customer__full_name"),
        text("category", _("Category"), "category_code"),
        text("brand", _("Brand"), "brand_name"),
        text("product", _("Product"), "product_name"),
        text("sku", _("SKU")),
        text("recipient", _("Recipient"), "recipient_key"),
        number("quantity", _("Quantity")),
        money("face_value", _("Face value")),
        money("unit_price", _("Unit price")),
        money("price", _("Price")),
        money("service_fee", _("Service fee")),
        money("delivery_fee", _("Delivery fee")),
        money("tax", _("Tax")),
        money("total", _("Total")),
        money("commission", _("Commission")),
        money("captured", _("Captured"), "captured_amount"),
        money("refunded", _("Refunded"), "refunded_amount"),
        money("cost", _("Cost"), secret=SEE_COST),
        money("margin", _("Margin"), F("price") - F("cost") - F("commission"), secret=SEE_COST),
        text("currency", _("Currency")),
        text("failure_code", _("Failure code")),
        text("failure", _("Failure"), "failure_message"),
        flag("retryable", _("May be tried again"), "failure_retryable"),
        text("provider_reference", _("Provider's reference")),
        moment("paid_at", _("Paid at")),
        moment("finished_at", _("Finished at")),
    )

    def rows(self, *, sees_cost: bool = False) -> QuerySet[Any]:
        return Order.objects.filter(is_test=False)
