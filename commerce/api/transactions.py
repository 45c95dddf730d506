"""`/api/transactions/` (brief 4): payments, refunds, commissions and credits as one list; refunding a payment."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Prefetch
from django.http import StreamingHttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.api import transactions_schema as schema
from commerce.api.authentication import buyer_of
from commerce.api.exports import as_file, require_staff, wants_bom
from commerce.api.parsing import Body
from commerce.api.parties import require_permission, staff_user
from commerce.models import Account, Payment, Transaction
from commerce.models.transactions import TransactionQuerySet
from commerce.services import transaction_export, transaction_refunds
from commerce.services.constraints import retried
from commerce.services.order_export import begin
from commerce.services.order_view import money, rfc3339
from commerce.services.transaction_refunds import Target, Wish
from core.api.files import SendsFiles
from core.api.filters import DayFilter, IdFilter, MomentFilter
from core.api.idempotency import once
from core.api.pagination import CursorPage
from core.exceptions import InvalidInput, NotFound

SEES, REFUNDS = "commerce.view_transaction", "commerce.refund_order"
LONGEST_NAME = 40
# A row of the ledger names only the wallet; joined, the planner would read the tables behind the view whole.
PARTIES = Prefetch("account", Account.objects.only("reseller_id", "customer_id"))


class TransactionFilter(filters.FilterSet):
    transaction_type = filters.ChoiceFilter(choices=Payment.TransactionType.choices)
    status = filters.ChoiceFilter(choices=Payment.Status.choices)
    reseller = IdFilter(method="of_reseller")
    user = IdFilter(method="of_customer")
    order = filters.UUIDFilter(field_name="order_id")
    created_after = MomentFilter(field_name="created_at", lookup_expr="gte")
    created_before = MomentFilter(field_name="created_at", lookup_expr="lt")
    start_date = DayFilter(method="from_day")
    end_date = DayFilter(method="to_day")

    class Meta:
        model = Transaction
        fields: list[str] = []

    def of_reseller(self, rows: TransactionQuerySet, name: str, value: int) -> TransactionQuerySet:
        return rows.of_reseller(value)

    def of_customer(self, rows: TransactionQuerySet, name: str, value: int) -> TransactionQuerySet:
        return rows.of_customer(value)

    def from_day(self, rows: TransactionQuerySet, name: str, value: date) -> TransactionQuerySet:
        return rows.filter(created_at__gte=begin(value))

    def to_day(self, rows: TransactionQuerySet, name: str, value: date) -> TransactionQuerySet:
        return rows.filter(created_at__lt=begin(value + timedelta(days=1)))


class TransactionPage(CursorPage):
    ordering = ("-created_at", "-transaction_id")


class TransactionsView(APIView):
    """The caller's own, newest first; all of them for staff who may see transactions."""

    @extend_schema(**schema.LIST)
    def get(self, request: Request) -> Response:
        return page_of_transactions(request, _filtered(request, visible_transactions(request)).qs)


class TransactionView(APIView):
    """One transaction."""

    @extend_schema(**schema.DETAIL)
    def get(self, request: Request, transaction_id: str) -> Response:
        return Response(shown(_own(request, transaction_id)))


class RefundView(APIView):
    """Give a payment back, whole or in part. For staff who may refund."""

    @extend_schema(**schema.REFUND)
    def post(self, request: Request, transaction_id: str) -> Response:
        paid = _own(request, transaction_id)
        require_permission(request, REFUNDS)
        scope, wish = f"user:{staff_user(request).pk}", _wish(Body(request.data), paid)
        # Here and not only in the service: under a key that one's transaction is inside the key's.
        return retried(lambda: once(request, scope, lambda: _refunded(paid, wish)))()


