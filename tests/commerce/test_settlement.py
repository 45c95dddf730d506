"""What becomes of held money: captured, released, refunded, reversed; each once, to the cent."""

from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from commerce.models import Account, Hold, Order, PriceRule, Transfer
from commerce.services import ledger, settlement
from commerce.services.proof import prove
from core.exceptions import Conflict, InvalidInput
from tests.factories_catalog import PriceListFactory
from tests.factories_orders import Shop, deliver, fail, make_shop, process

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return make_shop()


def company(kind: Account.Kind) -> Decimal:
    """A company account's balance as credits minus debits."""
    account = ledger.company_account(kind, "USD", code="sandbox-one" if kind == Account.Kind.FLOAT else "")
    total = Decimal(0)
    for transfer in Transfer.objects.all():
        total += transfer.amount * (
            (transfer.credit_account_id == account.pk) - (transfer.debit_account_id == account.pk)
        )
    return total


def with_fees(shop: Shop) -> None:
    rules = PriceListFactory()
    PriceRule.objects.create(
        price_list=rules, tax_percent=Decimal(10), service_fee=Decimal("0.37"), commission_percent=Decimal(3)
    )
    shop.reseller.price_list = rules
    shop.reseller.save()


def test_placing_holds_the_total(shop: Shop) -> None:
    order = shop.order()

    assert (shop.wallet.balance, shop.wallet.held, shop.wallet.available) == (100, 10, 90)
    assert (order.status, order.payment_status, order.hold.status) == ("created", "held", "open")


def test_capture_turns_the_hold_into_revenue_commission_and_cost(shop: Shop) -> None:
    order = shop.delivered()

    assert (order.status, order.payment_status, order.captured_amount) == ("fulfilled", "captured", 10)
    assert (shop.wallet.balance, shop.wallet.held) == (Decimal("90.20"), 0)
    assert company(Account.Kind.REVENUE) == 10
    assert company(Account.Kind.COMMISSION) == Decimal("-0.20")
    assert (company(Account.Kind.COST), company(Account.Kind.FLOAT)) == (-8, 8)


def test_tax_and_fees_go_to_accounts_of_their_own(shop: Shop) -> None:
    with_fees(shop)

    order = shop.delivered()

    assert order.total == order.price + order.service_fee + order.tax
    assert company(Account.Kind.SERVICE_FEES) == Decimal("0.37")
    assert company(Account.Kind.TAX) == order.tax > 0


def test_the_cost_booked_is_that_of_the_attempt_that_delivered(shop: Shop) -> None:
    order = shop.order()

    deliver(order, shop.provider, cost=Decimal("8.75"))

    order.refresh_from_db()
    assert (order.cost, order.margin) == (Decimal("8.75"), Decimal("1.05"))


def test_a_failed_order_gives_the_money_back_at_once(shop: Shop) -> None:
    order = shop.order()

    fail(order)

    order.refresh_from_db()
    assert (order.status, order.payment_status, order.failure_code) == ("failed", "released", "barred")
    assert (shop.wallet.balance, shop.wallet.held) == (100, 0)


def test_an_order_is_captured_once(shop: Shop) -> None:
    order = shop.delivered()

    with pytest.raises(Conflict), transaction.atomic():
        settlement.capture(order=settlement.lock(order.pk))

    assert Transfer.objects.filter(kind="sale").count() == 1


def test_a_delivered_order_cannot_be_released(shop: Shop) -> None:
    order = shop.delivered()

    with pytest.raises(Conflict) as refused, transaction.atomic():
        settlement.release(order=settlement.lock(order.pk), failure=settlement.Failure("x", "x"))

    assert refused.value.code == "invalid_transition"


def test_an_order_can_be_cancelled_until_its_delivery_begins(shop: Shop) -> None:
    first, second = shop.order(), shop.order()
    process(second)

    settlement.cancel(order_id=first.pk, reason="Changed my mind")
    with pytest.raises(Conflict):
        settlement.cancel(order_id=second.pk, reason="Too late")

    first.refresh_from_db()
    assert (first.status, first.hold.status, shop.wallet.held) == ("cancelled", Hold.Status.RELEASED, 10)


