"""`/api/payments/`: which gateways there are, and paying through one."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.api import payment_schema as schema
from commerce.api.authentication import require_buyer
from commerce.api.order_access import own_order
from commerce.api.parsing import Body
from commerce.gateways.base import Gateway, gateways
from commerce.services import payment_starts
from commerce.services.buyers import Buyer
from commerce.services.order_view import money
from commerce.services.payment_starts import Started, currencies_of
from core.api.idempotency import once

_is_address = URLValidator(schemes=["http", "https"])


class GatewaysView(APIView):
    """The gateways a payment may go through."""

    @extend_schema(**schema.GATEWAYS)
    def get(self, request: Request) -> Response:
        return Response([_gateway(code, gateway) for code, gateway in gateways.items()])


class ProcessView(APIView):
    """Start paying: an order of the caller's, or an amount into its wallet."""

    @extend_schema(**schema.PROCESS)
    def post(self, request: Request) -> Response:
        buyer = require_buyer(request)
        buyer.require_scope()
        # Read before the key is looked at: the key's hash is of the body as it was read.
        body = Body(request.data)
        return once(request, buyer.scope, lambda: _start(request, buyer, body))


def _start(request: Request, buyer: Buyer, body: Body) -> Response:
    order_id = body.uuid("order")
    amount = body.amount("amount", currency=buyer.currency)
    gateway = body.text("gateway", most=40, required=True)
    return_url = _address(body)
    # An order or amount that was sent but refused has its error already.
    if not body.errors and (order_id is None) == (amount is None):
        body.refuse(
            "order", _("Send either the order that is paid or an amount for the wallet."), "order_or_amount"
        )
    body.finish()
    if order_id is not None:
        order = own_order(request, order_id)
        started = payment_starts.start_for_order(order_id=order.pk, gateway=gateway, return_url=return_url)
    else:
        assert amount is not None  # noqa: S101 - one of the two was sent
        started = payment_starts.start_funding(
            buyer=buyer, amount=amount, gateway=gateway, return_url=return_url
        )
    return Response(_shown(started), status=201)


def _address(body: Body) -> str:
    address = body.text("return_url", most=500)
    if address:
        try:
            _is_address(address)
        except ValidationError:
            body.refuse("return_url", _("Enter a valid URL."), "invalid_url")
    return address


def _shown(started: Started) -> dict[str, Any]:
    return {
        "transaction_id": str(started.payment.pk),
        "status": started.payment.status,
        "next_action": dict(started.next_action),
    }


def _gateway(code: str, gateway: Gateway) -> dict[str, Any]:
    return {
        "code": code,
        "name": str(gateway.title),
        "currencies": currencies_of(gateway),
        "min": money(gateway.minimum),
        "max": money(gateway.maximum),
    }


urlpatterns = [
    path("api/payments/gateways/", GatewaysView.as_view(), name="api-payment-gateways"),
    path("api/payments/process/", ProcessView.as_view(), name="api-payment-process"),
]
