"""Brief 2's paths: sellers, their credit, charges sold, saved numbers."""

from decimal import Decimal
from typing import Any
from unittest import mock

import pytest
from rest_framework.test import APIClient

from commerce.models import ApiKey, Order, Reseller
from commerce.services import charges, ledger, resellers
from tests.factories import UserFactory
from tests.factories_catalog import (
    BrandFactory,
    NumberPrefixFactory,
    OfferFactory,
    PriceListFactory,
    ProductFactory,
    RecipientFieldFactory,
)
from tests.factories_parties import MembershipFactory, ResellerFactory, key_for

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = "+14155552000"  # the sandbox delivers numbers that end in 000
FAILS = "+14155552101"
STAYS_OPEN = "+14155552202"


def staff(role: str = "finance") -> APIClient:
    client = APIClient()
    client.force_authenticate(UserFactory(staff=role))
    return client


def by_key(reseller: Reseller, **options: Any) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {key_for(reseller, **options)}")
    return client


@pytest.fixture
def airtime() -> Any:
    brand = BrandFactory(name="T-Mobile", code="tmobile")
    NumberPrefixFactory(brand=brand, prefix="1415")
    RecipientFieldFactory(brand=brand, key="msisdn", kind="msisdn", label="Phone")
    product = ProductFactory(brand=brand, ranged=True, name="Airtime", step=Decimal("0.01"))
    OfferFactory(product=product, cost=None)
    return product


def sell(
    client: APIClient, seller: Reseller, number: str = NUMBER, amount: Any = 50.00, **headers: str
) -> Any:
    body = {"phone_number": number, "amount": amount}
    return client.post(f"/api/sellers/{seller.pk}/sell_charge/", body, format="json", headers=headers)


def test_the_briefs_walk(airtime: Any) -> None:
    price_list = PriceListFactory(is_default=True)
    created = staff("admin").post("/api/sellers/", {"name": "Seller One"}, format="json")
    assert created.status_code == 201, created.json()
    assert created.json() | {"name": "Seller One", "credit": 0, "status": "active"} == created.json()
    seller = Reseller.objects.get(pk=created.json()["id"])
    assert seller.price_list == price_list
    finance, path = staff(), f"/api/sellers/{seller.pk}/"
    increased = finance.post(f"{path}increase_credit/", {"amount": 500.00}, format="json")
    assert (increased.status_code, increased.json()) == (
        200,
        {"status": "credit increased", "new_credit": 500.0},
    )
    sold = sell(by_key(seller), seller)
    assert (sold.status_code, sold.json()) == (
        200,
        {"status": "charge sold successfully", "remaining_credit": 450.0},
    )
    assert finance.get(f"{path}get_credit/").json() == {"credit": 450.0}
    assert [t["amount"] for t in finance.get(f"{path}get_transactions/").json()] == [-50.0, 500.0]
    (sale,) = finance.get(f"{path}get_charge_sales/").json()
    assert (sale["phone_number"], sale["amount"], sale["status"]) == (NUMBER, 50.0, "success")


def test_a_surely_failed_charge_costs_nothing(airtime: Any) -> None:
    seller = ResellerFactory(funds=100)
    answer = sell(by_key(seller), seller, FAILS)
    assert answer.status_code == 400
    assert answer.json()["error"] == answer.json()["detail"]
    assert charges.credit(reseller_id=seller.pk, currency="USD") == 100


def test_a_charge_nobody_knows_about_stays_held(airtime: Any) -> None:
    seller = ResellerFactory(funds=100)
    with mock.patch("commerce.services.dispatch.deliver_now"):
        answer = sell(by_key(seller), seller, STAYS_OPEN)
    order = Order.objects.get()
    assert answer.status_code == 202
    assert answer.json() == {"status": "processing", "order": str(order.pk), "remaining_credit": 50.0}


@pytest.mark.parametrize(
    ("number", "amount", "field", "code"),
    [
        (NUMBER, "1e2", "amount", "invalid_amount"),
        (NUMBER, -5, "amount", "invalid_amount"),
        (NUMBER, 0, "amount", "invalid_amount"),
        (NUMBER, "50.001", "amount", "invalid_amount"),
        (NUMBER, "٥٠", "amount", "invalid_amount"),
        (NUMBER, True, "amount", "invalid_amount"),
        (NUMBER, 5, "amount", "amount_out_of_range"),
        (NUMBER, 501, "amount", "amount_out_of_range"),
        ("12", 50, "phone_number", "invalid_phone"),
        ("+442079460000", 50, "phone_number", "unknown_operator"),
        ("", 50, "phone_number", "required"),
    ],
)
def test_a_bad_charge_is_refused_by_field(
    airtime: Any, number: str, amount: Any, field: str, code: str
) -> None:
    seller = ResellerFactory(funds=100)
    answer = sell(by_key(seller), seller, number, amount)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert field in answer.json()["errors"]
    assert not Order.objects.exists()


