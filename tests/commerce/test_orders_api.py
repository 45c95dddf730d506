"""`/api/orders/` as a reseller's developer uses it."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.test import Client as Http

from commerce.models import Offer, Order
from commerce.services import api_keys
from tests.factories import UserFactory
from tests.factories_catalog import RecipientFieldFactory
from tests.factories_orders import Shop, deliver, make_shop, process

pytestmark = pytest.mark.django_db
URL = "/api/orders/"


@pytest.fixture
def shop() -> Shop:
    return make_shop()


class Developer:
    """Calls the API with a key."""

    def __init__(self, shop: Shop, **options: Any) -> None:
        options = {"name": "server", "mode": "live", "scopes": ["read", "order"], **options}
        _row, self.key = api_keys.issue(reseller=shop.reseller, **options)
        self.http = Http(headers={"Authorization": f"Api-Key {self.key}"})

    def post(self, url: str, body: Any, **headers: str) -> Any:
        return self.http.post(url, body, content_type="application/json", headers=headers)

    def get(self, url: str, **query: Any) -> Any:
        return self.http.get(url, query)


@pytest.fixture
def developer(shop: Shop) -> Developer:
    return Developer(shop)


def body(shop: Shop, **values: Any) -> dict[str, Any]:
    return {"product": shop.product.pk, "reference": "web-1", **values}


def test_an_order_is_accepted_with_its_money_held(developer: Developer, shop: Shop) -> None:
    answer = developer.post(URL, body(shop))

    order = answer.json()
    assert answer.status_code == 202
    assert (order["status"], order["payment_status"], order["total"]) == ("created", "held", "10.00")
    assert order["transaction_id"] == order["id"]
    assert order["timeline"][0]["event"] == "order.created"
    assert shop.wallet.held == 10


def test_the_number_is_short_and_says_nothing_of_the_one_before(developer: Developer, shop: Shop) -> None:
    numbers = [developer.post(URL, body(shop, reference=str(n))).json()["order_number"] for n in range(2)]

    assert all(len(number) <= 16 for number in numbers)
    assert numbers[0][3:6] != numbers[1][3:6] or numbers[0][8:] != numbers[1][8:]


def test_a_request_without_key_or_reference_is_refused(developer: Developer, shop: Shop) -> None:
    answer = developer.post(URL, {"product": shop.product.pk})

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")


def test_the_same_key_replays_the_first_answer(developer: Developer, shop: Shop) -> None:
    first = developer.post(URL, body(shop), **{"Idempotency-Key": "k-1"})
    again = developer.post(URL, body(shop), **{"Idempotency-Key": "k-1"})

    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert (again.headers["Idempotent-Replayed"], first.headers.get("Idempotent-Replayed")) == ("true", None)
    assert Order.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(developer: Developer, shop: Shop) -> None:
    developer.post(URL, body(shop), **{"Idempotency-Key": "k-1"})
    again = developer.post(URL, body(shop, reference="web-2"), **{"Idempotency-Key": "k-1"})

    assert (again.status_code, again.json()["code"]) == (422, "idempotency_mismatch")
    assert Order.objects.count() == 1


@pytest.mark.parametrize("key", ["ключ", "x" * 256])
def test_a_key_that_is_no_key_is_refused(developer: Developer, shop: Shop, key: str) -> None:
    answer = developer.post(URL, body(shop), **{"Idempotency-Key": key})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_idempotency_key")


def test_insufficient_credit_is_said_in_brief_twos_words_too(developer: Developer, shop: Shop) -> None:
    answer = developer.post(URL, body(shop, quantity=10, max_price="1000"))
    answer = developer.post(URL, body(shop, reference="web-2"))

    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["error"]) == (
        400,
        "insufficient_credit",
        problem["detail"],
    )
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_every_wrong_field_is_named_at_once(developer: Developer, shop: Shop) -> None:
    answer = developer.post(URL, body(shop, quantity="2", client=-1, max_price="1e2", user_email="nobody"))

    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {"quantity", "client", "max_price", "user_email"}


def test_a_recipient_is_checked_by_the_brands_own_fields(developer: Developer, shop: Shop) -> None:
    RecipientFieldFactory(brand=shop.product.brand, key="zone", kind="zone", label="Zone")

    missing = developer.post(URL, body(shop))
    given = developer.post(URL, body(shop, recipient={"zone": "2001"}))

    assert "recipient.zone" in missing.json()["errors"]
    assert given.json()["recipient"] == {"zone": "2001"}


def test_an_order_shows_how_it_ended(developer: Developer, shop: Shop) -> None:
    order = shop.order()
    deliver(order, shop.provider)

    shown = developer.get(f"{URL}{order.pk}/").json()

    assert (shown["status"], shown["payment_status"]) == ("fulfilled", "captured")
    assert [step["event"] for step in shown["timeline"]] == ["order.created", "order.fulfilled"]
    assert shown["finished_at"].endswith("Z")


def test_waiting_answers_with_the_final_state(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from commerce.api import orders as api

    def deliver_at_once(*_: Any) -> None:
        deliver(Order.objects.get(status="created"), shop.provider)

    monkeypatch.setattr(api.time, "sleep", deliver_at_once)

    answer = Developer(shop).post(URL, body(shop), Prefer="wait=5")

    assert (answer.status_code, answer.json()["status"]) == (201, "fulfilled")


def test_a_list_is_newest_first_and_pages_by_cursor(developer: Developer, shop: Shop) -> None:
    placed = [shop.order(reference=str(n)) for n in range(3)]

    first = developer.get(URL, page_size=2).json()
    second = developer.http.get(first["next"]).json()

    assert [row["reference"] for row in first["results"] + second["results"]] == ["2", "1", "0"]
    assert (first["previous"], second["next"]) == (None, None)
    assert len(placed) == 3


@pytest.mark.parametrize(
    ("query", "found"),
    [({"status": "created"}, ["open"]), ({"reference": "done"}, ["done"]), ({"status": "failed"}, [])],
)
def test_a_list_is_filtered(
    developer: Developer, shop: Shop, query: dict[str, str], found: list[str]
) -> None:
    shop.delivered(reference="done")
    shop.order(reference="open")

    assert [row["reference"] for row in developer.get(URL, **query).json()["results"]] == found


def test_a_filter_that_makes_no_sense_is_named(developer: Developer) -> None:
    answer = developer.get(URL, status="nonsense")

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["status"])


def test_somebody_elses_order_does_not_exist(developer: Developer, shop: Shop) -> None:
    foreign = make_shop().order()

    assert developer.get(f"{URL}{foreign.pk}/").status_code == 404
    assert developer.post(f"{URL}{foreign.pk}/cancel/", {}).status_code == 404
    assert developer.get(URL).json()["results"] == []


def test_live_and_test_orders_do_not_see_each_other(developer: Developer, shop: Shop) -> None:
    test = Developer(shop, mode="test")
    placed = test.post(URL, body(shop)).json()
    shop.order(reference="live")

    assert placed["test"] is True
    assert [row["reference"] for row in test.get(URL).json()["results"]] == ["web-1"]
    assert [row["reference"] for row in developer.get(URL).json()["results"]] == ["live"]
    assert shop.wallet.held == 10


def test_an_order_can_be_cancelled_until_it_is_being_delivered(developer: Developer, shop: Shop) -> None:
    early, late = shop.order(), shop.order()
    process(late)

    cancelled = developer.post(f"{URL}{early.pk}/cancel/", {"reason": "Typo"})
    refused = developer.post(f"{URL}{late.pk}/cancel/", {})

    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert (refused.status_code, refused.json()["code"]) == (409, "invalid_transition")


def test_a_key_without_the_scope_may_only_read(shop: Shop) -> None:
    reader = Developer(shop, scopes=["read"])

    assert reader.get(URL).status_code == 200
    answer = reader.post(URL, body(shop))
    assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")


def test_staff_see_orders_with_the_right_and_buy_for_nobody(shop: Shop) -> None:
    order = shop.order()
    http = Http()
    http.force_login(UserFactory(is_staff=True, is_superuser=True, role="super_admin"))

    assert http.get(f"{URL}{order.pk}/").status_code == 200
    answer = http.post(URL, body(shop), content_type="application/json")
    assert answer.status_code == 403


class TestBulk:
    def test_each_line_is_answered_with_its_number(self, developer: Developer, shop: Shop) -> None:
        lines = [body(shop, reference="a"), {"product": "x"}, body(shop, reference="b")]

        answer = developer.post(f"{URL}bulk/", {"orders": lines}, **{"Idempotency-Key": "bulk-1"})

        found = answer.json()
        assert (answer.status_code, found["placed"], found["rejected"]) == (200, 2, 1)
        assert [(line["line"], line["status"]) for line in found["results"]] == [
            (1, "placed"),
            (2, "rejected"),
            (3, "placed"),
        ]
        assert "product" in found["results"][1]["errors"]

    def test_the_same_call_replays(self, developer: Developer, shop: Shop) -> None:
        call = {"orders": [body(shop, reference="a")]}

        first = developer.post(f"{URL}bulk/", call, **{"Idempotency-Key": "bulk-1"})
        again = developer.post(f"{URL}bulk/", call, **{"Idempotency-Key": "bulk-1"})

        assert again.json() == first.json()
        assert again.headers["Idempotent-Replayed"] == "true"

    @pytest.mark.parametrize("orders", [None, "x", {}])
    def test_orders_are_a_list(self, developer: Developer, orders: Any) -> None:
        answer = developer.post(f"{URL}bulk/", {"orders": orders}, **{"Idempotency-Key": "bulk-1"})

        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["orders"])

    def test_without_a_key_every_line_needs_a_reference(self, developer: Developer, shop: Shop) -> None:
        answer = developer.post(f"{URL}bulk/", {"orders": [{"product": shop.product.pk}]})

        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")


class TestTopup:
    @pytest.fixture
    def brief(self, shop: Shop) -> dict[str, Any]:
        shop.product.brand.code, shop.product.brand.name = "pubg123", "PUBG Mobile"
        shop.product.brand.save()
        shop.product.name = "UC Pack 500"
        shop.product.save()
        return {
            "gamename": "PUBG Mobile",
            "game_id": "pubg123",
            "product_name": "UC Pack 500",
            "product_id": shop.product.pk,
            "product_price": 10,
            "user_email": "player@example.com",
            "payment_status": "pending",
        }

    def test_a_briefs_body_places_an_order_paid_from_the_wallet(
        self, developer: Developer, shop: Shop, brief: dict[str, Any]
    ) -> None:
        answer = developer.post("/api/topup/", brief)

        found = answer.json()
        assert (answer.status_code, found["message"], found["status"]) == (
            201,
            "Top-up order created successfully.",
            "pending",
        )
        order = Order.objects.get(pk=UUID(found["transaction_id"]))
        assert (order.user_email, order.channel, shop.wallet.held) == (
            "player@example.com",
            "topup",
            Decimal(10),
        )

    def test_a_wrong_price_is_named_even_of_a_product_that_costs_us_more(
        self, developer: Developer, shop: Shop, brief: dict[str, Any]
    ) -> None:
        Offer.objects.update(cost=Decimal("12.00"))

        wrong = developer.post("/api/topup/", {**brief, "product_price": "9.99"})
        right = developer.post("/api/topup/", {**brief, "product_price": "10.00"})

        assert (wrong.status_code, wrong.json()["code"]) == (400, "price_mismatch")
        assert "10.00" in wrong.json()["errors"]["product_price"][0]
        assert (right.status_code, right.json()["code"]) == (400, "below_cost")

    @pytest.mark.parametrize("price", ["10", "10.00", 10, 10.0])
    def test_a_price_may_be_text_or_a_number(
        self, developer: Developer, brief: dict[str, Any], price: Any
    ) -> None:
        assert developer.post("/api/topup/", {**brief, "product_price": price}).status_code == 201

    @pytest.mark.parametrize(
        ("field", "value", "named"),
        [
            ("gamename", "Free Fire", "PUBG Mobile"),
            ("game_id", "nothing", "no game"),
            ("product_name", "UC Pack 5", "UC Pack 500"),
            ("product_id", 999_999, "no product"),
            ("product_price", "9.99", "10.00"),
            ("product_price", "1e1", "digits"),
            ("product_price", "٣٩٩", "digits"),
            ("user_email", "nobody", "e-mail"),
            ("user_email", None, "required"),
            ("payment_status", "maybe", "pending, success, failed"),
            ("gamename", "PUBG\x00", "characters"),
        ],
    )
    def test_what_does_not_match_is_named_with_what_would(
        self, developer: Developer, brief: dict[str, Any], field: str, value: Any, named: str
    ) -> None:
        answer = developer.post("/api/topup/", {**brief, field: value})

        problem = answer.json()
        assert answer.status_code == 400
        assert field in problem["errors"] or "\x00" in str(value)
        assert named in str(problem) or "\x00" in str(value)
        assert not Order.objects.exists()

    def test_an_inactive_game_is_refused(
        self, developer: Developer, shop: Shop, brief: dict[str, Any]
    ) -> None:
        shop.product.brand.active = False
        shop.product.brand.save()

        answer = developer.post("/api/topup/", brief)

        assert (answer.status_code, answer.json()["code"]) == (400, "game_inactive")
