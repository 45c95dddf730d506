"""The engine: sure failures move on or release, everything unclear holds the money, and nothing is delivered
twice.
"""

from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from commerce.models import Attempt, Order, Provider
from commerce.providers.base import NoAnswer, Outcome
from commerce.services import fulfilment, ledger
from commerce.services.claims import claim
from commerce.services.fulfilment import deliver
from commerce.services.requery import requery
from tests.factories_catalog import ProviderFactory
from tests.factories_fulfilment import (
    FUNDS,
    Scripted,
    buyer,
    events_of,
    later,
    money_of,
    place,
    player_product,
    refreshed,
    sandbox,
    scripted,
    submissions,
    unleased,
)
from tests.factories_parties import ResellerFactory

pytestmark = pytest.mark.django_db
S, P, A = Order.Status, Order.PaymentStatus, Attempt.Status


def test_a_delivered_order_is_captured_with_the_offers_cost():
    order = place("000")
    assert deliver(order.pk)
    order = refreshed(order)
    assert (order.status, order.payment_status, order.cost) == (S.FULFILLED, P.CAPTURED, Decimal("80.00"))
    assert money_of(order) == (FUNDS - order.total, 0)
    attempt = order.attempts.get()
    assert (
        attempt.status == A.DELIVERED and attempt.finished_at and attempt.provider_reference.startswith("SB-")
    )
    assert order.provider_reference == attempt.provider_reference
    assert order.lease_until is None and order.next_check_at is None
    assert events_of(order) == ["order.created", "order.fulfilled"]


def test_delivering_again_does_nothing():
    order = place("000")
    assert deliver(order.pk) and not deliver(order.pk)
    assert submissions(order) == 1


def test_a_sure_failure_is_tried_at_the_next_offer():
    product = player_product(offers=[scripted(Outcome.FAILED), sandbox("second")])
    order = place("000", product=product)
    deliver(order.pk)
    order = refreshed(order)
    assert order.status == S.FULFILLED
    assert list(order.attempts.values_list("number", "provider__code", "status")) == [
        (1, "scripted", A.FAILED),
        (2, "second", A.DELIVERED),
    ]


def test_when_all_offers_surely_fail_the_hold_is_released():
    product = player_product(offers=[sandbox("one"), sandbox("two")])
    order = place("101", product=product)
    deliver(order.pk)
    order = refreshed(order)
    assert (order.status, order.payment_status) == (S.FAILED, P.RELEASED)
    assert (order.failure_code, order.failure_retryable) == ("recipient_invalid", False)
    assert order.attempts.count() == 2
    assert money_of(order) == (FUNDS, 0)


@pytest.mark.parametrize(
    "accident",
    [
        NoAnswer(),
        TimeoutError(),
        ConnectionResetError(),
        ValueError("no JSON"),
        Outcome.UNKNOWN,
        "nonsense",
        None,
    ],
)
def test_an_unclear_answer_holds_the_money_and_asks_nobody_else(accident):
    product = player_product(offers=[scripted(accident), sandbox("second")])
    order = place("000", product=product)
    deliver(order.pk)
    order = refreshed(order)
    assert (order.status, order.payment_status) == (S.UNKNOWN, P.HELD)
    assert order.attempts.get().status == A.UNKNOWN
    assert order.next_check_at and order.lease_until is None
    assert money_of(order) == (FUNDS, order.total)
    assert events_of(order) == ["order.created", "order.unknown"]


def test_a_500_after_the_work_was_done_ends_delivered_once():
    done = []

    def submit(call):
        done.append(call.key)
        raise RuntimeError("HTTP 500")

    product = player_product(offers=[scripted(submit, status=Outcome.DELIVERED)])
    order = place("000", product=product)
    deliver(order.pk)
    requery(order.pk)
    assert refreshed(order).status == S.FULFILLED
    assert len(done) == 1


def test_pending_stays_processing_until_the_provider_knows():
    order = place("201")
    deliver(order.pk)
    assert refreshed(order).status == S.PROCESSING
    later(6)
    requery(order.pk)
    assert refreshed(order).status == S.FULFILLED


@pytest.mark.parametrize(("ending", "status"), [("202", S.FULFILLED), ("203", S.FAILED)])
def test_unknown_ends_as_the_provider_says_later(ending, status):
    order = place(ending)
    deliver(order.pk)
    assert refreshed(order).status == S.UNKNOWN
    later(6)
    requery(order.pk)
    order = refreshed(order)
    assert order.status == status
    assert money_of(order)[1] == 0


def test_an_unknown_that_turns_out_failed_goes_to_the_next_offer():
    product = player_product(offers=[scripted(NoAnswer(), status=Outcome.FAILED), sandbox("second")])
    order = place("000", product=product)
    deliver(order.pk)
    requery(order.pk)
    order = refreshed(order)
    assert order.status == S.FULFILLED
    assert order.attempts.count() == 2


def test_an_attempt_that_never_arrived_is_sent_again_under_its_key():
    product = player_product(offers=[scripted(NoAnswer(), status=Outcome.NOT_FOUND)])
    order = place("000", product=product)
    deliver(order.pk)
    Scripted.on_submit = staticmethod(lambda call: fulfilment.Result(Outcome.DELIVERED))
    requery(order.pk)
    assert refreshed(order).status == S.FULFILLED
    key = str(order.attempts.get().pk)
    assert Scripted.calls == [("submit", key), ("status", key), ("submit", key)]


def test_a_crash_before_the_call_is_made_good():
    """The attempt was committed, then the worker was killed: the provider never saw it."""
    order = place("000")
    claim([order.pk])
    assert requery(order.pk) is False  # the lease is still held
    unleased(order)
    assert requery(order.pk)
    assert refreshed(order).status == S.FULFILLED
    assert submissions(order) == 1


