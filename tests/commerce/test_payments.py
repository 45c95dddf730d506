"""Payments of buyers: the first final word stands, money that comes late is kept, nothing is booked twice."""

from decimal import Decimal
from itertools import permutations

import pytest

from commerce.models import Account, Order, Payment, Transfer, WebhookMessage
from commerce.services import payments, settlement
from commerce.services.fulfilment import deliver
from commerce.services.payments import handle_webhook
from core.exceptions import Conflict, InvalidInput, NotFound
from core.ids import uuid7
from core.models import Event
from tests.factories_fulfilment import later, place, place_for_customer, refreshed, swept

pytestmark = pytest.mark.django_db
S, P = Order.Status, Order.PaymentStatus


def say(payment: Payment, status: str, message_id: str = "") -> str:
    outcome = handle_webhook(message_id=message_id or str(uuid7()), transaction_id=payment.pk, status=status)
    payment.refresh_from_db()
    return outcome


def wallet(order: Order) -> Account:
    return Account.objects.get(pk=order.account_id)


def test_a_buyers_order_waits_for_its_payment():
    order, payment = place_for_customer()
    assert (order.status, order.payment_status) == (S.CREATED, P.PENDING)
    assert (payment.status, payment.amount, payment.customer_id) == (
        "pending",
        order.total,
        order.customer_id,
    )
    assert order.expires_at and (order.expires_at - order.created_at).total_seconds() == 3600


def test_success_pays_holds_and_starts_delivery():
    order, payment = place_for_customer()
    assert say(payment, "success") == "paid"
    order = refreshed(order)
    assert (order.status, order.payment_status) == (S.CREATED, P.HELD)
    assert (wallet(order).balance, wallet(order).held) == (order.total, order.total)
    assert (payment.status, payment.completed_at is not None) == ("completed", True)
    deliver(order.pk)
    assert refreshed(order).status == S.FULFILLED
    assert wallet(order).balance == 0


def test_the_same_message_twice_is_acted_on_once():
    order, payment = place_for_customer()
    assert say(payment, "success", "msg_1") == "paid"
    assert say(payment, "success", "msg_1") == "repeated"
    assert say(payment, "failed", "msg_1") == "repeated"
    assert WebhookMessage.objects.get().outcome == "paid"
    assert Transfer.objects.filter(payment=payment).count() == 1
    assert wallet(order).balance == order.total


def test_a_second_success_under_another_id_pays_nothing_more():
    order, payment = place_for_customer()
    say(payment, "success")
    assert say(payment, "success") == "known"
    assert wallet(order).balance == order.total


def test_failed_cancels_the_order():
    order, payment = place_for_customer()
    assert say(payment, "failed") == "failed"
    order = refreshed(order)
    assert (order.status, order.payment_status, order.failure_code) == (
        S.CANCELLED,
        P.FAILED,
        "payment_failed",
    )
    assert payment.status == "failed"
    assert wallet(order).balance == wallet(order).held == 0


@pytest.mark.parametrize("words", list(permutations(["pending", "success", "failed"])))
def test_in_any_order_the_first_final_word_stands(words):
    order, payment = place_for_customer()
    for word in words:
        say(payment, word)
    first = next(word for word in words if word != "pending")
    order = refreshed(order)
    assert payment.status == {"success": "completed", "failed": "failed"}[first]
    assert order.payment_status == {"success": P.HELD, "failed": P.FAILED}[first]
    assert Event.objects.filter(kind="payment.contradicted").count() == 1


def test_a_payment_after_the_order_expired_is_kept_for_a_decision():
    order, payment = place_for_customer()
    later(3601)
    swept()
    assert say(payment, "success") == "paid late"
    order = refreshed(order)
    assert (order.status, payment.status, payment.needs_decision) == (S.CANCELLED, "completed", True)
    assert (wallet(order).balance, wallet(order).held) == (order.total, 0)
    assert say(payment, "success") == "known"
    assert wallet(order).balance == order.total


def test_a_decision_is_closed_once_with_a_reason():
    order, payment = place_for_customer()
    settlement.cancel(order_id=order.pk, reason="Changed their mind")
    say(payment, "success")
    with pytest.raises(InvalidInput):
        payments.decide(payment_id=payment.pk, reason=" ")
    assert payments.decide(payment_id=payment.pk, reason="The buyer ordered again").needs_decision is False
    with pytest.raises(Conflict):
        payments.decide(payment_id=payment.pk, reason="Again")


def test_an_unknown_transaction_is_not_found_and_nothing_is_kept():
    with pytest.raises(NotFound, match="Transaction not found"):
        handle_webhook(message_id="m", transaction_id=uuid7(), status="success")
    assert not WebhookMessage.objects.exists()


def test_a_resellers_order_is_paid_from_its_wallet_alone():
    order = place("000")
    with pytest.raises(Conflict) as refusal:
        handle_webhook(message_id="m", transaction_id=order.pk, status="success")
    assert refusal.value.code == "paid_from_wallet"
    assert refreshed(order).payment_status == P.HELD


def test_a_buyers_order_id_is_no_transaction_id():
    order, _payment = place_for_customer()
    with pytest.raises(NotFound):
        handle_webhook(message_id="m", transaction_id=order.pk, status="success")


def test_another_status_is_refused():
    _order, payment = place_for_customer()
    with pytest.raises(InvalidInput):
        handle_webhook(message_id="m", transaction_id=payment.pk, status="paid")
    assert not WebhookMessage.objects.exists()


def test_the_gateway_owes_what_the_wallet_received():
    order, payment = place_for_customer()
    say(payment, "success")
    transfer = Transfer.objects.get(payment=payment)
    assert (transfer.debit_account.kind, transfer.debit_account.code) == ("gateway", "manual")
    assert transfer.amount == Decimal(order.total)
