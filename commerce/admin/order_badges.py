"""Statuses of orders and attempts as badges, events as sentences."""

from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from commerce.models import Attempt, Delivery, Hold, Order, OrderMessage
from core.backoffice.badges import status_badge

_S, _P, _A, _H = Order.Status, Order.PaymentStatus, Attempt.Status, Hold.Status
_D, _M = Delivery.Status, OrderMessage.Status

ORDER = {
    _S.CREATED: "info",
    _S.PROCESSING: "info",
    _S.FULFILLED: "success",
    _S.FAILED: "danger",
    _S.UNKNOWN: "warning",
    _S.CANCELLED: "neutral",
    _S.REVERSED: "warning",
}
PAYMENT = {
    _P.PENDING: "neutral",
    _P.HELD: "info",
    _P.CAPTURED: "success",
    _P.RELEASED: "neutral",
    _P.REFUNDED: "warning",
    _P.PARTIALLY_REFUNDED: "warning",
    _P.FAILED: "danger",
}
ATTEMPT = {
    _A.PENDING: "info",
    _A.DELIVERED: "success",
    _A.FAILED: "danger",
    _A.UNKNOWN: "warning",
    _A.REVERSED: "warning",
}
DELIVERY = {
    _D.PENDING: "warning",
    _D.CONFIRMED: "info",
    _D.DISPATCHED: "info",
    _D.DELIVERED: "success",
    _D.ACTIVATED: "success",
    _D.CANCELLED: "neutral",
}
MESSAGE = {_M.QUEUED: "info", _M.SENT: "success", _M.FAILED: "danger"}
HOLD = {_H.OPEN: "info", _H.CAPTURED: "success", _H.RELEASED: "neutral"}

EVENTS = {
    "order.created": _("Placed"),
    "order.paid": _("Paid"),
    "order.processing": _("Delivery began"),
    "order.unknown": _("Outcome unknown"),
    "order.checked": _("Provider asked again"),
    "order.resolved": _("Decided by a person"),
    "order.fulfilled": _("Delivered, money captured"),
    "order.failed": _("Not delivered, money released"),
    "order.changed": _("Details changed"),
    "order.cancelled": _("Cancelled, money released"),
    "order.reversed": _("Reversed by the provider"),
    "refund.created": _("Refunded"),
    "delivery.moved": _("Parcel moved on"),
    "delivery.assigned": _("Parcel assigned"),
    "esim.shown": _("Activation code shown"),
    "esim.sent": _("Activation code sent by e-mail"),
    "message.sent": _("Message sent by e-mail"),
    "message.failed": _("An e-mail did not go out"),
    "attempt.contradicted": _("Delivered after all, says the provider"),
}
TONES = {
    "order.fulfilled": "success",
    "order.failed": "danger",
    "order.unknown": "warning",
    "order.reversed": "warning",
    "refund.created": "warning",
    "attempt.contradicted": "danger",
    "message.failed": "danger",
}


# Django's get_status_display() translates every choice each time; a label is one word.
def order_badge(order: Order) -> SafeString:
    status = _S(order.status)
    return status_badge(status.label, ORDER[status])


def payment_badge(order: Order) -> SafeString:
    status = _P(order.payment_status)
    return status_badge(status.label, PAYMENT[status])


def attempt_badge(attempt: Attempt) -> SafeString:
    status = _A(attempt.status)
    return status_badge(status.label, ATTEMPT[status])


def delivery_badge(delivery: Delivery) -> SafeString:
    status = _D(delivery.status)
    return status_badge(status.label, DELIVERY[status])


def message_badge(message: OrderMessage) -> SafeString:
    status = _M(message.status)
    return status_badge(status.label, MESSAGE[status])


def hold_badge(hold: Hold) -> SafeString:
    status = _H(hold.status)
    return status_badge(status.label, HOLD[status])


def event_title(kind: str) -> Any:
    """What happened, in words; an event without words shows its name."""
    return EVENTS.get(kind, kind)
