"""A key that ordered before is held in memory: one statement an order, and never an order that a fresh look refuses."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Http
from django.utils import timezone

from commerce.models import ApiKey, Order, Product, Reseller
from commerce.services import api_keys
from core.models import ApiRequest
from core.request_log import request_log
from tests.factories_orders import Shop, make_shop

pytestmark = pytest.mark.django_db
URL = "/api/orders/"


class Server:
    """A reseller's server, held by this process since its first order."""

    def __init__(self) -> None:
        self.shop: Shop = make_shop()
        self.key, secret = api_keys.issue(reseller=self.shop.reseller, name="server")
        self.http = Http(headers={"Authorization": f"Api-Key {secret}"})
        for number in range(2):
            # The first one notes the key's use, which is a change of its row.
            assert self.order(f"before-{number}").status_code == 202

    def order(self, reference: str = "now", **values: Any) -> Any:
        body = {"product": self.shop.product.pk, "reference": reference, **values}
        return self.http.post(URL, body, content_type="application/json")


@pytest.fixture
def server() -> Server:
    return Server()


def placed() -> int:
    return Order.objects.exclude(reference__startswith="before").count()


@pytest.mark.django_db(transaction=True)
def test_an_order_of_a_known_key_is_one_statement(django_assert_num_queries: Any) -> None:
    server = Server()
    with django_assert_num_queries(1):
        assert server.order().status_code == 202


def test_a_revoked_key_orders_nothing_more(server: Server) -> None:
    request_log.waiting.clear()
    api_keys.revoke(key=server.key, reason="Lost")

    answer = server.order()

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_api_key")
    assert answer["WWW-Authenticate"]
    assert placed() == 0
    request_log.flush()
    assert ApiRequest.objects.get().caller == ""
    assert server.http.get(URL).status_code == 401


def test_a_revoked_key_gets_no_answer_of_before(server: Server) -> None:
    Product.objects.update(active=False)
    api_keys.revoke(key=server.key, reason="Lost")

    assert server.order("before-1").status_code == 401


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"scopes": ["read"]}, "missing_scope"),
        ({"allowed_ips": ["203.0.113.7"]}, "invalid_api_key"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "invalid_api_key"),
    ],
)
def test_a_change_of_the_key_counts_at_once(server: Server, change: dict[str, Any], code: str) -> None:
    ApiKey.objects.update(**change)

    assert server.order().json()["code"] == code
    assert placed() == 0


def test_a_key_expires_in_memory_too(server: Server) -> None:
    server.key.refresh_from_db()
    ApiKey.objects.update(expires_at=timezone.now() + timedelta(milliseconds=300))
    assert server.order("before-3").status_code == 202
    while timezone.now() < ApiKey.objects.get().expires_at:  # type: ignore[operator]
        pass

    assert server.order().status_code == 401


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_a_reseller_who_may_not_order_any_more_is_refused_at_once(server: Server, status: str) -> None:
    Reseller.objects.update(status=status)

    assert server.order().status_code in (401, 403)
    assert placed() == 0


def test_nobody_is_refused_by_what_is_held(server: Server) -> None:
    Reseller.objects.update(status="suspended")
    assert server.order().status_code == 403
    Reseller.objects.update(status="active")

    assert server.order().status_code == 202


def test_new_terms_are_those_of_the_next_order(server: Server) -> None:
    before = server.order("before-4").json()
    Reseller.objects.update(commission_rate=Decimal(7))
    assert server.order("a").json()["commission"] == "0.70" != before["commission"]

    Product.objects.update(price=Decimal(20))
    assert server.order("b").json()["total"] == "20.00"


def test_what_is_wrong_with_an_order_is_said_as_ever(server: Server) -> None:
    answers = [
        server.order(product=999_999_999),
        server.order(quantity="two"),
        server.order("before-1"),
        server.order(max_price="1.00"),
    ]

    assert [answer.json()["code"] for answer in answers] == [
        "unknown_product",
        "invalid_type",
        "duplicate_reference",
        "price_above_max",
    ]
    assert placed() == 0


def test_a_repeated_request_is_answered_as_before(server: Server) -> None:
    headers = {"Idempotency-Key": "once"}
    body = {"product": server.shop.product.pk}
    first, second = (
        server.http.post(URL, body, content_type="application/json", headers=headers) for _ in range(2)
    )

    assert second.json() == first.json()
    assert second["Idempotent-Replayed"] == "true"
    assert placed() == 1
