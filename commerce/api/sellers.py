"""`/api/sellers/`: the resellers in brief 2's words. Numbers are JSON numbers here, as its samples show them.

A closed reseller is a deleted seller: gone from these paths, whole in the admin and under `/api/resellers/`.
"""

from decimal import Decimal
from typing import Any

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.api import sellers_schema as schema
from commerce.api.brief_shapes import charge_transaction, credit_transaction
from commerce.api.orders import read_key
from commerce.api.parsing import Body
from commerce.api.parties import (
    is_test,
    may_change,
    require_money,
    require_permission,
    sees_money,
    seller_buyer,
    staff_user,
    visible_resellers,
)
from commerce.models import Account, Order, Reseller
from commerce.models.resellers import ResellerQuerySet
from commerce.services import charges, ledger, resellers, statements
from commerce.services.charges import Charge
from commerce.services.order_view import rfc3339
from core.api.idempotency import once
from core.exceptions import InvalidInput, NotFound

LAST_OF_ONE = 100
DETAILS = {"contact_person": 100, "phone": 32, "address": 500, "city": 100, "state": 100, "country": 100}


class SellersView(APIView):
    """All sellers for staff, newest first; a reseller sees itself."""

    @extend_schema(**schema.LIST)
    def get(self, request: Request) -> Response:
        return Response([_shown(request, seller) for seller in _sellers(request).order_by("-id")])

    @extend_schema(**schema.CREATE)
    def post(self, request: Request) -> Response:
        require_permission(request, "commerce.add_reseller")
        values = _read(request.data)
        values["price_list"] = resellers.default_price_list()
        seller = resellers.open_reseller(
            values=values, status=Reseller.Status.ACTIVE, created_by=staff_user(request)
        )
        return Response(_shown(request, _found(request, seller.pk)), status=201)


class SellerView(APIView):
    """One seller."""

    @extend_schema(**schema.DETAIL)
    def get(self, request: Request, seller_id: int) -> Response:
        return Response(_shown(request, _found(request, seller_id)))

    @extend_schema(**schema.UPDATE)
    def put(self, request: Request, seller_id: int) -> Response:
        seller = _found(request, seller_id)
        may_change(request, seller)
        resellers.change_reseller(reseller=seller, values=_read(request.data))
        return Response(_shown(request, _found(request, seller_id)))

    @extend_schema(**schema.DELETE)
    def delete(self, request: Request, seller_id: int) -> Response:
        seller = _found(request, seller_id)
        require_permission(request, "commerce.delete_reseller")
        resellers.close(reseller=seller, reason=_("Deleted through the API."))
        return Response(status=204)


class IncreaseCreditView(APIView):
    """Record money a seller paid in. Staff who may fund wallets only."""

    @extend_schema(**schema.INCREASE)
    def post(self, request: Request, seller_id: int) -> Response:
        seller = _found(request, seller_id)
        require_permission(request, "commerce.fund_wallet")
        body = Body(request.data)
        amount = body.amount("amount", currency=seller.currency, required=True)
        body.finish()
        assert amount is not None  # noqa: S101 - `finish` raised otherwise
        return once(request, f"user:{request.user.pk}", lambda: _funded(seller, amount))


class SellChargeView(APIView):
    """Sell airtime to a phone number from the seller's wallet, delivered while the caller waits."""

    @extend_schema(**schema.SELL)
    def post(self, request: Request, seller_id: int) -> Response:
        seller = _found(request, seller_id)
        buyer = seller_buyer(request, seller, "commerce.place_order")
        body = Body(request.data)
        phone_number = body.text("phone_number", most=32, required=True)
        reference = body.text("reference", most=64)
        amount = body.amount("amount", currency=buyer.currency, required=True)
        body.finish()
        assert amount is not None  # noqa: S101 - `finish` raised otherwise
        order = charges.sell(
            buyer=buyer, charge=Charge(phone_number, amount, reference), key=read_key(request)
        )
        credit = charges.credit(reseller_id=seller.pk, currency=buyer.currency, is_test=buyer.is_test)
        return _sold(order, credit)


class CreditView(APIView):
    """What the seller can still spend of its own money."""

    @extend_schema(**schema.CREDIT)
    def get(self, request: Request, seller_id: int) -> Response:
        seller = _found(request, seller_id)
        require_money(request)
        return Response({"credit": _credit(seller, test=is_test(request))})


