"""Brief 4's transactions: one list of all money, each caller's own, refunds of payments, a file of it."""

import csv
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

from commerce.models import Account, ApiKey, Order, Payment, Transfer
from commerce.models.transactions import Transaction
from commerce.services import ledger, payments, settlement
from commerce.services.fulfilment import deliver
from commerce.services.proof import prove
from core.ids import uuid7
from core.models import Event, User
from tests.factories import UserFactory
from tests.factories_fulfilment import buyer, place, place_for_customer, refreshed
from tests.factories_orders import Shop, make_shop
from tests.factories_parties import key_for

pytestmark = pytest.mark.django_db
URL = "/api/transactions/"


def as_user(user: User) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(user)}")
    return client


def as_staff(role: str = "finance") -> APIClient:
    return as_user(UserFactory(staff=role))


def with_key(shop: Shop, **options: Any) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {key_for(shop.reseller, **options)}")
    return client


def paid() -> tuple[Order, Payment]:
    """A buyer's order of 100.00, delivered."""
    order, payment = place_for_customer()
    payments.handle_webhook(message_id=str(uuid7()), transaction_id=payment.pk, status="success")
    deliver(order.pk)
    payment.refresh_from_db()
    return refreshed(order), payment


def ids(client: APIClient, **query: Any) -> list[str]:
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer.content
    return [row["transaction_id"] for row in answer.json()["results"]]


