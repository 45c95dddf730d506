"""SIM deliveries and user growth; and the rights of every pack."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from analytics.packs.base import Asked, packs
from analytics.services.asking import midnight
from commerce.models import Customer, Delivery
from tests.analytics.pack_world import (
    BERLIN,
    assert_ties,
    booked,
    live_orders,
    make_world,
    sections,
    summed,
    total,
)
from tests.analytics.shop_days import rewrite
from tests.factories import UserFactory
from tests.factories_fulfilment import shipped_order

pytestmark = pytest.mark.django_db


def test_deliveries_are_counted_and_what_they_brought_ties():
    make_world()
    order, delivery = shipped_order()
    other, _second = shipped_order()
    rewrite(other, is_test=True)
    by_status, brought, by_courier, by_city, each = found = sections("sim_deliveries")
    assert by_status.rows == [("Pending", 1)]
    assert [row[1] for row in each.rows] == [order.order_number]
    assert by_city.rows[0][:4] == (delivery.city or "–", 1, 0, 0)
    assert by_courier.rows[0][1] == 1
    assert total(brought, "Delivery fees") == {}
    rewrite(order, captured_amount=order.total, delivery_fee=Decimal("1.00"), price=order.price - 1)
    assert not any(proof.ties for proof in sections("sim_deliveries")[1].proofs)
    assert_ties(found)


def test_a_delivery_counts_on_the_day_it_was_ordered_where_clocks_change():
    _order, delivery = shipped_order()
    day = date(2026, 10, 25)
    last = midnight(day + timedelta(days=1), BERLIN).astimezone(UTC) - timedelta(seconds=1)
    Delivery.objects.filter(pk=delivery.pk).update(created_at=last)
    assert sections("sim_deliveries", Asked(day, day, BERLIN))[0].rows == [("Pending", 1)]
    after = day + timedelta(days=1)
    assert sections("sim_deliveries", Asked(after, after, BERLIN))[0].rows == []


def test_growth_counts_who_joined_and_who_bought_first():
    world = make_world()
    growth, buyers = found = sections("user_growth")
    assert total(growth, "New customers") == {"": 1}
    assert total(growth, "New resellers")[""] >= 2
    # The customer has not paid yet; of two resellers each bought for the first time.
    assert total(growth, "First orders of customers") == {}
    assert total(growth, "First orders of resellers") == {"": 2}
    assert total(buyers, "Revenue") == summed(lambda order: booked(order, "sale"))
    assert {row[0] for row in buyers.rows} == {"New resellers"}
    paid = [order for order in live_orders() if order.captured_amount]
    assert total(buyers, "Paid orders") == {"": len(paid)}
    assert_ties(found)
    type(world.dollars.reseller).objects.update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert {row[0] for row in sections("user_growth")[1].rows} == {"Resellers from before"}


def test_who_joined_in_the_last_hour_of_a_long_day_joined_on_that_day():
    make_world()
    day = date(2026, 10, 25)
    last = midnight(day + timedelta(days=1), BERLIN).astimezone(UTC) - timedelta(seconds=1)
    Customer.objects.update(created_at=last)
    growth = sections("user_growth", Asked(day - timedelta(days=1), day + timedelta(days=1), BERLIN))[0]
    assert [row[1] for row in growth.rows] == [0, 1, 0]
    assert [row[-1] for row in growth.rows] == [0, 1, 1]


COSTLY = {"margin_waterfall", "trial_balance", "daily_proof", "provider_costs"}
ALL = {
    "sales_by_day", "sales_by_product", "sales_by_brand", "sales_by_reseller", "sales_by_provider", "failed_orders",
    "commissions", "taxes", "wallet_balances", "refunds", "sim_deliveries", "user_growth", *COSTLY,
}  # fmt: skip


def test_each_pack_is_for_the_roles_that_may_see_what_is_in_it():
    assert set(packs.keys()) >= ALL
    assert {key for key, pack in packs.items() if pack.needs_cost} >= COSTLY

    def may(role: str) -> set[str]:
        user = UserFactory(staff=role)
        return {key for key in ALL if packs.get(key).is_for(user)}

    for role in ("admin", "finance", "auditor"):
        assert may(role) == ALL
    assert may("support") == ALL - COSTLY
    assert may("moderator") == ALL - COSTLY - {"commissions", "taxes", "wallet_balances", "refunds"}
    nobody = UserFactory(is_staff=True)
    assert not any(packs.get(key).is_for(nobody) for key in ALL)