def test_what_the_order_refuses_is_said_of_what_was_sent(airtime: Any) -> None:
    seller = ResellerFactory(funds=100)
    RecipientFieldFactory(brand=airtime.brand, key="name", kind="text", label="Name", required=True)
    answer = sell(by_key(seller), seller)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_recipient")
    assert set(answer.json()["errors"]) == {"phone_number"}
    airtime.brand.recipient_fields.all().delete()
    assert sell(by_key(seller), seller).json()["errors"].keys() == {"phone_number"}
    body = {"phone_number": NUMBER, "amount": 50, "reference": "R" * 65}
    refused = staff("admin").post(f"/api/sellers/{seller.pk}/sell_charge/", body, format="json")
    assert set(refused.json()["errors"]) == {"reference"}


def test_too_little_credit_is_refused(airtime: Any) -> None:
    seller = ResellerFactory(funds=49)
    answer = sell(by_key(seller), seller)
    assert (answer.status_code, answer.json()["code"]) == (400, "insufficient_credit")
    assert charges.credit(reseller_id=seller.pk, currency="USD") == 49


def test_a_duplicate_is_400_and_sells_once(airtime: Any) -> None:
    seller = ResellerFactory(funds=500)
    client = by_key(seller)
    assert sell(client, seller, **{"Idempotency-Key": "k1"}).status_code == 200
    again = sell(client, seller, **{"Idempotency-Key": "k1"})
    assert (again.status_code, again.json()["code"]) == (400, "duplicate_transaction")
    assert sell(client, seller, amount=51, **{"Idempotency-Key": "k1"}).status_code == 422
    body = {"phone_number": NUMBER, "amount": 50, "reference": "R1"}
    path = f"/api/sellers/{seller.pk}/sell_charge/"
    assert client.post(path, body, format="json").status_code == 200
    again = client.post(path, body, format="json")
    assert (again.status_code, again.json()["code"]) == (400, "duplicate_reference")
    assert charges.credit(reseller_id=seller.pk, currency="USD") == 400


def test_a_test_key_sells_with_play_money(airtime: Any) -> None:
    seller = ResellerFactory(funds=500)
    client = by_key(seller, mode=ApiKey.Mode.TEST)
    assert sell(client, seller).json()["remaining_credit"] == 9950.0
    assert client.get(f"/api/sellers/{seller.pk}/get_credit/").json() == {"credit": 9950.0}
    assert staff().get(f"/api/sellers/{seller.pk}/get_credit/").json() == {"credit": 500.0}
    assert staff().get(f"/api/sellers/{seller.pk}/get_charge_sales/").json() == []


def test_increase_credit_is_for_those_who_may_fund_wallets() -> None:
    seller = ResellerFactory()
    path = f"/api/sellers/{seller.pk}/increase_credit/"
    for client in (by_key(seller), staff("admin"), staff("support"), staff("auditor"), staff("moderator")):
        assert client.post(path, {"amount": 5}, format="json").status_code == 403
    assert APIClient().post(path, {"amount": 5}, format="json").status_code == 401
    finance = staff()
    for amount in ("1e2", "NaN", -1, 0, "5.001", None, [], {}, "x" * 50):
        assert finance.post(path, {"amount": amount}, format="json").status_code == 400
    assert charges.credit(reseller_id=seller.pk, currency="USD") == 0


def test_increase_credit_has_one_effect_per_key() -> None:
    seller, finance = ResellerFactory(), staff()
    path = f"/api/sellers/{seller.pk}/increase_credit/"
    first = finance.post(path, {"amount": 5}, format="json", headers={"Idempotency-Key": "a"})
    again = finance.post(path, {"amount": 5}, format="json", headers={"Idempotency-Key": "a"})
    assert (first.json(), again.headers["Idempotent-Replayed"]) == (again.json(), "true")
    assert (
        finance.post(path, {"amount": 6}, format="json", headers={"Idempotency-Key": "a"}).status_code == 422
    )
    assert charges.credit(reseller_id=seller.pk, currency="USD") == 5


def test_somebody_elses_seller_is_not_found(airtime: Any) -> None:
    mine, other = ResellerFactory(funds=50), ResellerFactory(funds=50)
    client, path = by_key(mine), f"/api/sellers/{other.pk}/"
    assert [seller["id"] for seller in client.get("/api/sellers/").json()] == [mine.pk]
    for ending in ("", "get_credit/", "get_transactions/", "get_charge_sales/"):
        assert client.get(path + ending).status_code == 404
    assert client.put(path, {"name": "x"}, format="json").status_code == 404
    assert client.delete(path).status_code == 404
    assert client.post(f"{path}increase_credit/", {"amount": 5}, format="json").status_code == 404
    assert sell(client, other).status_code == 404
    assert client.get(f"/api/credit-transactions/?seller_id={other.pk}").json() == []
    assert client.get(f"/api/charge-transactions/?seller_id={other.pk}").json() == []


def test_a_suspended_seller_and_a_reading_key_sell_nothing(airtime: Any) -> None:
    seller = ResellerFactory(funds=50)
    assert sell(by_key(seller, scopes=["read"]), seller).json()["code"] == "missing_scope"
    resellers.suspend(reseller=seller, reason="Unpaid")
    answer = sell(by_key(seller), seller)
    assert (answer.status_code, answer.json()["code"]) == (403, "reseller_not_active")


