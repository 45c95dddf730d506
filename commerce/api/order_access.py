"""Which orders a caller sees, and one of them whole."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.request import Request

from commerce.api.authentication import buyer_of
from commerce.models import Delivery, Order
from commerce.services.order_view import present, rfc3339, row_of
from core.exceptions import NotFound
from core.models import Event


def visible_orders(request: Request) -> QuerySet[Order]:
    """The caller's own orders, in the key's mode; all of them for staff who may see orders."""
    buyer = buyer_of(request)
    if buyer is None:
        return Order.objects.all() if request.user.has_perm("commerce.view_order") else Order.objects.none()
    if buyer.customer_id:
        return Order.objects.filter(customer_id=buyer.customer_id)
    return Order.objects.filter(reseller_id=buyer.reseller_id or 0, is_test=buyer.is_test)


def own_order(request: Request, order_id: UUID) -> Order:
    """An order the caller may see; somebody else's is not found.

    Raises:
        NotFound
    """
    order = visible_orders(request).filter(pk=order_id).prefetch_related("payments").first()
    if order is None:
        raise NotFound("not_found", _("There is no such order."))
    return order


def shown(order: Order) -> dict[str, Any]:
    """The published shape, with its delivery where it is shipped."""
    delivery = Delivery.objects.filter(order=order).first()
    return present(row_of(order), timeline=timelines([order])[str(order.pk)]) | {
        "delivery": _delivery(delivery) if delivery else None
    }


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "status": delivery.status,
        "sim_type": delivery.sim_type,
        "delivery_address": delivery.delivery_address,
        "city": delivery.city,
        "courier": delivery.courier,
        "tracking_number": delivery.delivery_tracking_number,
        "iccid": delivery.iccid,
        "dispatched_at": rfc3339(delivery.dispatched_at),
        "delivered_at": rfc3339(delivery.delivered_at),
        "activated_at": rfc3339(delivery.activated_at),
    }


def timelines(rows: list[Order]) -> dict[str, list[dict[str, Any]]]:
    """What happened to each order, oldest first, without what only staff may know."""
    told: dict[str, list[dict[str, Any]]] = {str(order.pk): [] for order in rows}
    events = Event.objects.filter(
        subject_kind="commerce.order", subject_id__in=told, kind__startswith="order."
    )
    for subject_id, kind, created_at in events.order_by("id").values_list("subject_id", "kind", "created_at"):
        moment = created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        told[subject_id].append({"event": kind, "at": moment})
    return told