def refund(client: APIClient, transaction_id: Any, *, key: str = "", **body: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    sent = {"reason": "Late", **body}
    return client.post(f"{URL}{transaction_id}/refund/", sent, format="json", headers=headers)


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def all_money() -> list[Any]:
    accounts = Account.objects.order_by("pk").values_list("pk", "balance", "held")
    return [*accounts, Transfer.objects.count(), Payment.objects.count()]


def test_all_four_types_are_one_list_and_each_has_its_own_address() -> None:
    _order, payment = paid()
    shop = make_shop(funds=500)
    bought = shop.delivered()
    settlement.refund(order_id=bought.pk, amount=Decimal(3), reason="Late")
    client = as_staff()
    rows = client.get(URL).json()["results"]
    assert {row["transaction_type"] for row in rows} == {"payment", "refund", "commission", "credit"}
    assert [row["created_at"] for row in rows] == sorted((row["created_at"] for row in rows), reverse=True)
    assert [client.get(f"{URL}{row['transaction_id']}/").json() for row in rows] == rows
    of = {row["transaction_id"]: row for row in rows}
    assert of[str(payment.pk)] | {"user": payment.customer_id, "amount": "100.00"} == of[str(payment.pk)]
    sale = {"order": str(bought.pk), "reseller": shop.reseller.pk, "user": None, "payment_method": "wallet"}
    assert of[str(bought.pk)] | sale == of[str(bought.pk)]
    (back,) = (row for row in rows if row["transaction_type"] == "refund")
    assert (back["reseller"], back["amount"], back["status"]) == (shop.reseller.pk, "3.00", "completed")


def test_it_is_filtered() -> None:
    _order, payment = paid()
    shop = make_shop(funds=500)
    bought, waiting = shop.delivered(), shop.order()
    client = as_staff()
    every = ids(client)
    assert ids(client, transaction_type="commission") == [
        row.pk for row in Transaction.objects.filter(transaction_type="commission")
    ]
    assert ids(client, status="pending") == [str(waiting.pk)]
    assert ids(client, user=payment.customer_id) == [str(payment.pk)]
    theirs = ids(client, reseller=shop.reseller.pk)
    assert set(theirs) == set(every) - {str(payment.pk)} and len(theirs) == 4
    assert str(bought.pk) in ids(client, order=bought.pk) and str(waiting.pk) not in ids(
        client, order=bought.pk
    )
    today = timezone.localdate()
    assert ids(client, start_date=today, end_date=today) == every
    assert ids(client, end_date=today - timedelta(days=1)) == []
    assert ids(client, created_before=payment.created_at.isoformat()) == []
    assert ids(client, reseller=2**62, user=2**62) == []


@pytest.mark.parametrize(
    "query",
    [
        {"transaction_type": "gift"},
        {"status": "paid"},
        {"reseller": "x"},
        {"user": "1.5"},
        {"user": str(2**63)},
        {"order": "TL-1"},
        {"start_date": "01/02/2025"},
        {"end_date": "2025-02-30"},
        {"start_date": "0001-01-01"},
        {"created_after": "yesterday"},
        {"start_date": "2025-02-01", "end_date": "2025-01-01"},
    ],
)
def test_a_filter_that_is_none_is_named(query: dict[str, str]) -> None:
    answer = as_staff().get(URL, query)
    assert answer.status_code == 400 and next(iter(query)) in answer.json()["errors"]


@pytest.mark.parametrize("name", ["x", "T", "T-1", "T%D9%A1", "T" + "9" * 18, "T" + "9" * 19, "0" * 500])
def test_what_names_no_transaction_is_not_found(name: str) -> None:
    paid()
    assert refused(as_staff().get(f"{URL}{name}/")) == (404, "not_found")


def test_pages_follow_each_other_without_a_gap_where_many_are_of_one_moment() -> None:
    shop = make_shop(funds=500)
    wallet = ledger.wallet_for(party=shop.reseller, currency="USD")
    company = ledger.company_account(Account.Kind.ADJUSTMENT, "USD")
    ledger.post([ledger.Movement(Transfer.Kind.ADJUSTMENT, company, wallet, Decimal(n)) for n in range(1, 8)])
    client, found, url = as_staff(), [], f"{URL}?page_size=3"
    while url:
        page = client.get(url).json()
        found += [row["transaction_id"] for row in page["results"]]
        url = page["next"]
    assert len(found) == len(set(found)) == Transaction.objects.count() == 8


def test_everybody_sees_their_own_alone(django_assert_max_num_queries: Any) -> None:
    order, payment = paid()
    mine, other = make_shop(funds=500), make_shop(funds=500)
    bought, foreign = mine.delivered(), other.delivered()
    key = with_key(mine)
    assert str(bought.pk) in ids(key) and len(ids(key)) == 3
    assert ids(key, reseller=other.reseller.pk) == []
    assert refused(key.get(f"{URL}{foreign.pk}/")) == (404, "not_found")
    credit = Transaction.objects.of_reseller(other.reseller.pk).get(transaction_type="credit")
    assert refused(key.get(f"{URL}{credit.pk}/")) == (404, "not_found")
    assert order.customer and order.customer.user
    customer = as_user(order.customer.user)
    assert ids(customer) == [str(payment.pk)]
    assert refused(customer.get(f"{URL}{bought.pk}/")) == (404, "not_found")
    assert refused(as_staff("moderator").get(URL)) == (403, "permission_denied")
    with django_assert_max_num_queries(8):
        ids(key)


def test_a_test_key_sees_no_real_money() -> None:
    shop = make_shop(funds=500)
    shop.delivered()
    tried = place(product=shop.product, by=buyer(shop.reseller, is_test=True), recipient={})
    assert ids(with_key(shop, mode=ApiKey.Mode.TEST)) == []
    assert refused(as_staff().get(f"{URL}{tried.pk}/")) == (404, "not_found")


def test_a_resellers_payment_goes_back_to_its_wallet_in_parts_and_then_no_more() -> None:
    shop = make_shop(funds=100)
    bought, client = shop.delivered(), as_staff()
    part = refund(client, bought.pk, amount="2.50")
    assert part.status_code == 201, part.content
    told = part.json()
    assert (told["transaction_type"], told["amount"], told["order"]) == ("refund", "2.50", str(bought.pk))
    assert client.get(f"{URL}{told['transaction_id']}/").json() == told
    before = all_money()
    assert refused(refund(client, bought.pk, amount="7.51")) == (400, "refund_exceeds_captured")
    assert all_money() == before
    rest = refund(client, bought.pk).json()
    assert rest["amount"] == "7.50" and rest["transaction_id"] != told["transaction_id"]
    before = all_money()
    assert refused(refund(client, bought.pk)) == (409, "not_refundable")
    assert refused(refund(client, bought.pk, amount="0.01")) == (409, "not_refundable")
    assert all_money() == before
    assert refreshed(bought).payment_status == "refunded" and shop.wallet.balance == 100


def test_a_buyers_payment_goes_to_the_wallet_or_out_to_the_payer() -> None:
    order, payment = paid()
    client = as_staff()
    assert refund(client, payment.pk, amount="40").json()["payment_method"] == "wallet"
    assert refreshed(order).refunded_amount == 40
    assert refused(refund(client, payment.pk, to="payer")) == (400, "reference_required")
    assert refused(refund(client, payment.pk, to="payer", reference="B-1", amount="100.01")) == (
        400,
        "refund_exceeds_paid",
    )
    out = refund(client, payment.pk, to="payer", reference="B-1")
    assert out.status_code == 201, out.content
    assert out.json() | {"amount": "100.00", "user": payment.customer_id, "status": "completed"} == out.json()
    assert refused(refund(client, payment.pk, to="payer", reference="B-2")) == (409, "not_refundable")
    assert refused(refund(client, payment.pk)) == (409, "not_refundable")
    assert Account.objects.get(customer=payment.customer_id).balance == 0


def test_money_moves_once_under_one_key() -> None:
    shop = make_shop(funds=100)
    bought, user = shop.delivered(), UserFactory(staff="finance")
    client = as_user(user)
    first = refund(client, bought.pk, key="k1", amount="2")
    again = refund(client, bought.pk, key="k1", amount="2")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert refused(refund(client, bought.pk, key="k1", amount="3")) == (422, "idempotency_mismatch")
    assert refreshed(bought).refunded_amount == 2
    # What was refused leaves no key behind.
    assert refused(refund(client, bought.pk, key="k2", amount="9")) == (400, "refund_exceeds_captured")
    assert refund(client, bought.pk, key="k2", amount="8").status_code == 201


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("one_key", [True, False])
def test_many_refunds_at_once_move_the_money_once(one_key: bool) -> None:
    shop = make_shop(funds=100)
    bought, user = shop.delivered(), UserFactory(staff="finance")

    def one(number: int) -> tuple[int, str]:
        try:
            answer = refund(as_user(user), bought.pk, key="k" if one_key else f"k{number}", amount="6")
            return answer.status_code, answer.json().get("code", "")
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(one, range(10)))
    assert set(said) <= {(201, ""), (400, "refund_exceeds_captured"), (409, "request_running")}
    assert said.count((201, "")) == 1 or one_key
    assert refreshed(bought).refunded_amount == 6
    assert Transaction.objects.filter(transaction_type="refund").count() == 1
    assert prove().right


