"""Resellers in the admin: the list, and the reseller's page with its wallet, orders, keys and clients."""

from collections.abc import Callable
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.admin import reseller_page
from commerce.admin.api_keys import shown_once
from commerce.admin.credit import CreditDialogs
from commerce.admin.document_dialogs import MonthDialog, StatementDialog
from commerce.admin.party_badges import party_badge
from commerce.admin.party_filters import BalanceFilter, BalanceRangeFilter
from commerce.admin.party_forms import AdjustForm, CreditLimitForm, FundForm, IssueKeyForm, PartyForm
from commerce.admin.party_search import PartySearch
from commerce.models import ApiKey, Reseller
from commerce.services import api_keys, break_endings, ledger, resellers
from core.backoffice import waiting
from core.backoffice.actions import dialog_action
from core.backoffice.badges import money_cell
from core.backoffice.base import HistoryAdmin
from core.backoffice.bulk_actions import bulk_action
from core.backoffice.filters import ChoicesFilter, DayRangeFilter, RelatedFilter
from core.backoffice.importing.mixin import ImportExportAdmin
from core.backoffice.site import site
from core.money import format_money


class ResellerForm(PartyForm):
    tidy = staticmethod(resellers.tidy)
    details = resellers.DETAILS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("email", "contact_person"):
            if name in self.fields:
                # Only brief 2's path opens sellers without an address.
                self.fields[name].required = not (self.instance.pk and not getattr(self.instance, name))

    class Meta:
        model = Reseller
        fields = resellers.DETAILS


def can_become(status: Reseller.Status) -> Callable[[Reseller], bool]:
    """For actions that are shown only where they are possible."""
    return lambda reseller: status in resellers.TRANSITIONS[reseller.status]


def is_open(reseller: Reseller) -> bool:
    return reseller.status != Reseller.Status.CLOSED


