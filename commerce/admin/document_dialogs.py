"""Papers issued from where the money is: an order, a payment, a transfer, a wallet, a party."""

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.admin.document_forms import (
    InvoiceForm,
    MonthForm,
    PaperForm,
    StatementForm,
    WalletPaperForm,
    is_live_wallet,
)
from commerce.models import Account, Document, Order, Payment, Transfer
from commerce.services import invoices, receipts, statement_papers
from core.backoffice.actions import dialog_action
from core.general_settings import general

ISSUE = "commerce.issue_document"
FROZEN = gettext_lazy("It is numbered and frozen: what is wrong on it is corrected by another document.")
# The dialog of a receipt; what is left to say is on which objects it is offered.
receipt = partial(
    dialog_action,
    gettext_lazy("Receipt"),
    form=PaperForm,
    permission=ISSUE,
    icon="receipt",
    title=gettext_lazy("Issue a receipt"),
    explain=FROZEN,
    submit=gettext_lazy("Issue"),
)


def issued(document: Document) -> SafeString:
    """What is said when there is a paper, new or not."""
    link = reverse("admin:commerce_document_change", args=[document.pk])
    return format_html(_('Here it is: <a href="{}" class="underline">{}</a>.'), link, document.number)


def is_captured(order: Order) -> bool:
    return order.captured_amount > 0 and not order.is_test


def is_customers(order: Order) -> bool:
    return is_captured(order) and order.customer_id is not None


def is_received(payment: Payment) -> bool:
    paid = payment.transaction_type == Payment.TransactionType.PAYMENT
    return paid and payment.status == Payment.Status.COMPLETED


def brings_money(transfer: Transfer) -> bool:
    return transfer.kind in receipts.BRINGS and not transfer.credit_account.is_test


class OrderPapers:
    """For the order's admin. Put before the base class."""

    @dialog_action(
        gettext_lazy("Invoice"),
        form=InvoiceForm,
        permission=ISSUE,
        icon="request_quote",
        visible=is_customers,
        title=gettext_lazy("Issue the invoice"),
        explain=FROZEN,
        submit=gettext_lazy("Issue"),
    )
    def issue_invoice(self, request: HttpRequest, obj: Order, data: dict[str, Any]) -> str:
        return issued(invoices.of_order(order_id=obj.pk, wish=InvoiceForm.wish(data)))

    @receipt(visible=is_captured)
    def issue_receipt(self, request: HttpRequest, obj: Order, data: dict[str, Any]) -> str:
        return issued(receipts.of_order(order_id=obj.pk, wish=PaperForm.wish(data)))


class PaymentPapers:
    """For the payment's admin."""

    @receipt(visible=is_received)
    def issue_receipt(self, request: HttpRequest, obj: Payment, data: dict[str, Any]) -> str:
        return issued(receipts.of_payment(payment_id=obj.pk, wish=PaperForm.wish(data)))


class TransferPapers:
    """For the transfer's admin: money that came by the bank has no payment."""

    @receipt(visible=brings_money)
    def issue_receipt(self, request: HttpRequest, obj: Transfer, data: dict[str, Any]) -> str:
        return issued(receipts.of_transfer(transfer_id=obj.pk, wish=PaperForm.wish(data)))


class StatementDialog:
    """For whatever has wallets: a reseller, a customer, a wallet itself."""

    @dialog_action(
        gettext_lazy("Statement"),
        form=StatementForm,
        permission=ISSUE,
        icon="contract",
        visible=lambda obj: not isinstance(obj, Account) or is_live_wallet(obj),
        title=gettext_lazy("Issue a statement"),
        explain=FROZEN,
        submit=gettext_lazy("Issue"),
    )
    def issue_statement(self, request: HttpRequest, obj: Any, data: dict[str, Any]) -> str:
        period = statement_papers.days(data["first"], data["last"], general().time_zone)
        paper = statement_papers.issue(account=data["wallet"], period=period, wish=WalletPaperForm.wish(data))
        return issued(paper)


class MonthDialog:
    """For resellers, who have an invoice a month."""

    @dialog_action(
        gettext_lazy("Invoice of a month"),
        form=MonthForm,
        permission=ISSUE,
        icon="request_quote",
        title=gettext_lazy("Issue the invoice of a month"),
        explain=gettext_lazy(
            "Every order captured in the month that no invoice has yet. It is numbered and frozen."
        ),
        submit=gettext_lazy("Issue"),
    )
    def issue_invoice(self, request: HttpRequest, obj: Any, data: dict[str, Any]) -> str:
        paper = invoices.of_month(
            account=data["wallet"],
            month=data["month"],
            zone=general().time_zone,
            wish=MonthForm.wish(data),
        )
        return issued(paper)
