"""Margin, failed orders, commissions and taxes: each total against plain sums, and against the ledger."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from analytics.packs.base import Asked, packs
from analytics.services.asking import midnight
from commerce.models import Transfer
from commerce.services import ledger
from tests.analytics.pack_world import (
    BERLIN,
    World,
    asked,
    assert_ties,
    balance,
    book_at,
    booked,
    live_orders,
    make_world,
    sections,
    summed,
    total,
)
from tests.analytics.shop_days import rewrite
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
FEES = ("service_fee", "delivery_fee")


@pytest.fixture
def world() -> World:
    return make_world()


def steps(found, currency):
    return {row[0]: row[1].amount for row in found.rows if row[1].currency == currency}


def test_the_waterfall_goes_from_the_price_to_the_margin_in_each_currency(world):
    whole, by_day = sections("margin_waterfall")
    for currency in ("USD", "EUR"):
        of_it = [order for order in live_orders() if order.currency == currency]

        def said(*kinds, of_it=of_it):
            return sum((booked(order, *kinds) for order in of_it), Decimal(0))

        found = steps(whole, currency)
        assert found["Price"] == said("sale") > 0
        assert found["Refunds of the price"] == -said("refund_sale") < 0
        assert found["Cost"] == said("cost_back") - said("cost") < 0
        assert found["Commissions"] == said("commission_back") - said("commission") < 0
        *parts, margin, fees, fees_back, with_fees = found.values()
        assert margin == sum(parts) == found["Margin"]
        assert fees == said(*FEES)
        assert fees_back == -said(*(f"refund_{kind}" for kind in FEES))
        # The fee of the settings is in the company's own currency and asked for in no other.
        assert bool(fees) == bool(fees_back) == (currency == "USD")
        assert with_fees == margin + fees + fees_back
        assert total(by_day, "Margin with fees")[currency] == with_fees
    assert_ties([whole, by_day])


def test_the_waterfall_is_for_those_who_may_see_cost():
    pack, user = packs.get("margin_waterfall"), UserFactory(is_staff=True)
    assert not pack.is_for(user)
    assert pack.needs_cost


def test_failed_orders_are_told_by_reason_and_one_by_one(world):
    reasons, unknown, failed = sections("failed_orders")
    assert [row[:3] for row in reasons.rows] == [("barred", 1, 0)]
    assert total(reasons, "Value") == {"USD": world.failed.total}
    assert [row[1] for row in failed.rows] == [world.failed.order_number]
    assert unknown.rows == []
    assert dict(reasons.figures)["Of all orders, %"] == pytest.approx(100 / len(live_orders()), abs=0.05)
    assert_ties([reasons, unknown])
    assert len(sections("failed_orders", asked(details=False))) == 2


def test_what_is_held_for_unknown_outcomes_ties_to_the_holds(world):
    rewrite(world.waiting, status="unknown")
    unknown = sections("failed_orders")[1]
    assert [row[1] for row in unknown.rows] == [world.waiting.order_number]
    assert total(unknown, "Held") == {"USD": world.waiting.total}
    assert_ties([unknown])


def test_money_kept_of_a_failed_order_would_be_seen(world):
    rewrite(world.part_refunded, status="failed", payment_status="released")
    [proof] = sections("failed_orders")[0].proofs
    assert proof.lines() == [("USD", 0, world.part_refunded.captured_amount - Decimal("3.33"))]
    assert not proof.ties


def test_commissions_are_the_resellers_own(world):
    [found] = sections("commissions")
    assert {row[0] for row in found.rows} == {
        world.dollars.reseller.business_name,
        world.euros.reseller.business_name,
    }
    assert total(found, "Credited") == summed(lambda order: booked(order, "commission"))
    assert total(found, "Reversed") == summed(lambda order: booked(order, "commission_back"))
    net = total(found, "Net")
    assert net == {currency: -balance("commission", currency) for currency in ("EUR", "USD")}
    assert_ties([found])


def test_commission_moved_by_hand_is_seen(world):
    account = ledger.company_account("commission", "USD")
    ledger.post([ledger.Movement(Transfer.Kind.ADJUSTMENT, account, world.dollars.wallet, Decimal(1))])
    [found] = sections("commissions")
    assert [proof.ties for proof in found.proofs] == [False, True]


def test_tax_by_day_and_by_rate_is_what_is_on_the_account(world):
    by_day, by_rate = sections("taxes")
    for found in (by_day, by_rate):
        assert total(found, "Collected") == summed(lambda order: booked(order, "tax"))
        assert total(found, "Given back") == summed(lambda order: booked(order, "refund_tax"))
        assert total(found, "Tax due") == {currency: balance("tax", currency) for currency in ("EUR", "USD")}
        assert total(found, "Taxed sales") == summed(
            lambda order: order.price + order.service_fee + order.delivery_fee if booked(order, "tax") else Decimal(0)
        )  # fmt: skip
    assert {row[0] for row in by_rate.rows} == {Decimal("7.5")}
    assert_ties([by_day])


def test_what_is_booked_counts_on_the_day_it_was_booked_where_clocks_change(world):
    day = date(2026, 10, 25)
    begin = datetime.fromtimestamp(midnight(day, BERLIN).timestamp(), UTC)
    # The day has 25 hours: half an hour before its end it would be over already without the change.
    moments = (begin, begin + timedelta(hours=24, minutes=30), begin + timedelta(hours=25))
    orders = (world.part_refunded, world.refunded, world.reversed)
    for order, moment in zip(orders, moments, strict=True):
        book_at(moment, order=order)
    on_the_day = summed(lambda order: booked(order, "tax"), list(orders[:2]))
    of_it = Asked(day, day, BERLIN, sees_cost=True)
    assert total(sections("taxes", of_it)[0], "Collected") == on_the_day
    assert [row[0] for row in sections("taxes", of_it)[0].rows] == [day]
    assert total(sections("commissions", of_it)[0], "Orders") == {"": 2}
    assert_ties([*sections("taxes", of_it), *sections("commissions", of_it)])


@pytest.mark.parametrize("key", ["margin_waterfall", "failed_orders", "commissions", "taxes"])
def test_nothing_happened(key):
    found = sections(key)
    assert all(section.rows == [] and section.chart is None for section in found)
    assert_ties(found)
