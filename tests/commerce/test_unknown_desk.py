"""Deciding what nobody could confirm: with reason and evidence, once, and never against the money."""

from decimal import Decimal

import pytest

from commerce.models import Account, Attempt, Order
from commerce.providers.base import Outcome, Result
from commerce.services import fulfilment, unknown
from commerce.services.unknown import Decision, resolve
from core.actors import Actor, acting_as
from core.exceptions import Conflict, InvalidInput
from core.models import Event
from tests.factories_catalog import ProviderFactory
from tests.factories_fulfilment import FUNDS, buyer, place, player_product, refreshed, shipped_order
from tests.factories_parties import ResellerFactory

pytestmark = pytest.mark.django_db
S, P = Order.Status, Order.PaymentStatus
FOUND = Decision(True, "Seen in the provider's panel", "Screenshot in ticket 12", "PRV-77")
NOT_FOUND = Decision(False, "The provider says it never got it")


@pytest.fixture
def order() -> Order:
    order = place("202")
    fulfilment.deliver(order.pk)
    return refreshed(order)


def wallet(order: Order) -> tuple[Decimal, Decimal]:
    account = Account.objects.get(pk=order.account_id)
    return account.balance, account.held


def test_delivered_captures_the_money_and_keeps_the_evidence(order):
    with acting_as(Actor("staff", "7", "Ops")):
        resolve(order_id=order.pk, decision=FOUND)
    order = refreshed(order)
    assert (order.status, order.payment_status, order.provider_reference) == (
        S.FULFILLED,
        P.CAPTURED,
        "PRV-77",
    )
    assert wallet(order) == (FUNDS - order.total, 0)
    attempt = order.attempts.get()
    assert attempt.status == Attempt.Status.DELIVERED
    assert attempt.response["decided_by_hand"]["evidence"] == "Screenshot in ticket 12"
    event = Event.objects.get(kind="order.resolved")
    assert (event.actor_label, event.data["reason"]) == ("Ops", FOUND.reason)


def test_failed_releases_the_money(order):
    resolve(order_id=order.pk, decision=NOT_FOUND)
    order = refreshed(order)
    assert (order.status, order.payment_status, order.failure_code) == (S.FAILED, P.RELEASED, "not_delivered")
    assert wallet(order) == (FUNDS, 0)


def test_a_decision_is_made_once(order):
    resolve(order_id=order.pk, decision=NOT_FOUND)
    with pytest.raises(Conflict):
        resolve(order_id=order.pk, decision=FOUND)
    assert wallet(order) == (FUNDS, 0)


@pytest.mark.parametrize(
    ("decision", "code"),
    [(Decision(True, " ", "seen"), "reason_required"), (Decision(True, "I think so"), "evidence_required")],
)
def test_a_decision_needs_a_reason_and_a_delivery_needs_evidence(order, decision, code):
    with pytest.raises(InvalidInput) as refusal:
        resolve(order_id=order.pk, decision=decision)
    assert refusal.value.code == code
    assert refreshed(order).status == S.UNKNOWN


@pytest.mark.parametrize("ending", ["000", "101", "201"])
def test_what_is_not_open_cannot_be_decided(ending):
    order = place(ending)
    fulfilment.deliver(order.pk)
    with pytest.raises(Conflict):
        resolve(order_id=order.pk, decision=FOUND)


def test_the_providers_answer_after_a_decision_changes_nothing_but_is_seen(order):
    fulfilment.Order.objects.filter(pk=order.pk).update(lease_until=None)
    from commerce.services import requery

    claimed = requery._claim(order.pk)
    assert claimed and claimed.job
    resolve(order_id=order.pk, decision=NOT_FOUND)
    assert fulfilment.record(claimed.job, Result(Outcome.DELIVERED, reference="LATE")) is None
    assert refreshed(order).status == S.FAILED
    assert wallet(order) == (FUNDS, 0)
    assert Event.objects.get(kind="attempt.contradicted").data["reference"] == "LATE"


def test_an_order_by_hand_is_decided_by_staff_with_its_code():
    hand = ProviderFactory(code="hand", adapter="manual")
    order = place("000", product=player_product(offers=[hand], category="gift-cards"))
    fulfilment.deliver(order.pk)
    assert list(unknown.by_hand_orders(Order.objects.all())) == [order]
    resolve(order_id=order.pk, decision=Decision(True, "Sent by e-mail", "Mail 4", code="CODE-1"))
    order = refreshed(order)
    assert (order.status, order.delivered_code, order.cost) == (S.FULFILLED, "CODE-1", Decimal("80.00"))
    assert not unknown.by_hand_orders(Order.objects.all()).exists()


def test_a_shipped_order_is_decided_by_its_delivery():
    order, _delivery = shipped_order()
    fulfilment.deliver(order.pk)
    assert not unknown.by_hand_orders(Order.objects.all()).exists()
    with pytest.raises(Conflict) as refusal:
        resolve(order_id=order.pk, decision=FOUND)
    assert refusal.value.code == "decided_by_delivery"


def test_money_at_risk_is_summed_by_currency_without_test_mode(order):
    test_order = place("202", product=order.product, by=buyer(ResellerFactory(), is_test=True))
    fulfilment.deliver(test_order.pk)
    [risk] = unknown.at_risk()
    assert (risk.currency, risk.orders, risk.amount, risk.oldest) == ("USD", 1, order.total, order.created_at)
