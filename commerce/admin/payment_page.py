"""What a payment's page shows: what it brought, what went back, what the gateway said, what happened."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.admin import reseller_tables as tables
from commerce.models import Payment
from commerce.services import refunds
from core.admin.event_steps import steps_of
from core.backoffice.dashboard import Figure
from core.backoffice.parts import Column, Fact, Tab, Table
from core.money import format_money

SHOWN = 50
WORDS: dict[str, tuple[Any, str]] = {
    "payment.paid_out": (gettext_lazy("Paid back to the payer"), "warning"),
    "payment.payout_completed": (gettext_lazy("Payout completed"), "success"),
    "payment.payout_failed": (gettext_lazy("Payout refused: back in the wallet"), "danger"),
    "payment.decided": (gettext_lazy("Decided"), "neutral"),
}


def page(request: HttpRequest, payment: Payment) -> dict[str, Any]:
    given = list(payment.refunds.order_by("-created_at")[:SHOWN])
    messages = payment.messages.order_by("-id")[:SHOWN]
    names = {
        "type": payment.get_transaction_type_display(),
        "amount": format_money(payment.amount, payment.currency),
    }
    return {
        "title": _("%(type)s of %(amount)s") % names,
        "figures": _figures(payment),
        "facts": _facts(payment),
        "refunds": tables.payments(given, empty=_("Nothing was paid back through the gateway.")),
        "told": _messages(messages),
        "steps": steps_of(payment),
        "tabs": [
            Tab("details", _("Details")),
            Tab("refunds", _("Paid back"), len(given) or None),
            Tab("messages", _("What the gateway said")),
            Tab("happened", _("Activity")),
        ],
    }


def _figures(payment: Payment) -> list[Figure]:
    def money(amount: Decimal) -> str:
        return format_money(amount, payment.currency)

    figures = [Figure(_("Amount"), money(payment.amount), payment.get_status_display(), icon="payments")]
    if payment.refund_of_id:
        return figures
    out, order = refunds.paid_out(payment), payment.order
    figures.append(Figure(_("Paid back to the payer"), money(out), icon="undo"))
    figures.append(
        Figure(_("Can still be paid back"), money(refunds.left_to_pay_out(payment)), icon="savings")
    )
    if order is not None:
        note = _("of %(number)s") % {"number": order.order_number}
        figures.append(
            Figure(_("Refunded to the wallet"), money(order.refunded_amount), note, icon="receipt_long")
        )
    return figures


def _facts(payment: Payment) -> list[Fact]:
    party = payment.customer or payment.reseller
    order = payment.order
    facts = [
        Fact(_("Transaction id"), payment.pk),
        Fact(_("Type"), payment.get_transaction_type_display()),
        Fact(_("Party"), party or "", link=_link(party)),
        Fact(_("Order"), order.order_number if order else "", link=_link(order)),
        Fact(_("Gateway"), payment.gateway, note=payment.payment_method),
        Fact(_("Gateway's id"), payment.gateway_transaction_id),
        Fact(_("Created at"), _moment(payment.created_at)),
        Fact(_("Completed at"), _moment(payment.completed_at)),
    ]
    if payment.refund_of_id:
        link = reverse("admin:commerce_payment_change", args=[payment.refund_of_id])
        facts.append(Fact(_("Refund of"), payment.refund_of_id, link=link))
    return facts


def _messages(rows: Any) -> Table:
    table = Table(
        _("At"), _("Message"), _("What it did"), Column(_("Body"), wide=True), empty=_("No message has come.")
    )
    for row in rows:
        table.add(_moment(row.received_at), row.message_id, row.outcome, str(row.body)[:300])
    return table


def _link(thing: Any) -> str:
    return reverse(f"admin:commerce_{thing._meta.model_name}_change", args=[thing.pk]) if thing else ""


def _moment(at: Any) -> str:
    return date_format(timezone.localtime(at), "DATETIME_FORMAT") if at else ""
