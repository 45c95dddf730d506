"""What the reseller's page shows: the wallet, orders, money, clients, keys and calls, people, and what happened."""

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from commerce.admin import reseller_tables as tables
from commerce.admin.document_page import table_of
from commerce.admin.party_badges import party_badge
from commerce.admin.reseller_history import steps_of
from commerce.admin.support_parts import tickets_of
from commerce.models import Account, ApiKey, Order, Payment, Reseller
from commerce.models.transactions import Transaction
from commerce.services import statements
from commerce.services.buyers import key_actor
from core.backoffice.dashboard import Figure
from core.backoffice.parts import Fact, Tab, so_many
from core.models import ApiRequest
from core.money import format_money
from core.request_log import caller_of

SHOWN, RECENT, RECENT_STEPS = 25, 6, 5
# Those that asked last; each key's calls are one step along an index.
LOGGED_KEYS = 6
PARTS = {
    name: f"commerce.view_{name}"
    for name in (
        "account", "transfer", "transaction", "order", "apikey", "client", "membership", "supportticket",
        "document",
    )
} | {"log": "core.view_apirequest"}  # fmt: skip
type Counts = dict[str, int | str | None]


def page(request: HttpRequest, reseller: Reseller) -> dict[str, Any]:
    """Each part only for those who may see it; a dozen short queries, however large the reseller is."""
    can = {name: request.user.has_perm(right) for name, right in PARTS.items()}
    wallets = list(reseller.accounts.filter(kind=Account.Kind.WALLET).order_by("is_test", "id"))
    live = [wallet for wallet in wallets if not wallet.is_test]
    keys = list(reseller.api_keys.order_by("-id")[:SHOWN]) if can["apikey"] else []
    steps = steps_of(reseller, wallets if can["account"] else [], keys)
    counts: Counts = {}
    context: dict[str, Any] = {
        "can": can,
        "name": reseller.business_name,
        "badge": party_badge(reseller),
        "terms": _terms(reseller),
        "business": _business(reseller),
        "wallets": [_wallet_figures(wallet) for wallet in live] if can["account"] else [],
        "steps": steps,
        "recent_steps": steps[:RECENT_STEPS],
    }
    if can["order"]:
        context |= _orders(reseller)
    if can["transfer"]:
        context |= _movements(live)
    if can["transaction"]:
        context |= _payments(reseller)
    if can["document"]:
        every = reverse("admin:commerce_document_changelist")
        context |= {
            "documents": table_of(reseller.documents.all()),
            "documents_url": f"{every}?reseller__id__exact={reseller.pk}",
        }
    if can["apikey"]:
        context |= _keys(request, reseller, keys, wallets if can["account"] else [])
        counts["keys"] = so_many(keys, reseller.api_keys.all(), SHOWN)
    if can["log"]:
        context |= _log(reseller, keys)
    if can["client"]:
        context |= _clients(request, reseller, counts)
    if can["membership"]:
        members = list(reseller.memberships.select_related("user").order_by("id")[:SHOWN])
        counts["people"] = so_many(members, reseller.memberships.all(), SHOWN)
        context |= {
            "members": tables.members(members),
            "add_member_url": _add(request, reseller, "membership"),
        }
    context |= tickets_of(request, reseller.tickets.all(), reseller=reseller.pk)
    return context | {"tabs": _tabs(can, counts)}


def _tabs(can: dict[str, bool], counts: Counts) -> list[Tab]:
    tabs = [
        ("overview", _("Overview"), True),
        ("orders", _("Orders"), can["order"]),
        ("payments", _("Payments"), can["transaction"]),
        ("wallet", _("Wallet"), can["transfer"]),
        ("documents", _("Documents"), can["document"]),
        ("clients", _("Clients"), can["client"]),
        ("keys", _("API keys"), can["apikey"]),
        ("log", _("API log"), can["log"]),
        ("people", _("People"), can["membership"]),
        ("tickets", _("Tickets"), can["supportticket"]),
        ("happened", _("Activity"), True),
    ]
    return [Tab(name, title, counts.get(name)) for name, title, shown in tabs if shown]


