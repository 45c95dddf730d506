"""Adapters: what the sandbox's endings mean, its books, and how any adapter's answers are read and kept."""

from dataclasses import replace
from decimal import Decimal

import pytest

from commerce.models import SandboxDelivery
from commerce.providers.base import Call, NoAnswer, Outcome, Result, answer, masked, providers
from commerce.providers.sandbox import SandboxAdapter
from commerce.services import esims
from core.ids import uuid7
from tests.factories_fulfilment import later

pytestmark = pytest.mark.django_db


def call_for(recipient: str, **values) -> Call:
    call = Call(
        key=str(uuid7()),
        sku="UC500",
        recipient={"player_id": recipient},
        recipient_key=recipient,
        amount=Decimal("10.00"),
        quantity=1,
        currency="USD",
    )
    return replace(call, **values)


def make(**options) -> SandboxAdapter:
    return SandboxAdapter(code="sandbox-one", options=options)


@pytest.mark.parametrize("recipient", ["5550000", "5550999", "77", "0x99ab", "", "someone@mail.example"])
def test_other_endings_deliver_at_once(recipient):
    assert make().submit(call_for(recipient)).outcome == Outcome.DELIVERED


@pytest.mark.parametrize(
    ("ending", "code"),
    [("101", "recipient_invalid"), ("102", "recipient_barred"), ("103", "product_unavailable")],
)
def test_endings_that_surely_fail(ending, code):
    result = make().submit(call_for(f"5550{ending}"))
    assert (result.outcome, result.error_code) == (Outcome.FAILED, code)
    assert result.message


def test_an_e_mail_address_ends_before_its_at_sign():
    assert make().submit(call_for("buyer101@mail.example")).outcome == Outcome.FAILED


def test_201_is_pending_then_delivered():
    call = call_for("5550201")
    assert make().submit(call).outcome == Outcome.PENDING
    assert make().status(call).outcome == Outcome.PENDING
    later(6)
    assert make().status(call).outcome == Outcome.DELIVERED


@pytest.mark.parametrize(("ending", "outcome"), [("202", Outcome.DELIVERED), ("203", Outcome.FAILED)])
def test_202_and_203_never_answer_and_tell_later(ending, outcome):
    call = call_for(f"5550{ending}")
    with pytest.raises(NoAnswer):
        make().submit(call)
    later(6)
    assert make().status(call).outcome == outcome


def test_301_is_reversed_after_a_while():
    call, adapter = call_for("5550301"), make()
    assert adapter.submit(call).outcome == Outcome.DELIVERED
    start = SandboxDelivery.objects.get().created_at
    assert adapter.reversals(start) == []
    later(11)
    assert [reversal.key for reversal in adapter.reversals(start.replace(year=2000))] == [call.key]


def test_the_same_key_is_done_once_and_counted():
    call, adapter = call_for("5550000"), make()
    assert adapter.submit(call) == adapter.submit(call)
    assert SandboxDelivery.objects.get(key=call.key).submissions == 2


def test_a_key_never_seen_is_not_found():
    assert make().status(call_for("5550000")).outcome == Outcome.NOT_FOUND


def test_a_gift_card_brings_one_code_per_unit_the_same_when_asked_again():
    call, adapter = call_for("a@b.example", category="gift-cards", quantity=2), make()
    result = adapter.submit(call)
    assert len(set(result.code.split("\n"))) == 2
    assert adapter.status(call).code == result.code


def test_an_esim_brings_a_code_that_phones_read():
    call = call_for("a@b.example", category="sim", sim_type="esim")
    code = make().submit(call).code
    assert esims.check_code(code) == code


def test_every_adapter_declares_its_form_and_title():
    for key, adapter in providers.items():
        form = adapter.options_form(data={})
        assert adapter.title, key
        assert form.is_valid(), (key, form.errors)


@pytest.mark.parametrize(
    "error", [NoAnswer(), TimeoutError(), ConnectionResetError(), ValueError("bad JSON")]
)
def test_whatever_an_adapter_raises_is_unknown(error):
    def ask(_call):
        raise error

    assert answer(ask, call_for("1")).outcome == Outcome.UNKNOWN


@pytest.mark.parametrize("reply", [None, {"status": "ok"}, "delivered", True])
def test_what_is_no_result_is_unknown(reply):
    assert answer(lambda _call: reply, call_for("1")).outcome == Outcome.UNKNOWN


def test_a_result_is_passed_on():
    result = Result(Outcome.DELIVERED, reference="R")
    assert answer(lambda _call: result, call_for("1")) is result


def test_replies_are_kept_masked_and_storable():
    reply = {
        "voucher": "ABCD-EFGH-IJKL",
        "api_key": "k" * 20,
        "error_code": "E1",
        "nested": [{"PIN": "123456789"}],
        "nul": "a\x00b",
        "half": "\ud800",
        "long": "x" * 9000,
        "amount": Decimal("1.50"),
        "deep": {"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}},
    }
    kept = masked(reply)
    assert "ABCD" not in kept["voucher"] and kept["voucher"].endswith("IJKL")
    assert kept["api_key"] == "••••••kkkk"
    assert kept["error_code"] == "E1"
    assert kept["nested"][0]["PIN"] == "••••••6789"
    assert kept["nul"] == "ab"
    assert kept["half"] == "?"
    assert len(kept["long"]) == 500
    assert kept["amount"] == "1.50"
