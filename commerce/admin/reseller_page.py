"""What the reseller's page shows: the wallet, orders, movements, keys, clients, people, and what happened."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.admin import reseller_tables as tables
from commerce.admin.party_badges import party_badge
from commerce.admin.reseller_history import steps_of
from commerce.admin.support_parts import tickets_of
from commerce.models import Account, ApiKey, Order, Reseller
from commerce.services import statements
from core.backoffice.dashboard import Figure
from core.backoffice.parts import Fact, Tab
from core.money import format_money

SHOWN, RECENT, RECENT_STEPS = 25, 6, 5
FIGURE_DAYS = 30
PARTS = ("account", "transfer", "order", "apikey", "client", "membership", "supportticket")


def page(request: HttpRequest, reseller: Reseller) -> dict[str, Any]:
    """Each part only for those who may see it; a dozen short queries, however large the reseller is."""
    can = {name: request.user.has_perm(f"commerce.view_{name}") for name in PARTS}
    wallets = list(reseller.accounts.filter(kind=Account.Kind.WALLET).order_by("is_test", "id"))
    live = [wallet for wallet in wallets if not wallet.is_test]
    keys = list(reseller.api_keys.order_by("-id")[:SHOWN]) if can["apikey"] else []
    steps = steps_of(reseller, wallets if can["account"] else [], keys)
    context: dict[str, Any] = {
        "can": can,
        "name": reseller.business_name,
        "badge": party_badge(reseller),
        "terms": _terms(reseller),
        "business": _business(reseller),
        "wallets": [_wallet_figures(wallet) for wallet in live] if can["account"] else [],
        "steps": steps,
        "recent_steps": steps[:RECENT_STEPS],
        "tabs": _tabs(can),
    }
    if can["order"]:
        context |= _orders(reseller)
    if can["transfer"]:
        context |= _movements(live)
    if can["apikey"]:
        context |= _keys(request, reseller, keys, wallets if can["account"] else [])
    if can["client"]:
        newest = reseller.clients.order_by("-id")[:SHOWN]
        context |= {"clients": tables.clients(newest), "clients_url": _list_of("client", reseller)}
    if can["membership"]:
        members = reseller.memberships.select_related("user").order_by("id")[:SHOWN]
        context |= {"members": tables.members(members), "add_member_url": _add_member(request, reseller)}
    return context | tickets_of(request, reseller.tickets.all(), reseller=reseller.pk)


def _tabs(can: dict[str, bool]) -> list[Tab]:
    tabs = [
        (Tab("overview", _("Overview")), True),
        (Tab("orders", _("Orders")), can["order"]),
        (Tab("wallet", _("Wallet")), can["transfer"]),
        (Tab("keys", _("API keys")), can["apikey"]),
        (Tab("clients", _("Clients")), can["client"]),
        (Tab("people", _("People")), can["membership"]),
        (Tab("tickets", _("Tickets")), can["supportticket"]),
        (Tab("happened", _("What happened")), True),
    ]
    return [tab for tab, shown in tabs if shown]


def _terms(reseller: Reseller) -> list[Fact]:
    return [
        Fact(_("Seller id"), reseller.pk),
        Fact(_("Price list"), reseller.price_list or _("Default")),
        Fact(_("Commission"), f"{reseller.commission_rate} %"),
        Fact(_("Since"), f"{reseller.created_at:%Y-%m-%d}"),
    ]


def _business(reseller: Reseller) -> list[Fact]:
    place = ", ".join(filter(None, [reseller.city, reseller.state, reseller.country]))
    return [
        Fact(_("Contact"), reseller.contact_person),
        Fact(_("E-mail"), reseller.email, link=f"mailto:{reseller.email}" if reseller.email else ""),
        Fact(_("Phone"), reseller.phone, link=f"tel:{reseller.phone}" if reseller.phone else ""),
        Fact(_("Address"), reseller.address, note=place),
        Fact(_("Opened by"), reseller.created_by or ""),
    ]


def _wallet_figures(wallet: Account) -> list[Figure]:
    spent = wallet.available <= 0
    return [
        Figure(
            _("Available, %(currency)s") % {"currency": wallet.currency},
            _money(wallet.available, wallet),
            _("Nothing left to spend") if spent else _("Balance + limit − held"),
            "danger" if spent else "success",
            icon="account_balance_wallet",
        ),
        Figure(_("Balance"), _money(wallet.balance, wallet), icon="savings"),
        Figure(_("Held"), _money(wallet.held, wallet), _("For orders in flight"), icon="hourglass_top"),
        Figure(_("Credit limit"), _money(wallet.credit_limit, wallet), icon="credit_score"),
    ]


def _orders(reseller: Reseller) -> dict[str, Any]:
    newest = list(Order.objects.filter(reseller=reseller).order_by("-created_at", "-id")[:SHOWN])
    return {
        "orders": tables.orders(newest),
        "recent_orders": tables.orders(newest[:RECENT]),
        "orders_url": _list_of("order", reseller),
        "month": _month(reseller),
    }


def _month(reseller: Reseller) -> list[Fact]:
    """Live orders of the last 30 days; amounts in the reseller's currency."""
    since = timezone.now() - timedelta(days=FIGURE_DAYS)
    ours = Q(currency=reseller.currency)
    found = Order.objects.filter(reseller=reseller, is_test=False, created_at__gte=since).aggregate(
        orders=Count("id"),
        delivered=Count("id", filter=Q(status=Order.Status.FULFILLED)),
        failed=Count("id", filter=Q(status=Order.Status.FAILED)),
        unknown=Count("id", filter=Q(status=Order.Status.UNKNOWN)),
        captured=Sum("captured_amount", filter=ours),
        refunded=Sum("refunded_amount", filter=ours),
    )
    ended = found["delivered"] + found["failed"]
    bought = (found["captured"] or Decimal(0)) - (found["refunded"] or Decimal(0))
    return [
        Fact(_("Orders"), f"{found['orders']:,}", money=True),
        Fact(_("Bought, net of refunds"), format_money(bought, reseller.currency), money=True, strong=True),
        Fact(
            _("Delivered of those that ended"),
            f"{found['delivered'] / ended:.1%}" if ended else "",
            money=True,
        ),
        Fact(_("Unknown outcomes"), f"{found['unknown']:,}", money=True),
    ]


