"""The ledger in the admin: accounts, transfers and holds, to be read."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from commerce.admin.order_badges import hold_badge
from commerce.models import Account, Hold, Transfer
from core.backoffice.badges import money_cell
from core.backoffice.base import ReadOnlyAdmin
from core.backoffice.dashboard import Figure
from core.backoffice.filters import ChoicesFilter, DayRangeFilter, RelatedFilter, YesNoFilter
from core.backoffice.parts import Column, Table
from core.backoffice.site import site
from core.money import format_money

SHOWN = 25


def money(amount: Decimal | None, currency: str) -> SafeString:
    """A figure for a column; empty where there is none."""
    return money_cell("" if amount is None else format_money(amount, currency))


def order_link(order_id: Any, text: Any) -> SafeString | str:
    if not order_id:
        return ""
    return format_html(
        '<a href="{}" class="underline">{}</a>', reverse("admin:commerce_order_change", args=[order_id]), text
    )


class CostsHiddenAdmin(ReadOnlyAdmin):
    """Rows that tell what we pay are for those who may see costs."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        if request.user.has_perm("commerce.see_cost"):
            return rows
        return rows.exclude(kind__in=self.model.COST_KINDS)


@admin.register(Account, site=site)
class AccountAdmin(CostsHiddenAdmin):
    page_template = "admin/commerce/account/page.html"
    list_display = (
        "owner",
        "kind",
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
    search_help_text = _("Beginning of a reseller's or customer's name, or a provider's code.")
    ordering = ("id",)

    def page_context(self, request: HttpRequest, obj: Account) -> dict[str, Any]:
        return {
            "figures": _figures(obj),
            "movements": _movements(obj) if request.user.has_perm("commerce.view_transfer") else None,
            "holds": _holds(obj) if obj.is_wallet and request.user.has_perm("commerce.view_hold") else None,
        }

    @admin.display(description=_("Owner"))
    def owner(self, account: Account) -> str:
        return str(account.reseller or account.customer or account.code or _("Company"))

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


@admin.register(Transfer, site=site)
class TransferAdmin(CostsHiddenAdmin):
    list_display = (
        "id",
        "kind",
        "amount_shown",
        "debit_account",
        "credit_account",
        "order_shown",
        "reason",
        "actor_label",
        "created_at",
    )
    phone_columns = ("kind", "amount_shown", "created_at")
    list_filter = (("kind", ChoicesFilter), ("created_at", DayRangeFilter))
    list_select_related = (
        "debit_account__reseller", "debit_account__customer", "credit_account__reseller",
        "credit_account__customer", "order",
    )  # fmt: skip
    search_fields = ("external_reference__exact", "order__order_number__exact")
    search_help_text = _("A whole order number or external reference.")
    ordering = ("-id",)
    fields = (
        "id", "group", "kind", "amount", "currency", "debit_account", "credit_account", "debit_balance_after",
        "credit_balance_after", "order", "payment", "external_reference", "reason", "actor_label", "created_at",
    )  # fmt: skip

    @admin.display(description=_("Amount"), ordering="amount")
    def amount_shown(self, transfer: Transfer) -> SafeString:
        return money(transfer.amount, transfer.currency)

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


def _figures(account: Account) -> list[Figure]:
    balance = Figure(
        _("Balance"), format_money(_balance(account), account.currency), icon="account_balance_wallet"
    )
    if not account.is_wallet:
        return [balance]
    rest = [
        (_("Held"), account.held),
        (_("Credit limit"), account.credit_limit),
        (_("Available"), account.available),
    ]
    return [balance, *(Figure(label, format_money(amount, account.currency)) for label, amount in rest)]


def _movements(account: Account) -> Table:
    table = Table(
        _t("When"), _t("What"), Column(_t("Amount"), money=True), Column(_t("Balance after"), money=True), _t("Order"),
        Column(_t("Reason"), wide=True), Column(_t("By"), wide=True), empty=_t("Nothing has moved here yet."),
    )  # fmt: skip
    legs = Q(debit_account=account) | Q(credit_account=account)
    for row in Transfer.objects.filter(legs).select_related("order").order_by("-id")[:SHOWN]:
        debit = row.debit_account_id == account.pk
        after = row.debit_balance_after if debit else row.credit_balance_after
        table.add(
            localtime(row.created_at).strftime("%Y-%m-%d %H:%M"),
            row.get_kind_display(),
            format_money(-row.amount if debit else row.amount, row.currency),
            "" if after is None else format_money(after, row.currency),
            order_link(row.order_id, row.order),
            row.reason,
            row.actor_label,
            link=reverse("admin:commerce_transfer_change", args=[row.pk]),
        )
    return table


def _holds(account: Account) -> Table:
    table = Table(
        _t("Order"), Column(_t("Amount"), money=True), _t("Since"), empty=_t("Nothing is held at the moment.")
    )
    for hold in account.holds.filter(status=Hold.Status.OPEN).select_related("order").order_by("-id")[:SHOWN]:
        since = localtime(hold.created_at).strftime("%Y-%m-%d %H:%M")
        table.add(order_link(hold.order_id, hold.order), format_money(hold.amount, hold.currency), since)
    return table


def _balance(account: Account) -> Decimal:
    """A wallet's own figure; a company account is summed from its transfers."""
    if account.is_wallet:
        return account.balance
    paid_in = Transfer.objects.filter(credit_account=account).aggregate(total=Sum("amount"))["total"]
    paid_out = Transfer.objects.filter(debit_account=account).aggregate(total=Sum("amount"))["total"]
    return (paid_in or Decimal(0)) - (paid_out or Decimal(0))
