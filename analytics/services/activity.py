"""What happened last, newest first: orders, registrations, and what resellers had done to them or did."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from commerce.models import Customer, Order, Reseller, Transfer

MOST = 100
# What moves in a wallet beside orders; there is an index of just these and the refunds.
_FUNDS = (Transfer.Kind.FUNDING, Transfer.Kind.ADJUSTMENT)
_RARE = (*_FUNDS, *Transfer.REFUND_KINDS, Transfer.Kind.COMMISSION_BACK)


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing that happened. `kind` is order, registration or reseller; `id` is of the object of that kind."""

    kind: str
    at: datetime
    id: str
    title: str
    what: str
    status: str = ""
    amount: Decimal | None = None
    currency: str = ""


def latest_orders(most: int) -> list[Activity]:
    """Orders placed last; test mode is left out."""
    orders = Order.objects.filter(is_test=False).order_by("-created_at", "-id")
    rows = orders.only(
        "order_number", "created_at", "brand_name", "product_name", "status", "total", "currency"
    )
    return [
        Activity(
            kind="order",
            at=order.created_at,
            id=str(order.pk),
            title=order.order_number,
            what=f"{order.brand_name} · {order.product_name}",
            status=order.status,
            amount=order.total,
            currency=order.currency,
        )
        for order in rows[:most]
    ]


def registrations(most: int) -> list[Activity]:
    """Buyers who registered last."""
    rows = Customer.objects.order_by("-created_at", "-id").only("full_name", "created_at", "status")
    return [
        Activity(
            "registration", one.created_at, str(one.pk), one.full_name, _("Registered"), status=one.status
        )
        for one in rows[:most]
    ]


def resellers(most: int, *, with_money: bool) -> list[Activity]:
    """What was changed about resellers last and, for those who may see wallets, what was paid into theirs."""
    found = _changes(most) + (_fundings(most) if with_money else [])
    return sorted(found, key=lambda one: one.at, reverse=True)[:most]


def _changes(most: int) -> list[Activity]:
    words = {"+": _("Added"), "~": _("Changed"), "-": _("Deleted")}
    rows = Reseller.history.order_by("-history_id").values_list(
        "id", "business_name", "status", "history_type", "history_date"
    )
    return [
        Activity("reseller", at, str(pk), name, words[kind], status=status)
        for pk, name, status, kind, at in rows[:most]
    ]


def _fundings(most: int) -> list[Activity]:
    rows = Transfer.objects.filter(
        kind__in=_RARE, credit_account__reseller__isnull=False, credit_account__is_test=False
    ).filter(kind__in=_FUNDS)
    values = rows.order_by("-created_at", "-id").values_list(
        "created_at",
        "kind",
        "amount",
        "currency",
        "credit_account__reseller",
        "credit_account__reseller__business_name",
    )
    return [
        Activity(
            "reseller", at, str(pk), name, str(Transfer.Kind(kind).label), amount=amount, currency=currency
        )
        for at, kind, amount, currency, pk, name in values[:most]
    ]
