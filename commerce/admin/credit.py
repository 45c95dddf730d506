"""Credit ageing and late payments in the admin, and the dialogs about them on a reseller's page."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.admin import account_page, credit_panel
from commerce.models import DunningCase, OwingWallet, Reseller
from commerce.services import ageing, credit_terms
from core.backoffice.actions import ReasonForm, dialog_action
from core.backoffice.badges import money_cell, status_badge
from core.backoffice.base import ReadOnlyAdmin
from core.backoffice.filters import ChoicesFilter, DayRangeFilter, NumberRangeFilter, RelatedFilter
from core.backoffice.parts import Way
from core.backoffice.site import site
from core.money import format_money

WORK = "commerce.work_debt"


class DaysForm(ReasonForm):
    days = forms.IntegerField(
        label=gettext_lazy("Days of credit"),
        min_value=0,
        max_value=credit_terms.LONGEST,
        required=False,
        help_text=gettext_lazy("Empty for those of the settings."),
    )

    def prepare(self) -> None:
        self.fields["days"].initial = credit_terms.of(self.object).days


def is_paused(reseller: Reseller) -> bool:
    return credit_terms.of(reseller).paused_at is not None


def is_reminded(reseller: Reseller) -> bool:
    return not is_paused(reseller)


class CreditDialogs:
    """For the reseller's admin. Put before the base class."""

    @dialog_action(
        gettext_lazy("Days of credit"),
        form=DaysForm,
        permission=WORK,
        icon="event_upcoming",
        explain=gettext_lazy("What it owes is late once it is older than that."),
    )
    def set_days(self, request: HttpRequest, obj: Reseller, data: dict[str, Any]) -> str:
        credit_terms.set_days(reseller=obj, days=data["days"], reason=data["reason"])
        return _("The days of credit are changed.")

    @dialog_action(
        gettext_lazy("Pause reminders"),
        permission=WORK,
        icon="notifications_paused",
        visible=is_reminded,
        explain=gettext_lazy("It is not reminded and not suspended by rule until they are resumed."),
    )
    def pause_reminders(self, request: HttpRequest, obj: Reseller, data: dict[str, Any]) -> str:
        credit_terms.pause(reseller=obj, reason=data["reason"])
        return _("Its reminders are paused.")

    @dialog_action(
        gettext_lazy("Resume reminders"),
        permission=WORK,
        icon="notifications_active",
        visible=is_paused,
    )
    def resume_reminders(self, request: HttpRequest, obj: Reseller, data: dict[str, Any]) -> str:
        credit_terms.resume(reseller=obj, reason=data["reason"])
        return _("It is reminded again.")


@admin.register(OwingWallet, site=site)
class OwingWalletAdmin(ReadOnlyAdmin):
    heading = gettext_lazy("Credit ageing")
    page_template = "admin/commerce/account/page.html"
    list_display = (
        "reseller", "owed", "not_due", "late_30", "late_60", "late_90", "late_more", "credit_limit_shown",
    )  # fmt: skip
    phone_columns = ("reseller", "owed", "late_30")
    list_filter = (
        ("reseller", RelatedFilter), ("currency", ChoicesFilter), ("balance", NumberRangeFilter),
        ("reseller__status", ChoicesFilter),
    )  # fmt: skip
    list_select_related = ("reseller",)
    search_fields = ("reseller__business_name__istartswith",)
    search_help_text = gettext_lazy("How a reseller's name begins.")
    ordering = ("balance", "id")
    has_notes = can_watch = False
    empty_hint = gettext_lazy("No reseller owes anything: no wallet is below zero.")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("commerce.view_account")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(ageing.OWING).annotate(aged=ageing.Aged())

    def page_context(self, request: HttpRequest, obj: OwingWallet) -> dict[str, Any]:
        return account_page.page(request, obj)

    def _money(self, wallet: Any, amount: Decimal) -> SafeString:
        return money_cell(format_money(amount, wallet.currency) if amount else "–")

    @admin.display(description=gettext_lazy("owes"), ordering="balance")
    def owed(self, wallet: Any) -> SafeString:
        return self._money(wallet, -wallet.balance)

    @admin.display(description=gettext_lazy("not due yet"))
    def not_due(self, wallet: Any) -> SafeString:
        return self._money(wallet, wallet.aged[0])

    @admin.display(description=gettext_lazy("1–30 days late"))
    def late_30(self, wallet: Any) -> SafeString:
        return self._money(wallet, wallet.aged[1])

    @admin.display(description=gettext_lazy("31–60 days late"))
    def late_60(self, wallet: Any) -> SafeString:
        return self._money(wallet, wallet.aged[2])

    @admin.display(description=gettext_lazy("61–90 days late"))
    def late_90(self, wallet: Any) -> SafeString:
        return self._money(wallet, wallet.aged[3])

    @admin.display(description=gettext_lazy("over 90 days late"))
    def late_more(self, wallet: Any) -> SafeString:
        return self._money(wallet, wallet.aged[4])

    @admin.display(description=gettext_lazy("credit limit"), ordering="credit_limit")
    def credit_limit_shown(self, wallet: Any) -> SafeString:
        return self._money(wallet, wallet.credit_limit)


@admin.register(DunningCase, site=site)
class DunningCaseAdmin(ReadOnlyAdmin):
    page_template = "admin/commerce/dunningcase/page.html"
    list_display = ("reseller", "currency", "state", "opened", "ended_at")
    phone_columns = ("reseller", "state", "opened")
    list_filter = (("reseller", RelatedFilter), ("began_at", DayRangeFilter), ("ended_at", DayRangeFilter))
    list_select_related = ("reseller",)
    ordering = ("-id",)
    has_notes = can_watch = False
    empty_way = Way(gettext_lazy("Credit ageing"), "admin:commerce_owingwallet_changelist")
    empty_hint = gettext_lazy("Nobody was reminded yet. The Credit settings say when that happens.")

    @admin.display(description=gettext_lazy("Opened at"), ordering="began_at")
    def opened(self, case: DunningCase) -> datetime:
        """With its first reminder; the debt is older."""
        return case.began_at

    @admin.display(description=gettext_lazy("state"))
    def state(self, case: DunningCase) -> SafeString:
        return case_badge(case)

    def page_context(self, request: HttpRequest, obj: DunningCase) -> dict[str, Any]:
        return {"title": str(obj), "badges": [case_badge(obj)], **credit_panel.case_parts(request, obj)}


def case_badge(case: DunningCase) -> SafeString:
    if case.ended_at:
        return status_badge(_("Paid"), "success")
    return status_badge(_("Suspended"), "danger") if case.suspended_at else status_badge(_("Late"), "warning")