class SellerTransactionsView(APIView):
    """The last 100 movements of the seller's wallet, newest first."""

    @extend_schema(**schema.TRANSACTIONS)
    def get(self, request: Request, seller_id: int) -> Response:
        seller = _found(request, seller_id)
        require_money(request)
        wallets = Account.objects.filter(reseller=seller, kind=Account.Kind.WALLET, is_test=is_test(request))
        return Response(
            [credit_transaction(movement) for movement in statements.latest(wallets, LAST_OF_ONE)]
        )


class SellerChargesView(APIView):
    """The last 100 charges the seller sold, newest first."""

    @extend_schema(**schema.SALES)
    def get(self, request: Request, seller_id: int) -> Response:
        sold = Order.objects.filter(
            reseller=_found(request, seller_id), channel=Order.Channel.CHARGE, is_test=is_test(request)
        )
        return Response(
            [charge_transaction(order) for order in sold.order_by("-created_at", "-id")[:LAST_OF_ONE]]
        )


def _sellers(request: Request) -> ResellerQuerySet:
    return (
        visible_resellers(request)
        .exclude(status=Reseller.Status.CLOSED)
        .with_wallet(is_test=is_test(request))
    )


def _found(request: Request, seller_id: int) -> Reseller:
    """Raises NotFound, for somebody else's seller too."""
    seller = _sellers(request).filter(pk=seller_id).first()
    if seller is None:
        raise NotFound("not_found", _("There is no such seller."))
    return seller


def _read(data: Any) -> dict[str, Any]:
    """A seller's details as sent: the name always, of the others those that are there.

    Credit is no detail: it is read-only, and sending it is an error rather than a silent nothing.

    Raises:
        InvalidInput: by field.
    """
    body = Body(data)
    values: dict[str, Any] = {"business_name": body.text("name", most=200, required=True)}
    if "email" in body.data:
        values["email"] = body.email("email")
    values |= {name: body.text(name, most=most) for name, most in DETAILS.items() if name in body.data}
    if body.data.get("credit") not in (None, 0):
        body.refuse("credit", _("Credit is read-only: use increase_credit."), "read_only")
    body.finish()
    return values


def _shown(request: Request, seller: Reseller) -> dict[str, Any]:
    balance, held = seller.wallet_balance or Decimal(0), seller.wallet_held or Decimal(0)  # type: ignore[attr-defined]
    return {
        "id": seller.pk,
        "name": seller.business_name,
        "contact_person": seller.contact_person,
        "email": seller.email,
        "phone": seller.phone,
        "address": seller.address,
        "city": seller.city,
        "state": seller.state,
        "country": seller.country,
        "credit": float(balance - held) if sees_money(request) else None,
        "currency": seller.currency,
        "status": seller.status,
        "created_at": rfc3339(seller.created_at),
    }


def _funded(seller: Reseller, amount: Decimal) -> Response:
    wallet = ledger.wallet_for(party=seller, currency=seller.currency)
    ledger.fund(account=wallet, amount=amount, reason=_("Credit increased through the API."))
    return Response({"status": "credit increased", "new_credit": _credit(seller, test=False)})


def _credit(seller: Reseller, *, test: bool) -> float:
    return float(charges.credit(reseller_id=seller.pk, currency=seller.currency, is_test=test))


def _sold(order: Order, credit: Decimal) -> Response:
    """Brief 2's answer: sold, or 400 where it surely failed; 202 where nobody knows yet."""
    if order.status == Order.Status.FULFILLED:
        return Response({"status": "charge sold successfully", "remaining_credit": float(credit)})
    if order.is_final:
        raise InvalidInput(
            order.failure_code or "not_delivered", order.failure_message or _("The charge was not delivered.")
        )
    return Response(
        {"status": "processing", "order": str(order.pk), "remaining_credit": float(credit)}, status=202
    )


urlpatterns = [
    path("api/sellers/", SellersView.as_view(), name="api-sellers"),
    path("api/sellers/<int:seller_id>/", SellerView.as_view(), name="api-seller"),
    path(
        "api/sellers/<int:seller_id>/increase_credit/",
        IncreaseCreditView.as_view(),
        name="api-seller-increase-credit",
    ),
    path("api/sellers/<int:seller_id>/sell_charge/", SellChargeView.as_view(), name="api-seller-sell-charge"),
    path("api/sellers/<int:seller_id>/get_credit/", CreditView.as_view(), name="api-seller-credit"),
    path(
        "api/sellers/<int:seller_id>/get_transactions/",
        SellerTransactionsView.as_view(),
        name="api-seller-transactions",
    ),
    path(
        "api/sellers/<int:seller_id>/get_charge_sales/",
        SellerChargesView.as_view(),
        name="api-seller-charges",
    ),
]
