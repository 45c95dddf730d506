"""The sweep finishes what a broker or worker lost, and nothing it starts twice has two effects."""

from datetime import timedelta
from unittest import mock

import pytest
from django.utils import timezone

from commerce.models import Account, Delivery, Order, Payment
from commerce.providers.base import Outcome
from commerce.schedules import PERIODIC, make_schedules
from commerce.services import claims, dispatch, fulfilment, requery, settlement
from commerce.services.claims import claim
from commerce.tasks import deliver_orders, dispatch_created, sweep
from tests.factories_fulfilment import (
    Scripted,
    buyer,
    later,
    place,
    place_for_customer,
    player_product,
    refreshed,
    sandbox,
    scripted,
    shipped_order,
    submissions,
    swept,
    unleased,
)

pytestmark = pytest.mark.django_db
S, P = Order.Status, Order.PaymentStatus


def test_created_orders_that_nobody_took_are_delivered():
    order = place("000")
    assert swept().dispatched == 1
    assert refreshed(order).status == S.FULFILLED
    assert swept().dispatched == 0


def test_an_order_is_handed_over_once_while_its_lease_holds():
    order = place("000")
    assert dispatch.take() == [order.pk]
    assert dispatch.take() == []
    later(30)
    assert dispatch.take() == [order.pk]


def test_no_more_are_handed_over_than_the_workers_can_take_soon():
    product, who = player_product(), buyer()
    for _number in range(3):
        place("000", product=product, by=who)
    assert len(dispatch.take(2)) == 2
    assert dispatch.take(2) == []


def test_unpaid_and_charge_orders_in_their_head_start_are_left_alone():
    place_for_customer()
    charge = place("000", channel=Order.Channel.CHARGE)
    assert dispatch.take() == []
    with mock.patch.object(dispatch.timezone, "now", return_value=timezone.now() + timedelta(seconds=4)):
        assert dispatch.take() == [charge.pk]


def test_an_expired_lease_is_found_and_asked_about():
    order = place("000")
    claim([order.pk])
    assert swept().requeried == 0
    unleased(order)
    assert swept().requeried == 1
    assert refreshed(order).status == S.FULFILLED
    assert submissions(order) == 1


def test_due_checks_are_asked_and_those_not_due_are_not():
    order = place("202")
    fulfilment.deliver(order.pk)
    assert swept().requeried == 0
    later(6)
    assert swept().requeried == 1
    assert refreshed(order).status == S.FULFILLED


def test_an_order_is_asked_about_once_however_often_the_sweep_asked_for_it():
    """The broker's queue may be long: what waits in it are words to ask, and whoever comes first takes the order."""
    provider = scripted(Outcome.UNKNOWN, status=Outcome.PENDING)
    order = place("000", product=player_product(offers=[provider]))
    fulfilment.deliver(order.pk)
    asked = []
    for _sweep in range(12):
        later(6)
        requery.sweep(deliver=asked.append, ask=lambda: asked.append("ask"))
    assert asked == ["ask"] * 12
    for _message in asked:
        requery.requery_due()
    assert [kind for kind, _key in Scripted.calls] == ["submit", "status"]


def test_more_than_are_asked_at_once_are_asked_one_batch_after_another():
    product, who = player_product(), buyer()
    orders = [place("202", product=product, by=who) for _number in range(3)]
    for order in orders:
        fulfilment.deliver(order.pk)
    later(6)
    with mock.patch.object(requery, "AT_ONCE", 2):
        assert requery.requery_due() is True
        assert requery.requery_due() is False
    assert {refreshed(order).status for order in orders} == {S.FULFILLED}


def test_orders_in_the_hands_of_staff_are_left_alone():
    order, _delivery = shipped_order()
    fulfilment.deliver(order.pk)
    later()
    assert swept().requeried == 0


def test_an_unpaid_order_is_cancelled_when_its_time_is_over():
    order, payment = place_for_customer()
    assert swept().expired == 0
    later(3601)
    assert swept().expired == 1
    order = refreshed(order)
    assert (order.status, order.payment_status, order.failure_code) == (
        S.CANCELLED,
        P.RELEASED,
        "payment_expired",
    )
    payment.refresh_from_db()
    assert payment.status == Payment.Status.CANCELLED


def test_a_paid_order_is_never_cancelled_as_unpaid():
    order, payment = place_for_customer()
    later(3601)
    locked = settlement.lock(order.pk)
    payment.status = Payment.Status.COMPLETED
    payment.save()
    settlement.pay(order=locked, payment=payment)
    assert requery.cancel_unpaid(order.pk) is False
    assert refreshed(order).payment_status == P.HELD


def test_a_reversal_gives_the_money_back_once():
    order = place("301")
    fulfilment.deliver(order.pk)
    assert refreshed(order).status == S.FULFILLED
    assert swept().reversed == 0
    later(11)
    assert swept().reversed == 1
    order = refreshed(order)
    assert (order.status, order.payment_status) == (S.REVERSED, P.REFUNDED)
    assert order.attempts.get().status == "reversed"
    assert Account.objects.get(pk=order.account_id).balance == 1000
    assert swept().reversed == 0


