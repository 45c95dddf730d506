"""Payments paid back: once, whatever the gateway says and however many ask; the database counts too."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from django.db import DatabaseError, connection, transaction

from commerce.gateways.base import Gateway, PaidOut, gateways
from commerce.models import Account, Order, Payment, Transfer
from commerce.services import ledger, payment_starts, payments, refunds, settlement
from commerce.services.buyers import buyer_by_reseller
from commerce.services.fulfilment import deliver
from commerce.services.proof import prove
from commerce.services.refunds import Payout
from core.actors import SYSTEM
from core.exceptions import Conflict, InvalidInput
from core.ids import uuid7
from tests.factories_fulfilment import place_for_customer, refreshed
from tests.factories_parties import ResellerFactory

pytestmark = pytest.mark.django_db
HUNDRED = Decimal(100)


class Bank(Gateway):
    """A gateway that pays out what the test says, and counts by idempotency key as a real one would."""

    title = "Bank"
    pays_out = True
    says: ClassVar[Any]
    asked: ClassVar[list[str]]

    def next_action(self, payment: Payment, *, return_url: str = "") -> dict[str, Any]:
        return {"type": "wait"}

    def refund(self, refund: Payment) -> PaidOut:
        type(self).asked.append(str(refund.pk))
        if isinstance(self.says, Exception):
            raise self.says
        return type(self).says  # type: ignore[no-any-return]


@pytest.fixture
def bank() -> Iterator[Callable[[Any], type[Bank]]]:
    gateways.add("bank", Bank())
    Bank.asked = []

    def say(what: Any) -> type[Bank]:
        Bank.says = what
        return Bank

    yield say
    gateways._items.pop("bank")


def paid(*, gateway: str = "manual", delivered: bool = True) -> tuple[Order, Payment]:
    order, payment = place_for_customer()
    Payment.objects.filter(pk=payment.pk).update(gateway=gateway)
    payments.handle_webhook(
        message_id=str(uuid7()), transaction_id=payment.pk, status="success", gateway=gateway
    )
    if delivered:
        deliver(order.pk)
    payment.refresh_from_db()
    return refreshed(order), payment


def pay_out(payment: Payment, amount: Any = None, reference: str = "") -> Payment:
    wish = Payout(None if amount is None else Decimal(amount), "Not wanted", reference)
    return refunds.pay_out(payment_id=payment.pk, payout=wish)


def balance(order: Order) -> Decimal:
    return Account.objects.get(pk=order.account_id).balance


def kinds(refund: Payment) -> list[str]:
    return [kind for kind in refund.transfers.order_by("id").values_list("kind", flat=True) if "pay" in kind]


def test_a_person_pays_out_by_hand_with_the_banks_reference() -> None:
    order, payment = paid()
    with pytest.raises(InvalidInput) as missing:
        pay_out(payment)
    assert missing.value.code == "reference_required"

    refund = pay_out(payment, reference="B-1")

    order = refreshed(order)
    assert (refund.status, refund.amount, refund.gateway_transaction_id) == ("completed", HUNDRED, "B-1")
    assert (order.payment_status, order.refunded_amount, balance(order)) == ("refunded", HUNDRED, 0)
    assert kinds(refund) == ["payout"]
    with pytest.raises(Conflict):
        pay_out(payment, reference="B-2")
    assert prove().right


def test_a_part_goes_back_and_then_at_most_the_rest() -> None:
    order, payment = paid()
    pay_out(payment, "30.00", "B-1")
    with pytest.raises(InvalidInput) as refused:
        pay_out(payment, "70.01", "B-2")
    assert refused.value.code == "refund_exceeds_paid"
    with pytest.raises(Conflict) as twice:
        pay_out(payment, "30.00", "B-1")
    assert twice.value.code == "duplicate_reference"
    pay_out(payment, "70.00", "B-3")
    assert refreshed(order).payment_status == "refunded"
    assert prove().right


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "100.01"])
def test_an_amount_that_is_none_is_refused(amount: str) -> None:
    order, payment = paid()
    with pytest.raises(InvalidInput):
        pay_out(payment, amount, "B-1")
    assert not Payment.objects.filter(refund_of=payment).exists()
    assert refreshed(order).refunded_amount == 0


def test_what_is_being_delivered_is_not_paid_back() -> None:
    _order, payment = paid(delivered=False)
    with pytest.raises(Conflict) as refused:
        pay_out(payment, reference="B-1")
    assert refused.value.code == "not_refundable"
    assert not Payment.objects.filter(refund_of=payment).exists()


def test_money_of_an_order_that_failed_goes_out_of_the_wallet_alone() -> None:
    order, payment = place_for_customer()
    settlement.cancel(order_id=order.pk, reason="Changed their mind")
    payments.handle_webhook(message_id="m", transaction_id=payment.pk, status="success")
    assert balance(order) == HUNDRED
    pay_out(payment, reference="B-1")
    payment.refresh_from_db()
    assert (balance(order), payment.needs_decision) == (0, False)
    assert prove().right


def test_of_an_order_paid_twice_the_second_payment_leaves_the_order_as_it_was() -> None:
    order, payment = paid()
    second = Payment.objects.create(
        id=uuid7(),
        order=order,
        customer_id=payment.customer_id,
        amount=HUNDRED,
        currency="USD",
        gateway="manual",
    )
    payments.handle_webhook(message_id="m2", transaction_id=second.pk, status="success")
    pay_out(second, reference="B-1")
    assert (refreshed(order).refunded_amount, balance(order)) == (0, 0)
    pay_out(payment, reference="B-2")
    assert (refreshed(order).refunded_amount, balance(order)) == (HUNDRED, 0)
    assert prove().right


def test_to_the_wallet_the_order_alone_is_refunded() -> None:
    order, payment = paid()
    refunds.refund_to_wallet(payment_id=payment.pk, amount=Decimal(40), reason="Late")
    assert (balance(order), refreshed(order).refunded_amount) == (40, 40)
    # What is in the wallet by now goes out first; only the rest is refunded of the order.
    pay_out(payment, "50.00", "B-1")
    assert (balance(order), refreshed(order).refunded_amount) == (0, 50)
    pay_out(payment, reference="B-2")
    assert (balance(order), refreshed(order).refunded_amount) == (0, HUNDRED)
    assert prove().right


def test_what_a_reseller_paid_in_goes_back_as_far_as_it_is_there(bank: Any) -> None:
    bank(PaidOut(True, "G-1"))
    reseller = ResellerFactory()
    buyer = buyer_by_reseller(reseller.pk, actor=SYSTEM)
    assert buyer
    payment = payment_starts.start_funding(buyer=buyer, amount=HUNDRED, gateway="bank").payment
    payments.handle_webhook(message_id="m", transaction_id=payment.pk, status="success", gateway="bank")
    wallet = Account.objects.get(reseller=reseller, is_test=False)
    ledger.adjust(account=wallet, amount=Decimal(-60), reason="Spent")
    with pytest.raises(InvalidInput) as refused:
        pay_out(payment)
    assert refused.value.code == "insufficient_credit"
    assert refunds.send(pay_out(payment, "40.00").pk).status == "completed"
    wallet.refresh_from_db()
    assert wallet.balance == 0
    assert prove().right


def test_what_the_gateway_refuses_is_in_the_wallet_again(bank: Any) -> None:
    bank(PaidOut(False, message="The card has expired"))
    order, payment = paid(gateway="bank")
    refund = refunds.send(pay_out(payment).pk)
    assert (refund.status, kinds(refund)) == ("failed", ["payout", "payout_back"])
    assert (balance(order), refreshed(order).payment_status) == (HUNDRED, "refunded")
    refunds.send(refund.pk)
    assert balance(order) == HUNDRED
    # By another way it still goes out.
    bank(PaidOut(True, "G-2"))
    assert refunds.send(pay_out(payment).pk).status == "completed"
    assert balance(order) == 0
    assert prove().right


@pytest.mark.parametrize("silence", [PaidOut(None), TimeoutError("no answer")])
def test_what_nobody_knows_is_asked_again_with_the_same_key(bank: Any, silence: Any) -> None:
    gateway = bank(silence)
    order, payment = paid(gateway="bank")
    refund = pay_out(payment)
    assert refunds.send_pending() == 1
    refund.refresh_from_db()
    assert (refund.status, balance(order)) == ("pending", 0)
    assert prove().right
    bank(PaidOut(True, "G-1"))
    assert refunds.send_pending() == 1
    assert refunds.send_pending() == 0
    refund.refresh_from_db()
    assert (refund.status, refund.gateway_transaction_id, kinds(refund)) == ("completed", "G-1", ["payout"])
    assert gateway.asked == [str(refund.pk)] * 2
    assert prove().right


def test_a_gateway_that_pays_nothing_out_is_not_asked(bank: Any) -> None:
    bank(PaidOut(True)).pays_out = False
    _order, payment = paid(gateway="bank")
    try:
        with pytest.raises(Conflict) as refused:
            pay_out(payment)
    finally:
        Bank.pays_out = True
    assert refused.value.code == "payout_unsupported"


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_pay_out_at_once_one_does(bank: Any) -> None:
    bank(PaidOut(False, message="No"))
    order, payment = paid(gateway="bank")

    def one(_number: int) -> str:
        try:
            pay_out(payment, "60.00")
            return "paid"
        except (Conflict, InvalidInput) as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(one, range(10)))
    assert said.count("paid") == 1
    assert set(said) == {"paid", "refund_exceeds_paid"}
    [refund] = Payment.objects.filter(refund_of=payment)

    def ask(_number: int) -> str:
        try:
            return refunds.send(refund.pk).status
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(ask, range(10))) == {"failed"}
    assert kinds(refund) == ["payout", "payout_back"]
    assert balance(order) == 60
    assert prove().right


REFUND = (
    "INSERT INTO commerce_payment (id, order_id, customer_id, refund_of_id, transaction_type, amount, currency,"
    " payment_method, gateway, payment_gateway_response, status, gateway_transaction_id, needs_decision, created_at,"
    " updated_at) SELECT gen_random_uuid(), order_id, customer_id, id, '{kind}', {amount}, '{currency}', '', gateway,"
    " '{{}}', 'pending', '', false, now(), now() FROM commerce_payment WHERE status = '{of}' AND refund_of_id IS NULL"
)
ATTACKS = {
    "more than was paid": ({"amount": "100.01"}, "TL005"),
    "in another currency": ({"currency": "EUR"}, "TL003"),
    "as a payment": ({"kind": "payment"}, "commerce_payment_refund_of"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_database_refuses_a_refund(attack: str) -> None:
    paid()
    values, expected = ATTACKS[attack]
    wish = {"kind": "refund", "amount": "1", "currency": "USD", "of": "completed", **values}
    assert refusal(REFUND.format(**wish)) == expected


def test_the_database_refuses_the_refund_of_what_was_not_paid_and_a_second_that_is_too_much() -> None:
    place_for_customer()
    wish = {"kind": "refund", "amount": "1", "currency": "USD", "of": "pending"}
    assert refusal(REFUND.format(**wish)) == "TL003"
    _order, payment = paid()
    pay_out(payment, "60.00", "B-1")
    assert refusal(REFUND.format(**{**wish, "amount": "40.01", "of": "completed"})) == "TL005"
    assert refusal("UPDATE commerce_payment SET amount = 101 WHERE refund_of_id IS NOT NULL") == "TL005"


def test_a_payout_leaves_the_wallet_once() -> None:
    _order, payment = paid()
    pay_out(payment, "60.00", "B-1")
    again = (
        'INSERT INTO commerce_transfer ("group", kind, debit_account_id, credit_account_id, amount, currency,'
        " payment_id, external_reference, reason, actor_kind, actor_id, actor_label, created_at)"
        " SELECT gen_random_uuid(), kind, credit_account_id, debit_account_id, 1, currency, payment_id, '', '', '', '',"
        " '', now() FROM commerce_transfer WHERE kind = 'payout'"
    )
    assert refusal(again) == "commerce_transfer_payout_once"
    assert Transfer.objects.filter(kind="payout").count() == 1


def refusal(sql: str) -> str:
    with pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    cause: Any = refused.value.__cause__
    return str(cause.diag.constraint_name or cause.sqlstate)
