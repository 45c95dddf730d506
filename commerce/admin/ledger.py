"""The ledger in the admin: accounts, transfers and holds, to be read."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from commerce.admin import account_page
from commerce.admin.catalog import seen
from commerce.admin.document_dialogs import StatementDialog, TransferPapers
from commerce.admin.order_badges import hold_badge
from commerce.admin.party_search import found_keys, tidy_term
from commerce.models import Account, Customer, Hold, Reseller, Transfer
from commerce.services import closing, statements
from core.backoffice.badges import money_cell, status_badge, two_lines
from core.backoffice.base import ReadOnlyAdmin
from core.backoffice.filters import ChoicesFilter, DayRangeFilter, RelatedFilter, YesNoFilter
from core.backoffice.site import site
from core.directions import arrow
from core.money import format_money

SHOWN = 25


def money(amount: Decimal | None, currency: str) -> SafeString:
    """A figure for a column; empty where there is none."""
    return money_cell("" if amount is None else format_money(amount, currency))


def order_link(order_id: Any, text: Any) -> SafeString | str:
    if not order_id:
        return ""
    return format_html(
        '<a href="{}" class="underline tl-nowrap">{}</a>',
        reverse("admin:commerce_order_change", args=[order_id]),
        text,
    )


class CostsHiddenAdmin(ReadOnlyAdmin):
    """Rows that tell what we pay are for those who may see costs."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        if request.user.has_perm("commerce.see_cost"):
            return rows
        return rows.exclude(kind__in=self.model.COST_KINDS)


@admin.register(Account, site=site)
class AccountAdmin(StatementDialog, CostsHiddenAdmin):
    actions_detail = ("issue_statement",)
    page_template = "admin/commerce/account/page.html"
    list_display = (
        "owner",
        "kind_shown",
        "currency",
        "balance_shown",
        "held_shown",
        "limit_shown",
        "available_shown",
    )
    phone_columns = ("owner", "balance_shown", "available_shown")
    list_filter = (("kind", ChoicesFilter), ("reseller", RelatedFilter), ("is_test", YesNoFilter))
    list_select_related = ("reseller", "customer")
    search_fields = (
        "reseller__business_name__istartswith",
        "customer__full_name__istartswith",
        "code__startswith",
    )
    search_help_text = _("A reseller or customer by name, e-mail or phone number, or a provider's code.")
    empty_hint = _("A wallet opens with its reseller, a customer's with the first order.")
    ordering = ("id",)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.company_view)
        return [path("<int:object_id>/company/", view, name="commerce_account_company"), *super().get_urls()]

    def company_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return account_page.company_panel(request, seen(self, request, object_id))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Account], search_term: str
    ) -> tuple[QuerySet[Account], bool]:
        """Owners first, each along its index; joined, all accounts would be read."""
        term = tidy_term(search_term)
        if not term:
            return queryset, False
        rows = Account.objects.order_by().values_list("pk")
        found = rows.filter(code__startswith=term).union(
            rows.filter(reseller__in=found_keys(Reseller, "business_name", term)),
            rows.filter(customer__in=found_keys(Customer, "full_name", term)),
            all=True,
        )
        return queryset.filter(pk__in=found), False

    def page_context(self, request: HttpRequest, obj: Account) -> dict[str, Any]:
        return account_page.page(request, obj)

    @admin.display(description=_("Owner"))
    def owner(self, account: Account) -> str:
        return str(account.reseller or account.customer or account.code or _("Company"))

    @admin.display(description=_("Kind"), ordering="kind")
    def kind_shown(self, account: Account) -> str:
        """Play money looks like money, so it is said."""
        kind = account.get_kind_display()
        return status_badge(_t("%(kind)s · test") % {"kind": kind}, "info") if account.is_test else kind

    @admin.display(description=_("Balance"))
    def balance_shown(self, account: Account) -> SafeString:
        return money(account.balance if account.is_wallet else None, account.currency)

    @admin.display(description=_("Held"))
    def held_shown(self, account: Account) -> SafeString:
        return money(account.held if account.is_wallet else None, account.currency)

    @admin.display(description=_("Credit limit"))
    def limit_shown(self, account: Account) -> SafeString:
        return money(account.credit_limit if account.is_wallet else None, account.currency)

    @admin.display(description=_("Available"))
    def available_shown(self, account: Account) -> SafeString:
        return money(account.available if account.is_wallet else None, account.currency)