def test_a_provider_whose_reversals_cannot_be_read_stops_nobody():
    product = player_product(offers=[scripted(Outcome.DELIVERED), sandbox()])
    order = place("301", product=player_product(offers=[sandbox()]))
    fulfilment.deliver(order.pk)
    later(11)
    with mock.patch("tests.factories_fulfilment.Scripted.reversals", side_effect=ValueError("bad page")):
        assert swept().reversed == 1
    assert product.offers.count() == 2


def test_a_delivery_follows_its_order_that_was_cancelled():
    order, delivery = shipped_order()
    settlement.cancel(order_id=order.pk, reason="Ordered twice")
    assert swept().followed == 1
    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.CANCELLED


def test_the_task_delivers_a_batch_and_hands_the_rest_over():
    product, who = player_product(price=10), buyer()
    product.offers.update(cost=8)
    orders = [place("000", product=product, by=who) for _number in range(42)]
    with mock.patch("commerce.tasks.deliver_orders.delay") as delay:
        assert dispatch_created() == 42
    assert Order.objects.filter(status=S.FULFILLED).count() == 20
    chunks = [(len(call.args[0]), call.args[1]) for call in delay.call_args_list]
    assert chunks == [(20, False), (2, True)]
    with mock.patch("commerce.tasks.dispatch_created.delay") as again:
        for call in delay.call_args_list:
            deliver_orders(*call.args)
    assert again.call_count == 1
    assert {refreshed(order).status for order in orders} == {S.FULFILLED}


def test_one_order_that_breaks_keeps_no_other_back():
    product, who = player_product(), buyer()
    orders = [place("000", product=product, by=who) for _number in range(2)]
    real = claims.next_route

    def breaks_first(subject, version):
        if subject.id == orders[0].pk:
            raise RuntimeError("a bug")
        return real(subject, version)

    with mock.patch.object(claims, "next_route", breaks_first):
        deliver_orders([str(order.pk) for order in orders])
    assert [refreshed(order).status for order in orders] == [S.CREATED, S.FULFILLED]


def test_one_order_in_flight_that_breaks_keeps_no_other_back():
    product, who = player_product(), buyer()
    orders = [place("202", product=product, by=who) for _number in range(2)]
    for order in orders:
        fulfilment.deliver(order.pk)
    later(6)
    real = requery._claim

    def breaks_first(order_id):
        if order_id == orders[0].pk:
            raise RuntimeError("a bug")
        return real(order_id)

    with mock.patch.object(requery, "_claim", breaks_first):
        requery.requery_due()
    assert [refreshed(order).status for order in orders] == [S.UNKNOWN, S.FULFILLED]


def test_the_sweep_task_hands_over_to_tasks():
    order, unknown = place("000"), place("202")
    fulfilment.deliver(unknown.pk)
    later(6)
    deliver_task, ask_task = (
        mock.patch("commerce.tasks.deliver_orders.delay"),
        mock.patch("commerce.tasks.ask_due.apply_async"),
    )
    with deliver_task as deliver, ask_task as ask:
        sweep()
    deliver.assert_called_once_with([str(order.pk)], True)
    ask.assert_called_once()


def test_the_schedule_is_made_and_left_as_the_owner_changed_it():
    from django_celery_beat.models import PeriodicTask

    make_schedules()
    names = [periodic.name for periodic in PERIODIC]
    assert PeriodicTask.objects.filter(name__in=names, enabled=True).count() == len(names)
    PeriodicTask.objects.update(enabled=False)
    make_schedules()
    assert not PeriodicTask.objects.filter(name__in=names, enabled=True).exists()


def test_hints_become_one_message_and_a_dead_broker_breaks_nothing():
    publisher = dispatch.Publisher()
    sent = []

    def send(name, **_options):
        sent.append(name)
        raise ConnectionError("the broker is gone")

    soon, gone = (
        mock.patch.object(dispatch, "AFTER_FAILURE_SECONDS", 0.01),
        mock.patch.object(dispatch.current_app, "send_task", send),
    )
    with soon, gone:
        for _time in range(50):
            publisher.hint()
        _until(lambda: sent)
    assert set(sent) == {"commerce.dispatch"}
    assert len(sent) < 10


def test_a_hint_waits_for_the_commit(django_capture_on_commit_callbacks):
    with mock.patch.object(dispatch._publisher, "hint") as published:
        with django_capture_on_commit_callbacks(execute=True):
            dispatch.hint()
            published.assert_not_called()
        published.assert_called_once()


def test_deliver_now_delivers_in_this_process():
    order = place("000")
    dispatch.deliver_now(order.pk, 10)
    assert refreshed(order).status == S.FULFILLED


def test_deliver_now_waits_for_a_worker_that_was_first():
    order = place("000")
    [job] = claim([order.pk])

    def sleep(_seconds):
        fulfilment.carry_out([job])

    with mock.patch.object(dispatch.time, "sleep", sleep):
        dispatch.deliver_now(order.pk, 10)
    assert refreshed(order).status == S.FULFILLED


def _until(true, seconds=5.0):
    import time

    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    assert true()