def not_captured() -> Any:
    return make_shop(funds=100).order().pk


def not_paid() -> Any:
    return place_for_customer()[1].pk


def of_type(name: str) -> Callable[[], Any]:
    def made() -> Any:
        shop = make_shop(funds=100)
        settlement.refund(order_id=shop.delivered().pk, amount=Decimal(3), reason="Late")
        return Transaction.objects.filter(transaction_type=name)[0].pk

    return made


def paid_back() -> Any:
    _order, payment = paid()
    return refund(as_staff(), payment.pk, to="payer", reference="B-1").json()["transaction_id"]


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (not_captured, "not_refundable"),
        (not_paid, "not_refundable"),
        (of_type("refund"), "not_a_payment"),
        (of_type("commission"), "not_a_payment"),
        (of_type("credit"), "not_a_payment"),
        (paid_back, "not_a_payment"),
    ],
)
@pytest.mark.parametrize("to", ["wallet", "payer"])
def test_what_is_no_paid_payment_is_not_refunded(made: Callable[[], Any], code: str, to: str) -> None:
    named, client = made(), as_staff()
    before = all_money()
    expected = "paid_from_wallet" if made is not_captured and to == "payer" else code
    assert refused(refund(client, named, to=to, reference="B-9")) == (409, expected)
    assert all_money() == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 301}, "reason"),
        ({"amount": "0"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "1e1"}, "amount"),
        ({"amount": "1.001"}, "amount"),
        ({"amount": True}, "amount"),
        ({"to": "me"}, "to"),
        ({"reference": "x" * 121}, "reference"),
    ],
)
def test_a_bad_refund_names_the_field_and_moves_nothing(body: dict[str, Any], field: str) -> None:
    bought, client = make_shop(funds=100).delivered(), as_staff()
    before = all_money()
    answer = refund(client, bought.pk, **body)
    assert answer.status_code == 400 and field in answer.json()["errors"]
    assert all_money() == before


