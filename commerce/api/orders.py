"""`/api/orders/`: place, list, place many."""

import time
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.urls import path
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.api import order_schema as schema
from commerce.api.authentication import confirmed_buyer, require_buyer
from commerce.api.order_access import shown, timelines, visible_orders
from commerce.api.parsing import Body
from commerce.models import Order
from commerce.services import bulk_orders, orders
from commerce.services import catalogue as catalogues
from commerce.services.buyers import Buyer
from commerce.services.held_buyers import Unconfirmed, judging
from commerce.services.order_rows import OrderRequest
from commerce.services.order_view import present, row_of
from commerce.services.orders import Answer, Key
from commerce.services.quotes import redeem_quote
from core.api.filters import IdFilter, MomentFilter
from core.api.idempotency import idempotency_key, request_hash
from core.api.pagination import CursorPage
from core.exceptions import DomainError, InvalidInput

LONGEST_WAIT = 10
POLL_SECONDS = 0.05
# A waiting request keeps a thread: one in a process waits, or a quarter of them, the rest answer 202 at once.
_waiting = BoundedSemaphore(max(1, settings.SERVER_THREADS // 4))


class OrderFilter(filters.FilterSet):
    status = filters.ChoiceFilter(choices=Order.Status.choices)
    payment_status = filters.ChoiceFilter(choices=Order.PaymentStatus.choices)
    reference = filters.CharFilter(max_length=64)
    order_number = filters.CharFilter(max_length=20)
    recipient = filters.CharFilter(field_name="recipient_key", max_length=128)
    product = IdFilter(field_name="product_id")
    created_after = MomentFilter(field_name="created_at", lookup_expr="gte")
    created_before = MomentFilter(field_name="created_at", lookup_expr="lt")

    class Meta:
        model = Order
        fields: list[str] = []


class OrderPage(CursorPage):
    ordering = ("-created_at", "-id")


class OrdersView(APIView):
    """Orders of the caller; staff with the right see all."""

    filterset_class = OrderFilter
    pagination_class = OrderPage
    queryset = Order.objects.none()
    confirms_buyers = True

    @extend_schema(**schema.LIST)
    def get(self, request: Request) -> Response:
        filtered = OrderFilter(request.query_params, queryset=visible_orders(request))
        if not filtered.is_valid():
            errors = {name: [str(text) for text in texts] for name, texts in filtered.errors.items()}
            raise InvalidInput("invalid_filter", _("A filter is not valid."), errors=errors)
        page = OrderPage()
        rows = page.paginate_queryset(filtered.qs.prefetch_related("payments"), request, view=self)
        told = timelines(rows or [])
        return page.get_paginated_response([present(row_of(o), timeline=told[str(o.pk)]) for o in rows or []])

    @extend_schema(**schema.CREATE)
    def post(self, request: Request) -> Response:
        buyer = require_buyer(request)
        try:
            answer = _ordered(request, buyer)
        except Unconfirmed:
            answer = _ordered(request, confirmed_buyer(request))
        return respond(_waited(request, answer))


def _ordered(request: Request, buyer: Buyer) -> Answer:
    with judging(buyer):
        wanted = read_order(request.data, buyer, Order.Channel.API)
        key = read_key(request)
        if not key.key and not wanted.reference:
            raise InvalidInput(
                "idempotency_key_required",
                _(
                    "Send an Idempotency-Key header or a reference, so that a repeated request cannot order twice."
                ),
                field="reference",
            )
    return orders.place_order(buyer=buyer, request=wanted, present=present, key=key)


class BulkView(APIView):
    """Many orders of one reseller in one call."""

    @extend_schema(**schema.BULK)
    def post(self, request: Request) -> Response:
        buyer = require_buyer(request)
        if not buyer.reseller_id:
            raise InvalidInput("resellers_only", _("Only resellers place orders in bulk."))
        body = Body(request.data)
        lines = body.data.get("orders")
        if not isinstance(lines, list):
            body.refuse("orders", _("Send a list of orders."), "invalid_type")
        atomic = body.data.get("atomic", False)
        if not isinstance(atomic, bool):
            body.refuse("atomic", _("Send true or false."), "invalid_type")
        body.finish()
        # Before they are read: two megabytes hold more lines than there is time for.
        bulk_orders.check_lines(lines or [])
        key = read_key(request)
        requests = [_bulk_line(line, buyer) for line in lines or []]
        if not key.key and any(isinstance(r, OrderRequest) and not r.reference for r in requests):
            raise InvalidInput(
                "idempotency_key_required",
                _("Send an Idempotency-Key header, or a reference on every line."),
                field="orders",
            )
        answer = bulk_orders.place_orders(buyer=buyer, requests=requests, key=key, atomic=atomic)
        results = [{"line": number, **line} for number, line in enumerate(answer.body, start=1)]
        placed = sum(1 for line in answer.body if line["status"] == "placed")
        counted = {"placed": placed, "rejected": len(results) - placed, "results": results}
        return respond(Answer(answer.status, counted, answer.replayed))


def read_order(data: Any, buyer: Buyer, channel: Order.Channel, *, prefix: str = "") -> OrderRequest:
    """An order request from a JSON body.

    Raises:
        InvalidInput: every field that is wrong, by name.
    """
    body = Body(data, prefix=prefix)
    product_id = body.integer("product", required=True)
    catalogue = catalogues.current(buyer.catalogue_version)
    product = catalogue.products.get(product_id) if product_id else None
    currency = product.currency if product else buyer.currency
    recipient = body.mapping("recipient")
    amount = body.amount("amount", currency=currency)
    quantity = body.integer("quantity", most=1000)
    max_price = body.amount("max_price", currency=currency)
    request = OrderRequest(
        product_id=product_id or 0,
        recipient=recipient,
        amount=amount,
        quantity=1 if quantity is None else quantity,
        reference=body.text("reference", most=64),
        client_id=body.integer("client"),
        max_price=max_price,
        delivery_address=body.text("delivery_address", most=500),
        delivery_city=body.text("delivery_city", most=100),
        user_email=body.email("user_email"),
        notes=body.text("notes", most=1000),
        quote_id=body.uuid("quote"),
        channel=channel,
    )
    body.finish()
    return redeem_quote(buyer=buyer, request=request) if request.quote_id else request


def read_key(request: Request) -> Key:
    """The caller's Idempotency-Key with the hash of this request."""
    key = idempotency_key(request)
    return Key(key, request_hash(request)) if key else Key()


def respond(answer: Answer) -> Response:
    headers = {"Idempotent-Replayed": "true"} if answer.replayed else None
    return Response(answer.body, status=answer.status, headers=headers)


def _bulk_line(line: Any, buyer: Buyer) -> OrderRequest | DomainError:
    try:
        return read_order(line, buyer, Order.Channel.BULK)
    except DomainError as error:
        return error


def _waited(request: Request, answer: Answer) -> Answer:
    """With `Prefer: wait=N`, the order as it is when final or after N seconds, whichever comes first."""
    seconds = _preferred_wait(request)
    if not seconds or answer.replayed or answer.order_id is None or not _waiting.acquire(blocking=False):
        return answer
    try:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            order = Order.objects.get(pk=answer.order_id)
            if order.is_final:
                return Answer(201, shown(order), order_id=order.pk)
            time.sleep(POLL_SECONDS)
    finally:
        _waiting.release()
    return answer


def _preferred_wait(request: Request) -> int:
    for preference in request._request.META.get("HTTP_PREFER", "").split(","):
        name, _sep, value = preference.strip().partition("=")
        if name.lower() == "wait" and value.isascii() and value.isdigit():
            return min(int(value[:3]), LONGEST_WAIT)
    return 0


urlpatterns = [
    path("api/orders/", OrdersView.as_view(), name="api-orders"),
    path("api/orders/bulk/", BulkView.as_view(), name="api-orders-bulk"),
]
