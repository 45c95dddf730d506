"""What an account's page shows: whose it is, its figures, what moved, what is held."""

from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum
from django.http import HttpRequest
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


def page(request: HttpRequest, account: Account) -> dict[str, Any]:
    moved, held = (request.user.has_perm(f"commerce.view_{name}") for name in ("transfer", "hold"))
    return {
        "figures": _figures(account),
        "facts": _facts(request, account),
        "movements": _movements(account) if moved else None,
        "transfers_url": f"{reverse('admin:commerce_transfer_changelist')}?account={account.pk}",
        "holds": _holds(account) if account.is_wallet and held else None,
    }


def _figures(account: Account) -> list[Figure]:
    def money(amount: Decimal) -> str:
        return format_money(amount, account.currency)

    if not account.is_wallet:
        return [
            Figure(_("Balance"), money(_balance(account)), _("Summed from its transfers"), icon="savings")
        ]
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


def _movements(account: Account) -> Table:
    if account.is_wallet:
        return tables.movements(statements.latest([account], SHOWN), whole=True)
    table = Table(
        _("Movement"),
        Column(_("Amount"), money=True),
        Column(_("By"), wide=True),
        Column(_("At"), wide=True),
        empty=_("Nothing has moved here yet."),
    )
    legs = Q(debit_account=account) | Q(credit_account=account)
    for row in Transfer.objects.filter(legs).select_related("order").order_by("-id")[:SHOWN]:
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
    """A company account has no figure of its own."""
    paid_in = Transfer.objects.filter(credit_account=account).aggregate(total=Sum("amount"))["total"]
    paid_out = Transfer.objects.filter(debit_account=account).aggregate(total=Sum("amount"))["total"]
    return (paid_in or Decimal(0)) - (paid_out or Decimal(0))


def _moment(at: Any) -> str:
    return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")
