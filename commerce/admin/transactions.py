"""All money of parties as one list; each row leads to what is behind it: a payment, an order or a transfer."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from commerce.admin.fulfilment import link_to_order
from commerce.admin.reseller_tables import behind, payment_badge, short_id
from commerce.models import Account, Order
from commerce.models.transactions import Transaction
from core.backoffice.badges import money_cell
from core.backoffice.base import ReadOnlyAdmin
from core.backoffice.filters import ChoicesFilter, DayRangeFilter, RelatedFilter
from core.backoffice.site import site
from core.money import format_money

LARGEST_ID = 2**63 - 1
BEHIND = (
    "order",
    "customer",
    "reseller",
    Prefetch("account", Account.objects.select_related("reseller", "customer")),
)


class PartyFilter(RelatedFilter):
    """A party's payments and what moved on its wallets: rows of the ledger name only the wallet."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        given = str(self.lookup_val[-1] if isinstance(self.lookup_val, list) else self.lookup_val or "")
        if not given:
            return queryset
        if not (given.isascii() and given.isdigit() and int(given[:20]) <= LARGEST_ID):
            return queryset.none()
        of: Any = queryset
        return of.of_reseller(int(given)) if self.field_path == "reseller" else of.of_customer(int(given))  # type: ignore[no-any-return]


@admin.register(Transaction, site=site)
class TransactionAdmin(ReadOnlyAdmin):
    # Its page is that of what stands behind it.
    has_notes = can_watch = False
    list_display = (
        "created_at", "reference", "transaction_type", "party_shown", "order_shown", "payment_method",
        "amount_shown", "status_shown",
    )  # fmt: skip
    list_display_links = ("created_at",)
    phone_columns = ("created_at", "amount_shown", "status_shown")
    more_columns = ("gateway_transaction_id",)
    list_filter = (
        ("transaction_type", ChoicesFilter),
        ("status", ChoicesFilter),
        ("reseller", PartyFilter),
        ("customer", PartyFilter),
        ("created_at", DayRangeFilter),
    )
    search_fields = ("transaction_id",)
    search_help_text = _("A whole transaction id or order number.")
    ordering = ("-created_at",)
    empty_hint = _("Payments, refunds, commissions and credits come here as they happen.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Transaction]:
        # Joined, the planner would read the tables behind whole; a handful of rows each is asked for instead.
        return super().get_queryset(request).prefetch_related(*BEHIND)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.replace("\0", "").strip()[:60]
        if not term:
            return queryset, False
        of: Any = queryset
        order_id = Order.objects.filter(order_number=term.upper()).values_list("pk", flat=True).first()
        return (queryset.filter(order_id=order_id) if order_id else of.named(term)), False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """None for ticked rows: their keys are no column of any table. The whole list is taken as a file."""
        return {}

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        return Transaction.objects.named(object_id).first()

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method != "GET":
            raise PermissionDenied
        found = self.get_object(request, object_id)
        if found is None or not self.has_view_permission(request, found):
            return super().change_view(request, object_id, form_url, extra_context)
        return HttpResponseRedirect(behind(found))

    @admin.display(description=_("transaction"))
    def reference(self, row: Transaction) -> SafeString:
        return short_id(row.pk)

    def plain_reference(self, row: Transaction) -> str:
        return row.pk

    @admin.display(description=_("party"))
    def party_shown(self, row: Transaction) -> Any:
        return row.party or "–"

    @admin.display(description=_("order"))
    def order_shown(self, row: Transaction) -> str:
        return link_to_order(row.order) if row.order else "–"

    @admin.display(description=_("amount"))
    def amount_shown(self, row: Transaction) -> SafeString:
        return money_cell(format_money(row.amount, row.currency))

    @admin.display(description=_("status"))
    def status_shown(self, row: Transaction) -> SafeString:
        return payment_badge(row)
