"""A shipped order goes along its delivery's steps: captured when it is there, released when cancelled."""

from decimal import Decimal

import pytest

from commerce.models import Account, Delivery, Order
from commerce.services import deliveries, fulfilment
from commerce.services.deliveries import Step, move
from core.exceptions import Conflict, InvalidInput
from core.models import Event
from tests.factories_fulfilment import (
    FUNDS,
    buyer,
    place,
    place_for_customer,
    player_product,
    refreshed,
    sandbox,
    shipped_order,
    swept,
)
from tests.factories_parties import ResellerFactory

pytestmark = pytest.mark.django_db
D, S, P = Delivery.Status, Order.Status, Order.PaymentStatus
ICCID = "8988211000000123458"


@pytest.fixture
def order() -> Order:
    order, _delivery = shipped_order()
    fulfilment.deliver(order.pk)
    return refreshed(order)


def go(order: Order, *steps: Step | str) -> Delivery:
    for step in steps:
        delivery = move(order_id=order.pk, step=step if isinstance(step, Step) else Step(step))
    return delivery


SENT = Step(D.DISPATCHED, courier="Post", tracking_number="TR-1")


def wallet(order: Order) -> tuple[Decimal, Decimal]:
    account = Account.objects.get(pk=order.account_id)
    return account.balance, account.held


def test_the_whole_way_to_an_activated_sim(order):
    assert order.status == S.PROCESSING
    delivery = go(order, D.CONFIRMED, SENT)
    assert (delivery.courier, delivery.delivery_tracking_number) == ("Post", "TR-1")
    assert delivery.dispatched_at and refreshed(order).status == S.PROCESSING
    assert wallet(order) == (FUNDS, order.total)
    go(order, D.DELIVERED)
    order = refreshed(order)
    assert (order.status, order.payment_status, order.provider_reference) == (S.FULFILLED, P.CAPTURED, "TR-1")
    assert wallet(order) == (FUNDS - order.total, 0)
    delivery = go(order, Step(D.ACTIVATED, iccid=ICCID))
    assert (delivery.iccid, delivery.activated_at is not None) == (ICCID, True)
    moved = Event.objects.filter(kind="delivery.moved").order_by("id")
    assert [event.data["to"] for event in moved] == ["confirmed", "dispatched", "delivered", "activated"]
    assert delivery.history.count() == 5


@pytest.mark.parametrize("before", [[], [D.CONFIRMED], [D.CONFIRMED, SENT]])
def test_cancelling_on_the_way_fails_the_order_and_frees_the_money(order, before):
    go(order, *before, Step(D.CANCELLED, reason="Address unknown"))
    order = refreshed(order)
    assert (order.status, order.payment_status, order.failure_message) == (
        S.FAILED,
        P.RELEASED,
        "Address unknown",
    )
    assert wallet(order) == (FUNDS, 0)


def test_cancelling_before_anybody_took_it_up_cancels_the_order():
    order, _delivery = shipped_order()
    go(order, Step(D.CANCELLED, reason="Ordered twice"))
    order = refreshed(order)
    assert (order.status, order.payment_status) == (S.CANCELLED, P.RELEASED)


@pytest.mark.parametrize("step", [D.DISPATCHED, D.DELIVERED, D.ACTIVATED, D.PENDING])
def test_steps_are_not_skipped(order, step):
    with pytest.raises(Conflict) as refusal:
        go(order, Step(step, courier="Post", iccid=ICCID))
    assert refusal.value.code == "invalid_transition"
    assert refreshed(order).delivery.status == D.PENDING


def test_a_delivered_parcel_cannot_be_cancelled(order):
    go(order, D.CONFIRMED, SENT, D.DELIVERED)
    with pytest.raises(Conflict):
        go(order, Step(D.CANCELLED, reason="Too late"))
    assert refreshed(order).status == S.FULFILLED


def test_nothing_moves_before_it_is_paid():
    product = player_product(category="sim", shipped=True)
    order, _payment = place_for_customer(product=product, delivery_address="2 Broad Street, Lagos")
    with pytest.raises(Conflict) as refusal:
        go(order, D.CONFIRMED)
    assert refusal.value.code == "not_in_flight"


def test_what_a_step_needs_is_asked_for(order):
    with pytest.raises(InvalidInput, match="why"):
        go(order, Step(D.CANCELLED))
    with pytest.raises(InvalidInput) as refusal:
        go(order, D.CONFIRMED, D.DISPATCHED)
    assert refusal.value.code == "courier_required"
    go(order, SENT, D.DELIVERED)
    with pytest.raises(InvalidInput) as refusal:
        go(order, D.ACTIVATED)
    assert refusal.value.code == "iccid_required"


@pytest.mark.parametrize(
    "iccid", ["8988211000000123459", "12345678901234567", "89882110000001234541111", "89x", "８９"]
)
def test_a_wrong_iccid_is_refused(order, iccid):
    go(order, D.CONFIRMED, SENT, D.DELIVERED)
    with pytest.raises(InvalidInput) as refusal:
        go(order, Step(D.ACTIVATED, iccid=iccid))
    assert refusal.value.code == "invalid_iccid"


def test_an_iccid_belongs_to_one_delivery(order):
    other = place(product=order.product, by=buyer(), delivery_address="3 Main Street")
    fulfilment.deliver(other.pk)
    go(order, D.CONFIRMED, SENT, D.DELIVERED, Step(D.ACTIVATED, iccid=ICCID))
    go(other, D.CONFIRMED, SENT, D.DELIVERED)
    with pytest.raises(Conflict) as refusal:
        go(other, Step(D.ACTIVATED, iccid=ICCID))
    assert refusal.value.code == "iccid_taken"


def test_assigning_names_who_brings_it_until_it_is_there(order):
    deliveries.assign(order_id=order.pk, courier="Bike", tracking_number="B-1")
    assert refreshed(order).delivery.courier == "Bike"
    go(order, D.CONFIRMED, D.DISPATCHED, D.DELIVERED)
    with pytest.raises(Conflict):
        deliveries.assign(order_id=order.pk, courier="Van")


def test_an_order_without_a_delivery_has_no_steps():
    with pytest.raises(Conflict) as refusal:
        go(place("000"), D.CONFIRMED)
    assert refusal.value.code == "no_delivery"


def test_in_test_mode_the_sandbox_decides_and_the_delivery_follows():
    sandbox("any")
    product = player_product(category="sim", shipped=True)
    order = place(
        "000", product=product, by=buyer(ResellerFactory(), is_test=True), delivery_address="1 Test Street"
    )
    fulfilment.deliver(order.pk)
    assert refreshed(order).status == S.FULFILLED
    assert swept().followed == 1
    assert refreshed(order).delivery.status == D.DELIVERED
