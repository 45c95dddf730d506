"""What an account's page shows: whose it is, its figures, what moved, what is held."""

from decimal import Decimal
from heapq import merge
from itertools import islice
from typing import Any

from django.db.models import Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from commerce.admin import reseller_tables as tables
from commerce.models import Account, Hold, Transfer
from commerce.services import statements
from core.backoffice.badges import two_lines
from core.backoffice.dashboard import Figure
from core.backoffice.parts import Column, Fact, Table
from core.money import format_money

SHOWN = 25
ZERO = Decimal(0)


def page(request: HttpRequest, account: Account) -> dict[str, Any]:
    context = {
        "facts": _facts(request, account),
        "transfers_url": f"{reverse('admin:commerce_transfer_changelist')}?account={account.pk}",
    }
    if not account.is_wallet:
        # Summed from all transfers there ever were, which takes its time: the page asks for it once it is there.
        return {**context, "company_panel": reverse("admin:commerce_account_company", args=[account.pk])}
    moved, held = (request.user.has_perm(f"commerce.view_{name}") for name in ("transfer", "hold"))
    return {
        **context,
        "figures": _figures(account),
        "movements": tables.movements(statements.latest([account], SHOWN), whole=True) if moved else None,
        "holds": _holds(account) if held else None,
    }


def company_panel(request: HttpRequest, account: Account) -> HttpResponse:
    """The balance of a company account and what moved last."""
    balance = format_money(_balance(account), account.currency)
    context: dict[str, Any] = {
        "figures": [Figure(_("Balance"), balance, _("Summed from its transfers"), icon="savings")]
    }
    if request.user.has_perm("commerce.view_transfer"):
        context["movements"] = _company_movements(account)
    return render(request, "admin/commerce/account/company.html", context)


def _figures(account: Account) -> list[Figure]:
    def money(amount: Decimal) -> str:
        return format_money(amount, account.currency)

    below = account.balance < 0
    return [
        Figure(
            _("Available"),
            money(account.available),
            _("Nothing left to spend") if account.available <= 0 else _("Balance + limit − held"),
            "danger" if account.available <= 0 else "success",
            icon="account_balance_wallet",
        ),
        Figure(
            _("Balance"),
            money(account.balance),
            _("Below zero: on credit") if below else "",
            "warning" if below else "neutral",
            icon="savings",
        ),
        Figure(_("Held"), money(account.held), _("For orders in flight"), icon="hourglass_top"),
        Figure(_("Credit limit"), money(account.credit_limit), icon="credit_score"),
    ]


def _facts(request: HttpRequest, account: Account) -> list[Fact]:
    owner, link = account.reseller or account.customer, ""
    if owner is not None and request.user.has_perm(f"commerce.view_{owner._meta.model_name}"):
        link = reverse(f"admin:commerce_{owner._meta.model_name}_change", args=[owner.pk])
    return [
        Fact(_("Owner"), owner or account.code or _("Company"), link=link),
        Fact(_("Kind"), account.get_kind_display()),
        Fact(_("Currency"), account.currency),
        Fact(_("Mode"), _("Test: play money") if account.is_test else _("Live")),
        Fact(_("Since"), date_format(account.created_at, "j M Y")),
    ]


def _company_movements(account: Account) -> Table:
    table = Table(
        _("Movement"),
        Column(_("Amount"), money=True),
        Column(_("By"), wide=True),
        Column(_("At"), wide=True),
        empty=_("Nothing has moved here yet."),
    )
    # Each side by itself, newest first: an OR of both would sort all there are.
    sides = [
        Transfer.objects.filter(**{f"{side}_account": account})
        .select_related("order")
        .order_by("-id")[:SHOWN]
        for side in ("debit", "credit")
    ]
    for row in islice(merge(*sides, key=lambda transfer: transfer.pk, reverse=True), SHOWN):
        amount = -row.amount if row.debit_account_id == account.pk else row.amount
        about = row.order.order_number if row.order else row.reason or row.external_reference
        table.add(
            two_lines(row.get_kind_display(), about),
            format_money(amount, row.currency),
            row.actor_label,
            _moment(row.created_at),
            link=reverse("admin:commerce_transfer_change", args=[row.pk]),
        )
    return table


def _holds(account: Account) -> Table:
    table = Table(
        _("Order"),
        Column(_("Amount"), money=True),
        Column(_("Since"), wide=True),
        empty=_("Nothing is held at the moment."),
    )
    for hold in account.holds.filter(status=Hold.Status.OPEN).select_related("order").order_by("-id")[:SHOWN]:
        table.add(
            str(hold.order),
            format_money(hold.amount, hold.currency),
            _moment(hold.created_at),
            link=reverse("admin:commerce_order_change", args=[hold.order_id]),
        )
    return table


def _balance(account: Account) -> Decimal:
    """In one pass over the transfers, which have no index on the company's side: orders would pay for it."""
    sums = Transfer.objects.filter(Q(debit_account=account) | Q(credit_account=account)).aggregate(
        credited=Sum("amount", filter=Q(credit_account=account)),
        debited=Sum("amount", filter=Q(debit_account=account)),
    )
    return (sums["credited"] or ZERO) - (sums["debited"] or ZERO)


def _moment(at: Any) -> str:
    return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")
