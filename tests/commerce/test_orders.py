"""Placing orders: one effect, one hold, everything copied; and what is refused changes nothing."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from commerce.models import Client, Hold, Order
from commerce.services import catalogue, ledger, orders
from commerce.services.order_rows import build_row
from commerce.services.order_view import present
from commerce.services.orders import Key
from core.exceptions import DomainError
from core.models import Event, IdempotencyKey
from tests.factories_catalog import RecipientFieldFactory
from tests.factories_orders import Shop, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return make_shop()


def counts() -> tuple[int, int, int, int]:
    return (
        Order.objects.count(),
        Hold.objects.count(),
        IdempotencyKey.objects.count(),
        Event.objects.filter(kind="order.created").count(),
    )


def test_an_order_copies_everything_that_decided_its_price(shop: Shop) -> None:
    order = shop.order()
    shop.product.price = Decimal(99)
    shop.product.name = "Renamed"
    shop.product.save()

    order.refresh_from_db()
    assert (order.price, order.commission, order.cost) == (10, Decimal("0.20"), 8)
    assert order.product_name != "Renamed"
    assert order.price_explanation


@pytest.mark.django_db(transaction=True)
def test_placing_costs_one_statement_beside_who_asks(shop: Shop, django_assert_num_queries: Any) -> None:
    buyer, request = shop.buyer, shop.request()
    catalogue.current(buyer.catalogue_version)

    with django_assert_num_queries(1):
        orders.place_order(buyer=buyer, request=request, present=present, key=Key("k", "h"))


def test_the_row_has_every_column_that_may_not_be_empty(shop: Shop) -> None:
    row = build_row(shop.buyer, shop.request(), catalogue.current(), timezone.now())

    needed = {field.attname for field in Order._meta.concrete_fields if not field.null}
    known = {field.attname for field in Order._meta.concrete_fields}
    assert needed <= set(row) <= known


def test_the_function_writes_what_the_orm_would(shop: Shop) -> None:
    """The oracle: the same row through plain models is the same order, hold and event."""
    now = timezone.now()
    row = build_row(shop.buyer, shop.request(reference="A"), catalogue.current(), now)
    orders._place_row(shop.buyer, shop.request(reference="A"), dict(row), present, Key(), 202)
    placed = Order.objects.get(reference="A")
    held = shop.wallet.held

    twin = build_row(shop.buyer, shop.request(reference="B"), catalogue.current(), now)
    Order(**twin).save(force_insert=True)
    twin_order = Order.objects.get(reference="B")
    Hold.objects.create(
        order=twin_order, account=shop.wallet, amount=twin["total"], currency="USD", created_at=now
    )

    different = {"id", "order_number", "reference"}
    for field in Order._meta.concrete_fields:
        if field.attname not in different:
            assert getattr(placed, field.attname) == getattr(twin_order, field.attname), field.attname
    assert shop.wallet.held == 2 * held
    assert (placed.hold.amount, placed.hold.status) == (twin_order.hold.amount, twin_order.hold.status)
    assert Event.objects.get(kind="order.created").subject_id == str(placed.pk)


def test_the_same_key_and_request_gives_the_first_answer(shop: Shop) -> None:
    first = shop.place(key=Key("k", "h"))
    before = counts()

    again = shop.place(key=Key("k", "h"))

    assert (again.replayed, again.body, again.status) == (True, first.body, first.status)
    assert counts() == before


def test_the_same_key_for_another_request_is_refused(shop: Shop) -> None:
    shop.place(key=Key("k", "h"))
    before = counts()

    with pytest.raises(DomainError) as refused:
        shop.place(key=Key("k", "other"))

    assert (refused.value.code, refused.value.status) == ("idempotency_mismatch", 422)
    assert counts() == before


def test_a_replay_answers_even_after_the_product_was_withdrawn(shop: Shop) -> None:
    first = shop.place(key=Key("k", "h"))
    shop.product.active = False
    shop.product.save()

    assert shop.place(key=Key("k", "h")).body == first.body


def test_test_mode_has_keys_of_its_own(shop: Shop) -> None:
    live, test = shop.buyer, replace(shop.buyer, is_test=True)

    assert live.scope != test.scope


def test_a_reference_is_a_resellers_once(shop: Shop) -> None:
    shop.place(reference="web-1")
    before = counts()

    with pytest.raises(DomainError) as refused:
        shop.place(reference="web-1")

    assert (refused.value.code, refused.value.status, refused.value.field) == (
        "duplicate_reference",
        409,
        "reference",
    )
    assert counts() == before


def test_two_resellers_may_use_the_same_reference(shop: Shop) -> None:
    shop.place(reference="web-1")
    other = make_shop()

    assert other.place(reference="web-1").status == 202


def test_an_order_beyond_the_wallet_leaves_nothing_behind_not_even_its_key(shop: Shop) -> None:
    poor = make_shop(funds=9)

    with pytest.raises(DomainError) as refused:
        poor.place(key=Key("k", "h"))

    assert refused.value.code == "insufficient_credit"
    assert counts() == (0, 0, 0, 0)
    ledger.fund(account=poor.wallet, amount=Decimal(1), reason="Wire")
    assert poor.place(key=Key("k", "h")).status == 202


def test_an_order_may_use_the_credit_limit_to_the_cent(shop: Shop) -> None:
    poor = make_shop(funds=4)
    ledger.set_credit_limit(account=poor.wallet, limit=Decimal(6), reason="Trusted")

    poor.place()

    assert poor.wallet.available == 0


@pytest.mark.parametrize("status", ["pending", "suspended", "closed"])
def test_only_an_active_reseller_may_order(shop: Shop, status: str) -> None:
    shop.reseller.status = status
    shop.reseller.save()

    with pytest.raises(DomainError) as refused:
        shop.place()

    assert (refused.value.code, refused.value.status) == ("reseller_not_active", 403)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"product_id": 999_999}, "unknown_product", "product"),
        ({"max_price": Decimal("9.99")}, "price_above_max", "max_price"),
        ({"amount": Decimal(5)}, None, "amount"),
        ({"quantity": 0}, "invalid_quantity", "quantity"),
        ({"quantity": 11}, "invalid_quantity", "quantity"),
        ({"client_id": 999_999}, "unknown_client", "client"),
        ({"recipient": {"nobody": "asks"}}, None, "recipient.nobody"),
    ],
)
def test_a_wrong_request_names_its_field_and_changes_nothing(
    shop: Shop, change: dict[str, Any], code: str | None, field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        shop.place(**change)

    assert field in refused.value.errors
    assert code is None or refused.value.code == code
    assert counts() == (0, 0, 0, 0)


@pytest.mark.parametrize("what", ["product", "brand", "category"])
def test_what_is_withdrawn_cannot_be_ordered(shop: Shop, what: str) -> None:
    thing = {"product": shop.product, "brand": shop.product.brand, "category": shop.product.brand.category}[
        what
    ]
    thing.active = False
    thing.save()

    with pytest.raises(DomainError) as refused:
        shop.place()

    assert (refused.value.code, refused.value.field) == ("product_unavailable", "product")


def test_the_recipient_is_normalised_and_found_by_its_key(shop: Shop) -> None:
    RecipientFieldFactory(brand=shop.product.brand, key="phone", kind="msisdn", label="Phone")
    shop.product.brand.country = "US"
    shop.product.brand.save()

    order = shop.order(recipient={"phone": "(415) 555-0100"})

    assert (order.recipient, order.recipient_key) == ({"phone": "+14155550100"}, "+14155550100")


def test_a_price_change_applies_to_the_next_order_at_once(shop: Shop) -> None:
    shop.place()
    shop.product.price = Decimal(20)
    shop.product.save()

    assert shop.order().price == 20


def test_a_client_orders_only_as_often_as_its_limit_allows(shop: Shop) -> None:
    client = Client.objects.create(reseller=shop.reseller, name="Corner shop", monthly_limit=2)
    for _ in range(2):
        shop.place(client_id=client.pk)

    with pytest.raises(DomainError) as refused:
        shop.place(client_id=client.pk)

    client.refresh_from_db()
    assert (refused.value.code, refused.value.field, client.current_usage) == (
        "client_limit_reached",
        "client",
        2,
    )


def test_a_new_month_counts_from_zero(shop: Shop) -> None:
    client = Client.objects.create(reseller=shop.reseller, name="Corner shop", monthly_limit=1)
    shop.place(client_id=client.pk)
    Client.objects.update(usage_month=timezone.now().date().replace(day=1) - timedelta(days=1))

    shop.place(client_id=client.pk)

    client.refresh_from_db()
    assert client.current_usage == 1


def test_another_resellers_client_is_unknown(shop: Shop) -> None:
    foreign = Client.objects.create(reseller=make_shop().reseller, name="Not yours")

    with pytest.raises(DomainError) as refused:
        shop.place(client_id=foreign.pk)

    assert refused.value.code == "unknown_client"
