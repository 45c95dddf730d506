"""The dashboard's figures are a plain recount of orders and ledger, whatever happened to those and when."""

import random
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache

from analytics.services import company, company_days, dashboard, metrics, rollups
from analytics.services.period import Period, last_days, read_days, read_period, this_month
from commerce.models import Order, Transfer
from commerce.services import settlement
from core.exceptions import InvalidInput
from tests.analytics.shop_days import change, company_in, move, move_to, rewrite
from tests.factories_fulfilment import place_for_customer
from tests.factories_orders import fail, make_shop
from tests.factories_parties import CustomerFactory

pytestmark = pytest.mark.django_db
TEHRAN = ZoneInfo("Asia/Tehran")


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.clear()


def recount(period: Period, zone=None) -> tuple[dict, dict, dict, Counter]:
    """Revenue by day, brand and buyer, and orders by day: from each order and its transfers, in Python."""
    days, brands, buyers, counts = (
        defaultdict(Decimal),
        defaultdict(Decimal),
        defaultdict(Decimal),
        Counter(),
    )
    for order in Order.objects.filter(is_test=False).select_related("product"):
        day = order.created_at.astimezone(zone or company_days.zone()).date()
        if not period.first <= day <= period.last:
            continue
        counts[day] += 1
        if order.currency != "USD":
            continue
        money = sum(
            transfer.amount if transfer.kind == "sale" else -transfer.amount
            for transfer in Transfer.objects.filter(order=order, kind__in=["sale", "refund_sale"])
        )
        days[day] += money
        brands[order.product.brand_id] += money
        buyers[order.reseller_id] += money
    return dict(days), dict(brands), dict(buyers), counts


def assert_recounted(period: Period) -> None:
    cache.clear()
    found = dashboard.dashboard(period)
    days, brands, buyers, counts = recount(period)
    assert {day: sums.revenue for day, sums in found.now.days.items() if sums.orders} == days
    assert {day: sums.orders for day, sums in found.now.days.items() if sums.orders} == dict(counts)
    assert found.now.whole.revenue == sum(days.values())
    assert sum(found.now.statuses.values()) == counts.total()
    sold = {one.id: one.revenue for one in found.brands}
    assert sold == {brand: brands[brand] for brand in sold}
    assert sum(sold.values()) == sum(brands.values())
    assert {one.id: one.revenue for one in found.buyers.first} == buyers
    earlier, _brands, _buyers, before = recount(period.before)
    assert (found.before.whole.revenue, found.before.whole.orders) == (sum(earlier.values()), before.total())


@pytest.mark.parametrize("seed", range(4))
def test_a_period_is_what_its_orders_and_their_ledger_say(seed):
    dice = random.Random(seed)
    shops = [make_shop(funds=2000, price=dice.randint(9, 40)) for _ in range(3)]
    orders = []
    for _ in range(16):
        shop = dice.choice(shops)
        made = shop.delivered() if dice.random() < 0.7 else shop.order()
        orders.append(move(made, dice.randint(0, 13), dice.randint(0, 23)))
    if seed % 2:
        # With the days kept, and without: the answer is the same.
        rollups.refresh()
    assert_recounted(last_days(7))
    for order in dice.sample(orders, 8):
        change(order, dice)
    rollups.refresh()
    assert_recounted(last_days(7))
    assert_recounted(
        Period(company_days.today() - timedelta(days=9), company_days.today() - timedelta(days=3))
    )


def test_a_refund_today_lowers_the_day_the_order_was_placed():
    order = move(make_shop().delivered(), 5)
    rollups.refresh()
    settlement.refund(order_id=order.pk, amount=Decimal("4.00"), reason="A part of it")
    rollups.refresh()
    found = dashboard.dashboard(last_days(30))
    day = company_days.today() - timedelta(days=5)
    assert (found.now.days[day].revenue, found.now.whole.refunds) == (6, 4)


def test_a_cancelled_order_counts_and_brings_nothing():
    order = move(make_shop().order(), 2)
    rollups.refresh()
    settlement.cancel(order_id=order.pk, reason="Not wanted")
    rollups.refresh()
    found = dashboard.dashboard(last_days(7)).now
    assert found.statuses == {"cancelled": 1}
    assert (found.whole.orders, found.whole.paid, found.whole.revenue, found.whole.failed) == (1, 0, 0, 0)


def test_other_currencies_stand_apart():
    shop = make_shop()
    move(shop.delivered(), 1)
    foreign = move(shop.delivered(), 1)
    rewrite(foreign, currency="EUR")
    rollups.refresh()
    found = dashboard.dashboard(last_days(7)).now
    assert (found.whole.orders, found.whole.revenue) == (2, 10)
    assert {code: sums.revenue for code, sums in found.others.items()} == {"EUR": 10}


@pytest.mark.parametrize("kept", [True, False])
def test_a_day_ends_at_midnight_where_the_company_is(settings, kept):
    with company_in(settings, "Asia/Tehran"):
        yesterday = company_days.today() - timedelta(days=1)
        first = datetime.combine(yesterday, datetime.min.time(), TEHRAN)
        shop = make_shop(funds=1000)
        for moment in (first - timedelta(seconds=1), first, first + timedelta(days=1, seconds=-1)):
            move_to(shop.delivered(), moment)
        move_to(shop.delivered(), first + timedelta(days=1))
        if kept:
            rollups.refresh()
        found = dashboard.dashboard(Period(yesterday - timedelta(days=1), yesterday + timedelta(days=1))).now
        assert [sums.orders for sums in found.days.values()] == [1, 2, 1]


