"""`/api/resellers/` (brief 4): the same resellers in our own words, closed ones included."""

from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.api import resellers_schema as schema
from commerce.api.orders import OrderPage
from commerce.api.parsing import Body
from commerce.api.parties import (
    is_test,
    may_change,
    require_money,
    require_permission,
    sees_money,
    staff_user,
    visible_resellers,
)
from commerce.models import Account, Client, Order, PriceList, Reseller
from commerce.models.resellers import ResellerQuerySet
from commerce.services import resellers, statements
from commerce.services.order_view import money, present, rfc3339, row_of
from commerce.services.resellers import Written
from commerce.services.statements import WalletMovement
from core.api.pagination import CursorPage
from core.exceptions import InvalidInput, NotAllowed, NotFound
from core.services import approvals

TEXTS = {
    "business_name": 200,
    "contact_person": 100,
    "email": 254,
    "phone": 32,
    "address": 500,
    "city": 100,
    "state": 100,
    "country": 100,
}
REQUIRED = ("business_name", "email")
# What decides our margin is for staff alone.
STAFF_ONLY = ("commission_rate", "price_list", "currency")


class ResellersView(APIView):
    """All resellers for staff; a reseller sees itself."""

    @extend_schema(**schema.LIST)
    def get(self, request: Request) -> Response:
        found = _wanted(request, visible_resellers(request).with_wallet(is_test=is_test(request)))
        return _page(request, found, lambda reseller: _shown(request, reseller))

    @extend_schema(**schema.CREATE)
    def post(self, request: Request) -> Response:
        require_permission(request, "commerce.add_reseller")
        written = resellers.write_reseller(
            reseller=None, values=_read(request, whole=True), created_by=staff_user(request)
        )
        return _written(request, written, status=201)


class ResellerView(APIView):
    """One reseller. Deleting it closes it: its history stays."""

    @extend_schema(**schema.DETAIL)
    def get(self, request: Request, reseller_id: int) -> Response:
        return Response(_shown(request, _found(request, reseller_id)))

    @extend_schema(**schema.UPDATE)
    def put(self, request: Request, reseller_id: int) -> Response:
        return self._change(request, reseller_id, whole=True)

    @extend_schema(**schema.PATCH)
    def patch(self, request: Request, reseller_id: int) -> Response:
        return self._change(request, reseller_id, whole=False)

    @extend_schema(**schema.DELETE)
    def delete(self, request: Request, reseller_id: int) -> Response:
        reseller = _found(request, reseller_id)
        require_permission(request, "commerce.delete_reseller")
        resellers.close(reseller=reseller, reason=_("Deleted through the API."))
        return Response(status=204)

    def _change(self, request: Request, reseller_id: int, *, whole: bool) -> Response:
        reseller = _found(request, reseller_id)
        may_change(request, reseller)
        written = resellers.write_reseller(reseller=reseller, values=_read(request, whole=whole))
        return _written(request, written, status=200)


class ResellerStatusView(APIView):
    """Activate, suspend or close, with a reason."""

    @extend_schema(**schema.STATUS)
    def patch(self, request: Request, reseller_id: int) -> Response:
        reseller = _found(request, reseller_id)
        require_permission(request, "commerce.suspend_reseller")
        body = Body(request.data)
        wanted = body.text("status", most=20, required=True)
        reason = body.text("reason", most=300, required=True)
        if wanted and wanted not in Reseller.Status.values:
            body.refuse("status", _("One of active, suspended, closed."), "invalid_choice")
        body.finish()
        if wanted == Reseller.Status.CLOSED:
            require_permission(request, "commerce.delete_reseller")
        resellers.set_status(reseller=reseller, status=Reseller.Status(wanted), reason=reason)
        return Response(_shown(request, _found(request, reseller_id)))


class ResellerClientsView(APIView):
    """Its clients."""

    @extend_schema(**schema.CLIENTS)
    def get(self, request: Request, reseller_id: int) -> Response:
        return _page(request, Client.objects.filter(reseller=_found(request, reseller_id)), _client)


class ResellerOrdersView(APIView):
    """Its orders, newest first."""

    @extend_schema(**schema.ORDERS)
    def get(self, request: Request, reseller_id: int) -> Response:
        orders = Order.objects.filter(reseller=_found(request, reseller_id), is_test=is_test(request))
        return _page(request, orders, lambda order: present(row_of(order)), OrderPage())


class ResellerTransactionsView(APIView):
    """The movements of its wallets, newest first."""

    @extend_schema(**schema.TRANSACTIONS)
    def get(self, request: Request, reseller_id: int) -> Response:
        reseller = _found(request, reseller_id)
        require_money(request)
        wallets = {
            wallet.pk: wallet
            for wallet in reseller.accounts.filter(kind=Account.Kind.WALLET, is_test=is_test(request))
        }
        transfers = statements.touching(wallets).select_related("order")
        return _page(
            request,
            transfers,
            lambda transfer: _movement(
                statements.seen_by(
                    wallets.get(transfer.debit_account_id) or wallets[transfer.credit_account_id], transfer
                )
            ),
        )


def _page(request: Request, rows: QuerySet[Any], show: Any, page: CursorPage | None = None) -> Response:
    page = page or CursorPage()
    found = page.paginate_queryset(rows, request)
    return page.get_paginated_response([show(row) for row in found or []])