def _terms(reseller: Reseller) -> list[Fact]:
    return [
        Fact(_("Seller id"), reseller.pk),
        Fact(_("Price list"), reseller.price_list or _("Default")),
        Fact(_("Commission"), f"{reseller.commission_rate} %"),
        Fact(_("Since"), date_format(reseller.created_at, "j M Y")),
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
        Figure(
            _("Balance"),
            _money(wallet.balance, wallet),
            _("Below zero: on credit") if wallet.balance < 0 else "",
            "warning" if wallet.balance < 0 else "neutral",
            icon="savings",
        ),
        Figure(_("Held"), _money(wallet.held, wallet), _("For orders in flight"), icon="hourglass_top"),
        Figure(_("Credit limit"), _money(wallet.credit_limit, wallet), icon="credit_score"),
    ]


def _orders(reseller: Reseller) -> dict[str, Any]:
    newest = list(Order.objects.filter(reseller=reseller).order_by("-created_at", "-id")[:SHOWN])
    return {
        "orders": tables.orders(newest),
        "recent_orders": tables.orders(newest[:RECENT]),
        "orders_url": _list_of("order", reseller),
    }


def _payments(reseller: Reseller) -> dict[str, Any]:
    """Money in and back: what its orders took from the wallet is among the movements."""
    empty = _("Nothing was paid in yet. Fund the wallet, and this reseller can order.")
    rows = paid_in(Transaction.objects.of_reseller(reseller.pk)).order_by("-created_at")[:SHOWN]
    return {
        "payments": tables.transactions(rows.prefetch_related("order"), empty=empty),
        "payments_url": _list_of("transaction", reseller),
    }


def paid_in(rows: QuerySet[Transaction]) -> QuerySet[Transaction]:
    """Without orders paid from a wallet and the commissions they brought."""
    kinds = Payment.TransactionType
    through_a_gateway = Q(transaction_type=kinds.PAYMENT) & ~Q(payment_method="wallet")
    return rows.filter(through_a_gateway | Q(transaction_type__in=[kinds.CREDIT, kinds.REFUND]))


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


def _log(reseller: Reseller, keys: list[ApiKey]) -> dict[str, Any]:
    """The latest calls of its servers: of each key along the log's index, all in one query."""
    used: Iterable[ApiKey] = sorted(
        (key for key in keys if key.last_used_at), key=attrgetter("last_used_at"), reverse=True
    )[:LOGGED_KEYS]
    if len(keys) == SHOWN:
        used = reseller.api_keys.filter(last_used_at__isnull=False).order_by("-last_used_at")[:LOGGED_KEYS]
    callers = [caller_of(key_actor(key.pk, reseller.business_name, str(key))) for key in used]
    rows: list[ApiRequest] = []
    if callers:
        first, *others = (
            ApiRequest.objects.filter(caller=one[:200]).order_by("-id")[:SHOWN] for one in callers
        )
        rows = list(first.union(*others, all=True).order_by("-id")[:SHOWN]) if others else list(first)
    return {"log": tables.requests(rows)}


def _clients(request: HttpRequest, reseller: Reseller, counts: Counts) -> dict[str, Any]:
    newest = list(reseller.clients.order_by("-id")[:SHOWN])
    counts["clients"] = so_many(newest, reseller.clients.all(), SHOWN)
    return {
        "clients": tables.clients(newest),
        "clients_url": _list_of("client", reseller),
        "add_client_url": _add(request, reseller, "client"),
    }


def _add(request: HttpRequest, reseller: Reseller, model: str) -> str:
    if not request.user.has_perm(f"commerce.add_{model}") or reseller.status == Reseller.Status.CLOSED:
        return ""
    return f"{reverse(f'admin:commerce_{model}_add')}?reseller={reseller.pk}"


def _list_of(model: str, reseller: Reseller) -> str:
    """The list of a model with only this reseller's rows."""
    return f"{reverse(f'admin:commerce_{model}_changelist')}?reseller__id__exact={reseller.pk}"


def _money(amount: Any, wallet: Account) -> str:
    return format_money(amount, wallet.currency)