class ExportView(SendsFiles, APIView):
    """The filtered list as CSV, never cut. For staff who may see transactions."""

    file_types = ("text/csv",)

    @extend_schema(**schema.EXPORT)
    def get(self, request: Request) -> StreamingHttpResponse:
        require_staff(request, SEES)
        filtered = _filtered(request, Transaction.objects.all())
        asked = {name: str(value) for name, value in filtered.form.cleaned_data.items() if value}
        lines = transaction_export.export(filtered.qs, filters=asked, bom=wants_bom(request))
        days = filtered.form.cleaned_data["start_date"], filtered.form.cleaned_data["end_date"]
        return as_file("transactions", days, lines)


def visible_transactions(request: Request) -> TransactionQuerySet:
    """The caller's own; all for staff with the right; none for a test key, for the list has real money alone.

    Raises:
        NotAllowed: `permission_denied`, for anybody else.
    """
    buyer = buyer_of(request)
    every: TransactionQuerySet = Transaction.objects.all()
    if buyer is None:
        require_permission(request, SEES)
        return every
    if buyer.is_test:
        return every.none()
    if buyer.reseller_id:
        return every.of_reseller(buyer.reseller_id)
    return every.of_customer(buyer.customer_id or 0)


def page_of_transactions(request: Request, rows: TransactionQuerySet) -> Response:
    page = TransactionPage()
    found = page.paginate_queryset(rows.prefetch_related(PARTIES), request)
    return page.get_paginated_response([shown(row) for row in found or []])


def shown(row: Transaction) -> dict[str, Any]:
    """Brief 4's transaction; `user` is its word for a customer. What the gateway said stays with us."""
    owner = row.account
    return {
        "transaction_id": row.transaction_id,
        "order": str(row.order_id) if row.order_id else None,
        "user": row.customer_id or (owner.customer_id if owner else None),
        "reseller": row.reseller_id or (owner.reseller_id if owner else None),
        "transaction_type": row.transaction_type,
        "amount": money(row.amount),
        "currency": row.currency,
        "payment_method": row.payment_method,
        "status": row.status,
        "gateway_transaction_id": row.gateway_transaction_id,
        "created_at": rfc3339(row.created_at),
    }


def _filtered(request: Request, rows: TransactionQuerySet) -> TransactionFilter:
    """Raises InvalidInput `invalid_filter`, `invalid_range`."""
    filtered = TransactionFilter(request.query_params, queryset=rows)
    if not filtered.is_valid():
        errors = {name: [str(text) for text in texts] for name, texts in filtered.errors.items()}
        raise InvalidInput("invalid_filter", _("A filter is not valid."), errors=errors)
    first, last = filtered.form.cleaned_data["start_date"], filtered.form.cleaned_data["end_date"]
    if first and last and first > last:
        raise InvalidInput("invalid_range", _("The first day comes before the last."), field="start_date")
    return filtered


def _own(request: Request, transaction_id: str) -> Transaction:
    """Raises NotFound, for somebody else's too. NotAllowed as `visible_transactions`."""
    visible = visible_transactions(request)
    found = visible.named(transaction_id).first() if len(transaction_id) <= LONGEST_NAME else None
    if found is None:
        raise NotFound("not_found", _("There is no such transaction."))
    return found  # type: ignore[no-any-return]


def _wish(body: Body, paid: Transaction) -> Wish:
    amount = body.amount("amount", currency=paid.currency)
    reason = body.text("reason", most=300, required=True)
    to = body.text("to", most=10) or Target.WALLET
    if to not in list(Target):
        body.refuse("to", _("One of wallet, payer."), "invalid_choice")
    reference = body.text("reference", most=120)
    body.finish()
    return Wish(amount, reason, Target(to), reference)


def _refunded(paid: Transaction, wish: Wish) -> Response:
    given = transaction_refunds.refund(paid=paid, wish=wish)
    return Response(shown(Transaction.objects.named(given).get()), status=201)


_ONE = "api/transactions/<str:transaction_id>/"
urlpatterns = [
    path("api/transactions/", TransactionsView.as_view(), name="api-transactions"),
    path("api/transactions/export/", ExportView.as_view(), name="api-transactions-export"),
    path(_ONE, TransactionView.as_view(), name="api-transaction"),
    path(f"{_ONE}refund/", RefundView.as_view(), name="api-transaction-refund"),
]
