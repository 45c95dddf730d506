"""`POST /api/payment/webhook/`: believed only when signed, answered as brief 1 says, and never a 500."""

import base64
import json
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from standardwebhooks.webhooks import Webhook

from commerce.models import Account, Order, Payment, Transfer, WebhookMessage
from core.ids import uuid7
from tests.factories_fulfilment import place, place_for_customer, refreshed

pytestmark = pytest.mark.django_db
SECRET = "whsec_" + base64.b64encode(b"a secret of the tests, 32 bytes!").decode()
URL = "/api/payment/webhook/"
DONE = {"message": "Transaction and order status updated."}


@pytest.fixture(autouse=True)
def secret(settings):
    settings.PAYMENT_WEBHOOK_SECRETS = ["whsec_" + base64.b64encode(b"an older one").decode(), SECRET]


def send(body, *, secret=SECRET, message_id="", at=None, off=timedelta(0), headers=None, client=None):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    at = (at or datetime.now(UTC)) + off
    message_id = message_id or f"msg_{uuid7()}"
    signature = Webhook(secret).sign(message_id, at, raw.decode("utf-8", "replace"))
    given = {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
        **(headers or {}),
    }
    given = {name: value for name, value in given.items() if value is not None}
    return (client or Client()).post(URL, raw, content_type="application/json", headers=given)


def body_of(payment: Payment, status: str = "success") -> dict[str, str]:
    return {"transaction_id": str(payment.pk), "status": status}


def test_a_signed_success_is_answered_in_the_briefs_words():
    order, payment = place_for_customer()
    response = send(body_of(payment))
    assert (response.status_code, response.json()) == (200, DONE)
    assert refreshed(order).payment_status == "held"


def test_an_unknown_transaction_is_404_with_the_briefs_error():
    response = send({"transaction_id": str(uuid7()), "status": "success"})
    assert response.status_code == 404
    assert response.json()["error"] == "Transaction not found"


def test_a_resellers_order_is_409():
    order = place("000")
    response = send({"transaction_id": str(order.pk), "status": "success"})
    assert (response.status_code, response.json()["code"]) == (409, "paid_from_wallet")


def test_a_contradiction_is_200_and_changes_nothing():
    order, payment = place_for_customer()
    send(body_of(payment))
    response = send(body_of(payment, "failed"))
    assert (response.status_code, response.json()) == (200, DONE)
    assert refreshed(order).payment_status == "held"


WRONG_SECRET = "whsec_" + base64.b64encode(b"somebody else's secret").decode()


@pytest.mark.parametrize(
    "forgery",
    [
        {"secret": WRONG_SECRET},
        {"off": timedelta(minutes=-6)},
        {"off": timedelta(minutes=6)},
        {"headers": {"webhook-signature": None}},
        {"headers": {"webhook-id": None}},
        {"headers": {"webhook-timestamp": None}},
        {"headers": {"webhook-timestamp": "yesterday"}},
        {"headers": {"webhook-timestamp": "nan"}},
        {"headers": {"webhook-timestamp": "9" * 400}},
        {"headers": {"webhook-signature": "v1"}},
        {"headers": {"webhook-signature": "v1,,,"}},
        {"headers": {"webhook-signature": "v1,\u00e9\u00e9"}},
        {"headers": {"webhook-signature": "v1,====="}},
        {"headers": {"webhook-signature": "v2,abc v1a,def"}},
        {"headers": {"webhook-signature": "x" * 100_000}},
        {"headers": {"webhook-id": "another id"}},
    ],
)
def test_what_is_not_signed_is_401_and_changes_nothing(forgery):
    order, payment = place_for_customer()
    response = send(body_of(payment), **forgery)
    assert response.status_code == 401, response.content
    assert response.json()["code"] == "invalid_signature"
    assert refreshed(order).payment_status == "pending"
    assert not WebhookMessage.objects.exists()


def test_no_key_and_no_session_stands_in_for_the_signature(admin_client):
    _order, payment = place_for_customer()
    response = admin_client.post(URL, body_of(payment), content_type="application/json")
    assert response.status_code == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"not json", 400),
        (b"\xff\xfe", 401),  # not even text: the signature is made over text
        (b"[]", 400),
        (b"{}", 400),
        (b'{"transaction_id": 7, "status": "success"}', 400),
        (b'{"transaction_id": "7", "status": "success"}', 400),
        (b'{"transaction_id": null, "status": null}', 400),
        (b'{"transaction_id": "\\u0000", "status": "success"}', 400),
        (b'{"transaction_id": "01a1fcda-bcf2-7640-9657-8e5e699984b8", "status": "paid"}', 400),
        (b"[" * 5000, 400),
        (b'{"a": "' + b"x" * 70_000 + b'"}', 413),
    ],
)
def test_bad_bodies_are_refused_by_name(body, status):
    response = send(body)
    assert response.status_code == status, response.content
    assert response.headers["content-type"].startswith("application/problem+json")


def test_other_methods_are_refused():
    assert Client().get(URL).status_code == 405


@pytest.mark.django_db(transaction=True)
def test_three_times_shuffled_contradicted_and_forged_at_the_same_moment():
    """Each payment is told three times by four senders at once; a tenth contradicts, a tenth is forged."""
    chance = random.Random(7)
    placed = [place_for_customer() for _number in range(6)]
    calls = []
    for _order, payment in placed:
        for _time in range(3):
            calls.append((body_of(payment), f"msg_{payment.pk}", SECRET))
        calls.append((body_of(payment, "failed"), "", WRONG_SECRET))
    chance.shuffle(calls)
    calls += [(body_of(placed[0][1], "failed"), "", SECRET)]

    def call(arguments):
        body, message_id, signed_with = arguments
        try:
            return send(body, message_id=message_id, secret=signed_with).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(call, calls))
    forged = [status for status, call in zip(statuses, calls, strict=True) if call[2] == WRONG_SECRET]
    assert set(forged) == {401}
    assert statuses.count(200) == len(calls) - len(forged)
    for order, payment in placed:
        assert Transfer.objects.filter(payment=payment).count() == 1
        assert refreshed(order).payment_status == Order.PaymentStatus.HELD
        assert Account.objects.get(pk=order.account_id).balance == order.total