def _movements(wallets: list[Account]) -> dict[str, Any]:
    newest = statements.latest(wallets, SHOWN)
    ids = ",".join(str(wallet.pk) for wallet in wallets)
    return {
        "movements": tables.movements(newest, whole=True),
        "recent_movements": tables.movements(newest[:RECENT], whole=False),
        "transfers_url": f"{reverse('admin:commerce_transfer_changelist')}?account={ids}"
        if len(wallets) == 1
        else "",
    }


def _keys(
    request: HttpRequest, reseller: Reseller, keys: list[ApiKey], wallets: list[Account]
) -> dict[str, Any]:
    play = next((wallet for wallet in wallets if wallet.is_test), None)
    may_issue = request.user.has_perm("commerce.issue_apikey") and reseller.status != Reseller.Status.CLOSED
    return {
        "keys": tables.keys(keys, may_revoke=request.user.has_perm("commerce.revoke_apikey")),
        "keys_url": _list_of("apikey", reseller),
        "play_money": _("Play money for test keys: %(amount)s") % {"amount": _money(play.balance, play)}
        if play
        else "",
        "issue_url": reverse("admin:commerce_reseller_issue_key", args=[reseller.pk]) if may_issue else "",
    }


def _add_member(request: HttpRequest, reseller: Reseller) -> str:
    if not request.user.has_perm("commerce.add_membership"):
        return ""
    return f"{reverse('admin:commerce_membership_add')}?reseller={reseller.pk}"


def _list_of(model: str, reseller: Reseller) -> str:
    """The list of a model with only this reseller's rows."""
    return f"{reverse(f'admin:commerce_{model}_changelist')}?reseller__id__exact={reseller.pk}"


def _money(amount: Any, wallet: Account) -> str:
    return format_money(amount, wallet.currency)
