"""Telling people what happens with orders, payments and providers. Each is told once, however often it is found.

Nothing here is on the way of placing an order: a gateway's message or staff bring about what customers are told, what
staff must know is looked for every few minutes, and a flood of unknown outcomes is one message.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import Exists, F, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from commerce.models import Account, Attempt, Customer, Delivery, Order, Payment, Provider, Reseller, Transfer
from commerce.services import notice_choices
from commerce.services.floats import Float
from core.messages import tell, tell_staff
from core.messages.wording import known_language
from core.models import Message, User
from core.money import format_money
from core.site_settings import load, settings_pages
from core.zones import zone_named

# One message about a provider's unknown outcomes, however many there are.
FLOOD = timedelta(minutes=10)
# As many calls, and none of them answered, make a provider one that is down.
SILENT_CALLS = 5
LOOKED_BACK = timedelta(minutes=15)
MOST_WALLETS = 200


def confirm_order(order: Order) -> list[Message]:
    """Tell a customer that the order and its payment have come."""
    values = {
        **_of_order(order),
        "recipient": order.recipient_key,
        "total": format_money(order.total, order.currency),
    }
    return _tell_buyer(order, "order_confirmation", values, key=f"confirmed:{order.pk}")


def welcome(user: User) -> list[Message]:
    """Greet somebody who has registered."""
    values = {"username": user.get_username()}
    return tell(user, "welcome_user", values, about=user, key=f"welcome:{user.pk}")


def send_receipt(payment: Payment) -> list[Message]:
    """Tell whoever paid that the money has come."""
    if payment.transaction_type != Payment.TransactionType.PAYMENT:
        return []
    order, reseller = payment.order, payment.reseller
    customer = payment.customer or (order.customer if order else None)
    if order and order.is_test:
        return []
    ways = _ways_of_payer(customer, reseller)
    if not ways:
        return []
    user = customer.user if customer else None
    language = known_language(user.language if user else "")
    with override(language):
        values = {
            "number": str(payment.pk),
            "amount": format_money(payment.amount, payment.currency),
            "purpose": _("Order %(number)s") % {"number": order.order_number} if order else _("Your wallet"),
            "method": payment.payment_method or payment.gateway,
            "date": _moment(payment.completed_at or timezone.now(), user),
        }
    name = customer.full_name if customer else (reseller.business_name if reseller else "")
    told: list[Message] = []
    for way, address in ways:
        told += tell(
            address, "payment_receipt", values, about=payment, name=name, language=language,
            by=[way], key=f"receipt:{payment.pk}",
        )  # fmt: skip
    return told


def _ways_of_payer(customer: Customer | None, reseller: Reseller | None) -> list[tuple[str, str]]:
    if customer is not None:
        return notice_choices.ways(customer, "payment_receipt")
    return [("email", reseller.email)] if reseller and reseller.email else []


def tell_delivery(delivery: Delivery) -> list[Message]:
    """Tell a buyer how far the parcel is."""
    with override(_language(delivery.order)):
        status = str(Delivery.Status(delivery.status).label)
    values = {
        **_of_order(delivery.order),
        "status": status,
        "courier": delivery.courier,
        "tracking": delivery.delivery_tracking_number,
    }
    key = f"delivery:{delivery.order_id}:{delivery.status}"
    return _tell_buyer(delivery.order, "delivery_update", values, key=key)


def tell_outcome(order: Order, kind: str, data: Mapping[str, Any], *, key: str) -> list[Message]:
    """Tell a customer how an order ended, or that money came back. A parcel is told of step by step instead.

    Args:
        kind: of the event, such as `order.fulfilled`; `data` is what it says.
    """
    if kind != "refund.created" and hasattr(order, "delivery"):
        return []
    with override(_language(order)):
        said = _outcome(order, kind, data)
    if said is None:
        return []
    status, note = said
    return _tell_buyer(
        order, "delivery_update", {**_of_order(order), "status": status, "note": note}, key=key
    )


def _outcome(order: Order, kind: str, data: Mapping[str, Any]) -> tuple[str, str] | None:
    """Where the order stands and what that means for whoever paid; nothing where they need not know."""
    if kind == "order.fulfilled":
        return _("Delivered"), _("Your code is shown with the order.") if order.delivered_code else ""
    if kind == "refund.created":
        values = {"amount": format_money(Decimal(str(data["amount"])), order.currency)}
        whole = order.payment_status == Order.PaymentStatus.REFUNDED
        back = (
            _("%(amount)s goes back the way you paid.")
            if data.get("payout")
            else _("%(amount)s is in your wallet.")
        )
        return _("Refunded") if whole else _("Partly refunded"), back % values
    if order.paid_at is None:
        # Nobody waits for what was not paid.
        return None
    status = {"order.failed": _("Not delivered"), "order.cancelled": _("Cancelled")}.get(
        kind, _("Taken back")
    )
    return status, _("%(amount)s is in your wallet.") % {"amount": format_money(order.total, order.currency)}


def tell_unknown(order: Order, *, provider: str) -> list[Message]:
    """Tell those who decide that nobody knows what became of an order; of a provider's many only the first."""
    if order.is_test or not cache.add(f"told-unknown:{provider}", True, FLOOD.total_seconds()):
        return []
    values = {
        **_of_order(order),
        "total": format_money(order.total, order.currency),
        "provider": provider,
    }
    return tell_staff(
        "unknown_outcome", values, about=order, link=_page("order", order.pk), key=f"unknown:{order.pk}"
    )


