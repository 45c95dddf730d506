"""Receipts: that money has come, for an order or into a wallet. One a transfer that brought it."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from commerce.models import Account, Document, Order, Payment, Transfer
from commerce.services import documents
from commerce.services.documents import Draft, Wish, plain
from core.exceptions import Conflict
from core.general_settings import general

BRINGS = (Transfer.Kind.FUNDING, Transfer.Kind.PAYMENT)
OWNERS = ("customer__user", "reseller")


@transaction.atomic
def of_order(*, order_id: UUID, wish: Wish = Wish()) -> Document:
    """What an order took from the wallet; asked for again it is the same paper.

    Raises:
        Conflict: `not_captured`, `test_mode`.
    """
    order = Order.objects.select_related("account__customer__user", "account__reseller").get(pk=order_id)
    documents.require_live(order.account)
    documents.lock(f"order:{order.pk}")
    parts = list(order.transfers.filter(kind__in=Transfer.CAPTURE_KINDS).order_by("id"))
    if not parts:
        raise Conflict("not_captured", _("Nothing of this order was captured: there is nothing to confirm."))
    if found := given(parts[0]):
        return found
    tax = sum((part.amount for part in parts if part.kind == Transfer.Kind.TAX), Decimal(0))
    amount = sum((part.amount for part in parts), Decimal(0))
    content = {
        "for": "order",
        "order": order.order_number,
        "lines": [_line(order, part) for part in parts if part.kind != Transfer.Kind.TAX],
        "net": plain(amount - tax),
        "paid_at": parts[0].created_at.isoformat(),
        "ledger": _ledger(parts),
    }
    return documents.write(
        Draft(
            Document.Kind.RECEIPT, order.account, amount, content, general().time_zone, wish, tax=tax,
            order=order, transfer=parts[0],
        )
    )  # fmt: skip


@transaction.atomic
def of_payment(*, payment_id: UUID, wish: Wish = Wish()) -> Document:
    """What somebody paid through a gateway.

    Raises:
        Conflict: `not_received` until it has come; `test_mode`, `no_party`.
    """
    payment = Payment.objects.get(pk=payment_id)
    brought = payment.transfers.filter(kind=Transfer.Kind.PAYMENT).order_by("id").first()
    if brought is None:
        raise Conflict("not_received", _("No money has come by this payment: there is nothing to confirm."))
    return of_transfer(transfer_id=brought.pk, wish=wish)


@transaction.atomic
def of_transfer(*, transfer_id: int, wish: Wish = Wish()) -> Document:
    """What came into a wallet, by the bank or a gateway; asked for again it is the same paper.

    Raises:
        Conflict: `not_received` for a transfer that brings no money in; `test_mode`.
    """
    transfer = Transfer.objects.select_related("payment", "payment__order").get(pk=transfer_id)
    if transfer.kind not in BRINGS:
        raise Conflict("not_received", _("Only money that came in has a receipt."))
    account = Account.objects.select_related(*OWNERS).get(pk=transfer.credit_account_id)
    documents.require_live(account)
    documents.lock(f"transfer:{transfer.pk}")
    if found := given(transfer):
        return found
    payment = transfer.payment
    order = payment.order if payment else None
    content = {
        "for": "payment" if payment else "funding",
        "method": (payment.payment_method or payment.gateway) if payment else "",
        "reference": str(payment.pk) if payment else transfer.external_reference,
        "order": order.order_number if order else "",
        "paid_at": transfer.created_at.isoformat(),
        "ledger": _ledger([transfer]),
    }
    return documents.write(
        Draft(
            Document.Kind.RECEIPT, account, transfer.amount, content, general().time_zone, wish,
            order=order, payment=payment, transfer=transfer,
        )
    )  # fmt: skip


def given(transfer: Transfer) -> Document | None:
    return Document.objects.filter(transfer=transfer, kind=Document.Kind.RECEIPT).first()


def _line(order: Order, part: Transfer) -> dict[str, Any]:
    if part.kind != Transfer.Kind.SALE:
        return {"kind": part.kind, "net": plain(part.amount)}
    return {
        "kind": part.kind,
        "brand": order.brand_name,
        "product": order.product_name,
        "sku": order.sku,
        "quantity": order.quantity,
        "unit_price": plain(order.unit_price),
        "net": plain(part.amount),
    }


def _ledger(transfers: list[Transfer]) -> dict[str, Any]:
    return {
        "transfers": len(transfers),
        "ids": [transfer.pk for transfer in transfers],
        "first": transfers[0].pk,
        "last": transfers[-1].pk,
        "group": str(transfers[0].group),
    }
