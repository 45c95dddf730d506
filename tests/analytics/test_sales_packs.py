"""The reports of sales add up to what the orders say one by one, and to the ledger."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from analytics.packs.base import Asked, packs
from analytics.services.asking import midnight
from commerce.models import Attempt, ReconciliationBreak
from commerce.services import breaks
from tests.analytics.pack_world import (
    BERLIN,
    World,
    asked,
    assert_ties,
    booked,
    live_orders,
    make_world,
    sections,
    summed,
    total,
)
from tests.analytics.shop_days import move_to, rewrite
from tests.factories_orders import make_shop
from tests.factories_reconciliation import handed_in, provider_source

pytestmark = pytest.mark.django_db
SALES = ("sales_by_day", "sales_by_product", "sales_by_brand", "sales_by_reseller", "sales_by_provider")


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.mark.parametrize("key", SALES)
def test_every_total_is_the_sum_over_the_orders(key, world):
    found = sections(key)
    sales, margin = found[:2]
    paid = [order for order in live_orders() if order.captured_amount > 0]
    assert {order.currency for order in paid} == {"EUR", "USD"}
    assert total(sales, "Orders") == {"": len(live_orders())}
    assert total(sales, "Paid") == {"": len(paid)}
    assert total(sales, "Revenue") == summed(lambda order: order.price, paid)
    assert total(sales, "Fees") == summed(lambda order: order.service_fee + order.delivery_fee, paid)
    assert total(sales, "Tax") == summed(lambda order: order.tax, paid)
    assert total(sales, "Captured") == summed(lambda order: order.captured_amount, paid)
    assert total(sales, "Refunded") == summed(lambda order: order.refunded_amount, paid)
    assert total(sales, "Net") == summed(lambda order: order.refundable, paid)
    assert total(margin, "Cost") == summed(lambda order: booked(order, "cost") - booked(order, "cost_back"))
    assert total(margin, "Margin") == summed(
        lambda order: (
            booked(order, "sale", "cost_back", "commission_back")
            - booked(order, "refund_sale", "cost", "commission")
        )
    )
    assert_ties(found)


@pytest.mark.parametrize("charged", ["8.50", "7.25"])
@pytest.mark.parametrize("key", SALES)
def test_a_cost_that_a_provider_s_statement_corrected_is_the_corrected_one(key, charged):
    shop = make_shop()
    attempt = shop.delivered().attempts.get()
    handed_in(provider_source(shop.provider), [[timezone.now().date(), attempt.pk, "", "", charged, "done"]])
    breaks.book(break_id=ReconciliationBreak.objects.get().pk, reason="Another price")
    found = sections(key)
    assert total(found[1], "Cost") == {"USD": Decimal(charged)}
    assert_ties(found)


@pytest.mark.parametrize("key", SALES)
def test_cost_and_margin_are_left_out_for_who_may_not_see_them(key, world):
    found = sections(key, asked(sees_cost=False))
    titles = {str(column.title) for section in found for column in section.columns}
    titles |= {section.title for section in found} | {
        str(name) for one in found for name, _value in one.figures
    }
    titles |= {proof.label for section in found for proof in section.proofs}
    assert not any("cost" in title.lower() or "margin" in title.lower() for title in titles)


def test_a_row_is_one_product_brand_reseller_or_provider(world):
    product = {row[0]: row for row in sections("sales_by_product")[0].rows}
    assert product[world.dollars.product.name][1] == world.dollars.product.brand.name
    assert world.euros.product.brand.name in {row[0] for row in sections("sales_by_brand")[0].rows}
    resellers = {row[0]: row[1] for row in sections("sales_by_reseller")[0].rows}
    assert resellers[world.dollars.reseller.business_name] == 7
    assert resellers["All customers"] == 1
    providers = {row[0]: row[1:3] for row in sections("sales_by_provider")[0].rows}
    assert providers[world.dollars.provider.name] == (5, 5)
    # What waits or has failed was delivered by nobody.
    assert providers["No provider"] == (3, 0)


def test_orders_of_resellers_or_of_customers_alone(world):
    for key in SALES:
        found = sections(key, asked(source="app_user"))
        assert total(found[0], "Orders") == {"": 1}
        found = sections(key, asked(source="reseller_client"))
        assert total(found[0], "Orders") == {"": len(live_orders()) - 1}
        assert_ties(found)


def test_products_named_alike_are_told_apart_in_the_chart():
    shops = [make_shop(), make_shop()]
    for shop in shops:
        shop.product.name = "Airtime"
        shop.product.save()
        shop.delivered()
    chart = sections("sales_by_product")[0].chart
    assert chart is not None
    assert sorted(chart.labels) == sorted(f"Airtime · {shop.product.brand.name}" for shop in shops)


def test_the_calls_of_each_provider_are_counted(world):
    answers = {row[0]: row[1:7] for row in sections("sales_by_provider")[-1].rows}
    assert answers[world.dollars.provider.name] == (7, 7, 0, 0, 1, Decimal("100.0"))
    every = Attempt.objects.filter(order__is_test=False).count()
    assert sum(row[0] for row in answers.values()) == every
    rewrite(world.part_refunded, is_test=True)
    for source in ("", "reseller_client"):
        answers = {row[0]: row[1] for row in sections("sales_by_provider", asked(source=source))[-1].rows}
        assert answers[world.dollars.provider.name] == 6


@pytest.mark.parametrize("key", SALES)
def test_a_company_that_sold_nothing_has_an_empty_report(key):
    found = sections(key)
    assert all(section.rows == [] and section.chart is None for section in found)
    assert all(proof.ties for section in found for proof in section.proofs)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        # There clocks change at midnight itself: the day begins at one o'clock.
        ("America/Santiago", date(2026, 9, 6), 23),
        ("Asia/Tehran", date(2026, 6, 1), 24),
    ],
)
def test_days_are_those_of_the_clocks_on_the_wall(zone, day, hours):
    place, shop = ZoneInfo(zone), make_shop(funds=1000)
    begin, end = midnight(day, place), midnight(day + timedelta(days=1), place)
    assert (end.astimezone(UTC) - begin.astimezone(UTC)).total_seconds() == hours * 3600
    first, last, before, after = (shop.delivered() for _number in range(4))
    second = timedelta(seconds=1)
    moments = [datetime.fromtimestamp(moment.timestamp(), UTC) for moment in (begin, end)]
    move_to(first, moments[0])
    move_to(last, moments[1] - second)
    move_to(before, moments[0] - second)
    move_to(after, moments[1])
    for key in SALES:
        found = sections(key, Asked(day, day, place, sees_cost=True))
        assert total(found[0], "Orders") == {"": 2}, key
        assert_ties(found)
    three = Asked(day - timedelta(days=1), day + timedelta(days=1), place)
    by_day = {row[0]: row[1] for row in sections("sales_by_day", three)[0].rows}
    assert by_day == {day - timedelta(days=1): 1, day: 2, day + timedelta(days=1): 1}


def test_the_same_order_is_on_another_day_in_another_zone():
    order = make_shop().delivered()
    move_to(order, datetime(2026, 1, 31, 23, 30, tzinfo=UTC))
    day = date(2026, 1, 31)
    assert len(sections("sales_by_day", Asked(day, day, ZoneInfo("UTC")))[0].rows) == 1
    assert sections("sales_by_day", Asked(day, day, BERLIN))[0].rows == []


def test_a_figure_that_the_ledger_does_not_have_is_seen(world):
    rewrite(world.part_refunded, cost=Decimal("1.11"))
    found = sections("sales_by_brand")
    broken = {proof.label for section in found for proof in section.proofs if not proof.ties}
    assert broken == {"Cost ties to the ledger", "Margin ties to the ledger"}


def test_every_report_has_a_form_that_may_be_left_empty():
    for pack in packs.values():
        form = pack.form({})
        assert form.is_valid(), (pack.key, form.errors)
