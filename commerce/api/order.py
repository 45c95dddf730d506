"""`/api/orders/{id}/`: read, change while pending, cancel, and move its delivery."""

from uuid import UUID

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.api import order_change_schema as schema
from commerce.api import order_schema
from commerce.api.authentication import buyer_of
from commerce.api.order_access import own_order, shown
from commerce.api.parsing import Body
from commerce.api.parties import require_permission
from commerce.models import Delivery
from commerce.services import deliveries, order_changes, settlement
from commerce.services.deliveries import CANCEL, MOVE, Step
from commerce.services.order_changes import Change
from core.models import User


class OrderView(APIView):
    """One order, whole."""

    @extend_schema(**order_schema.DETAIL)
    def get(self, request: Request, order_id: UUID) -> Response:
        return Response(shown(own_order(request, order_id)))

    @extend_schema(**schema.CHANGE)
    def put(self, request: Request, order_id: UUID) -> Response:
        order = own_order(request, order_id)
        _require_right(request, MOVE)
        body = Body(request.data)
        wanted = Change(body.text("notes", most=1000), body.text("delivery_address", most=500))
        body.finish()
        order_changes.change(order_id=order.pk, wanted=wanted)
        return Response(shown(own_order(request, order_id)))


class CancelView(APIView):
    """Cancel an order that nobody has begun to deliver."""

    @extend_schema(**order_schema.CANCEL)
    def post(self, request: Request, order_id: UUID) -> Response:
        body = Body(request.data or {})
        reason = body.text("reason", most=300)
        body.finish()
        order = own_order(request, order_id)
        _require_right(request, CANCEL)
        settlement.cancel(order_id=order.pk, reason=reason)
        return Response(shown(own_order(request, order_id)))


class OrderStatusView(APIView):
    """Move the delivery of a shipped order one step on; staff only. `cancelled` cancels any order, and gives money
    back, so it asks for the right to cancel orders.
    """

    @extend_schema(**schema.STATUS)
    def patch(self, request: Request, order_id: UUID) -> Response:
        order = own_order(request, order_id)
        step = _read_step(Body(request.data))
        require_permission(request, deliveries.RIGHTS[Delivery.Status(step.to)])
        if step.to == Delivery.Status.CANCELLED:
            deliveries.cancel(order_id=order.pk, reason=step.reason)
        else:
            deliveries.move(order_id=order.pk, step=step)
        return Response(shown(own_order(request, order_id)))


class AssignDeliveryView(APIView):
    """Say who brings it: the courier, and the colleague who sees to it."""

    @extend_schema(**schema.ASSIGN)
    def post(self, request: Request, order_id: UUID) -> Response:
        order = own_order(request, order_id)
        require_permission(request, MOVE)
        body = Body(request.data)
        courier = body.text("courier", most=80, required=True)
        assignee = _colleague(body)
        tracking_number = body.text("tracking_number", most=100)
        body.finish()
        deliveries.assign(
            order_id=order.pk, courier=courier, assignee=assignee, tracking_number=tracking_number
        )
        return Response(shown(own_order(request, order_id)))


def _require_right(request: Request, permission: str) -> None:
    """A party changes its own orders, where its key or membership may order; staff need the permission.

    Raises:
        NotAllowed: `missing_scope`, `permission_denied`.
    """
    buyer = buyer_of(request)
    if buyer is None:
        require_permission(request, permission)
    else:
        buyer.require_scope()


def _read_step(body: Body) -> Step:
    status = body.text("status", most=20, required=True)
    if status and status not in Delivery.Status.values:
        names = ", ".join(Delivery.Status.values)
        body.refuse("status", _("One of %(names)s.") % {"names": names}, "invalid_choice")
    step = Step(
        status,
        reason=body.text("note", most=300),
        tracking_number=body.text("tracking_number", most=100),
        iccid=body.text("iccid", most=30),
        activation_code=body.text("activation_code", most=255),
    )
    body.finish()
    return step


def _colleague(body: Body) -> User | None:
    user_id = body.integer("assignee")
    if user_id is None:
        return None
    user = User.objects.filter(pk=user_id, is_staff=True, is_active=True).first()
    if user is None:
        body.refuse("assignee", _("No colleague has this id."), "unknown_assignee")
    return user


_ONE = "api/orders/<uuid:order_id>/"
urlpatterns = [
    path(_ONE, OrderView.as_view(), name="api-order"),
    path(f"{_ONE}cancel/", CancelView.as_view(), name="api-order-cancel"),
    path(f"{_ONE}status/", OrderStatusView.as_view(), name="api-order-status"),
    path(f"{_ONE}assign-delivery/", AssignDeliveryView.as_view(), name="api-order-assign-delivery"),
]
