"""The tables of the reseller's page."""

from collections.abc import Iterable

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from commerce.admin.order_badges import order_badge
from commerce.admin.party_badges import key_badge, party_badge, usage_meter
from commerce.models import ApiKey, Client, Membership, Order, Payment, Transfer
from commerce.models.transactions import Transaction
from commerce.services.statements import WalletMovement
from core.admin.request_log import tone_of
from core.backoffice.badges import status_badge
from core.backoffice.parts import Column, Table
from core.models import ApiRequest
from core.money import format_money

PAYMENT_TONES: dict[str, str] = {
    Payment.Status.PENDING: "info",
    Payment.Status.COMPLETED: "success",
    Payment.Status.FAILED: "danger",
    Payment.Status.CANCELLED: "neutral",
}


def orders(rows: Iterable[Order]) -> Table:
    table = Table(
        _("Order"),
        _("Status"),
        Column(_("Total"), money=True),
        Column(_("Placed"), wide=True),
        empty=_("No orders yet. The first one appears here as soon as it is placed."),
    )
    for order in rows:
        what = f"{order.brand_name} · {order.product_name}"
        name = _two_lines(
            order.order_number, _("%(what)s · test") % {"what": what} if order.is_test else what
        )
        link = reverse("admin:commerce_order_change", args=[order.pk])
        total = format_money(order.total, order.currency)
        table.add(name, order_badge(order), total, _moment(order.created_at), link=link)
    return table


def movements(rows: Iterable[WalletMovement], *, whole: bool) -> Table:
    """`whole` adds who did it and when."""
    more = (Column(_("By"), wide=True), Column(_("At"), wide=True)) if whole else ()
    table = Table(
        _("Movement"),
        Column(_("Amount"), money=True),
        Column(_("Balance after"), money=True),
        *more,
        empty=_("Nothing has moved yet. Fund the wallet, and this reseller can order."),
    )
    for movement in rows:
        transfer = movement.transfer
        amount = format_money(movement.amount, transfer.currency)
        table.add(
            _two_lines(
                Transfer.Kind(transfer.kind).label,
                transfer.order.order_number
                if transfer.order
                else transfer.reason or transfer.external_reference,
            ),
            format_html('<span class="tl-gain">+{}</span>', amount) if movement.amount > 0 else amount,
            format_money(movement.balance_after, transfer.currency),
            *((transfer.actor_label, _moment(transfer.created_at)) if whole else ()),
            link=reverse("admin:commerce_order_change", args=[transfer.order_id])
            if transfer.order_id
            else "",
        )
    return table


def keys(rows: Iterable[ApiKey], *, may_revoke: bool) -> Table:
    table = Table(
        _("Key"),
        _("Name"),
        _("State"),
        Column(_("It may"), wide=True),
        Column(_("Last used"), wide=True),
        "",
        empty=_("No keys yet. A test key works at once, with play money."),
    )
    now = timezone.now()
    for key in rows:
        scopes = ", ".join(str(ApiKey.Scope(scope).label) for scope in key.scopes)
        table.add(
            str(key),
            _two_lines(key.name, ApiKey.Mode(key.mode).label),
            key_badge(key, now),
            _two_lines(scopes, ", ".join(key.allowed_ips) or _("from any address")),
            _moment(key.last_used_at) if key.last_used_at else _("never"),
            _revoke_button(key) if may_revoke and not key.revoked_at else "",
            link=reverse("admin:commerce_apikey_change", args=[key.pk]),
        )
    return table


def payments(rows: Iterable[Payment], *, empty: str = "") -> Table:
    table = Table(
        _("Payment"),
        _("Status"),
        Column(_("Amount"), money=True),
        Column(_("At"), wide=True),
        empty=empty or _("No payments yet."),
    )
    for payment in rows:
        name = _two_lines(
            Payment.TransactionType(payment.transaction_type).label, payment.payment_method or payment.gateway
        )
        link = reverse("admin:commerce_payment_change", args=[payment.pk])
        amount = format_money(payment.amount, payment.currency)
        table.add(name, payment_badge(payment), amount, _moment(payment.created_at), link=link)
    return table