def test_a_refund_in_parts_gives_back_every_part_to_the_cent(shop: Shop) -> None:
    with_fees(shop)
    order = shop.delivered()

    for amount in ("3.33", "3.33", None):
        settlement.refund(order_id=order.pk, amount=amount and Decimal(amount), reason="Half of it failed")

    order.refresh_from_db()
    assert (order.payment_status, order.refunded_amount) == ("refunded", order.total)
    assert shop.wallet.balance == 100
    kinds = (Account.Kind.REVENUE, Account.Kind.SERVICE_FEES, Account.Kind.TAX, Account.Kind.COMMISSION)
    assert [company(kind) for kind in kinds] == [0, 0, 0, 0]


def test_a_part_refund_takes_the_commission_back_in_proportion(shop: Shop) -> None:
    order = shop.delivered()

    settlement.refund(order_id=order.pk, amount=Decimal(5), reason="Half")

    order.refresh_from_db()
    assert order.payment_status == "partially_refunded"
    assert Transfer.objects.get(kind="commission_back").amount == Decimal("0.10")


@pytest.mark.parametrize(
    ("amount", "code"),
    [("10.01", "refund_exceeds_captured"), ("0", "invalid_amount"), ("1.005", "invalid_amount")],
)
def test_a_refund_that_is_not_due_is_refused(shop: Shop, amount: str, code: str) -> None:
    order = shop.delivered()

    with pytest.raises(InvalidInput) as refused:
        settlement.refund(order_id=order.pk, amount=Decimal(amount), reason="No")

    assert (refused.value.code, refused.value.field) == (code, "amount")
    assert not Transfer.objects.filter(kind__startswith="refund").exists()


def test_nothing_is_refunded_of_an_order_that_was_not_captured(shop: Shop) -> None:
    with pytest.raises(Conflict) as refused:
        settlement.refund(order_id=shop.order().pk, amount=None, reason="No")

    assert refused.value.code == "not_refundable"


def test_a_reversal_gives_back_what_is_left_and_the_cost(shop: Shop) -> None:
    order = shop.delivered()
    settlement.refund(order_id=order.pk, amount=Decimal(4), reason="Goodwill")

    with transaction.atomic():
        settlement.reverse(order=settlement.lock(order.pk), reason="Provider took it back")

    order.refresh_from_db()
    assert (order.status, order.payment_status, shop.wallet.balance) == ("reversed", "refunded", 100)
    assert (company(Account.Kind.COST), company(Account.Kind.FLOAT)) == (0, 0)


class RefundsOfAnySize(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(cuts=st.lists(st.integers(min_value=1, max_value=1200), min_size=1, max_size=6))
    def test_any_series_of_refunds_ends_with_the_whole_and_nothing_more(self, cuts: list[int]) -> None:
        shop = make_shop()
        with_fees(shop)
        order = shop.delivered()
        for cents in cuts:
            order.refresh_from_db()
            amount = Decimal(cents) / 100
            if amount < order.refundable:
                settlement.refund(order_id=order.pk, amount=amount, reason="Part")
        settlement.refund(order_id=order.pk, amount=None, reason="Rest")

        order.refresh_from_db()
        parts = dict.fromkeys(("sale", "service_fee", "tax"), Decimal(0))
        for transfer in order.transfers.filter(kind__startswith="refund_"):
            parts[transfer.kind.removeprefix("refund_")] += transfer.amount
        assert parts == {"sale": order.price, "service_fee": order.service_fee, "tax": order.tax}
        assert order.refunded_amount == order.total
        assert prove().right


def test_every_step_leaves_the_books_right(shop: Shop) -> None:
    with_fees(shop)
    order = shop.delivered()
    settlement.refund(order_id=order.pk, amount=Decimal(1), reason="Part")
    fail(shop.order())
    settlement.cancel(order_id=shop.order().pk, reason="No")
    shop.order()

    assert prove().right
    assert Order.objects.count() == 4
