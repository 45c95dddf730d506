"""Who owes how much, since when: the list, the report of balances and the dataset say what plain Python makes of it."""

from collections import deque
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone

from analytics.datasets.ageing import BUCKETS
from analytics.packs.base import Asked, Section
from analytics.services import specs
from analytics.services.asking import midnight
from analytics.services.compose import Query
from commerce.models import Account, OwingWallet, Transfer
from commerce.services import ageing, credit_terms, ledger, settlement
from core.backoffice.site import site
from core.general_settings import GeneralPage
from core.site_settings import save
from tests.analytics.pack_world import column, sections, undo
from tests.factories_orders import Shop, make_shop
from tests.factories_parties import CustomerFactory

pytestmark = pytest.mark.django_db
NEW_YORK = ZoneInfo("America/New_York")
DAYS = 14
TITLES = ("Not due yet", "1–30", "31–60", "61–90", "Over 90")


@dataclass(frozen=True)
class Owed:
    """What the oracle says of a wallet."""

    owed: Decimal
    buckets: tuple[Decimal, ...]
    days_late: int
    oldest: datetime


def oracle(wallet: Account, until: datetime, days: int = DAYS, zone: ZoneInfo = NEW_YORK) -> Owed | None:
    """First in, first out, one movement after the other; the day is the one that ends at the moment."""
    unpaid: deque[list] = deque()
    paid_ahead = Decimal(0)
    for row in Transfer.objects.filter(created_at__lt=until).order_by("pk"):
        if row.credit_account_id == wallet.pk:
            paid_ahead += row.amount
        elif row.debit_account_id == wallet.pk:
            unpaid.append([row.created_at, row.amount])
        while unpaid and paid_ahead:
            part = min(paid_ahead, unpaid[0][1])
            paid_ahead -= part
            unpaid[0][1] -= part
            if not unpaid[0][1]:
                unpaid.popleft()
    if not unpaid:
        return None
    day = (until - timedelta(microseconds=1)).astimezone(zone).date()
    buckets = [Decimal(0)] * 5
    for moment, amount in unpaid:
        late = (day - moment.astimezone(zone).date()).days - days
        buckets[0 if late <= 0 else min((late - 1) // 30 + 1, 4)] += amount
    oldest = unpaid[0][0]
    late = (day - oldest.astimezone(zone).date()).days - days
    return Owed(sum(buckets, Decimal(0)), tuple(buckets), max(late, 0), oldest)


def shop_on_credit(currency: str, *, funds: int = 0) -> Shop:
    shop = make_shop(funds=funds, price=13, currency=currency)
    ledger.set_credit_limit(account=wallet_of(shop), limit=Decimal(5000), reason="Trusted")
    return shop


def wallet_of(shop: Shop) -> Account:
    return ledger.wallet_for(party=shop.reseller, currency=shop.product.currency)


def live(shop: Shop, rng: Random) -> None:
    """Orders with commission, refunds in part and whole, reversals, payments, corrections."""
    orders = []
    for _step in range(14):
        what = rng.random()
        if what < 0.55 or not orders:
            orders.append(shop.delivered(quantity=rng.randint(1, 4)))
        elif what < 0.7:
            amount = rng.choice([Decimal("3.33"), None])
            order = orders.pop(rng.randrange(len(orders)))
            settlement.refund(order_id=order.pk, amount=amount, reason="Came late")
        elif what < 0.8:
            undo(orders.pop(rng.randrange(len(orders))))
        elif what < 0.9:
            ledger.fund(account=wallet_of(shop), amount=Decimal(rng.randint(5, 40)), reason="Paid in")
        else:
            amount = rng.choice([Decimal(-7), Decimal("2.50")])
            ledger.adjust(account=wallet_of(shop), amount=amount, reason="Agreed")


def spread_over_days(rng: Random, days: int) -> None:
    """As if all of it had happened in so many days up to now, each movement after the one before."""
    rows = list(Transfer.objects.order_by("pk"))
    now = timezone.now()
    ago = sorted((timedelta(days=days) * rng.random() for _row in rows), reverse=True)
    for row, before in zip(rows, ago, strict=True):
        row.created_at = now - before - timedelta(seconds=1)
    past_the_guard(rows)


def past_the_guard(rows: list[Transfer]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        Transfer.objects.bulk_update(rows, ["created_at"])
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def expected(until: datetime) -> dict[int, Owed]:
    """Of all resellers' wallets that owe then."""
    found = {}
    for wallet in Account.objects.filter(kind="wallet", is_test=False, reseller__isnull=False):
        days = credit_terms.of(wallet.reseller).days
        if said := oracle(wallet, until, DAYS if days is None else days):
            found[wallet.pk] = said
    return found


def told(until: datetime | None = None) -> dict[int, Owed]:
    return {
        one.account_id: Owed(one.owed, one.buckets, one.days_late, one.oldest)
        for one in ageing.debts(until=until)
    }


def by_bucket(said: dict[int, Owed]) -> dict[tuple[str, str], tuple[int, Decimal]]:
    """As the report adds it up: how many wallets have how much in a bucket, by currency."""
    sums: dict[tuple[str, str], tuple[int, Decimal]] = {}
    for pk, one in said.items():
        currency = Account.objects.get(pk=pk).currency
        for title, amount in zip(TITLES, one.buckets, strict=True):
            if amount:
                number, before = sums.get((currency, title), (0, Decimal(0)))
                sums[currency, title] = (number + 1, before + amount)
    return sums


def on_the_report(found: list[Section]) -> dict[tuple[str, str], tuple[int, Decimal]]:
    return {(money.currency, title): (number, money.amount) for title, number, money in found[1].rows}


@pytest.fixture
def world(request: pytest.FixtureRequest) -> list[Shop]:
    save(GeneralPage, {"time_zone": "America/New_York"}, user=None)
    rng = Random(request.param)  # a world to test with, the same each time
    shops = [shop_on_credit("USD", funds=20), shop_on_credit("EUR"), shop_on_credit("USD")]
    for shop in shops:
        live(shop, rng)
    spread_over_days(rng, 160)
    credit_terms.set_days(reseller=shops[2].reseller, days=40, reason="Agreed")
    make_shop().delivered()
    return shops


@pytest.mark.parametrize("world", [1, 2], indirect=True)
class TestAllSayTheSame:
    def test_of_now(self, world: list[Shop]) -> None:
        said = expected(timezone.now())
        assert len(said) >= 2 and told() == said
        assert {Account.objects.get(pk=pk).currency for pk in said} == {"EUR", "USD"}

        listed = site.get_model_admin(OwingWallet).get_queryset(RequestFactory().get("/"))
        assert {one.pk: (-one.balance, tuple(one.aged)) for one in listed} == {
            pk: (one.owed, one.buckets) for pk, one in said.items()
        }

        keys = ("reseller", "owed", *BUCKETS, "days_late", "oldest")
        spec = {"dataset": "credit_ageing", "columns": [{"column": key} for key in keys], "filters": []}
        today = timezone.now().astimezone(NEW_YORK).date()
        composed = [
            (name, owed.amount, tuple(money.amount for money in row[:5]), *row[5:])
            for name, owed, *row in Query(specs.read(spec), Asked(today, today, NEW_YORK)).rows()
        ]
        names = dict(Account.objects.filter(pk__in=said).values_list("pk", "reseller__business_name"))
        assert sorted(composed) == sorted(
            (names[pk], one.owed, one.buckets, one.days_late, one.oldest) for pk, one in said.items()
        )

        assert on_the_report(sections("wallet_balances", Asked(today, today, NEW_YORK))) == by_bucket(said)

    @pytest.mark.parametrize("days_ago", [1, 45, 120])
    def test_of_the_end_of_a_day_of_the_past(self, world: list[Shop], days_ago: int) -> None:
        day = timezone.now().astimezone(NEW_YORK).date() - timedelta(days=days_ago)
        until = midnight(day + timedelta(days=1), NEW_YORK)
        said = expected(until)
        assert told(until) == said
        found = sections("wallet_balances", Asked(day, day, NEW_YORK))
        assert on_the_report(found) == by_bucket(said)
        wallets = found[2]
        balance, oldest = column(wallets, "Balance"), column(wallets, "Oldest unpaid")
        below = [(-row[balance].amount, row[oldest]) for row in wallets.rows if row[balance].amount < 0]
        assert sorted(below) == sorted((one.owed, one.oldest) for one in said.values())


class TestEdges:
    @pytest.mark.parametrize("late", [0, 1, 30, 31, 60, 61, 90, 91])
    @pytest.mark.parametrize("minutes", [1, 24 * 60 - 1])
    def test_of_a_bucket_whatever_the_hour_and_the_clocks(self, late: int, minutes: int) -> None:
        """Days are those of the company's zone, and the day that a midnight ends is the one before it."""
        save(GeneralPage, {"time_zone": "America/New_York"}, user=None)
        shop = shop_on_credit("USD")
        booked = ledger.adjust(account=wallet_of(shop), amount=Decimal(-9), reason="Agreed")
        day = date(2026, 4, 20)
        booked.created_at = midnight(day - timedelta(days=DAYS + late), NEW_YORK) + timedelta(minutes=minutes)
        past_the_guard([booked])
        until = midnight(day + timedelta(days=1), NEW_YORK)
        said = expected(until)
        assert told(until) == said and said[wallet_of(shop).pk].days_late == late
        assert on_the_report(sections("wallet_balances", Asked(day, day, NEW_YORK))) == by_bucket(said)

    def test_what_is_booked_by_a_clock_that_is_ahead_counts_as_of_now(self) -> None:
        shop = shop_on_credit("USD")
        old = ledger.adjust(account=wallet_of(shop), amount=Decimal(-9), reason="Agreed")
        new = ledger.adjust(account=wallet_of(shop), amount=Decimal(-5), reason="Agreed")
        old.created_at, new.created_at = (
            datetime(2026, 1, 1, tzinfo=UTC),
            timezone.now() + timedelta(seconds=20),
        )
        past_the_guard([old, new])
        ledger.fund(account=wallet_of(shop), amount=Decimal(9), reason="Paid in")
        [debt] = ageing.debts()
        assert debt.buckets == (Decimal(5), 0, 0, 0, 0)

    def test_a_wallet_late_with_parts_of_several_ages_is_counted_in_each_and_never_added_up(self) -> None:
        shop = shop_on_credit("USD")
        rows = [
            ledger.adjust(account=wallet_of(shop), amount=Decimal(-9), reason="Agreed") for _number in (1, 2)
        ]
        rows[0].created_at = datetime(2026, 1, 1, tzinfo=UTC)
        past_the_guard(rows[:1])
        today = timezone.now().date() + timedelta(days=1)
        below = sections("wallet_balances", Asked(today, today, ZoneInfo("UTC")))[1]
        assert [row[1] for row in below.rows] == [1, 1]
        assert [str(one.title) for one in below.columns if one.totalled] == ["Owes"]

    def test_a_customer_below_zero_is_on_the_report_and_is_not_dunned(self) -> None:
        wallet = ledger.wallet_for(party=CustomerFactory(full_name="Ada"), currency="USD")
        ledger.set_credit_limit(account=wallet, limit=Decimal(50), reason="Trusted")
        ledger.adjust(account=wallet, amount=Decimal(-9), reason="Agreed")
        assert ageing.debts() == []
        today = timezone.now().date() + timedelta(days=1)
        found = sections("wallet_balances", Asked(today, today, ZoneInfo("UTC")))
        assert on_the_report(found) == {("USD", "Not due yet"): (1, Decimal(9))}
        assert found[2].rows[0][0] == "Ada"