def test_a_crash_after_the_call_delivers_once():
    """The provider did it, then the worker was killed before it wrote that down."""
    order = place("000")
    [job] = claim([order.pk])
    job.provider.adapter.submit(job.call)
    unleased(order)
    requery(order.pk)
    assert refreshed(order).status == S.FULFILLED
    assert submissions(order) == 1


def test_the_answer_of_a_worker_that_lost_its_lease_changes_nothing():
    order = place("000")
    [job] = claim([order.pk])
    unleased(order)
    requery(order.pk)
    balance = money_of(order)
    assert fulfilment.record(job, fulfilment.Result(Outcome.FAILED)) is None
    assert refreshed(order).status == S.FULFILLED
    assert money_of(order) == balance


def test_a_crash_between_two_offers_goes_on_with_the_next():
    product = player_product(offers=[scripted(Outcome.FAILED), sandbox("second")])
    order = place("000", product=product)
    [job] = claim([order.pk])
    fulfilment._close(job, fulfilment.Result(Outcome.FAILED))
    unleased(order)
    requery(order.pk)
    assert refreshed(order).status == S.FULFILLED


def test_without_any_offer_left_the_order_fails_and_says_so():
    product = player_product()
    order = place("000", product=product)
    product.offers.update(active=False)
    deliver(order.pk)
    order = refreshed(order)
    assert (order.status, order.failure_code, order.failure_retryable) == (S.FAILED, "no_offer", True)
    assert money_of(order) == (FUNDS, 0)


def test_an_inactive_provider_gets_no_orders_but_answers_for_its_old_ones():
    order = place("202")
    deliver(order.pk)
    Provider.objects.update(active=False)
    later(6)
    requery(order.pk)
    assert refreshed(order).status == S.FULFILLED


def test_test_orders_go_to_a_sandbox_even_where_the_product_has_none():
    product = player_product(offers=[scripted(AssertionError("asked with a test order"))])
    sandbox("any")
    who = buyer(ResellerFactory(), is_test=True)
    order = place("000", product=product, by=who)
    deliver(order.pk)
    order = refreshed(order)
    assert order.status == S.FULFILLED
    assert order.attempts.get().provider.code == "any"


def test_a_gift_cards_code_is_kept_encrypted_on_the_order_and_masked_on_the_attempt():
    product = player_product(category="gift-cards")
    order = place("000", product=product)
    deliver(order.pk)
    order = refreshed(order)
    assert len(order.delivered_code) == 19
    with connection.cursor() as cursor:
        cursor.execute("SELECT delivered_code FROM commerce_order WHERE id = %s", [order.pk])
        assert order.delivered_code not in cursor.fetchone()[0]
    assert order.delivered_code not in str(order.attempts.get().response)


def test_sensitive_recipient_fields_are_masked_on_the_attempt():
    product = player_product()
    product.brand.recipient_fields.update(sensitive=True)
    order = place("000", product=product)
    deliver(order.pk)
    assert "5550000" not in str(order.attempts.get().request)


def test_unpaid_orders_are_not_delivered():
    from tests.factories_fulfilment import place_for_customer

    order, _payment = place_for_customer()
    assert not deliver(order.pk)
    assert refreshed(order).status == S.CREATED


@pytest.mark.django_db(transaction=True)
def test_a_provider_is_never_called_inside_a_transaction():
    product = player_product(offers=[scripted(AssertionError("called inside a transaction"))])
    order = place("000", product=product)
    with pytest.raises(RuntimeError), transaction.atomic():
        deliver(order.pk)
    assert Scripted.calls == []

    def submit(_call):
        assert not connection.in_atomic_block
        assert Attempt.objects.filter(order=order).exists()
        return fulfilment.Result(Outcome.DELIVERED)

    Scripted.on_submit = staticmethod(submit)
    assert deliver(order.pk)
    assert refreshed(order).status == S.FULFILLED


def test_the_requery_schedule_grows_and_a_long_pending_becomes_unknown():
    product = player_product(offers=[scripted(Outcome.PENDING, status=Outcome.PENDING)])
    order = place("000", product=product)
    deliver(order.pk)
    waits = []
    for _time in range(7):
        order = refreshed(order)
        assert order.next_check_at
        waits.append(round((order.next_check_at - order.updated_at).total_seconds()))
        requery(order.pk)
    assert waits == [5, 15, 60, 300, 1800, 7200, 7200]
    assert refreshed(order).status == S.UNKNOWN
    assert order.attempts.get().checks == 7


def test_a_delivery_takes_few_queries():
    first = place("000")
    deliver(first.pk)
    order = place("000", product=first.product, by=buyer(first.reseller))
    with CaptureQueriesContext(connection) as queries:
        deliver(order.pk)
    assert refreshed(order).status == S.FULFILLED
    # A test's own transaction adds the savepoints.
    sent = [query["sql"][:90] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(sent) <= 4, sent


def test_the_ledger_books_the_cost_on_the_delivering_providers_float():
    order = place("000")
    deliver(order.pk)
    floats = order.transfers.filter(kind="cost").values_list("credit_account__code", flat=True)
    assert list(floats) == ["sandbox-one"]
    assert ledger.company_account("float", "USD", code="sandbox-one").balance == 0


def test_by_hand_orders_wait_without_a_schedule():
    hand = ProviderFactory(code="hand", adapter="manual")
    order = place("000", product=player_product(offers=[hand]))
    deliver(order.pk)
    order = refreshed(order)
    assert (order.status, order.next_check_at, order.lease_until) == (S.PROCESSING, None, None)
    assert order.attempts.get().status == A.PENDING
