"""Credit and charge transactions as brief 2 lists them: flat objects, JSON numbers for amounts."""

from typing import Any

from commerce.models import Order
from commerce.services.order_view import BRIEF_STATUS, rfc3339
from commerce.services.statements import WalletMovement


def credit_transaction(movement: WalletMovement) -> dict[str, Any]:
    """One movement of a seller's wallet; `amount` is signed, so that all of them add up to the balance."""
    transfer = movement.transfer
    return {
        "id": transfer.pk,
        "seller": movement.account.reseller_id,
        "type": "increase" if movement.amount > 0 else "decrease",
        "kind": transfer.kind,
        "amount": float(movement.amount),
        "balance_after": float(movement.balance_after),
        "currency": transfer.currency,
        "order": str(transfer.order_id) if transfer.order_id else None,
        "description": transfer.reason or str(transfer.get_kind_display()),
        "created_at": rfc3339(transfer.created_at),
    }


def charge_transaction(order: Order) -> dict[str, Any]:
    """One charge sold; `amount` is what was credited to the phone, `total` what the wallet paid."""
    return {
        "id": str(order.pk),
        "seller": order.reseller_id,
        "phone_number": order.recipient_key,
        "operator": order.brand_name,
        "amount": float(order.face_value or order.price),
        "total": float(order.total),
        "currency": order.currency,
        "status": BRIEF_STATUS[Order.Status(order.status)],
        "order_number": order.order_number,
        "reference": order.reference,
        "created_at": rfc3339(order.created_at),
    }
