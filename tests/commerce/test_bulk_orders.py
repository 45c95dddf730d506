"""Bulk: many orders of one wallet in one call, each answered for itself, and each what it would be alone."""

import re
from typing import Any

import pytest
from django.utils import timezone

from commerce import sql
from commerce.models import Client, Order
from commerce.services import bulk_orders, catalogue, orders
from commerce.services.order_rows import OrderRequest
from commerce.services.order_view import present
from commerce.services.orders import Key
from commerce.services.proof import prove
from core.exceptions import DomainError
from core.models import Event, IdempotencyKey
from tests.commerce.test_orders import counts
from tests.factories_orders import Shop, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return make_shop()


def place(shop: Shop, lines: list[OrderRequest | DomainError], **options: Any) -> orders.Answer:
    return bulk_orders.place_orders(buyer=shop.buyer, requests=lines, **options)


def test_every_line_gets_one_answer_in_its_order(shop: Shop) -> None:
    lines = [shop.request(reference="a"), shop.request(product_id=999_999), shop.request(reference="b")]

    answer = place(shop, lines)

    assert [line["status"] for line in answer.body] == ["placed", "rejected", "placed"]
    assert answer.body[1]["code"] == "unknown_product"
    assert [answer.body[i]["order"]["reference"] for i in (0, 2)] == ["a", "b"]
    assert (Order.objects.count(), shop.wallet.held) == (2, 20)
    assert prove().right


def test_lines_are_placed_as_far_as_the_wallet_covers_them(shop: Shop) -> None:
    answer = place(shop, [shop.request() for _ in range(12)])

    assert [line["status"] for line in answer.body] == ["placed"] * 10 + ["rejected"] * 2
    assert answer.body[10]["code"] == "insufficient_credit"
    assert shop.wallet.available == 0


def test_a_reference_used_before_or_twice_in_the_call_is_refused_alone(shop: Shop) -> None:
    shop.place(reference="old")
    lines = [shop.request(reference=name) for name in ("new", "old", "new")]

    answer = place(shop, lines)

    assert [line["status"] for line in answer.body] == ["placed", "rejected", "rejected"]
    assert {line["code"] for line in answer.body[1:]} == {"duplicate_reference"}


def test_atomic_places_all_or_none(shop: Shop) -> None:
    lines = [shop.request() for _ in range(11)]

    answer = place(shop, lines, atomic=True, key=Key("k", "h"))

    assert answer.status == 400
    assert [line["status"] for line in answer.body] == ["not_placed"] * 10 + ["rejected"]
    assert counts() == (0, 0, 0, 0)
    assert place(shop, lines[:10], atomic=True, key=Key("k", "h")).status == 200


def test_atomic_with_a_line_that_is_not_valid_places_none(shop: Shop) -> None:
    answer = place(shop, [shop.request(), shop.request(product_id=999_999)], atomic=True)

    assert [line["status"] for line in answer.body] == ["not_placed", "rejected"]
    assert counts() == (0, 0, 0, 0)


def test_the_same_call_again_is_answered_as_before(shop: Shop) -> None:
    lines = [shop.request() for _ in range(12)]
    first = place(shop, lines, key=Key("k", "h"))
    before = counts()

    again = place(shop, lines, key=Key("k", "h"))

    assert (again.replayed, again.body) == (True, first.body)
    assert counts() == before


def test_a_call_without_a_single_good_line_places_nothing(shop: Shop) -> None:
    answer = place(shop, [shop.request(product_id=999_999)], key=Key("k", "h"))

    assert answer.body[0]["status"] == "rejected"
    assert Order.objects.count() == 0


def test_a_line_is_the_order_that_would_be_placed_alone(shop: Shop) -> None:
    """The oracle: each column of an order placed in bulk is what the single order has there."""
    client = Client.objects.create(reseller=shop.reseller, name="Corner shop")
    asked = {"client_id": client.pk, "user_email": "a@example.com", "notes": "Quick"}
    alone = orders.place_order(
        buyer=shop.buyer, request=shop.request(reference="alone", **asked), present=present
    )
    two, one = shop.request(reference="two", quantity=2), shop.request(reference="one", **asked)

    answer = place(shop, [two, shop.request(product_id=999_999), one], key=Key("k", "h"))

    twin, order = Order.objects.get(reference="alone"), Order.objects.get(reference="one")
    different = {"id", "order_number", "reference", "request_id", "created_at", "updated_at", "paid_at"}
    for field in Order._meta.concrete_fields:
        if field.attname not in different:
            assert getattr(order, field.attname) == getattr(twin, field.attname), field.attname
    told, shown = answer.body[2]["order"], {"id", "order_number", "reference", "transaction_id"}
    assert {name for name, value in told.items() if value != alone.body[name]} - shown <= {
        "timeline",
        "created_at",
        "updated_at",
    }
    assert list(told) == list(alone.body)
    assert (Order.objects.get(reference="two").total, order.hold.amount) == (20, 10)
    assert Event.objects.filter(kind="order.created", subject_id=str(order.pk)).count() == 1


def test_what_the_release_before_answered_is_repeated(shop: Shop) -> None:
    stored = [{"status": "rejected", "code": "unknown_product"}]
    IdempotencyKey.objects.create(
        scope=shop.buyer.scope,
        key="k",
        request_hash="h",
        status_code=200,
        body=stored,
        created_at=timezone.now(),
    )

    again = place(shop, [shop.request()], key=Key("k", "h"))

    assert (again.replayed, again.body) == (True, stored)
    assert Order.objects.count() == 0


def test_the_function_writes_every_column() -> None:
    written = set(re.findall(r"\w+", sql.read("place_bulk").partition("INSERT INTO commerce_order")[2]))

    assert {field.column for field in Order._meta.concrete_fields} <= written


@pytest.mark.parametrize("lines", [0, 1001])
def test_a_call_has_one_to_a_thousand_lines(shop: Shop, lines: int) -> None:
    with pytest.raises(DomainError) as refused:
        place(shop, [shop.request()] * lines)

    assert (refused.value.code, refused.value.field) == ("too_many_lines", "orders")


def test_a_client_is_counted_once_for_each_line(shop: Shop) -> None:
    client = Client.objects.create(reseller=shop.reseller, name="Corner shop", monthly_limit=3)

    place(shop, [shop.request(client_id=client.pk) for _ in range(3)])

    client.refresh_from_db()
    assert client.current_usage == 3


@pytest.mark.django_db(transaction=True)
def test_two_round_trips_at_most(shop: Shop, django_assert_max_num_queries: Any) -> None:
    buyer, lines = shop.buyer, [shop.request(reference=str(n)) for n in range(5)]
    catalogue.current(buyer.catalogue_version)

    with django_assert_max_num_queries(2):
        bulk_orders.place_orders(buyer=buyer, requests=lines, key=Key("k", "h"))


@pytest.mark.django_db(transaction=True)
def test_clients_are_asked_for_once_a_call(shop: Shop, django_assert_max_num_queries: Any) -> None:
    buyer = shop.buyer
    clients = [Client.objects.create(reseller=shop.reseller, name=str(n)) for n in range(5)]
    lines = [shop.request(client_id=client.pk) for client in clients]
    catalogue.current(buyer.catalogue_version)

    with django_assert_max_num_queries(2):
        bulk_orders.place_orders(buyer=buyer, requests=lines)

    assert Order.objects.exclude(client=None).count() == 5