def test_test_mode_is_in_no_figure():
    shop = make_shop()
    rewrite(move(shop.delivered(), 1), is_test=True)
    rewrite(shop.delivered(), is_test=True)
    rollups.refresh()
    found = dashboard.dashboard(last_days(7))
    assert (found.now.whole.orders, found.products, found.brands, found.buyers.count) == (0, [], [], 0)
    assert metrics.metrics().today.orders == 0


def test_products_are_ranked_by_paid_orders_and_buyers_by_orders():
    often, dear = make_shop(funds=1000), make_shop(funds=1000, price=90)
    for _ in range(3):
        often.delivered()
    dear.delivered()
    fail(dear.order())
    found = dashboard.dashboard(last_days(1))
    assert [(one.id, one.orders, one.revenue) for one in found.products] == [
        (often.product.pk, 3, 30),
        (dear.product.pk, 1, 90),
    ]
    assert [(one.id, one.orders) for one in found.buyers.first] == [
        (often.reseller.pk, 3),
        (dear.reseller.pk, 2),
    ]
    assert [one.id for one in found.brands] == [dear.product.brand_id, often.product.brand_id]
    assert [one.name for one in metrics.resellers(last_days(1), 1)] == [dear.reseller.business_name]


def test_customers_are_buyers_as_resellers_are():
    order, _payment = place_for_customer()
    shop = make_shop()
    shop.order()
    found = dashboard.dashboard(last_days(1)).buyers
    assert {(one.kind, one.id) for one in found.first} == {
        ("customer", order.customer_id),
        ("reseller", shop.reseller.pk),
    }


def test_failures_are_counted_for_the_whole_month_and_no_other():
    shop = make_shop()
    fail(shop.order())
    old = shop.order()
    fail(old)
    move(old, company_days.today().day)
    rollups.refresh()
    assert metrics.metrics().month.failed == 1


def test_categories_add_up_to_the_whole():
    shops = [make_shop(), make_shop(price=12)]
    for shop in shops:
        move(shop.delivered(), 1)
    move(shops[0].order(), 2)
    rollups.refresh()
    period = last_days(7)
    whole, parts = dashboard.dashboard(period).now.whole, metrics.categories(period)
    assert sum(one.revenue for one in parts) == whole.revenue == 22
    assert sum(one.orders for one in parts) == whole.orders == 3
    assert sum(one.revenue for one in metrics.brands(period)) == 22
    assert metrics.together(parts, *(one.code for one in parts)).paid == 2


def test_who_came_back_is_counted_among_those_who_were_there():
    back, gone, new = make_shop(), make_shop(), make_shop()
    move(back.order(), 9)
    move(gone.order(), 9)
    move(back.order(), 1)
    move(new.order(), 1)
    rollups.refresh()
    found = metrics.retention(last_days(7))
    assert (found.before, found.again, found.rate) == (2, 1, 50.0)
    active = metrics.active(last_days(7))
    assert (active.parties, active.customers, active.paying) == (2, 0, 0)


def test_a_life_of_buying_is_revenue_for_each_who_paid():
    first, second, nothing = make_shop(), make_shop(price=40), make_shop()
    move(first.delivered(), 300)
    second.delivered()
    nothing.order()
    rollups.refresh()
    assert metrics.lifetime_value() == 25


def test_wallets_are_what_all_hold_and_funding_what_came_in():
    shop = make_shop(funds=100)
    shop.order()
    found = company.wallets()
    assert (found.balance, found.held, found.available) == (100, 10, 90)
    moved = company.funded(last_days(1))
    assert (moved.count, moved.amount) == (1, 100)
    assert company.refunded(last_days(1)).count == 0


def test_people_grow():
    CustomerFactory.create_batch(2)
    old = CustomerFactory()
    type(old).objects.filter(pk=old.pk).update(created_at=company_days.begin(date(2024, 1, 1)))
    found, _parties = company.people(last_days(7))
    assert (found.total, found.new, found.growth_rate) == (3, 2, 200.0)
    assert sum(company.registrations(last_days(7)).values()) == 2


def test_the_period_before_has_as_many_days_and_a_month_so_far_the_same_days():
    period = Period(date(2026, 3, 10), date(2026, 3, 16))
    assert period.before == Period(date(2026, 3, 3), date(2026, 3, 9))
    month = this_month()
    assert month.before.first.day == 1
    assert month.before.days <= month.days
    assert month.before.last < month.first


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"start_date": "yesterday"}, "start_date"),
        ({"start_date": "2026-02-31"}, "start_date"),
        ({"end_date": "20260301"}, "end_date"),
        ({"end_date": "0001-01-01"}, "end_date"),
        ({"start_date": "2025-03-02", "end_date": "2025-03-01"}, "start_date"),
        ({"start_date": "2150-01-01", "end_date": "2150-02-01"}, "start_date"),
        ({"start_date": "2020-01-01", "end_date": "2024-01-01"}, "start_date"),
    ],
)
def test_days_that_cannot_be_shown_are_refused_by_name(query, field):
    with pytest.raises(InvalidInput) as refused:
        read_period(query)
    assert refused.value.field == field


def test_days_are_read_with_sense():
    assert read_period({}) == last_days(30)
    assert read_days({"days": "7"}) == last_days(7)
    for text in ("0", "-1", "367", "1e3", "٣", "seven"):
        with pytest.raises(InvalidInput):
            read_days({"days": text})
