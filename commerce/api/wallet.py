"""`/api/wallet/`: what the caller has and what happened to it."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.api import statement_files
from commerce.api import wallet_schema as schema
from commerce.api.authentication import require_buyer
from commerce.models import Account
from commerce.services import statements
from commerce.services.buyers import Buyer
from commerce.services.order_view import money, rfc3339
from commerce.services.statements import WalletMovement
from core.api.files import SendsFiles
from core.exceptions import InvalidInput, NotFound

DEFAULT_DAYS = 30
# Far from the beginning of time, where nothing can be taken off a day any more.
FIRST_YEAR = 1900


class WalletView(APIView):
    """The caller's wallet, in the mode of the key."""

    @extend_schema(**schema.WALLET)
    def get(self, request: Request) -> Response:
        wallet = _wallet(require_buyer(request))
        return Response(
            {
                "currency": wallet.currency,
                "balance": money(wallet.balance),
                "held": money(wallet.held),
                "credit_limit": money(wallet.credit_limit),
                "available": money(wallet.available),
                "as_of": rfc3339(timezone.now()),
            }
        )


class StatementView(SendsFiles, APIView):
    """Opening balance, every movement, closing balance of a period; the last 30 days where none is given."""

    file_types = statement_files.TYPES

    @extend_schema(**schema.STATEMENT)
    def get(self, request: Request) -> Response | HttpResponse:
        kind = statement_files.wanted_format(request)
        given, end = _moment(request, "from", end=False), _moment(request, "to", end=True)
        wallet = _wallet(require_buyer(request))
        if kind != statement_files.JSON:
            return statement_files.answer(request, wallet, kind, given, end)
        until = end or timezone.now()
        since = given or until - timedelta(days=DEFAULT_DAYS)
        found = statements.statement(wallet, since=since, until=until)
        return Response(
            {
                "currency": found.account.currency,
                "from": rfc3339(found.since),
                "to": rfc3339(found.until),
                "opening": money(found.opening),
                "movements": [_movement(movement) for movement in found.movements],
                "closing": money(found.closing),
            }
        )


def _wallet(buyer: Buyer) -> Account:
    """The wallet in the buyer's currency; one that was never needed yet shows as empty.

    Raises:
        NotFound: `no_wallet` for a reseller without one.
    """
    wallet_id = buyer.wallets.get(buyer.currency)
    if wallet_id is not None:
        return Account.objects.get(pk=wallet_id)
    if buyer.customer_id:
        return Account(kind=Account.Kind.WALLET, customer_id=buyer.customer_id, currency=buyer.currency)
    raise NotFound("no_wallet", _("You have no wallet in %(currency)s.") % {"currency": buyer.currency})


def _moment(request: Request, name: str, *, end: bool) -> datetime | None:
    """A date (the whole day, in UTC) or an RFC 3339 time.

    Raises:
        InvalidInput: `invalid_date`.
    """
    # A "+" in a query string arrives as a blank.
    text = request.query_params.get(name, "").strip().replace(" ", "+")
    if not text:
        return None
    try:
        if len(text) == len("2025-01-31"):
            day = date.fromisoformat(text) + timedelta(days=1 if end else 0)
            moment = datetime.combine(day, time.min, UTC)
        else:
            given = datetime.fromisoformat(text)
            moment = (given if given.tzinfo else given.replace(tzinfo=UTC)).astimezone(UTC)
        if moment.year < FIRST_YEAR:
            raise ValueError(text)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            "invalid_date", _("Send a date such as 2025-01-31 or an RFC 3339 time."), field=name
        ) from error
    return moment


def _movement(movement: WalletMovement) -> dict[str, Any]:
    transfer = movement.transfer
    return {
        "id": transfer.pk,
        "kind": transfer.kind,
        "amount": money(movement.amount),
        "balance_after": money(movement.balance_after),
        "order": str(transfer.order_id) if transfer.order_id else None,
        "order_number": transfer.order.order_number if transfer.order else None,
        "reference": transfer.order.reference if transfer.order else transfer.external_reference,
        "description": transfer.reason or str(transfer.get_kind_display()),
        "created_at": rfc3339(transfer.created_at),
    }


urlpatterns = [
    path("api/wallet/", WalletView.as_view(), name="api-wallet"),
    path("api/wallet/statement/", StatementView.as_view(), name="api-wallet-statement"),
]
