"""Deliveries of many orders at once: claimed and settled together, each as if it were alone."""

import threading
from decimal import Decimal
from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.models import Attempt, Order
from commerce.providers.base import Outcome
from commerce.services import fulfilment, settlement
from commerce.services.claims import claim
from commerce.services.fulfilment import deliver, deliver_all
from commerce.services.proof import prove
from commerce.site_settings import PricingPage
from core.site_settings import save as save_settings
from tests.factories_fulfilment import (
    FUNDS,
    Scripted,
    buyer,
    events_of,
    money_of,
    place,
    player_product,
    refreshed,
    sandbox,
    scripted,
    submissions,
)
from tests.factories_parties import ResellerFactory

pytestmark = pytest.mark.django_db
S, A = Order.Status, Attempt.Status


def test_the_sql_that_settles_does_what_capture_does():
    """The function is the fast twin of `settlement.capture`; here for an order with every part of a price."""
    made = []
    for settle in (_settled_by_sql, _settled_by_service):
        reseller = ResellerFactory(funds=FUNDS, commission_rate=Decimal("3.00"))
        save_settings(PricingPage, {"service_fee": Decimal("1.50"), "tax_percent": Decimal("7.5")}, user=None)
        order = place("000", by=buyer(reseller))
        assert order.commission and order.tax and order.service_fee
        [job] = claim([order.pk])
        settle(job)
        order = refreshed(order)
        made.append(
            {
                "money": money_of(order),
                "order": {name: getattr(order, name) for name in SETTLED_FIELDS},
                "attempt": order.attempts.values("status", "provider_reference", "cost").get(),
                "hold": order.hold.status,
                "events": events_of(order),
                "transfers": list(
                    order.transfers.order_by("id").values_list(
                        "kind",
                        "debit_account__kind",
                        "credit_account__kind",
                        "credit_account__code",
                        "amount",
                        "currency",
                    )
                ),
                "groups": order.transfers.values("group").distinct().count(),
            }
        )
    assert made[0] == made[1]
    assert len(made[0]["transfers"]) == 5


def test_many_delivered_together_cost_few_round_trips_and_come_to_the_same():
    """Of ten that are delivered, the eleventh fails, and the twelfth is nobody's to deliver."""
    product, resellers = player_product(), [buyer() for _number in range(3)]
    orders = [place("000", product=product, by=resellers[number % 3]) for number in range(10)]
    failing, cancelled = place("101", product=product, by=resellers[0]), place("000", product=product)
    settlement.cancel(order_id=cancelled.pk, reason="Ordered twice")
    deliver(place("000", product=product).pk)  # the catalogue and the providers are in memory
    with CaptureQueriesContext(connection) as ran:
        deliver_all([order.pk for order in [*orders, failing, cancelled]])
    ours = [query for query in ran.captured_queries if "sandboxdelivery" not in query["sql"]]
    assert len(ours) < 30, "most of them the failure's own"

    assert {refreshed(order).status for order in orders} == {S.FULFILLED}
    assert refreshed(failing).status == S.FAILED
    assert refreshed(cancelled).status == S.CANCELLED
    assert [submissions(order) for order in [*orders, failing, cancelled]] == [1] * 11 + [0]
    assert {tuple(events_of(order)) for order in orders} == {tuple(events_of(orders[0]))}
    assert len({tuple(order.transfers.values_list("group").distinct()) for order in orders}) == 10
    assert prove().right


def test_one_delivery_that_cannot_be_settled_keeps_none_of_the_others():
    product, who = player_product(), buyer()
    orders = [place("000", product=product, by=who) for _number in range(3)]
    jobs = claim([order.pk for order in orders])
    # The attempt was ended behind our back, which nothing of ours does without raising the generation.
    Attempt.objects.filter(order=orders[1]).update(status=A.FAILED)
    fulfilment.carry_out(jobs)
    assert [refreshed(order).status for order in orders] == [S.FULFILLED, S.PROCESSING, S.FULFILLED]
    assert not orders[1].transfers.exists()
    assert orders[1].hold.status == "open"


def test_deliveries_of_another_generation_are_left_out_of_the_settling():
    product, who = player_product(), buyer()
    orders = [place("000", product=product, by=who) for _number in range(2)]
    jobs = claim([order.pk for order in orders])
    Order.objects.filter(pk=orders[0].pk).update(generation=7)
    ours = [job.attempt_id for job in jobs if job.subject.id == orders[1].pk]
    assert fulfilment.settle_deliveries([(job, RESULT) for job in jobs]) == set(ours)
    assert [refreshed(order).status for order in orders] == [S.PROCESSING, S.FULFILLED]


def test_claimed_twice_is_claimed_once():
    order = place("000")
    [job] = claim([order.pk, order.pk])
    assert claim([order.pk]) == []
    assert order.attempts.get().pk == job.attempt_id


def test_far_providers_are_called_at_the_same_time():
    """Each of the calls waits for the others to begin: one after another none would ever end."""
    together = threading.Barrier(4, timeout=10)

    def meet(_call):
        together.wait()
        return fulfilment.Result(Outcome.DELIVERED)

    product, who = player_product(offers=[scripted(meet)]), buyer()
    orders = [place("000", product=product, by=who) for _number in range(4)]
    deliver_all([order.pk for order in orders])
    assert {refreshed(order).status for order in orders} == {S.FULFILLED}


def test_a_slow_provider_keeps_no_other_order_waiting():
    """The far call ends only when the near one's order is settled."""
    product, near = player_product(offers=[far := scripted()]), player_product(offers=[sandbox()])
    who, settled = buyer(), threading.Event()
    Scripted.on_submit = staticmethod(
        lambda _call: fulfilment.Result(Outcome.DELIVERED if settled.wait(10) else Outcome.UNKNOWN)
    )
    slow, quick = place("000", product=product, by=who), place("000", product=near, by=who)
    real = fulfilment.record_all

    def recorded(answered):
        try:
            return real(answered)
        finally:
            settled.set()

    with mock.patch.object(fulfilment, "record_all", recorded):
        deliver_all([slow.pk, quick.pk])
    assert far.code == slow.attempts.get().provider.code
    assert {refreshed(slow).status, refreshed(quick).status} == {S.FULFILLED}


SETTLED_FIELDS = (
    "status", "payment_status", "captured_amount", "refunded_amount", "cost", "provider_reference",
    "failure_code", "failure_message", "failure_retryable", "lease_until", "next_check_at", "delivered_code",
)  # fmt: skip
RESULT = fulfilment.Result(Outcome.DELIVERED, reference="REF-9")


def _settled_by_sql(job: fulfilment.Job) -> None:
    assert fulfilment.settle_deliveries([(job, RESULT)]) == {job.attempt_id}


def _settled_by_service(job: fulfilment.Job) -> None:
    order = settlement.lock(job.subject.id)
    attempt = order.attempts.select_related("provider").get()
    attempt.status, attempt.provider_reference = A.DELIVERED, "REF-9"
    attempt.save()
    settlement.capture(order=order, attempt=attempt)
