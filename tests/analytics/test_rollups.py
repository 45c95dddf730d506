"""The days behind the dashboards are what the orders say, whatever happened to those and in whatever order."""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from analytics.models import DailyParty, DailyProduct, RollupState
from analytics.services import company_days, day_rows, rollups
from analytics.tasks import check_rollups, refresh_rollups
from commerce.models import Order
from commerce.services import breaks, settlement
from core.events import record
from tests.analytics.shop_days import change, company_in, move, rewrite
from tests.factories_fulfilment import place, place_for_customer
from tests.factories_orders import fail, make_shop
from tests.factories_reconciliation import handed_in, provider_source

pytestmark = pytest.mark.django_db

NINE_IN_THE_EVENING = datetime.fromisoformat("2026-03-01T21:00:00+00:00")
# Written apart from the product's own SQL: order by order, from the ledger.
ORACLE = """
SELECT (o.created_at AT TIME ZONE %s)::date, o.{key}, o.status, o.currency, count(*),
       count(*) FILTER (WHERE o.captured_amount > 0), sum(o.captured_amount),
       sum(coalesce((SELECT sum(amount) FROM commerce_transfer WHERE order_id = o.id AND kind = 'sale'), 0)),
       sum(coalesce((SELECT sum(amount) FROM commerce_transfer WHERE order_id = o.id AND kind = 'refund_sale'), 0)),
       sum(coalesce((SELECT sum(CASE WHEN d.kind = 'cost' THEN amount ELSE -amount END)
                       FROM commerce_transfer t JOIN commerce_account d ON d.id = t.debit_account_id
                      WHERE order_id = o.id AND t.kind IN ('cost', 'cost_back', 'cost_correction')), 0)),
       sum(coalesce((SELECT sum(CASE kind WHEN 'commission' THEN amount ELSE -amount END) FROM commerce_transfer
                      WHERE order_id = o.id AND kind IN ('commission', 'commission_back')), 0))
  FROM commerce_order AS o
 WHERE NOT o.is_test AND (o.created_at AT TIME ZONE %s)::date < %s
 GROUP BY 1, 2, 3, 4
"""
COLUMNS = ("status", "currency", "orders", "captured", "volume", "revenue", "refunds", "cost", "commission")


def oracle(key: str) -> set[tuple]:
    zone = str(company_days.zone())
    with connection.cursor() as cursor:
        cursor.execute(ORACLE.format(key=key), [zone, zone, company_days.today()])
        return set(cursor.fetchall())


def kept(model: type, key: str) -> set[tuple]:
    return set(model.objects.values_list("day", key, *COLUMNS))


def assert_right() -> None:
    assert kept(DailyProduct, "product_id") == oracle("product_id")
    assert kept(DailyParty, "reseller_id") == oracle("reseller_id")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_random_changes_every_day_is_what_plain_sql_says(seed):
    dice = random.Random(seed)
    shops = [make_shop(funds=2000, price=dice.randint(9, 40)) for _ in range(3)]
    orders = []
    for _ in range(18):
        shop = dice.choice(shops)
        made = shop.delivered() if dice.random() < 0.7 else shop.order()
        orders.append((move(made, dice.randint(0, 9), dice.randint(0, 23)), shop))
    rollups.refresh()
    assert_right()
    for _ in range(3):
        for order, _shop in dice.sample(orders, 5):
            change(order, dice)
        rollups.refresh()
        assert_right()
    assert rollups.check() == 0
    before = kept(DailyProduct, "product_id")
    rollups.rebuild()
    assert kept(DailyProduct, "product_id") == before
    assert oracle("product_id")


def test_a_refund_of_an_old_order_reaches_its_day():
    order = move(make_shop().delivered(), 400)
    rollups.refresh()
    settlement.refund(order_id=order.pk, amount=Decimal("4.00"), reason="A part of it")
    assert rollups.refresh() == 1
    row = DailyProduct.objects.get()
    assert (row.day, row.revenue, row.refunds) == (company_days.today() - timedelta(days=400), 10, 4)
    assert row.commission == Decimal("0.12")


@pytest.mark.parametrize(("charged", "cost"), [("8.50", "8.50"), ("7.25", "7.25")])
def test_a_cost_that_a_provider_s_statement_corrected_reaches_its_day(charged, cost):
    shop = make_shop()
    order = move(shop.delivered(), 40)
    rollups.refresh()
    attempt = order.attempts.get()
    line = [timezone.now().date(), attempt.pk, "", "", charged, "done"]
    found = handed_in(provider_source(shop.provider), [line]).breaks.get()
    breaks.book(break_id=found.pk, reason="Dearer")
    assert rollups.refresh() == 1
    assert DailyProduct.objects.get().cost == Decimal(cost)
    assert_right()


def test_a_reversal_gives_the_cost_back():
    order = move(make_shop().delivered(), 3)
    rollups.refresh()
    with transaction.atomic():
        settlement.reverse(order=settlement.lock(order.pk), reason="Undone")
    rollups.refresh()
    row = DailyProduct.objects.get()
    assert (row.status, row.revenue, row.refunds, row.cost, row.commission) == ("reversed", 10, 10, 0, 0)


