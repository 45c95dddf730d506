"""Steps of many deliveries at once, from the deliveries' list and from the orders'."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from commerce.admin.delivery_forms import BulkAssignForm, BulkDispatchForm, NotedForm
from commerce.models import Delivery, Order
from commerce.services import deliveries
from commerce.services.deliveries import CANCEL, MOVE, Step
from core.backoffice.bulk_actions import bulk_action

_D = Delivery.Status
BULK = ("confirm_chosen", "assign_chosen", "dispatch_chosen", "cancel_chosen")


def order_id_of(row: Order | Delivery) -> UUID:
    return row.order_id if isinstance(row, Delivery) else row.pk


class DeliveryBulk:
    """`BULK` for `actions`; each row goes by itself and is told by itself."""

    @bulk_action(
        _("Confirm deliveries"),
        form=NotedForm,
        permission=MOVE,
        explain=_("These orders were checked and will be packed."),
    )
    def confirm_chosen(self, request: HttpRequest, obj: Any, data: dict[str, Any]) -> None:
        deliveries.move(order_id=order_id_of(obj), step=Step(_D.CONFIRMED, reason=data["reason"]))

    @bulk_action(
        _("Assign deliveries"),
        form=BulkAssignForm,
        permission=MOVE,
        explain=_("Who sees to them, and who brings them. What is left empty stays as it is."),
    )
    def assign_chosen(self, request: HttpRequest, obj: Any, data: dict[str, Any]) -> None:
        deliveries.assign(order_id=order_id_of(obj), **data)

    @bulk_action(
        _("Dispatch deliveries"),
        form=BulkDispatchForm,
        permission=MOVE,
        explain=_("They are handed to the courier now."),
    )
    def dispatch_chosen(self, request: HttpRequest, obj: Any, data: dict[str, Any]) -> None:
        step = Step(_D.DISPATCHED, courier=data["courier"], reason=data["reason"])
        deliveries.move(order_id=order_id_of(obj), step=step)

    @bulk_action(
        _("Cancel orders"),
        permission=CANCEL,
        variant="danger",
        explain=_("They end without a delivery, and the money held is free again."),
    )
    def cancel_chosen(self, request: HttpRequest, obj: Any, data: dict[str, Any]) -> None:
        deliveries.cancel(order_id=order_id_of(obj), reason=data["reason"])
