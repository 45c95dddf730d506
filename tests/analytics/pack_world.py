"""A small company for the tests of the standard reports, and its sums told by plain Python, order by order.

Two currencies, service fees, tax, commission, refunds whole and in part, a reversal, orders that failed or wait, a
customer's order, and test mode with money of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from analytics.packs.base import Asked, Money, Section, packs
from analytics.services import company_days
from commerce.models import Account, Order, Transfer
from commerce.services import ledger, orders, settlement
from commerce.services.order_rows import OrderRequest
from commerce.services.order_view import present
from commerce.site_settings import PricingPage
from core import site_settings
from tests.analytics.shop_days import rewrite
from tests.factories_fulfilment import buyer, place_for_customer
from tests.factories_orders import Shop, deliver, fail, make_shop

BERLIN = ZoneInfo("Europe/Berlin")


@dataclass
class World:
    dollars: Shop
    euros: Shop
    part_refunded: Order
    refunded: Order
    reversed: Order
    failed: Order
    waiting: Order
    customers: Order
    tested: Order


def make_world() -> World:
    site_settings.save(
        PricingPage, {"service_fee": Decimal("0.50"), "tax_percent": Decimal("7.5")}, user=None
    )
    dollars, euros = make_shop(funds=1000), make_shop(price=13, currency="EUR")
    ledger.fund(
        account=ledger.wallet_for(party=euros.reseller, currency="EUR"), amount=Decimal(500), reason="Paid in"
    )
    dollars.delivered()
    dollars.delivered(quantity=3)
    euros.delivered()
    part, whole, undone = dollars.delivered(quantity=2), dollars.delivered(), dollars.delivered(quantity=2)
    for order in (part, euros.delivered()):
        settlement.refund(order_id=order.pk, amount=Decimal("3.33"), reason="Came late")
    settlement.refund(order_id=whole.pk, amount=None, reason="Wrong number")
    undo(undone)
    failed, waiting = dollars.order(), dollars.order()
    fail(failed)
    bought, _payment = place_for_customer()
    return World(
        dollars, euros, part, whole, undone, failed, waiting, bought, delivered_in_test_mode(dollars)
    )


def undo(order: Order) -> None:
    """The provider takes its delivery back."""
    with transaction.atomic():
        order.attempts.update(status="reversed")
        settlement.reverse(order=settlement.lock(order.pk), reason="Taken back")


def delivered_in_test_mode(shop: Shop) -> Order:
    wallet = ledger.wallet_for(party=shop.reseller, currency="USD", is_test=True)
    ledger.fund(account=wallet, amount=Decimal(700), reason="Play money")
    answer = orders.place_order(
        buyer=buyer(shop.reseller, is_test=True),
        request=OrderRequest(product_id=shop.product.pk),
        present=present,
    )
    order = Order.objects.get(pk=answer.order_id)
    deliver(order, shop.provider)
    settlement.refund(order_id=order.pk, amount=Decimal(1), reason="Just a test")
    order.refresh_from_db()
    return order


def asked(days: int = 3, *, zone: ZoneInfo = BERLIN, sees_cost: bool = True, **values: Any) -> Asked:
    """Some days up to tomorrow: it may be tomorrow in the zone already."""
    today = company_days.today()
    return Asked(today - timedelta(days=days), today + timedelta(days=1), zone, sees_cost, values)


def sections(key: str, of: Asked | None = None) -> list[Section]:
    """With their rows read, as the engine does."""
    found = packs.get(key).sections(of or asked())
    for section in found:
        section.rows = list(section.rows)
        for row in section.rows:
            assert len(row) == len(section.columns), section.title
    return found


def assert_ties(found: list[Section]) -> None:
    proofs = [proof for section in found for proof in section.proofs]
    assert proofs
    assert [(proof.label, proof.lines()) for proof in proofs if not proof.ties] == []


def column(section: Section, title: str) -> int:
    return [str(one.title) for one in section.columns].index(title)


def total(section: Section, title: str) -> dict[str, Decimal]:
    """What a column adds up to, by currency; numbers without one under an empty name."""
    index, sums = column(section, title), dict[str, Decimal]()
    for row in section.rows:
        value = row[index]
        if value is None:
            continue
        amount, currency = (value.amount, value.currency) if isinstance(value, Money) else (value, "")
        sums[currency] = sums.get(currency, Decimal(0)) + amount
    return {currency: amount for currency, amount in sums.items() if amount}


def live_orders() -> list[Order]:
    return list(Order.objects.filter(is_test=False).prefetch_related("transfers"))


def summed(value: Callable[[Order], Decimal], of: list[Order] | None = None) -> dict[str, Decimal]:
    """Of the orders outside test mode, by currency."""
    sums: dict[str, Decimal] = {}
    for order in live_orders() if of is None else of:
        sums[order.currency] = sums.get(order.currency, Decimal(0)) + value(order)
    return {currency: amount for currency, amount in sums.items() if amount}


def booked(order: Order, *kinds: str) -> Decimal:
    """What the order's transfers of some kinds say."""
    return sum((row.amount for row in order.transfers.all() if row.kind in kinds), Decimal(0))


def live_transfers() -> list[Transfer]:
    rows = Transfer.objects.filter(debit_account__is_test=False)
    return list(rows.select_related("debit_account", "credit_account", "order"))


def balance(kind: str, currency: str, *, until: datetime | None = None) -> Decimal:
    """Credits less debits of all accounts of a kind, transfer by transfer."""
    amount = Decimal(0)
    for row in live_transfers():
        if row.currency == currency and (until is None or row.created_at < until):
            amount += row.amount * ((row.credit_account.kind == kind) - (row.debit_account.kind == kind))
    return amount


def book_at(moment: datetime, *, order: Order | None = None, account: Account | None = None) -> None:
    """The transfers of an order, or into a wallet, were written then."""
    rows = Transfer.objects.filter(order=order) if order else Transfer.objects.filter(credit_account=account)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        rows.update(created_at=moment)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    if order:
        rewrite(order, created_at=moment, updated_at=moment)