def payment_badge(row: Payment | Transaction) -> SafeString:
    status = Payment.Status(row.status)
    return status_badge(status.label, PAYMENT_TONES[status])


def transactions(rows: Iterable[Transaction], *, empty: str) -> Table:
    table = Table(
        _("Transaction"),
        _("Status"),
        Column(_("Amount"), money=True),
        Column(_("Way"), wide=True),
        Column(_("At"), wide=True),
        empty=empty,
    )
    for row in rows:
        about = row.gateway_transaction_id or (str(row.order) if row.order_id else row.pk)
        table.add(
            _two_lines(Payment.TransactionType(row.transaction_type).label, about),
            payment_badge(row),
            format_money(row.amount, row.currency),
            row.payment_method,
            _moment(row.created_at),
            link=behind(row),
        )
    return table


def short_id(identity: object) -> SafeString:
    """Both ends of a transaction id: enough to tell rows apart. The whole is on its page and in files."""
    text = str(identity)
    shown = text if len(text) < 20 else f"{text[:8]}…{text[-6:]}"
    return format_html('<span class="tl-mono tl-nowrap" title="{}">{}</span>', text, shown)


def behind(row: Transaction) -> str:
    """The page that shows this transaction whole."""
    if row.transfer_id:
        return reverse("admin:commerce_transfer_change", args=[row.transfer_id])
    if row.order_id == row.uuid:
        return reverse("admin:commerce_order_change", args=[row.order_id])
    return reverse("admin:commerce_payment_change", args=[row.uuid])


def requests(rows: Iterable[ApiRequest]) -> Table:
    """What its servers asked of the API."""
    table = Table(
        _("Request"),
        _("Answer"),
        Column(_("Took"), money=True, wide=True),
        Column(_("At"), wide=True),
        empty=_("Nothing was asked with its keys in the days that are kept."),
    )
    for row in rows:
        link = reverse("admin:core_apirequest_change", args=[row.pk])
        asked = _two_lines(f"{row.method} {row.path}", row.error_code)
        took = _("%(ms)d ms") % {"ms": row.milliseconds}
        table.add(
            asked, status_badge(row.status, tone_of(row.status)), took, _moment(row.created_at), link=link
        )
    return table


def clients(rows: Iterable[Client]) -> Table:
    table = Table(
        _("Name"),
        _("Status"),
        Column(_("Plan"), wide=True),
        Column(_("Orders this month"), money=True),
        Column(_("Phone"), wide=True),
        empty=_("No clients yet. Add one here; its orders then name it."),
    )
    for client in rows:
        link = reverse("admin:commerce_client_change", args=[client.pk])
        plan, phone = client.plan_type or "–", client.phone or "–"
        table.add(client.name, party_badge(client), plan, usage_meter(client), phone, link=link)
    return table


def members(rows: Iterable[Membership]) -> Table:
    table = Table(
        _("Person"),
        _("Role"),
        Column(_("Since"), wide=True),
        empty=_("Nobody yet. Its servers can still use a key."),
    )
    for member in rows:
        link = reverse("admin:commerce_membership_change", args=[member.pk])
        person = _two_lines(member.user, member.user.email)
        table.add(person, member.get_role_display(), _moment(member.created_at), link=link)
    return table


def _two_lines(first: object, second: object) -> SafeString:
    return format_html("{}<small>{}</small>", first, second or "")


def _moment(moment: object) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")  # type: ignore[arg-type]


def _revoke_button(key: ApiKey) -> SafeString:
    url = reverse("admin:commerce_apikey_revoke_key", args=[key.pk])
    context = {"url": url, "text": _("Revoke"), "variant": "danger", "small": True}
    return render_to_string("components/dialog_button.html", context)
