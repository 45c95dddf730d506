"""Objects of long lists are those Django makes, and files of orders say what the page does."""

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from commerce.models import Order, Transfer
from core.backoffice import list_objects
from core.backoffice.list_columns import plain
from core.backoffice.list_objects import objects
from tests.analytics.shop_days import rewrite
from tests.factories import UserFactory
from tests.factories_orders import make_shop
from tests.project.one_of_each import make_one_of_each

pytestmark = pytest.mark.django_db
FETCHED = "_prefetched_objects_cache"
ORDERS: Any = admin.site._registry[Order]


def attributes(obj: Any, since: tuple[Any, ...] = ()) -> dict[str, Any]:
    """Those of what it leads to as well, but not back again."""
    if obj is None or any(obj is one for one in since):
        return {}
    own = {name: value for name, value in vars(obj).items() if name not in ("_state", FETCHED)}
    led = {name: attributes(other, (*since, obj)) for name, other in obj._state.fields_cache.items()}
    many = {name: list(others) for name, others in vars(obj).get(FETCHED, {}).items()}
    state = (obj._state.adding, obj._state.db)
    return {"of": type(obj), "own": own, "led": led, "many": many, "state": state}


def same(found: QuerySet[Any]) -> list[Any]:
    ours, theirs = list(objects(found, at_once=2)), list(found.iterator(chunk_size=2))
    assert [attributes(one) for one in ours] == [attributes(one) for one in theirs], found.model
    return ours


@pytest.fixture
def orders() -> QuerySet[Order]:
    shop = make_shop(funds=1000)
    for _number in range(3):
        shop.delivered()
    rewrite(shop.order(), is_test=True)
    return Order.objects.order_by("-created_at", "-id")


def test_of_every_list_they_are_djangos_own() -> None:
    make_one_of_each()
    request, filled = HttpRequest(), 0
    request.method, request.user = "GET", UserFactory(staff="super_admin")
    for view in admin.site._registry.values():
        filled += bool(same(view.get_changelist_instance(request).queryset))
    assert filled > 20


@pytest.mark.parametrize(
    "shaped",
    [
        lambda rows: rows.select_related("reseller", "customer"),
        lambda rows: rows.select_related("product__brand__category", "account").defer("recipient", "notes"),
        lambda rows: rows.select_related("product").defer("product__name", "recipient"),
        lambda rows: rows.select_related("product__brand").only("order_number", "product__brand__name"),
        lambda rows: rows.only("order_number", "reseller"),
        lambda rows: rows.annotate(much=F("total") * 2, whose=F("reseller__business_name"))[1:3],
        lambda rows: rows.prefetch_related("attempts"),
        lambda rows: rows.select_related("hold").filter(is_test=True),
        lambda rows: rows.select_related(None).distinct(),
        lambda rows: rows.none(),
    ],
)
def test_however_they_are_asked_for(orders: QuerySet[Order], shaped: Any) -> None:
    same(shaped(orders))


def test_what_many_rows_lead_to_is_read_once(orders: QuerySet[Order]) -> None:
    with CaptureQueriesContext(connection) as asked:
        found = list(objects(orders.select_related("reseller"), at_once=100))
    assert len({id(order.reseller) for order in found}) == 1
    assert len(asked) <= 4


def test_no_more_of_it_is_kept_than_there_is_room_for(
    orders: QuerySet[Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_objects, "MOST_KEPT", 0)
    same(Transfer.objects.select_related("debit_account", "credit_account", "order").order_by("pk"))


def test_what_was_left_out_is_read_when_it_is_asked_for(orders: QuerySet[Order]) -> None:
    found = next(objects(orders.defer("recipient"), at_once=10))
    assert "recipient" not in vars(found)
    assert found.recipient == Order.objects.get(pk=found.pk).recipient
    found.refresh_from_db()
    assert found == Order.objects.get(pk=found.pk)


def test_a_list_left_in_the_middle_leaves_no_cursor(orders: QuerySet[Order]) -> None:
    rows = objects(orders, at_once=2)
    next(rows)
    rows.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_cursors WHERE name LIKE '_django_curs%%'")
        assert cursor.fetchone()[0] == 0


@pytest.mark.parametrize("language", ["en", "fa"])
def test_a_file_of_orders_says_what_the_page_does(orders: QuerySet[Order], language: str) -> None:
    compared, hostile = 0, list(orders)
    for order in hostile:
        order.brand_name, order.product_name = "A  <b>&amp; B", "5 < 6 "
    with translation.override(language):
        for name in (*ORDERS.list_display, *ORDERS.more_columns):
            if (said := getattr(ORDERS, f"plain_{name}", None)) is not None:
                compared += 1
                for order in hostile:
                    assert plain(said(order)) == plain(getattr(ORDERS, name)(order)), name
    assert compared == 12