def _written(request: Request, written: Written, *, status: int) -> Response:
    """The reseller as it is now; where some of its terms wait, that is said, and everything else has changed."""
    shown = _shown(request, _found(request, written.reseller.pk))
    if not written.waiting:
        return Response(shown, status=status)
    asked = {name: approvals.ask(needed).pk for name, needed in written.waiting.items()}
    first = next(iter(asked.values()))
    answer = {"status": "approval required", "approval": first, "approvals": asked, "reseller": shown}
    return Response(answer, status=202)


def _wanted(request: Request, rows: ResellerQuerySet) -> ResellerQuerySet:
    status = request.query_params.get("status", "")
    if status and status not in Reseller.Status.values:
        raise InvalidInput("invalid_filter", _("There is no such status."), field="status")
    if status:
        rows = rows.filter(status=status)
    term = request.query_params.get("search", "").replace("\x00", "").strip()
    if term:
        rows = rows.filter(
            Q(business_name__istartswith=term) | Q(email__istartswith=term) | Q(phone__startswith=term)
        )
    return rows


def _found(request: Request, reseller_id: int) -> Reseller:
    """Raises NotFound, for somebody else's reseller too."""
    reseller = visible_resellers(request).with_wallet(is_test=is_test(request)).filter(pk=reseller_id).first()
    if reseller is None:
        raise NotFound("not_found", _("There is no such reseller."))
    return reseller


def _read(request: Request, *, whole: bool) -> dict[str, Any]:
    """Details as sent; a whole one needs a name and an e-mail, and what it leaves out becomes empty.

    Raises:
        InvalidInput: by field. NotAllowed: where a reseller sets what is for staff.
    """
    body = Body(request.data)
    staff = request.user.has_perm("commerce.change_reseller")
    if not staff and any(name in body.data for name in STAFF_ONLY):
        raise NotAllowed("permission_denied", _("Commission, price list and currency are set by us."))
    values: dict[str, Any] = {}
    for name, most in TEXTS.items():
        if whole or name in body.data:
            read = (
                body.email(name, required=True)
                if name == "email"
                else body.text(name, most=most, required=name in REQUIRED)
            )
            values[name] = read
    if body.data.get("commission_rate") is not None:
        # Zero is a rate as well, so the reader of amounts is asked only for others.
        zero = str(body.data["commission_rate"]) in ("0", "0.0", "0.00")
        values["commission_rate"] = 0 if zero else body.amount("commission_rate", currency="USD")
    if body.data.get("currency") is not None:
        values["currency"] = body.text("currency", most=3)
    if "price_list" in body.data:
        values["price_list"] = _price_list(body)
    for name in ("current_balance", "credit_limit", "status"):
        if name in body.data:
            body.refuse(name, _("This is read-only here."), "read_only")
    body.finish()
    return values


def _price_list(body: Body) -> PriceList | None:
    wanted = body.integer("price_list")
    found = PriceList.objects.filter(pk=wanted).first() if wanted else None
    if wanted and found is None:
        body.refuse("price_list", _("There is no such price list."), "unknown_price_list")
    return found


def _shown(request: Request, reseller: Any) -> dict[str, Any]:
    shown = sees_money(request)
    return {
        "id": reseller.pk,
        **{name: getattr(reseller, name) for name in TEXTS},
        "status": reseller.status,
        "status_reason": reseller.status_reason,
        "currency": reseller.currency,
        "current_balance": money(reseller.wallet_balance or Decimal(0)) if shown else None,
        "held": money(reseller.wallet_held or Decimal(0)) if shown else None,
        "credit_limit": money(reseller.wallet_limit or Decimal(0)) if shown else None,
        "available": money(reseller.wallet_available or Decimal(0)) if shown else None,
        "commission_rate": money(reseller.commission_rate),
        "price_list": reseller.price_list_id,
        "created_at": rfc3339(reseller.created_at),
        "updated_at": rfc3339(reseller.updated_at),
    }


def _client(client: Client) -> dict[str, Any]:
    return {
        "id": client.pk,
        "name": client.name,
        "email": client.email,
        "phone": client.phone,
        "plan_type": client.plan_type,
        "status": client.status,
        "monthly_limit": client.monthly_limit,
        "current_usage": client.current_usage,
        "created_at": rfc3339(client.created_at),
    }


def _movement(movement: WalletMovement) -> dict[str, Any]:
    transfer = movement.transfer
    return {
        "id": transfer.pk,
        "kind": transfer.kind,
        "amount": money(movement.amount),
        "balance_after": money(movement.balance_after),
        "currency": transfer.currency,
        "order": str(transfer.order_id) if transfer.order_id else None,
        "description": transfer.reason or str(transfer.get_kind_display()),
        "created_at": rfc3339(transfer.created_at),
    }


_ONE = "api/resellers/<int:reseller_id>/"
urlpatterns = [
    path("api/resellers/", ResellersView.as_view(), name="api-resellers"),
    path(_ONE, ResellerView.as_view(), name="api-reseller"),
    path(f"{_ONE}status/", ResellerStatusView.as_view(), name="api-reseller-status"),
    path(f"{_ONE}clients/", ResellerClientsView.as_view(), name="api-reseller-clients"),
    path(f"{_ONE}orders/", ResellerOrdersView.as_view(), name="api-reseller-orders"),
    path(f"{_ONE}transactions/", ResellerTransactionsView.as_view(), name="api-reseller-transactions"),
]
