"""`/api/users/` (brief 4): the public's buyers, for staff; a buyer's own profile is `/api/profile/`."""

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.api import users_schema as schema
from commerce.api.orders import OrderPage
from commerce.api.parsing import LARGEST_ID, Body
from commerce.api.parties import require_permission
from commerce.api.support_tickets import page_of_tickets
from commerce.api.ticket_access import visible_tickets
from commerce.api.transactions import page_of_transactions
from commerce.models import Customer, Order, Transaction
from commerce.services import customers
from commerce.services.order_view import present, rfc3339, row_of
from core.api.pagination import CursorPage
from core.exceptions import InvalidInput, NotFound

SEES = "commerce.view_customer"
TEXTS = {
    "full_name": 100,
    "phone": 32,
    "address": 500,
    "city": 100,
    "state": 100,
    "postal_code": 20,
    "country": 2,
    "preferred_game": 120,
}
# Moved by verifying and by `status/`; birth date and document are shown and changed in the back office alone.
READ_ONLY = ("status", "email_verified_at", "phone_verified_at", "date_of_birth", "id_document_number")
CHANGES = {Customer.Status.ACTIVE: customers.unblock, Customer.Status.BLOCKED: customers.block}


class UsersView(APIView):
    """Customers, newest first."""

    @extend_schema(**schema.LIST)
    def get(self, request: Request) -> Response:
        require_permission(request, SEES)
        return _page(request, _wanted(request), _shown)


class UserView(APIView):
    """One customer."""

    @extend_schema(**schema.DETAIL)
    def get(self, request: Request, user_id: int) -> Response:
        return Response(_shown(find_customer(request, user_id)))

    @extend_schema(**schema.UPDATE)
    def put(self, request: Request, user_id: int) -> Response:
        customer = find_customer(request, user_id)
        require_permission(request, "commerce.change_customer")
        body = Body(request.data)
        values = {"email": body.email("email", required=True)}
        for name, most in TEXTS.items():
            values[name] = body.text(name, most=most, required=name == "full_name")
        for name in READ_ONLY:
            if name in body.data:
                body.refuse(name, _("This is read-only here."), "read_only")
        body.finish()
        customers.change_customer(customer=customer, values=values)
        return Response(_shown(find_customer(request, user_id)))


class UserStatusView(APIView):
    """Block or unblock, with a reason."""

    @extend_schema(**schema.STATUS)
    def patch(self, request: Request, user_id: int) -> Response:
        customer = find_customer(request, user_id)
        require_permission(request, "commerce.block_customer")
        body = Body(request.data)
        wanted = body.text("status", most=30, required=True)
        reason = body.text("reason", most=300, required=True)
        if wanted and wanted not in CHANGES:
            body.refuse("status", _("One of active, blocked."), "invalid_choice")
        body.finish()
        CHANGES[Customer.Status(wanted)](customer=customer, reason=reason)
        return Response(_shown(find_customer(request, user_id)))


class UserOrdersView(APIView):
    """Their orders, newest first."""

    @extend_schema(**schema.ORDERS)
    def get(self, request: Request, user_id: int) -> Response:
        customer = find_customer(request, user_id)
        require_permission(request, "commerce.view_order")
        orders = Order.objects.filter(customer=customer).prefetch_related("payments")
        return _page(request, orders, lambda order: present(row_of(order)), OrderPage())


class UserTransactionsView(APIView):
    """What they paid and were given back, newest first."""

    @extend_schema(**schema.TRANSACTIONS)
    def get(self, request: Request, user_id: int) -> Response:
        customer = find_customer(request, user_id)
        require_permission(request, "commerce.view_transaction")
        return page_of_transactions(request, Transaction.objects.of_customer(customer.pk))


class UserTicketsView(APIView):
    """Their tickets, newest first."""

    @extend_schema(**schema.TICKETS)
    def get(self, request: Request, user_id: int) -> Response:
        customer = find_customer(request, user_id)
        require_permission(request, "commerce.view_supportticket")
        return page_of_tickets(request, visible_tickets(request).filter(customer=customer))


def _page(request: Request, rows: QuerySet[Any], show: Any, page: CursorPage | None = None) -> Response:
    page = page or CursorPage()
    found = page.paginate_queryset(rows, request)
    return page.get_paginated_response([show(row) for row in found or []])


def _wanted(request: Request) -> QuerySet[Customer]:
    """Raises InvalidInput `invalid_filter`."""
    rows = Customer.objects.select_related("user")
    status, city, term = (
        request.query_params.get(name, "").replace("\x00", "").strip()
        for name in ("status", "city", "search")
    )
    if status and status not in Customer.Status.values:
        raise InvalidInput("invalid_filter", _("There is no such status."), field="status")
    if status:
        rows = rows.filter(status=status)
    if city:
        rows = rows.filter(city=city)
    if term:
        rows = rows.filter(
            Q(full_name__istartswith=term) | Q(email__istartswith=term) | Q(phone__startswith=term)
        )
    return rows


def find_customer(request: Request, user_id: int) -> Customer:
    """Raises NotAllowed, NotFound."""
    require_permission(request, SEES)
    rows = Customer.objects.select_related("user")
    found = rows.filter(pk=user_id).first() if user_id <= LARGEST_ID else None
    if found is None:
        raise NotFound("not_found", _("There is no such user."))
    return found


def _shown(customer: Customer) -> dict[str, Any]:
    """Brief 4's user, without birth date and document."""
    return {
        "id": customer.pk,
        "username": customer.user.username if customer.user else None,
        "email": customer.email,
        **{name: getattr(customer, name) for name in TEXTS},
        "status": customer.status,
        "status_reason": customer.status_reason,
        "email_verified_at": rfc3339(customer.email_verified_at),
        "phone_verified_at": rfc3339(customer.phone_verified_at),
        "created_at": rfc3339(customer.created_at),
        "updated_at": rfc3339(customer.updated_at),
    }


_ONE = "api/users/<int:user_id>/"
urlpatterns = [
    path("api/users/", UsersView.as_view(), name="api-users"),
    path(_ONE, UserView.as_view(), name="api-user"),
    path(f"{_ONE}status/", UserStatusView.as_view(), name="api-user-status"),
    path(f"{_ONE}orders/", UserOrdersView.as_view(), name="api-user-orders"),
    path(f"{_ONE}transactions/", UserTransactionsView.as_view(), name="api-user-transactions"),
    path(f"{_ONE}support-tickets/", UserTicketsView.as_view(), name="api-user-tickets"),
]
