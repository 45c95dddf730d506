"""The first of the packs: what it says of orders it was not computed from, and that it ties to the ledger."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from analytics.packs.base import Asked, Money, packs
from analytics.services import company_days
from commerce.models import Order
from commerce.services import settlement
from tests.analytics.shop_days import move_to, rewrite
from tests.factories_orders import make_shop

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")


def asked(days: int = 3) -> Asked:
    today = company_days.today()
    return Asked(today - timedelta(days=days), today, BERLIN)


def test_it_adds_up_the_orders_of_each_day_and_ties_to_the_ledger() -> None:
    shop = make_shop(funds=1000)
    with transaction.atomic():
        for _number in range(3):
            shop.delivered()
    order = shop.delivered()
    settlement.refund(order_id=order.pk, amount=Decimal("2.50"), reason="Sorry")
    (section,) = packs.get("sales_by_day").sections(asked())
    ((_day, orders, paid, revenue, _fees, _tax, captured, refunded, net),) = section.rows
    assert (orders, paid) == (4, 4)
    assert captured.amount == sum(order.captured_amount for order in Order.objects.all())
    assert (refunded, net) == (Money(Decimal("2.50"), "USD"), Money(captured.amount - Decimal("2.50"), "USD"))
    assert revenue.amount <= captured.amount
    assert all(proof.ties for proof in section.proofs)


def test_an_order_of_the_last_hour_of_a_day_counts_on_the_day_it_was_there() -> None:
    shop = make_shop()
    order = shop.delivered()
    near_midnight = asked().begin + timedelta(days=1) - timedelta(minutes=1)
    move_to(order, near_midnight)
    (section,) = packs.get("sales_by_day").sections(asked())
    assert [row[0] for row in section.rows] == [asked().first]


def test_test_mode_is_in_no_report() -> None:
    order = make_shop().delivered()
    rewrite(order, is_test=True)
    (section,) = packs.get("sales_by_day").sections(asked())
    assert list(section.rows) == []
    assert section.chart is None


def test_a_difference_to_the_ledger_is_seen() -> None:
    order = make_shop().delivered()
    rewrite(order, refunded_amount=1)
    (section,) = packs.get("sales_by_day").sections(asked())
    assert [proof.ties for proof in section.proofs] == [True, True, False]
