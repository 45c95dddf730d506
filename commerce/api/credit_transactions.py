"""`/api/credit-transactions/`: movements of sellers' wallets, newest first, the last 1000."""

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.api import sellers_schema as schema
from commerce.api.authentication import buyer_of
from commerce.api.brief_shapes import credit_transaction
from commerce.api.parsing import LARGEST_ID
from commerce.api.parties import is_test
from commerce.models import Account, Transfer
from commerce.services import statements
from commerce.services.statements import RELATED
from core.exceptions import InvalidInput, NotFound

LAST = 1000
_WALLET = Account.Kind.WALLET


class CreditTransactionsView(APIView):
    """A seller's own; all of them for staff who may see wallets."""

    @extend_schema(**schema.CREDIT_TRANSACTIONS)
    def get(self, request: Request) -> Response:
        seller_id = read_id(request, "seller_id")
        sellers = visible_sellers(request, "commerce.view_transfer")
        if seller_id is None and sellers is None:
            movements = statements.latest_of_all(LAST, is_test=is_test(request))
            return Response([credit_transaction(movement) for movement in movements])
        if seller_id is not None and (sellers is None or seller_id in sellers):
            sellers = {seller_id}
        elif seller_id is not None:
            sellers = set()
        wallets = Account.objects.filter(
            kind=_WALLET, is_test=is_test(request), reseller_id__in=sellers or set()
        )
        return Response([credit_transaction(movement) for movement in statements.latest(wallets, LAST)])


class CreditTransactionView(APIView):
    """One movement of a seller's wallet."""

    @extend_schema(**schema.CREDIT_TRANSACTION)
    def get(self, request: Request, transfer_id: int) -> Response:
        sellers = visible_sellers(request, "commerce.view_transfer")
        transfer = Transfer.objects.filter(pk=transfer_id).select_related(*RELATED).first()
        for account in (transfer.debit_account, transfer.credit_account) if transfer else ():
            mine = sellers is None or account.reseller_id in sellers
            if (
                transfer
                and account.kind == _WALLET
                and account.reseller_id
                and account.is_test == is_test(request)
                and mine
            ):
                return Response(credit_transaction(statements.seen_by(account, transfer)))
        raise NotFound("not_found", _("There is no such transaction."))


def visible_sellers(request: Request, permission: str) -> set[int] | None:
    """The ids of the resellers whose transactions the caller may see; None means all."""
    buyer = buyer_of(request)
    if buyer is not None:
        return {buyer.reseller_id} if buyer.reseller_id else set()
    return None if request.user.has_perm(permission) else set()


def read_id(request: Request, name: str) -> int | None:
    """A query parameter that is an id.

    Raises:
        InvalidInput: `invalid_filter`.
    """
    text = request.query_params.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 19 or int(text) > LARGEST_ID:
        raise InvalidInput("invalid_filter", _("Send a whole number."), field=name)
    return int(text)


urlpatterns = [
    path("api/credit-transactions/", CreditTransactionsView.as_view(), name="api-credit-transactions"),
    path(
        "api/credit-transactions/<int:transfer_id>/",
        CreditTransactionView.as_view(),
        name="api-credit-transaction",
    ),
]
