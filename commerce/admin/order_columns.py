"""Columns of the list of orders: those a saved view may show besides the usual ones, and what a file has of them."""

from typing import Any, ClassVar

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.admin.history import SEE_COST
from commerce.models import Order
from core.backoffice.badges import money_cell
from core.documents.tables import Money
from core.money import format_money

STATUSES, PAYMENTS = dict(Order.Status.choices), dict(Order.PaymentStatus.choices)


class OrderColumns:
    """Put before the admin's base class; all of it is on the order's own row but for the names of parties."""

    more_columns: ClassVar[tuple[str, ...]] = (
        "reference",
        "client",
        "source",
        "channel",
        "user_email",
        "quantity",
        "price_shown",
        "fees_shown",
        "tax_shown",
        "commission_shown",
        "refunded_shown",
        "cost_shown",
        "margin_shown",
        "provider_reference",
        "failure_code",
        "paid_at",
        "finished_at",
    )
    column_permissions: ClassVar[dict[str, str]] = {"cost_shown": SEE_COST, "margin_shown": SEE_COST}

    @admin.display(description=gettext_lazy("Price"))
    def price_shown(self, order: Order) -> SafeString:
        return money_cell(format_money(order.price, order.currency))

    @admin.display(description=gettext_lazy("Fees"))
    def fees_shown(self, order: Order) -> SafeString:
        return money_cell(format_money(order.service_fee + order.delivery_fee, order.currency))

    @admin.display(description=gettext_lazy("Tax"))
    def tax_shown(self, order: Order) -> SafeString:
        return money_cell(format_money(order.tax, order.currency))

    @admin.display(description=gettext_lazy("Commission"))
    def commission_shown(self, order: Order) -> SafeString:
        return money_cell(format_money(order.commission, order.currency))

    @admin.display(description=gettext_lazy("Refunded"))
    def refunded_shown(self, order: Order) -> SafeString:
        return money_cell(format_money(order.refunded_amount, order.currency))

    @admin.display(description=gettext_lazy("Cost"))
    def cost_shown(self, order: Order) -> SafeString:
        return money_cell(format_money(order.cost, order.currency))

    @admin.display(description=gettext_lazy("Margin"))
    def margin_shown(self, order: Order) -> SafeString:
        return money_cell(format_money(order.margin, order.currency))

    # For files, a million rows long: what the markup would say, and not made of it.

    def plain_number(self, order: Order) -> str:
        return f"{order.order_number} {_('test')}" if order.is_test else order.order_number

    def plain_status_shown(self, order: Order) -> Any:
        return STATUSES[order.status]

    def plain_payment_shown(self, order: Order) -> Any:
        return PAYMENTS[order.payment_status]

    def plain_product_shown(self, order: Order) -> str:
        return " ".join(f"{order.brand_name} · {order.product_name}".split())

    def plain_total_shown(self, order: Order) -> Money:
        return Money(order.total, order.currency)

    def plain_price_shown(self, order: Order) -> Money:
        return Money(order.price, order.currency)

    def plain_fees_shown(self, order: Order) -> Money:
        return Money(order.service_fee + order.delivery_fee, order.currency)

    def plain_tax_shown(self, order: Order) -> Money:
        return Money(order.tax, order.currency)

    def plain_commission_shown(self, order: Order) -> Money:
        return Money(order.commission, order.currency)

    def plain_refunded_shown(self, order: Order) -> Money:
        return Money(order.refunded_amount, order.currency)

    def plain_cost_shown(self, order: Order) -> Money:
        return Money(order.cost, order.currency)

    def plain_margin_shown(self, order: Order) -> Money:
        return Money(order.margin, order.currency)