def test_credit_is_read_only_and_a_deleted_seller_is_closed() -> None:
    seller, admin = ResellerFactory(funds=50), staff("admin")
    path = f"/api/sellers/{seller.pk}/"
    refused = admin.put(path, {"name": "New", "credit": 900}, format="json")
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["credit"])
    assert admin.put(path, {"name": "New name"}, format="json").json()["name"] == "New name"
    owner = MembershipFactory(reseller=seller).user
    assert by_user(owner).put(path, {"name": "Own name"}, format="json").status_code == 200
    assert by_key(seller).put(path, {"name": "By key"}, format="json").status_code == 403
    assert staff("moderator").delete(path).status_code == 403
    assert admin.delete(path).status_code == 204
    assert admin.get(path).status_code == 404
    seller.refresh_from_db()
    assert seller.status == Reseller.Status.CLOSED
    assert ledger.wallet_for(party=seller, currency="USD").balance == 50


def by_user(user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def test_transactions_are_listed_filtered_and_read(airtime: Any) -> None:
    seller = ResellerFactory(funds=100)
    other = ResellerFactory(funds=70)
    assert sell(by_key(seller), seller).status_code == 200
    finance = staff()
    every = finance.get("/api/credit-transactions/").json()
    assert [(t["seller"], t["amount"]) for t in every] == [
        (seller.pk, -50.0),
        (other.pk, 70.0),
        (seller.pk, 100.0),
    ]
    assert [t["seller"] for t in finance.get(f"/api/credit-transactions/?seller_id={other.pk}").json()] == [
        other.pk
    ]
    assert sum(t["amount"] for t in by_key(seller).get("/api/credit-transactions/").json()) == 50
    assert finance.get(f"/api/credit-transactions/{every[0]['id']}/").json() == every[0]
    assert by_key(other).get(f"/api/credit-transactions/{every[0]['id']}/").status_code == 404
    for text in ("abc", "-1", "9" * 30):
        assert finance.get(f"/api/credit-transactions/?seller_id={text}").status_code == 400
    (charge,) = finance.get(
        "/api/charge-transactions/", {"seller_id": seller.pk, "phone_number": "4155552000"}
    ).json()
    assert charge["status"] == "success"
    assert finance.get(f"/api/charge-transactions/{charge['id']}/").json() == charge
    assert finance.get("/api/charge-transactions/", {"phone_number": "+14155559999"}).json() == []
    assert by_key(other).get(f"/api/charge-transactions/{charge['id']}/").status_code == 404
    assert staff("moderator").get("/api/credit-transactions/").json() == []


def test_saved_numbers() -> None:
    mine, other = ResellerFactory(), ResellerFactory()
    client = by_key(mine)
    created = client.post("/api/phone-numbers/", {"number": "(415) 555-2671", "label": "Mum"}, format="json")
    assert created.status_code == 201, created.json()
    assert (created.json()["number"], created.json()["seller"]) == ("+14155552671", mine.pk)
    path = f"/api/phone-numbers/{created.json()['id']}/"
    twice = client.post("/api/phone-numbers/", {"number": "+14155552671"}, format="json")
    assert (twice.status_code, twice.json()["code"]) == (400, "duplicate")
    assert client.get("/api/phone-numbers/").json() == [created.json()]
    assert by_key(other).get("/api/phone-numbers/").json() == []
    for method in ("get", "put", "delete"):
        assert (
            getattr(by_key(other), method)(path, {"number": "+14155552671"}, format="json").status_code == 404
        )
    changed = client.put(path, {"number": "+14155552672", "label": "Dad"}, format="json")
    assert (changed.json()["number"], changed.json()["label"]) == ("+14155552672", "Dad")
    assert by_key(mine, scopes=["read"]).delete(path).status_code == 403
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


def test_staff_save_a_number_for_a_seller_they_name() -> None:
    seller, admin = ResellerFactory(), staff("admin")
    unnamed = admin.post("/api/phone-numbers/", {"number": "+14155552671"}, format="json")
    assert "seller" in unnamed.json()["errors"]
    named = admin.post("/api/phone-numbers/", {"number": "+14155552671", "seller": seller.pk}, format="json")
    assert (named.status_code, named.json()["seller"]) == (201, seller.pk)
    assert (
        staff("support").post("/api/phone-numbers/", {"number": "+14155552671"}, format="json").status_code
        == 403
    )


def test_staff_without_the_right_to_wallets_see_no_money() -> None:
    seller = ResellerFactory(funds=50)
    moderator, path = staff("moderator"), f"/api/sellers/{seller.pk}/"
    assert moderator.get(path).json()["credit"] is None
    assert moderator.get(f"/api/resellers/{seller.pk}/").json()["current_balance"] is None
    for closed in (
        f"{path}get_credit/",
        f"{path}get_transactions/",
        f"/api/resellers/{seller.pk}/transactions/",
    ):
        assert moderator.get(closed).status_code == 403
