"""The whole demo business: catalogue, parties, a year of history."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import transaction

from commerce.demo import papers, people, second_person, statements, tickets
from commerce.demo.books import Books
from commerce.demo.catalog import write_catalogue
from commerce.demo.choices import Shelf
from commerce.demo.fates import Providers
from commerce.demo.history import History
from commerce.demo.loading import (
    COLUMNS,
    Lines,
    copy_objects,
    make_indexes,
    settle_in,
    without_indexes,
    without_triggers,
)
from commerce.demo.moments import millis
from commerce.demo.parties import Crowd, gather
from commerce.demo.prices import PriceBook
from commerce.demo.rhythm import DAYS
from commerce.demo.stories import Staff
from commerce.demo.tales import Hands, tell_of_parties
from commerce.models import (
    Account,
    ApiKey,
    Attempt,
    Brand,
    CannedAnswer,
    Category,
    Client,
    Customer,
    Delivery,
    Hold,
    Offer,
    Order,
    OrderMessage,
    Payment,
    PhoneNumber,
    PriceList,
    PriceRule,
    Product,
    Provider,
    Reseller,
    SandboxDelivery,
    SupportTicket,
    TicketMessage,
    Transfer,
    WebhookMessage,
)
from commerce.services import catalogue as catalogues
from commerce.services import customers
from commerce.site_settings import PricingPage
from core import site_settings
from core.models import Event, User
from core.services import audit_history

SEED = 20_260_101
# So many orders of unknown outcome wait at the desk.
LEFT_OPEN = 9
NUMBERED = (
    Category, Brand, Product, Provider, Offer, PriceList, PriceRule, Reseller, Client, Customer, PhoneNumber, ApiKey,
    Account, Transfer, Hold, Order, Attempt, Payment, WebhookMessage, Delivery, OrderMessage,
    SandboxDelivery, Event,
    SupportTicket, TicketMessage, CannedAnswer,
)  # fmt: skip


@transaction.atomic
def build(*, orders: int, resellers: int, now: datetime) -> dict[str, Any]:
    """Write the demo business into an empty one, in one transaction. Returns what to remember of it.

    Args:
        now: where the year of history ends; its first day is 365 days before.
    """
    rng = Random(SEED)  # noqa: S311  # nosec B311 - demo data, the same every time
    opened = (now - timedelta(days=DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
    write_catalogue(opened, now)
    site_settings.save(PricingPage, {"delivery_fee": "4.90"}, user=None, reason="Demo")
    staff = people.add_staff()
    lines = Lines()
    books = Books(lines.of[Transfer], rng, opened)
    crowd = gather(
        resellers, max(40, min(orders // 60, 20_000)), opened=opened, now=now, books=books, rng=rng
    )
    buyer = people.add_buyer(crowd.customers[0], staff["owner"])
    for shopper in crowd.shoppers:
        shopper.actor_id = str(buyer.pk) if shopper.id == 1 else ""
    history = _history(crowd, books, lines, staff, orders, rng, now)
    hands = Hands(*(_actor(staff[name]) for name in ("admin", "finance", "support")))
    tell_of_parties(crowd, hands, history.tell)
    # By a generator of its own: how the rest of the business comes out does not hang on tickets.
    desk = tickets.Desk(crowd, staff, now, history.tell, Random(SEED + 1))  # noqa: S311  # nosec B311
    asked = desk.plan()
    with without_triggers():
        indexes = without_indexes(COLUMNS)
        history.run(orders)
        make_indexes(indexes)
        _load_parties(crowd, history, books)
    for table in audit_history.tables():
        audit_history.keep_rest(table)
    customers.recall_last_products()
    tickets.write(asked)
    member = people.add_members(crowd, staff["owner"])
    settle_in(NUMBERED)
    second_person.ask(staff=staff, reseller=Reseller.objects.get(pk=people.DEMO_RESELLER))
    statements.write(staff=staff, now=now)
    papers.write(staff=staff, now=now)
    return {
        "users": {name: user.pk for name, user in staff.items()},
        "member": member.pk,
        "buyer": buyer.pk,
        "reseller": people.DEMO_RESELLER,
        "orders": orders,
        "resellers": resellers,
    }


def _history(
    crowd: Crowd, books: Books, lines: Lines, staff: dict[str, User], orders: int, rng: Random, now: datetime
) -> History:
    catalogue = catalogues.current()
    skus = dict(Offer.objects.values_list("pk", "provider_sku"))
    hands = Staff(
        finance=_actor(staff["finance"]),
        support=_actor(staff["support"]),
        operations=_actor(staff["moderator"]),
        desk=[(staff[name].pk, _actor(staff[name])) for name in ("moderator", "admin")],
    )
    first_day = (now - timedelta(days=DAYS)).date()
    return History(
        crowd=crowd,
        books=books,
        shelf=Shelf(catalogue, orders),
        prices=PriceBook(catalogue, skus),
        providers=Providers(first_day, DAYS, rng),
        lines=lines,
        rng=rng,
        now=millis(now),
        staff=hands,
        left_open=LEFT_OPEN,
    )


def _actor(user: User) -> str:
    return f"staff\t{user.pk}\t{user.get_full_name()}"


def _load_parties(crowd: Crowd, history: History, books: Books) -> None:
    month = history.month
    for client_id, orders in history.this_month.items():
        client = crowd.clients[client_id - 1]
        client.current_usage, client.usage_month = orders, month
    for client in crowd.clients[::4]:
        client.monthly_limit = max(50, -(-client.current_usage * 2 // 50) * 50)
    for rows in (crowd.resellers, crowd.customers, crowd.clients, crowd.numbers, crowd.keys):
        copy_objects(rows)
    for reseller in crowd.resellers:
        reseller._history_date = reseller.created_at  # type: ignore[attr-defined]
    Reseller.history.bulk_history_create(crowd.resellers, batch_size=1000)
    wallets = [
        wallet for seller in crowd.sellers for wallet in (*seller.wallets.values(), seller.test_wallet)
    ]
    wallets += history.customer_wallets
    copy_objects([*books.company_accounts(), *(wallet.as_account() for wallet in wallets)])