def test_what_was_not_captured_is_no_revenue_and_test_mode_is_nowhere():
    shop = make_shop()
    fail(move(shop.order(), 1))
    move(shop.order(), 1)
    rewrite(move(shop.delivered(), 1), is_test=True)
    Order.objects.filter(status="created").update(updated_at=timezone.now())
    rollups.refresh()
    found = {
        row.status: (row.orders, row.captured, row.revenue, row.cost) for row in DailyProduct.objects.all()
    }
    assert found == {"failed": (1, 0, 0, 0), "created": (1, 0, 0, 0)}


def test_a_day_begins_where_the_company_is(settings):
    with company_in(settings, "Asia/Tehran"):
        rewrite(make_shop().delivered(), created_at=NINE_IN_THE_EVENING)
        rollups.refresh()
        assert DailyProduct.objects.get().day == date(2026, 3, 2)


def test_another_zone_cuts_all_days_anew():
    rewrite(make_shop().delivered(), created_at=NINE_IN_THE_EVENING, updated_at=NINE_IN_THE_EVENING)
    rollups.refresh()
    RollupState.objects.update(zone="Pacific/Auckland")
    DailyProduct.objects.update(day=date(2026, 3, 2))
    assert day_rows.kept_through() is None
    rollups.refresh()
    assert DailyProduct.objects.get().day == date(2026, 3, 1)


def test_orders_loaded_with_a_past_are_found():
    rollups.refresh()
    move(make_shop().delivered(), 60)
    rollups.refresh()
    assert DailyProduct.objects.count() == 1


def test_a_day_is_kept_once_it_is_over():
    move(make_shop().delivered(), 0)
    rollups.refresh()
    assert not DailyProduct.objects.exists()
    tomorrow = timezone.now() + timedelta(days=1)
    assert rollups.refresh(tomorrow) >= 1
    assert DailyProduct.objects.get().day == company_days.today()
    assert RollupState.objects.get().through == company_days.today()


def test_the_nightly_check_puts_right_what_nobody_told_of():
    move(make_shop().delivered(), 2)
    rollups.refresh()
    DailyProduct.objects.update(revenue=999)
    DailyParty.objects.all().delete()
    assert rollups.check() == 1
    assert_right()
    assert rollups.check() == 0


def test_running_twice_changes_nothing():
    move(make_shop().delivered(), 2)
    refresh_rollups()
    before = kept(DailyProduct, "product_id")
    refresh_rollups()
    check_rollups()
    assert kept(DailyProduct, "product_id") == before


def test_past_days_are_read_from_the_rollup_and_later_ones_live():
    shop = make_shop()
    move(shop.delivered(), 1)
    move(shop.delivered(), 0)
    rollups.refresh()
    DailyProduct.objects.update(orders=7)
    today = company_days.today()
    found = day_rows.source(
        day_rows.PRODUCTS, today - timedelta(days=5), today, through=day_rows.kept_through()
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT day, orders FROM ({found.sql}) AS d ORDER BY day", found.params)
        assert cursor.fetchall() == [(today - timedelta(days=1), 7), (today, 1)]


def test_days_that_no_beat_kept_are_read_live():
    shop = make_shop()
    move(shop.delivered(), 4)
    rollups.refresh()
    move(shop.delivered(), 1)
    RollupState.objects.update(through=company_days.today() - timedelta(days=4))
    today = company_days.today()
    found = day_rows.source(
        day_rows.PRODUCTS, today - timedelta(days=9), today, through=day_rows.kept_through()
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT day FROM ({found.sql}) AS d ORDER BY day", found.params)
        assert [(today - day).days for (day,) in cursor.fetchall()] == [4, 1]


def test_the_command_computes_days_anew(capsys):
    move(make_shop().delivered(), 3)
    call_command("rebuild_rollups")
    DailyProduct.objects.update(revenue=1)
    call_command("rebuild_rollups", since=(company_days.today() - timedelta(days=2)).isoformat())
    assert DailyProduct.objects.get().revenue == 1
    call_command("rebuild_rollups", since=(company_days.today() - timedelta(days=3)).isoformat())
    assert DailyProduct.objects.get().revenue == 10
    with pytest.raises(CommandError, match="2026-01-31"):
        call_command("rebuild_rollups", since="2026-02-31")


def test_the_beat_runs_both():
    names = {"analytics.refresh_rollups", "analytics.check_rollups"}
    assert set(PeriodicTask.objects.filter(task__in=names).values_list("task", flat=True)) == names


def test_resellers_and_customers_are_apart():
    customers, _payment = place_for_customer()
    move(customers, 1)
    move(place(), 1)
    rollups.refresh()
    rows = DailyParty.objects.all()
    assert {row.customer_id for row in rows} == {customers.customer_id, None}
    assert len({row.reseller_id for row in rows}) == 2


def test_the_demo_fills_them_at_once(django_capture_on_commit_callbacks):
    move(make_shop().delivered(), 200)
    with django_capture_on_commit_callbacks(execute=True):
        record("demo.seeded", subject=("demo", "test"))
    assert DailyProduct.objects.count() == 1