def tell_low_floats(floats: Iterable[Float]) -> list[Message]:
    """Tell those who see costs at which providers we are short: once a day each."""
    told: list[Message] = []
    for one in floats:
        values = {
            "provider": one.name,
            "balance": format_money(one.balance, one.currency),
            "limit": format_money(one.low, one.currency),
        }
        told += tell_staff(
            "low_float",
            values,
            about=("commerce.provider", str(one.provider_id)),
            link=_page("provider", one.provider_id),
            key=f"low-float:{one.provider_id}:{timezone.localdate()}",
        )
    return told


def tell_low_balances() -> list[Message]:
    """Tell finance, and the resellers themselves, whose wallets are below the limit: once a day each."""
    limit = low_balance()
    if limit <= 0:
        return []
    told: list[Message] = []
    for wallet in _low_wallets(limit):
        told += _tell_low_balance(wallet, limit)
    return told


def low_balance() -> Decimal:
    """The limit of the Notifications settings, in each wallet's currency; 0 tells nobody."""
    if "notifications" not in settings_pages:
        return Decimal(0)
    chosen: Any = load(settings_pages.get("notifications"))
    return Decimal(getattr(chosen, "low_balance", 0) or 0)


def tell_silent_providers() -> list[Message]:
    """Tell those who decide which providers have answered none of their latest calls: once an hour each."""
    told: list[Message] = []
    since = timezone.now() - LOOKED_BACK
    for provider in Provider.objects.filter(active=True).order_by("pk"):
        calls = Attempt.objects.filter(provider=provider, started_at__gte=since).order_by("-started_at")
        latest = list(calls.values_list("status", "started_at")[:SILENT_CALLS])
        if len(latest) < SILENT_CALLS or any(status != Attempt.Status.UNKNOWN for status, _at in latest):
            continue
        values = {"provider": provider.name, "since": _moment(latest[-1][1])}
        hour = timezone.now().strftime("%Y-%m-%dT%H")
        told += tell_staff(
            "provider_down",
            values,
            about=provider,
            link=_page("provider", provider.pk),
            key=f"down:{provider.pk}:{hour}",
        )
    return told


def _tell_low_balance(wallet: Account, limit: Decimal) -> list[Message]:
    reseller = wallet.reseller
    if reseller is None:
        return []
    values = {
        "party": reseller.business_name,
        "available": format_money(wallet.balance + wallet.credit_limit - wallet.held, wallet.currency),
        "limit": format_money(limit, wallet.currency),
    }
    key = f"low-balance:{wallet.pk}:{timezone.localdate()}"
    told = tell_staff("low_balance", values, about=reseller, link=_page("reseller", reseller.pk), key=key)
    if reseller.email:
        name = reseller.contact_person or reseller.business_name
        told += tell(reseller.email, "low_balance", values, about=reseller, name=name, by=["email"], key=key)
    return told


def _low_wallets(limit: Decimal) -> list[Account]:
    """Of resellers at work; a wallet that never had anything in it is not low but new."""
    used = Transfer.objects.filter(credit_account=OuterRef("pk"))
    wallets = Account.objects.filter(
        kind=Account.Kind.WALLET,
        is_test=False,
        reseller__status=Reseller.Status.ACTIVE,
        balance__lt=limit + F("held") - F("credit_limit"),
    )
    return list(wallets.filter(Exists(used)).select_related("reseller").order_by("pk")[:MOST_WALLETS])


def _of_order(order: Order) -> dict[str, str]:
    return {"number": order.order_number, "brand": order.brand_name, "item": order.product_name}


def _tell_buyer(order: Order, event: str, values: dict[str, Any], *, key: str) -> list[Message]:
    """The customer, by the channels they chose, or the buyer of an order of ours; a reseller tells its own people."""
    if order.is_test:
        return []
    customer = order.customer
    if customer is not None:
        ways = notice_choices.ways(customer, event)
    else:
        ways = [("email", order.user_email)] if order.user_email and not order.reseller_id else []
    name = customer.full_name if customer else ""
    told: list[Message] = []
    for way, address in ways:
        told += tell(
            address, event, values, about=order, name=name, language=_language(order), by=[way], key=key
        )
    return told


def _language(order: Order) -> str:
    user = order.customer.user if order.customer else None
    return known_language(user.language if user else settings.LANGUAGE_CODE)


def _page(model: str, pk: Any) -> str:
    return reverse(f"admin:commerce_{model}_change", args=[pk])


def _moment(at: datetime, user: User | None = None) -> str:
    """By the clock of whoever reads it, as far as it is known."""
    zone = zone_named(user.timezone if user else "")
    return date_format(timezone.localtime(at, zone), "DATETIME_FORMAT")
