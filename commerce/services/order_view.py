"""An order as the API and the webhooks show it, from a row or from a model."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from commerce.models import Order

_S, _P = Order.Status, Order.PaymentStatus

# The briefs' words, on the briefs' paths only.
BRIEF_STATUS = {
    _S.CREATED: "pending",
    _S.PROCESSING: "pending",
    _S.UNKNOWN: "pending",
    _S.FULFILLED: "success",
    _S.FAILED: "failed",
    _S.CANCELLED: "failed",
    _S.REVERSED: "failed",
}


@lru_cache(maxsize=256)  # all lines of a bulk call are of one moment
def rfc3339(moment: datetime | None) -> str | None:
    return (
        moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None
    )


def money(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"


def present(row: Mapping[str, Any], *, timeline: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """The published shape of an order. `row` has the order's columns, as `build_row` makes them.

    Recipient values are the caller's own and shown whole; amounts are decimal strings in `currency`.
    """
    failure = None
    if row["failure_code"]:
        failure = {
            "code": row["failure_code"],
            "message": row["failure_message"],
            "retryable": row["failure_retryable"],
        }
    created = rfc3339(row["created_at"])
    return {
        "id": str(row["id"]),
        "order_number": row["order_number"],
        "reference": row["reference"],
        "transaction_id": str(row.get("transaction_id") or row["id"]),
        "status": row["status"],
        "payment_status": row["payment_status"],
        "test": row["is_test"],
        "product": {
            "id": row["product_id"],
            "sku": row["sku"],
            "name": row["product_name"],
            "brand": {"id": row["brand_id"], "name": row["brand_name"]},
            "category": row["category_code"],
        },
        "quantity": row["quantity"],
        "face_value": money(row["face_value"]),
        "recipient": row["recipient"],
        "client": row.get("client_id"),
        "price": money(row["price"]),
        "service_fee": money(row["service_fee"]),
        "delivery_fee": money(row["delivery_fee"]),
        "tax": money(row["tax"]),
        "commission": money(row["commission"]),
        "total": money(row["total"]),
        "refunded": money(row["refunded_amount"] or Decimal(0)),
        "currency": row["currency"],
        "failure": failure,
        "delivered_code": row["delivered_code"] or None,
        "notes": row["notes"],
        "timeline": timeline if timeline is not None else [{"event": "order.created", "at": created}],
        "created_at": created,
        "updated_at": rfc3339(row["updated_at"]),
        "finished_at": rfc3339(row.get("finished_at")),
    }


def present_line(shape: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """An order of a bulk call in the published shape: that of another of its kind, and what is its own, which may be
    as `own_columns` made it or without what is empty."""
    return {
        **shape,
        "id": own["id"],
        "order_number": own["order_number"],
        "reference": own.get("reference", ""),
        "transaction_id": own["id"],
        "recipient": own.get("recipient", {}),
        "client": own.get("client_id"),
        "notes": own.get("notes", ""),
    }


def row_of(order: Order) -> dict[str, Any]:
    """An order's columns as `present` reads them."""
    row = {field.attname: getattr(order, field.attname) for field in order._meta.concrete_fields}
    if order.customer_id:
        payment = next(iter(order.payments.all()), None)
        row["transaction_id"] = payment.pk if payment else None
    return row