@admin.register(Reseller, site=site)
class ResellerAdmin(
    StatementDialog, MonthDialog, CreditDialogs, PartySearch, ImportExportAdmin, HistoryAdmin
):
    form = ResellerForm
    page_template = "admin/commerce/reseller/page.html"
    list_display = (
        "business_name",
        "status_shown",
        "balance",
        "available",
        "price_list",
        "city",
        "country",
        "created_at",
    )
    list_display_links = ("business_name",)
    phone_columns = ("business_name", "status_shown", "available")
    more_columns = ("contact_person", "email", "phone", "state", "currency", "updated_at")
    # Money is for those who may see wallets.
    column_permissions = {"balance": "commerce.view_account", "available": "commerce.view_account"}
    list_filter = (
        ("status", ChoicesFilter),
        BalanceFilter,
        BalanceRangeFilter,
        ("price_list", RelatedFilter),
        ("currency", ChoicesFilter),
        ("created_at", DayRangeFilter),
    )
    list_select_related = ("price_list",)
    search_fields = ("business_name__istartswith", "email__istartswith", "phone__startswith")
    name_column = "business_name"
    empty_hint = gettext_lazy("Open the first reseller: it gets a wallet, and a key lets its server order.")
    ordering = ("business_name", "id")
    fieldsets = (
        (gettext_lazy("Business"), {"fields": ("business_name", "contact_person", ("email", "phone"))}),
        (gettext_lazy("Address"), {"fields": ("address", ("city", "state"), "country")}),
        (gettext_lazy("Terms"), {"fields": ("currency", "price_list", "commission_rate")}),
    )
    restorable = (
        "business_name",
        "contact_person",
        "email",
        "phone",
        "address",
        "city",
        "state",
        "country",
    )
    actions_detail = [
        "fund",
        {
            "title": gettext_lazy("Wallet"),
            "icon": "account_balance_wallet",
            "items": ["adjust", "set_limit", "set_days", "pause_reminders", "resume_reminders"],
        },
        {
            "title": gettext_lazy("Documents"),
            "icon": "contract",
            "items": ["issue_statement", "issue_invoice"],
        },
        "issue_key",
        {"title": gettext_lazy("Status"), "icon": "toggle_on", "items": ["activate", "suspend", "close"]},
    ]

    actions = ["bulk_suspend", "bulk_activate"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reseller]:
        return super().get_queryset(request).select_related("credit_terms", "price_list").with_wallet()  # type: ignore[no-any-return]

    def get_list_filter(self, request: HttpRequest) -> tuple[Any, ...]:
        """Who may not see balances learns none by asking for those below zero."""
        if request.user.has_perm("commerce.view_account"):
            return self.list_filter
        return tuple(one for one in self.list_filter if one not in (BalanceFilter, BalanceRangeFilter))

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Django lets every name through that is no field, and the wallet's columns are none."""
        if lookup.startswith("wallet") and lookup != BalanceFilter.parameter_name:
            return False
        return super().lookup_allowed(lookup, value, request)  # type: ignore[no-any-return]

    def get_readonly_fields(self, request: HttpRequest, obj: Reseller | None = None) -> tuple[str, ...]:
        return ("currency",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Reseller | None = None) -> bool:
        """A reseller with history is closed, not erased."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Reseller | None = None) -> bool:
        closed = obj is not None and obj.status == Reseller.Status.CLOSED
        return not closed and super().has_change_permission(request, obj)

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def status_shown(self, reseller: Reseller) -> str:
        return party_badge(reseller)

    @admin.display(description=gettext_lazy("balance"), ordering="wallet_balance")
    def balance(self, reseller: Any) -> str:
        return money_cell(format_money(reseller.wallet_balance or Decimal(0), reseller.currency))

    @admin.display(description=gettext_lazy("available"), ordering="wallet_available")
    def available(self, reseller: Any) -> str:
        return money_cell(format_money(reseller.wallet_available or Decimal(0), reseller.currency))

    def page_context(self, request: HttpRequest, obj: Reseller) -> dict[str, Any]:
        return reseller_page.page(request, obj)

    def save_model(self, request: HttpRequest, obj: Reseller, form: Any, change: bool) -> None:
        """Terms above the limits wait for a second person, and everything else is saved."""
        written = resellers.write_reseller(
            reseller=obj if change else None,
            values=form.changes(),
            created_by=request.user,  # type: ignore[arg-type]
        )
        obj.pk = written.reseller.pk
        obj._state.adding = False
        waiting.ask_for_fields(request, form, written.waiting)

    @dialog_action(
        gettext_lazy("Fund"),
        form=FundForm,
        permission="commerce.fund_wallet",
        icon="add_card",
        variant="primary",
        visible=is_open,
        title=gettext_lazy("Fund the wallet"),
        explain=gettext_lazy("Record money the reseller has paid in. It can be spent at once."),
    )
    def fund(self, request: HttpRequest, obj: Reseller, data: dict[str, Any]) -> str:
        transfer = break_endings.fund(
            account=data["wallet"],
            amount=data["amount"],
            reason=data["reason"],
            external_reference=data["external_reference"],
        )
        return _("%(amount)s were added to the wallet.") % {
            "amount": format_money(transfer.amount, transfer.currency)
        }

    @dialog_action(
        gettext_lazy("Adjust"),
        form=AdjustForm,
        permission="commerce.adjust_wallet",
        icon="tune",
        title=gettext_lazy("Adjust the wallet"),
        explain=gettext_lazy(
            "Correct a mistake or pay money back. It stands in the statement with its reason."
        ),
    )
    def adjust(self, request: HttpRequest, obj: Reseller, data: dict[str, Any]) -> str:
        amount = data["amount"] if data["direction"] == "credit" else -data["amount"]
        transfer = ledger.adjust(account=data["wallet"], amount=amount, reason=data["reason"])
        return _("The wallet was adjusted by %(amount)s.") % {
            "amount": format_money(amount, transfer.currency)
        }

    @dialog_action(
        gettext_lazy("Credit limit"),
        form=CreditLimitForm,
        permission="commerce.change_credit_limit",
        icon="credit_score",
        visible=is_open,
        title=gettext_lazy("Change the credit limit"),
    )
    def set_limit(self, request: HttpRequest, obj: Reseller, data: dict[str, Any]) -> str:
        wallet = ledger.set_credit_limit(account=data["wallet"], limit=data["limit"], reason=data["reason"])
        return _("The credit limit is %(limit)s now.") % {
            "limit": format_money(wallet.credit_limit, wallet.currency)
        }

    @dialog_action(
        gettext_lazy("Issue a key"),
        form=IssueKeyForm,
        permission="commerce.issue_apikey",
        icon="key",
        visible=is_open,
        title=gettext_lazy("Issue an API key"),
        explain=gettext_lazy("The key is shown once, after this; only its fingerprint is kept."),
    )
    def issue_key(self, request: HttpRequest, obj: Reseller, data: dict[str, Any]) -> HttpResponse:
        key, secret = api_keys.issue(
            reseller=obj,
            name=data["name"],
            mode=ApiKey.Mode(data["mode"]),
            scopes=data["scopes"],
            allowed_ips=data["allowed_ips"].splitlines(),
            expires_at=datetime.combine(data["expires_at"], time.max, UTC) if data["expires_at"] else None,
            created_by=request.user,  # type: ignore[arg-type]
        )
        return shown_once(request, key, secret)

    @bulk_action(gettext_lazy("Suspend"), permission="commerce.suspend_reseller", variant="danger")
    def bulk_suspend(self, request: HttpRequest, obj: Reseller, data: dict[str, Any]) -> None:
        resellers.suspend(reseller=obj, reason=data["reason"])

    @bulk_action(gettext_lazy("Activate"), permission="commerce.suspend_reseller")
    def bulk_activate(self, request: HttpRequest, obj: Reseller, data: dict[str, Any]) -> None:
        resellers.reactivate(reseller=obj, reason=data["reason"])

    @dialog_action(
        gettext_lazy("Activate"),
        permission="commerce.suspend_reseller",
        icon="play_circle",
        variant="success",
        visible=can_become(Reseller.Status.ACTIVE),
        explain=gettext_lazy("From now on the reseller may order."),
    )
    def activate(self, request: HttpRequest, obj: Reseller, data: dict[str, Any]) -> str:
        resellers.reactivate(reseller=obj, reason=data["reason"])
        return _("“%(name)s” may order.") % {"name": obj}

    @dialog_action(
        gettext_lazy("Suspend"),
        permission="commerce.suspend_reseller",
        icon="pause_circle",
        variant="danger",
        visible=can_become(Reseller.Status.SUSPENDED),
        explain=gettext_lazy("New orders are refused at once. Orders in flight end as they would."),
    )
    def suspend(self, request: HttpRequest, obj: Reseller, data: dict[str, Any]) -> str:
        resellers.suspend(reseller=obj, reason=data["reason"])
        return _("“%(name)s” is suspended: its orders are refused.") % {"name": obj}

    @dialog_action(
        gettext_lazy("Close for good"),
        permission="commerce.delete_reseller",
        icon="block",
        variant="danger",
        visible=can_become(Reseller.Status.CLOSED),
        explain=gettext_lazy("Its keys are revoked and it cannot come back. Orders, money and history stay."),
    )
    def close(self, request: HttpRequest, obj: Reseller, data: dict[str, Any]) -> str:
        resellers.close(reseller=obj, reason=data["reason"])
        return _("“%(name)s” is closed and its keys are revoked.") % {"name": obj}
