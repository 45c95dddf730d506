"""Filters of the lists of resellers, clients and customers; each by an index, or by few rows."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, RangeNumericListFilter

from commerce.models import Client
from commerce.services.clients import plans_in_use

# Of a credit limit, less than this part is left.
LOW = Decimal("0.2")
# More digits than any wallet holds.
LARGEST = Decimal(10) ** 14
MOST_PLANS, NO_PLAN = 100, "-"
NEARLY = Decimal("0.8")


class BalanceFilter(DropdownFilter):
    """Wallets that want somebody's eye. For admins whose queryset is `with_wallet`."""

    title = _("wallet")
    parameter_name = "wallet_state"
    _states: dict[str, tuple[Any, Q]] = {
        "negative": (_("Below zero"), Q(wallet_balance__lt=0)),
        "empty": (_("Nothing left to spend"), Q(wallet_available__lte=0)),
        "low": (
            _("Less than a fifth of the limit left"),
            Q(wallet_limit__gt=0, wallet_available__lt=F("wallet_limit") * LOW),
        ),
        "credit": (_("With a credit limit"), Q(wallet_limit__gt=0)),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(key, words) for key, (words, _condition) in self._states.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if not chosen:
            return queryset
        return queryset.filter(self._states[chosen][1]) if chosen in self._states else queryset.none()


class BalanceRangeFilter(RangeNumericListFilter):
    """From an amount to an amount, both included, in each wallet's own currency; below zero as well."""

    title = _("balance")
    parameter_name = "balance"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = {}
        for end, comparison in (("from", "gte"), ("to", "lte")):
            if text := str(self.used_parameters.get(f"balance_{end}") or "").strip():
                amount = _amount(text)
                if amount is None:
                    return queryset.none()
                wanted[f"wallet_balance__{comparison}"] = amount
        return queryset.filter(**wanted)


class PlanFilter(DropdownFilter):
    """The plans in use."""

    title = _("plan")
    parameter_name = "plan"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(plan, plan) if plan else (NO_PLAN, _("No plan")) for plan in plans_in_use(MOST_PLANS)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Client]) -> QuerySet[Client]:
        chosen = self.value()
        return queryset.filter(plan_type="" if chosen == NO_PLAN else chosen) if chosen else queryset


class UsageFilter(DropdownFilter):
    """How much of the month's orders is used, by the limit that counts today."""

    title = _("limit")
    parameter_name = "usage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("used_up", _("Used up")),
            ("nearly", _("Four fifths used or more")),
            ("overridden", _("Another limit for a while")),
            ("none", _("No limit")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Client]) -> QuerySet[Client]:
        chosen: dict[str | None, Callable[[QuerySet[Client]], QuerySet[Client]]] = {
            None: lambda rows: rows,
            "": lambda rows: rows,
            "used_up": lambda rows: rows.filter(_used(Decimal(1))),
            "nearly": lambda rows: rows.filter(_used(NEARLY)),
            "overridden": lambda rows: rows.filter(_overridden()),
            "none": lambda rows: rows.filter(
                _overridden() & Q(limit_override=0) | ~_overridden() & Q(monthly_limit=0)
            ),
        }
        return chosen.get(self.value(), lambda rows: rows.none())(queryset)


def _overridden() -> Q:
    return Q(limit_override_until__isnull=False, limit_override_until__gte=timezone.now().date())


def _used(part: Decimal) -> Q:
    this_month = Q(usage_month=timezone.now().date().replace(day=1))
    other = Q(limit_override__gt=0, current_usage__gte=F("limit_override") * part)
    own = Q(monthly_limit__gt=0, current_usage__gte=F("monthly_limit") * part)
    return this_month & (_overridden() & other | ~_overridden() & own)


def _amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < LARGEST else None