class AccountFilter(DropdownFilter):
    """The movements of one wallet or account, as its page links to them."""

    title = _("account")
    parameter_name = "account"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The one that was asked for: there are too many to list."""
        account = self._account(request)
        return [(str(account.pk), account)] if account else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Transfer]) -> QuerySet[Transfer]:
        if not self.value():
            return queryset
        account = self._account(request)
        if account is None:
            return queryset.none()
        if account.is_wallet:
            return queryset & statements.touching([account.pk])
        return queryset.filter(Q(debit_account=account) | Q(credit_account=account))

    def _account(self, request: HttpRequest) -> Account | None:
        given = request.GET.get(self.parameter_name, "")
        if not (given.isascii() and given.isdigit() and len(given) < 19):
            return None
        rows = Account.objects.select_related("reseller", "customer").filter(pk=given)
        if not request.user.has_perm("commerce.see_cost"):
            rows = rows.exclude(kind__in=Account.COST_KINDS)
        return rows.first()


@admin.register(Transfer, site=site)
class TransferAdmin(TransferPapers, CostsHiddenAdmin):
    actions_detail = ("issue_receipt",)
    list_display = (
        "created_at",
        "kind_shown",
        "amount_shown",
        "accounts",
        "order_shown",
        "why",
    )
    list_display_links = ("created_at",)
    phone_columns = ("created_at", "kind_shown", "amount_shown")
    more_columns = ("external_reference", "actor_label")
    list_filter = (AccountFilter, ("kind", ChoicesFilter), ("created_at", DayRangeFilter))
    list_select_related = (
        "debit_account__reseller", "debit_account__customer", "credit_account__reseller",
        "credit_account__customer", "order",
    )  # fmt: skip
    search_fields = ("external_reference__exact", "order__order_number__exact")
    search_help_text = _("A whole order number or external reference.")
    empty_hint = _("Fund a reseller's wallet, and its first transfer stands here.")
    ordering = ("-id",)
    fields = (
        "id", "group", "kind", "amount", "currency", "debit_account", "credit_account", "debit_balance_after",
        "credit_balance_after", "order", "payment", "external_reference", "reason", "actor_label", "created_at",
        "corrects",
    )  # fmt: skip
    readonly_fields = ("corrects",)

    @admin.display(description=_("Corrects"))
    def corrects(self, transfer: Transfer) -> str:
        """The closed month of the order it corrects, where it was booked after that was closed."""
        return str(closing.corrected_month(transfer) or "–")

    @admin.display(description=_("Amount"), ordering="amount")
    def amount_shown(self, transfer: Transfer) -> SafeString:
        return money(transfer.amount, transfer.currency)

    @admin.display(description=_("Kind"), ordering="kind")
    def kind_shown(self, transfer: Transfer) -> SafeString:
        return two_lines(Transfer.Kind(transfer.kind).label, f"T{transfer.pk}")

    @admin.display(description=_("From and to"))
    def accounts(self, transfer: Transfer) -> SafeString:
        return two_lines(transfer.debit_account, f"{arrow()} {transfer.credit_account}")

    @admin.display(description=_("Why and by whom"))
    def why(self, transfer: Transfer) -> SafeString:
        return two_lines(transfer.reason or transfer.external_reference or "–", transfer.actor_label)

    @admin.display(description=_("Order"))
    def order_shown(self, transfer: Transfer) -> SafeString | str:
        return order_link(transfer.order_id, transfer.order)


@admin.register(Hold, site=site)
class HoldAdmin(ReadOnlyAdmin):
    list_display = ("order_shown", "status_shown", "amount_shown", "account", "created_at", "settled_at")
    # The first column leads to the order: a link in a link would lead nowhere.
    list_display_links = ("amount_shown",)
    phone_columns = ("order_shown", "status_shown", "amount_shown")
    list_filter = (("status", ChoicesFilter), ("created_at", DayRangeFilter))
    list_select_related = ("order", "account__reseller", "account__customer")
    search_fields = ("order__order_number__exact",)
    search_help_text = _("A whole order number.")
    empty_hint = _("An order in flight holds its money here until it ends.")
    ordering = ("-id",)

    @admin.display(description=_("Order"))
    def order_shown(self, hold: Hold) -> SafeString | str:
        return order_link(hold.order_id, hold.order)

    @admin.display(description=_("Status"))
    def status_shown(self, hold: Hold) -> SafeString:
        return hold_badge(hold)

    @admin.display(description=_("Amount"))
    def amount_shown(self, hold: Hold) -> SafeString:
        return money(hold.amount, hold.currency)
