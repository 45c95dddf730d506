"""The order's page: its story, told from what was written when it happened."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from commerce.admin.attempt_page import attempt_parts
from commerce.admin.document_page import table_of
from commerce.admin.order_badges import hold_badge, order_badge, payment_badge
from commerce.admin.order_story import steps_of
from commerce.admin.support_parts import tickets_of
from commerce.models import Order, Transfer
from commerce.recipients.builder import mask_recipient
from commerce.services import catalogue, esims
from commerce.services.price_explanation import explain
from core.backoffice.badges import status_badge
from core.backoffice.parts import Column, Fact, Table
from core.crypto import mask
from core.models import Event
from core.money import format_money


def page(request: HttpRequest, order: Order) -> dict[str, Any]:
    """Everything the template draws; costs only for those who may see them. About ten short queries."""
    sees_cost = request.user.has_perm("commerce.see_cost")
    attempts = list(order.attempts.select_related("provider").order_by("number"))
    events = list(
        Event.objects.filter(subject_kind="commerce.order", subject_id=str(order.pk)).order_by("id")
    )
    return {
        "badges": [order_badge(order), payment_badge(order), *_marks(order)],
        "summary": _summary(order),
        "recipient": _recipient(order),
        "parties": _parties(request, order),
        "price": _price(order),
        "explanation": explain(order.price_explanation),
        "margin": _margin(order) if sees_cost else [],
        "sees_cost": sees_cost,
        "attempts": [attempt_parts(attempt, sees_cost=sees_cost) for attempt in attempts],
        "hold": _hold(order),
        "transfers": _transfers(order, sees_cost=sees_cost)
        if request.user.has_perm("commerce.view_transfer")
        else None,
        "payments": _payments(order),
        "delivery": _delivery(request, order),
        "documents": table_of(order.documents.all(), narrow=True)
        if request.user.has_perm("commerce.view_document")
        else None,
        "timeline": steps_of(request, order, events),
        "identity": _identity(order),
        **tickets_of(request, order.tickets.all(), found=f"q={order.order_number}", order=order.pk),
    }


def _marks(order: Order) -> list[SafeString]:
    return [status_badge(_("Test mode"), "neutral")] if order.is_test else []


def _summary(order: Order) -> str:
    """One sentence that says where the order stands."""
    money = format_money(order.total, order.currency)
    match order.status:
        case Order.Status.CREATED if order.payment_status == Order.PaymentStatus.PENDING:
            return _("Waits for the buyer's payment of %(money)s.") % {"money": money}
        case Order.Status.CREATED:
            return _("%(money)s is held; delivery has not begun.") % {"money": money}
        case Order.Status.PROCESSING:
            return _("%(money)s is held while the provider delivers.") % {"money": money}
        case Order.Status.UNKNOWN:
            return _("Nobody has confirmed the outcome. %(money)s stays held until somebody does.") % {
                "money": money
            }
        case Order.Status.FULFILLED if order.refunded_amount:
            back = format_money(order.refunded_amount, order.currency)
            return _("Delivered for %(money)s, of which %(back)s was refunded.") % {
                "money": money,
                "back": back,
            }
        case Order.Status.FULFILLED:
            return _("Delivered, and %(money)s was captured.") % {"money": money}
        case Order.Status.REVERSED:
            return _("The provider took the delivery back; the money was returned.")
    return order.failure_message or _("Ended without a delivery; no money was taken.")


def _recipient(order: Order) -> list[Fact]:
    fields = _fields(order)
    labels = {field.key: field.label for field in fields}
    values = mask_recipient(fields, order.recipient) if fields else order.recipient
    facts = [Fact(labels.get(key, key), value) for key, value in values.items()]
    if order.user_email:
        facts.append(Fact(_("Buyer's e-mail"), order.user_email))
    if order.delivered_code:
        shown = esims.masked(order) if esims.has_code(order) else mask(order.delivered_code)
        facts.append(Fact(_("Delivered code"), shown))
    return facts


def _fields(order: Order) -> tuple[Any, ...]:
    product = catalogue.current().products.get(order.product_id)
    return product.fields if product else ()


def _parties(request: HttpRequest, order: Order) -> list[Fact]:
    def link(name: str, pk: Any) -> str:
        app, model = "commerce", name
        allowed = pk and request.user.has_perm(f"{app}.view_{model}")
        return reverse(f"admin:{app}_{model}_change", args=[pk]) if allowed else ""

    facts = [
        Fact(
            _("Product"), f"{order.brand_name} · {order.product_name}", link=link("product", order.product_id)
        ),
        Fact(_("Reseller"), order.reseller, link=link("reseller", order.reseller_id)),
        Fact(_("Client"), order.client, link=link("client", order.client_id)),
        Fact(_("Customer"), order.customer, link=link("customer", order.customer_id)),
    ]
    return [fact for fact in facts if fact.value]


def _price(order: Order) -> list[Fact]:
    rows = [
        (_("Unit price"), order.unit_price, order.quantity > 1),
        (_("Price"), order.price, True),
        (_("Service fee"), order.service_fee, order.service_fee > 0),
        (_("Delivery fee"), order.delivery_fee, order.delivery_fee > 0),
        (_("Tax"), order.tax, order.tax > 0),
    ]
    facts = [
        Fact(label, format_money(amount, order.currency), money=True)
        for label, amount, shown in rows
        if shown
    ]
    total = Fact(_("Total"), format_money(order.total, order.currency), money=True, strong=True)
    refunded = Fact(_("Refunded"), format_money(-order.refunded_amount, order.currency), money=True)
    return [*facts, total, *([refunded] if order.refunded_amount else [])]


def _margin(order: Order) -> list[Fact]:
    share = order.margin / order.price * 100 if order.price else Decimal(0)
    return [
        Fact(_("Cost"), format_money(order.cost, order.currency), money=True),
        Fact(_("Commission"), format_money(order.commission, order.currency), money=True),
        Fact(
            _("Margin"),
            format_money(order.margin, order.currency),
            note=f"{share:.1f} %",
            money=True,
            strong=True,
        ),
    ]


def _payments(order: Order) -> list[Fact]:
    return [
        Fact(
            payment.get_transaction_type_display(),
            f"{format_money(payment.amount, payment.currency)} · {payment.get_status_display()}",
            note=str(payment.pk),
            link=reverse("admin:commerce_payment_change", args=[payment.pk]),
        )
        for payment in order.payments.all()
    ]


def _delivery(request: HttpRequest, order: Order) -> list[Fact]:
    delivery = getattr(order, "delivery", None)
    if delivery is None or not request.user.has_perm("commerce.view_delivery"):
        return []
    link = reverse("admin:commerce_delivery_change", args=[delivery.pk])
    facts = [
        Fact(_("Step"), delivery.get_status_display(), link=link),
        Fact(_("Address"), delivery.delivery_address),
        Fact(_("Courier"), delivery.courier),
        Fact(_("Tracking number"), delivery.delivery_tracking_number),
        Fact(_("ICCID"), delivery.iccid),
    ]
    return [fact for fact in facts if fact.value]


def _hold(order: Order) -> dict[str, Any] | None:
    hold = getattr(order, "hold", None)
    if hold is None:
        return None
    return {"badge": hold_badge(hold), "amount": format_money(hold.amount, hold.currency), "hold": hold}


def _transfers(order: Order, *, sees_cost: bool) -> Table:
    table = Table(
        _("What"), Column(_("Amount"), money=True), Column(_("From"), wide=True), Column(_("To"), wide=True),
        Column(_("Wallet after"), money=True), empty=_("No money has moved yet."),
    )  # fmt: skip
    rows = order.transfers.select_related(
        "debit_account__reseller",
        "debit_account__customer",
        "credit_account__reseller",
        "credit_account__customer",
    )
    for row in rows.exclude(kind__in=() if sees_cost else Transfer.COST_KINDS).order_by("id"):
        amount = format_money(row.amount, row.currency)
        link = reverse("admin:commerce_transfer_change", args=[row.pk])
        table.add(
            row.get_kind_display(), amount, row.debit_account, row.credit_account, _after(row), link=link
        )
    return table


def _after(row: Transfer) -> str:
    after = row.debit_balance_after if row.debit_balance_after is not None else row.credit_balance_after
    return "" if after is None else format_money(after, row.currency)


def _identity(order: Order) -> list[Fact]:
    facts = [
        Fact(_("Order number"), order.order_number),
        Fact(_("Transaction id"), order.pk),
        Fact(_("Reference"), order.reference),
        Fact(_("Provider's reference"), order.provider_reference),
        Fact(_("Channel"), order.get_channel_display()),
        Fact(_("API key"), order.api_key),
        Fact(_("Request id"), order.request_id),
        Fact(_("SKU"), order.sku),
    ]
    if order.retry_of_id:
        facts.append(
            Fact(
                _("Placed again from"),
                order.retry_of,
                link=reverse("admin:commerce_order_change", args=[order.retry_of_id]),
            )
        )
    return [fact for fact in facts if fact.value]
