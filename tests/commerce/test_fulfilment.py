"""The engine: sure failures move on or release, everything unclear holds the money, and nothing is delivered
twice.
"""

import threading
from decimal import Decimal
from unittest import mock

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from commerce.models import Attempt, Order, Provider
from commerce.providers.base import NoAnswer, Outcome
from commerce.services import fulfilment, ledger, settlement
from commerce.services.claims import claim
from commerce.services.fulfilment import deliver, deliver_all
from commerce.services.proof import prove
from commerce.services.requery import requery
from commerce.site_settings import PricingPage
from core.models import Event
from core.site_settings import save as save_settings
from tests.factories_catalog import ProviderFactory
from tests.factories_fulfilment import (
    FUNDS,
    Scripted,
    buyer,
    later,
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


def money(order: Order) -> tuple[Decimal, Decimal]:
    order.account.refresh_from_db()
    return order.account.balance, order.account.held


def kinds(order: Order) -> list[str]:
    return list(Event.objects.filter(subject_id=str(order.pk)).order_by("id").values_list("kind", flat=True))


def test_a_delivered_order_is_captured_with_the_offers_cost():
    order = place("000")
    assert deliver(order.pk)
    order = refreshed(order)
    assert (order.status, order.payment_status, order.cost) == (S.FULFILLED, P.CAPTURED, Decimal("80.00"))
    assert money(order) == (FUNDS - order.total, 0)
    attempt = order.attempts.get()
    assert (
        attempt.status == A.DELIVERED and attempt.finished_at and attempt.provider_reference.startswith("SB-")
    )
    assert order.provider_reference == attempt.provider_reference
    assert order.lease_until is None and order.next_check_at is None
    assert kinds(order) == ["order.created", "order.fulfilled"]


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
    assert money(order) == (FUNDS, 0)


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
    assert money(order) == (FUNDS, order.total)
    assert kinds(order) == ["order.created", "order.unknown"]


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
    assert money(order)[1] == 0


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
    balance = money(order)
    assert fulfilment.record(job, fulfilment.Result(Outcome.FAILED)) is None
    assert refreshed(order).status == S.FULFILLED
    assert money(order) == balance


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
    assert money(order) == (FUNDS, 0)


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
                "money": money(order),
                "order": {name: getattr(order, name) for name in SETTLED_FIELDS},
                "attempt": order.attempts.values("status", "provider_reference", "cost").get(),
                "hold": order.hold.status,
                "events": kinds(order),
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
    assert {tuple(kinds(order)) for order in orders} == {tuple(kinds(orders[0]))}
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
