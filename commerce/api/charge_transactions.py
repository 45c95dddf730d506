"""`/api/charge-transactions/`: charges sold through brief 2's path, newest first, the last 1000."""

from contextlib import suppress
from uuid import UUID

from django.db.models import QuerySet
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.api import sellers_schema as schema
from commerce.api.authentication import buyer_of
from commerce.api.brief_shapes import charge_transaction
from commerce.api.credit_transactions import LAST, read_id, visible_sellers
from commerce.api.parties import is_test
from commerce.models import Order
from commerce.services.contacts import storable, tidy_phone
from core.exceptions import InvalidInput, NotFound


class ChargeTransactionsView(APIView):
    """A seller's own; all of them for staff who may see orders."""

    @extend_schema(**schema.CHARGE_TRANSACTIONS)
    def get(self, request: Request) -> Response:
        sold = _visible(request)
        if (seller_id := read_id(request, "seller_id")) is not None:
            sold = sold.filter(reseller_id=seller_id)
        if number := request.query_params.get("phone_number", "").strip():
            sold = sold.filter(recipient_key__in=_spellings(request, number))
        return Response([charge_transaction(order) for order in sold.order_by("-created_at", "-id")[:LAST]])


class ChargeTransactionView(APIView):
    """One charge sold."""

    @extend_schema(**schema.CHARGE_TRANSACTION)
    def get(self, request: Request, order_id: UUID) -> Response:
        order = _visible(request).filter(pk=order_id).first()
        if order is None:
            raise NotFound("not_found", _("There is no such transaction."))
        return Response(charge_transaction(order))


def _visible(request: Request) -> QuerySet[Order]:
    sold = Order.objects.filter(channel=Order.Channel.CHARGE, is_test=is_test(request))
    sellers = visible_sellers(request, "commerce.view_order")
    return sold if sellers is None else sold.filter(reseller_id__in=sellers)


def _spellings(request: Request, number: str) -> set[str]:
    """The number as sent and in E.164; a "+" in a query string arrives as a blank."""
    if not storable(number):
        raise InvalidInput(
            "invalid_filter", _("Enter a valid phone number, such as +14155550100."), field="phone_number"
        )
    buyer = buyer_of(request)
    found = {number, f"+{number}"}
    with suppress(InvalidInput):  # then only the plain comparison can find anything
        found.add(tidy_phone(number, country=buyer.country if buyer else ""))
    return found


urlpatterns = [
    path("api/charge-transactions/", ChargeTransactionsView.as_view(), name="api-charge-transactions"),
    path(
        "api/charge-transactions/<uuid:order_id>/",
        ChargeTransactionView.as_view(),
        name="api-charge-transaction",
    ),
]
