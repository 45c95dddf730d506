"""`/api/payments/`: paying an order or into a wallet through a gateway."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Http

from commerce.gateways.base import gateways
from commerce.gateways.manual import ManualGateway
from commerce.models import ApiKey, Payment, Transfer
from commerce.services.payments import handle_webhook
from core.models import User
from tests.factories import UserFactory
from tests.factories_fulfilment import place_for_customer, refreshed
from tests.factories_orders import Shop, make_shop
from tests.factories_parties import key_for

pytestmark = pytest.mark.django_db
URL = "/api/payments/process/"


class SmallGateway(ManualGateway):
    title = "Small"
    currencies = ("USD",)
    minimum, maximum = Decimal(5), Decimal(50)


@pytest.fixture(autouse=True)
def _small_gateway() -> Iterator[None]:
    gateways.add("small", SmallGateway())
    yield
    del gateways._items["small"]


@pytest.fixture
def shop() -> Shop:
    return make_shop(funds=0)


def by_key(shop: Shop, **options: Any) -> Http:
    return Http(headers={"Authorization": f"Api-Key {key_for(shop.reseller, **options)}"})


def signed_in(user: User | None) -> Http:
    assert user is not None
    http = Http()
    http.force_login(user)
    return http


def pay(http: Http, body: Any, **headers: str) -> Any:
    return http.post(URL, body, content_type="application/json", headers=headers)


def test_the_gateways_are_listed_with_what_they_take(shop: Shop) -> None:
    found = {row["code"]: row for row in by_key(shop).get("/api/payments/gateways/").json()}

    assert found["small"] == {
        "code": "small",
        "name": "Small",
        "currencies": ["USD"],
        "min": "5.00",
        "max": "50.00",
    }
    assert "EUR" in found["manual"]["currencies"] and found["manual"]["max"] is None


def test_a_buyer_pays_the_order_through_the_gateway_they_choose() -> None:
    order, payment = place_for_customer()
    http = signed_in(order.customer and order.customer.user)

    answer = pay(http, {"order": str(order.pk), "gateway": "manual", "return_url": "https://shop.example/"})
    again = pay(http, {"order": str(order.pk), "gateway": "manual"})

    told = {"type": "wait", "transaction_id": str(payment.pk)}
    assert answer.status_code == 201, answer.json()
    assert answer.json() == {"transaction_id": str(payment.pk), "status": "pending", "next_action": told}
    assert again.json()["transaction_id"] == str(payment.pk)


def test_what_is_paid_or_paid_otherwise_is_not_paid_again(shop: Shop) -> None:
    order, payment = place_for_customer()
    handle_webhook(message_id="m", transaction_id=payment.pk, status="success")
    funded = make_shop()

    paid = pay(
        signed_in(order.customer and order.customer.user), {"order": str(order.pk), "gateway": "manual"}
    )
    walleted = pay(by_key(funded), {"order": str(funded.order().pk), "gateway": "manual"})

    assert (paid.status_code, paid.json()["code"]) == (409, "not_payable")
    assert (walleted.status_code, walleted.json()["code"]) == (409, "paid_from_wallet")


def test_an_amount_reaches_the_wallet_once_the_gateway_says_so(shop: Shop) -> None:
    started = pay(by_key(shop), {"amount": "20.00", "gateway": "small"}).json()
    assert shop.wallet.balance == 0

    said = [
        handle_webhook(
            message_id=str(n), transaction_id=started["transaction_id"], status="success", gateway="small"
        )
        for n in range(2)
    ]

    assert (said, shop.wallet.balance) == (["funded", "known"], 20)
    transfer = Transfer.objects.get(payment=started["transaction_id"])
    assert (transfer.debit_account.code, transfer.credit_account) == ("small", shop.wallet)


def test_a_failed_amount_moves_nothing(shop: Shop) -> None:
    started = pay(by_key(shop), {"amount": "20.00", "gateway": "manual"}).json()
    handle_webhook(message_id="m", transaction_id=started["transaction_id"], status="failed")

    assert Payment.objects.get().status == "failed"
    assert shop.wallet.balance == 0


def test_the_same_key_starts_one_payment(shop: Shop) -> None:
    http, body = by_key(shop), {"amount": "20.00", "gateway": "manual"}

    first = pay(http, body, **{"Idempotency-Key": "p-1"})
    again = pay(http, body, **{"Idempotency-Key": "p-1"})
    other = pay(http, body | {"amount": "21.00"}, **{"Idempotency-Key": "p-1"})

    assert (again.json(), again.headers["Idempotent-Replayed"]) == (first.json(), "true")
    assert other.status_code == 422
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "required", "gateway"),
        ({"gateway": "manual"}, "order_or_amount", "order"),
        ({"gateway": "nowhere", "amount": "10"}, "unknown_gateway", "gateway"),
        ({"gateway": "small", "amount": "4.99"}, "amount_out_of_range", "amount"),
        ({"gateway": "small", "amount": "50.01"}, "amount_out_of_range", "amount"),
        ({"gateway": "manual", "amount": "1e3"}, "invalid_amount", "amount"),
        (
            {"gateway": "manual", "amount": "1", "return_url": "javascript:alert(1)"},
            "invalid_url",
            "return_url",
        ),
    ],
)
def test_what_makes_no_sense_is_named(shop: Shop, body: Any, code: str, field: str) -> None:
    answer = pay(by_key(shop), body)

    assert (answer.status_code, answer.json()["code"], list(answer.json()["errors"])) == (400, code, [field])


def test_a_currency_the_gateway_does_not_take_is_refused(shop: Shop) -> None:
    shop.reseller.currency = "EUR"
    shop.reseller.save()

    assert pay(by_key(shop), {"amount": "10", "gateway": "small"}).json()["code"] == "currency_not_taken"


def test_who_may_not_pay_into_a_wallet_is_told_so(shop: Shop) -> None:
    order, _payment = place_for_customer()
    body = {"amount": "10", "gateway": "manual"}

    customer = pay(signed_in(order.customer and order.customer.user), body)
    in_test_mode = pay(by_key(shop, mode=ApiKey.Mode.TEST), body)
    reading = pay(by_key(shop, scopes=["read"]), body)
    colleague = pay(signed_in(UserFactory(staff="super_admin")), body)

    assert (customer.json()["code"], in_test_mode.json()["code"]) == ("order_required", "live_only")
    assert (reading.json()["code"], colleague.json()["code"]) == ("missing_scope", "no_party")


def test_somebody_elses_order_is_not_found(shop: Shop) -> None:
    order, _payment = place_for_customer()

    assert pay(by_key(shop), {"order": str(order.pk), "gateway": "manual"}).status_code == 404
    assert refreshed(order).payment_status == "pending"