def test_only_who_may_refund_does() -> None:
    mine, other = make_shop(funds=100), make_shop(funds=100)
    bought = mine.delivered()
    before = all_money()
    assert refused(refund(with_key(mine), bought.pk)) == (403, "permission_denied")
    assert refused(refund(with_key(other), bought.pk)) == (404, "not_found")
    assert refused(refund(as_staff("support"), bought.pk)) == (403, "permission_denied")
    assert refused(refund(as_staff("moderator"), bought.pk)) == (403, "permission_denied")
    assert refused(refund(as_staff(), uuid7())) == (404, "not_found")
    assert all_money() == before


def taken(client: APIClient, **query: Any) -> list[dict[str, str]]:
    answer = client.get(f"{URL}export/", query)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(b"".join(answer).decode(), newline="")))


def test_the_filtered_list_is_taken_as_a_file_and_written_down() -> None:
    order, payment = paid()
    shop = make_shop(funds=500)
    shop.reseller.business_name = "=cmd()"
    shop.reseller.save()
    bought, user = shop.delivered(), UserFactory(staff="finance")
    client = as_user(user)
    rows = taken(client)
    assert [row["transaction_id"] for row in rows] == ids(client)
    of = {row["transaction_id"]: row for row in rows}
    assert of[str(payment.pk)]["user"] == order.customer.full_name  # type: ignore[union-attr]
    assert of[str(bought.pk)]["order_number"] == bought.order_number
    assert {row["reseller"] for row in rows if row["transaction_type"] == "commission"} == {"'=cmd()"}
    settlement.refund(order_id=bought.pk, amount=None, reason="Late")
    assert "-0.20" in {row["amount"] for row in taken(client, transaction_type="commission")}
    assert taken(client, reseller=2**62) == []
    today = timezone.localdate().isoformat()
    answer = client.get(f"{URL}export/", {"start_date": today, "status": "completed"})
    assert f"transactions-{today}.csv" in answer.headers["Content-Disposition"]
    lines = len(b"".join(answer).splitlines())
    asked = Event.objects.filter(kind="transactions.exported")[0]
    assert asked.data["filters"] == {"start_date": today, "status": "completed"}
    ended = Event.objects.filter(kind="transactions.export_ended")[0]
    assert ended.data == {"export": asked.pk, "rows": lines - 1, "complete": True}
    assert ended.actor_id == str(user.pk)


def test_the_file_is_for_staff_who_may_see_transactions() -> None:
    shop = make_shop(funds=100)
    for client in (with_key(shop), as_staff("moderator")):
        assert refused(client.get(f"{URL}export/")) == (403, "permission_denied")
    assert as_staff().get(f"{URL}export/", {"status": "odd"}).json()["code"] == "invalid_filter"
