"""Money that has moved in days of the past, for papers about them."""

from datetime import date, datetime
from decimal import Decimal

from django.db import connection

from commerce.models import Account, Customer, Document, Order, Reseller, Transfer
from commerce.services import invoices, ledger
from commerce.services.documents import Wish
from commerce.services.fulfilment import deliver
from commerce.site_settings import PricingPage
from core.site_settings import save
from tests.commerce.test_payments import say
from tests.factories_fulfilment import buyer, place, place_for_customer, player_product
from tests.factories_parties import ResellerFactory

MONTH = date(2026, 9, 1)
IN_MONTH = datetime.fromisoformat("2026-09-14T10:00:00+00:00")


def with_tax(percent: str = "7.5", fee: str = "1.50") -> None:
    save(PricingPage, {"service_fee": Decimal(fee), "tax_percent": Decimal(percent)}, user=None)


def dated(at: datetime, *, order: Order | None = None, transfer: Transfer | None = None) -> None:
    """As if it had moved then: past the guard, which lets nobody do so."""
    rows = Transfer.objects.filter(order=order) if order else Transfer.objects.filter(pk=transfer.pk)  # type: ignore[union-attr]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        rows.update(created_at=at)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def wallet_of(party: Reseller | Customer) -> Account:
    return ledger.wallet_for(party=party, currency="USD")


def sold(reseller: Reseller | None = None, *, at: datetime | None = IN_MONTH, **request: object) -> Order:
    """A reseller's order, delivered and captured at that moment."""
    reseller = reseller or ResellerFactory(funds=1000, commission_rate=Decimal(3))
    product = player_product()
    order = place("000", product=product, by=buyer(reseller), **request)
    deliver(order.pk)
    order.refresh_from_db()
    assert order.captured_amount == order.total
    if at:
        dated(at, order=order)
    return order


def bought(customer: Customer | None = None) -> Order:
    """A customer's order, paid, delivered and captured."""
    order, payment = place_for_customer(customer=customer)
    say(payment, "success")
    deliver(order.pk)
    order.refresh_from_db()
    assert order.captured_amount == order.total
    return order


def invoice_of(order: Order, **wish: str) -> Document:
    return invoices.of_order(order_id=order.pk, wish=Wish(**wish))


def booked(document: Document) -> dict[str, Decimal]:
    """What the ledger says of the transfers a paper stands for, by kind."""
    found: dict[str, Decimal] = {}
    for kind, amount in Transfer.objects.filter(papers__document=document).values_list("kind", "amount"):
        found[kind] = found.get(kind, Decimal(0)) + amount
    return found
