"""Orders as CSV for staff: whole, without test mode, safe to open, and written down."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from commerce.models import Order
from commerce.services import csv_copy, order_export
from core.documents.formulas import neutral
from core.models import Event
from tests.factories import UserFactory
from tests.factories_fulfilment import buyer, place
from tests.factories_orders import Shop, fail, make_shop
from tests.factories_parties import key_for

pytestmark = pytest.mark.django_db
ORDERS, FAILURES = "/api/export/orders/", "/api/export/failures/"


@pytest.fixture
def shop() -> Shop:
    return make_shop(funds=1000)


def staff(role: str) -> APIClient:
    client = APIClient()
    client.force_authenticate(UserFactory(staff=role))
    return client


def taken(client: APIClient, url: str, **query: Any) -> list[dict[str, str]]:
    answer = client.get(url, query)
    assert answer.status_code == 200, b"".join(answer)
    return list(csv.DictReader(io.StringIO(b"".join(answer).decode(), newline="")))


def placed_at(shop: Shop, moment: datetime) -> Order:
    """When an order was placed never changes afterwards, so it is placed while the clock says so."""
    with mock.patch("django.utils.timezone.now", return_value=moment):
        return shop.order()


def numbers(rows: list[dict[str, str]]) -> set[str]:
    return {row["order_number"] for row in rows}


def test_every_order_is_in_the_file_with_what_it_cost(shop: Shop) -> None:
    order = shop.delivered(reference="web-1")

    (row,) = taken(staff("admin"), ORDERS)

    assert row["order_number"] == order.order_number
    assert (row["status"], row["payment_status"]) == ("fulfilled", "captured")
    assert (row["total"], row["currency"], row["cost"]) == ("10.00", "USD", "8.00")
    assert row["reseller"] == shop.reseller.business_name
    assert row["created_at"] == f"{order.created_at:%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize("url", [ORDERS, FAILURES])
@pytest.mark.parametrize(
    ("role", "sees"),
    [("super_admin", True), ("finance", True), ("auditor", True), ("support", False), ("moderator", False)],
)
def test_cost_is_a_column_for_those_who_may_see_it(shop: Shop, url: str, role: str, sees: bool) -> None:
    shop.delivered()
    fail(shop.order())

    rows = taken(staff(role), url)

    assert ("cost" in rows[0]) is sees
    assert sees or not any("8.00" in row.values() for row in rows)


def test_orders_of_test_mode_are_in_no_file(shop: Shop) -> None:
    real = shop.delivered()
    tried = place(product=shop.product, by=buyer(shop.reseller, is_test=True), recipient={})
    assert tried.is_test

    assert numbers(taken(staff("admin"), ORDERS)) == {real.order_number}


def test_both_days_belong_to_the_range_and_are_the_companys(shop: Shop, settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Tehran"
    timezone.get_default_timezone.cache_clear()
    zone = ZoneInfo("Asia/Tehran")
    placed_at(shop, datetime(2026, 2, 28, 23, 59, 59, tzinfo=zone))
    inside = [
        placed_at(shop, datetime(2026, 3, 1, 0, 0, tzinfo=zone)),
        placed_at(shop, datetime(2026, 3, 2, 23, 59, 59, tzinfo=zone)),
    ]
    placed_at(shop, datetime(2026, 3, 3, 0, 0, tzinfo=zone))

    rows = taken(staff("admin"), ORDERS, start_date="2026-03-01", end_date="2026-03-02")

    timezone.get_default_timezone.cache_clear()
    assert numbers(rows) == {order.order_number for order in inside}


def test_a_status_of_ours_and_a_word_of_the_briefs_choose(shop: Shop) -> None:
    done, waiting = shop.delivered(), shop.order()
    client = staff("admin")

    assert numbers(taken(client, ORDERS, status="fulfilled")) == {done.order_number}
    assert numbers(taken(client, ORDERS, status="success")) == {done.order_number}
    assert numbers(taken(client, ORDERS, status="pending")) == {waiting.order_number}


def test_failures_say_why(shop: Shop) -> None:
    shop.delivered()
    failed = shop.order()
    fail(failed, code="barred")
    client = staff("support")

    (row,) = taken(client, FAILURES)

    assert row["order_number"] == failed.order_number
    assert (row["failure_code"], row["failure_message"]) == ("barred", "Refused")
    assert row["may_be_tried_again"] in ("true", "false")
    assert taken(client, FAILURES, status="cancelled") == []


@pytest.mark.parametrize("url", [ORDERS, FAILURES])
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"start_date": "yesterday"}, "start_date"),
        ({"end_date": "2026-02-30"}, "end_date"),
        ({"end_date": "20260228"}, "end_date"),
        ({"start_date": "0001-01-01"}, "start_date"),
        ({"end_date": "9999-12-31"}, "end_date"),
        ({"start_date": "2026-03-02", "end_date": "2026-03-01"}, "start_date"),
        ({"status": "lost"}, "status"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_name(url: str, query: dict[str, str], field: str) -> None:
    answer = staff("admin").get(url, query)

    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert not Event.objects.filter(kind="orders.exported").exists()


@pytest.mark.parametrize("url", [ORDERS, FAILURES])
def test_a_null_character_is_refused(url: str) -> None:
    assert staff("admin").get(url, {"start_date": "2026-03-01\x00"}).status_code == 400
    assert not Event.objects.filter(kind="orders.exported").exists()


def test_keys_parties_and_strangers_are_refused(shop: Shop) -> None:
    with_key = APIClient(headers={"Authorization": f"Api-Key {key_for(shop.reseller)}"})
    no_staff = APIClient()
    no_staff.force_authenticate(UserFactory())

    assert APIClient().get(ORDERS).status_code == 401
    assert with_key.get(ORDERS).status_code == 403
    assert no_staff.get(ORDERS).status_code == 403


HOSTILE = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "  =1",
    "＝1",
    "\u200b=1",
    "\xa0=1",
]


@pytest.mark.parametrize("text", [*HOSTILE, "+14155550100", "-", "a=b", "", "O'Hara", 'say "x", y'])
def test_the_database_writes_text_as_python_does(shop: Shop, text: str) -> None:
    order = shop.delivered()
    Order.objects.filter(pk=order.pk).update(product_name=text, recipient_key=text)

    (row,) = taken(staff("admin"), ORDERS)

    assert row["product"] == row["recipient"] == neutral(text)
    assert text not in HOSTILE or row["product"] == f"'{text}"


@pytest.mark.parametrize("text", ["\x01=1", " \x1f\x02@x", "\ufffe-1"])
def test_what_nobody_sees_hides_no_formula_from_the_database(shop: Shop, text: str) -> None:
    order = shop.delivered()
    Order.objects.filter(pk=order.pk).update(product_name=text)
    assert neutral(text).startswith("'")
    (row,) = taken(staff("admin"), ORDERS)
    assert row["product"] == f"'{text}"


@pytest.mark.parametrize(
    "url", [ORDERS, "/api/transactions/export/", "/api/analytics/reports/export/?format=csv"]
)
@pytest.mark.parametrize(
    ("accepted", "status"), [("text/csv", 200), ("text/*;q=0.5, text/html", 200), ("application/pdf", 406)]
)
def test_whoever_asks_for_just_csv_is_served(url: str, accepted: str, status: int) -> None:
    assert staff("finance").get(url, HTTP_ACCEPT=accepted).status_code == status
    answer = staff("moderator").get("/api/analytics/reports/export/?days=x", HTTP_ACCEPT="text/csv")
    assert answer["Content-Type"] == "application/problem+json"


def test_who_took_what_is_written_down(shop: Shop) -> None:
    shop.delivered()
    user = UserFactory(staff="finance")
    client = APIClient()
    client.force_login(user)

    taken(client, ORDERS, start_date="2026-01-01")

    begun = Event.objects.get(kind="orders.exported")
    ended = Event.objects.get(kind="orders.export_ended")
    assert begun.actor_id == ended.actor_id == str(user.pk)
    assert begun.data["filters"] == {"start_date": "2026-01-01"}
    assert ended.data["rows"] == Order.objects.filter(created_at__year__gte=2026).count()
    assert ended.data["export"] == begun.pk
    assert ended.data["complete"] is True


def test_a_reader_who_goes_away_is_written_down_too(shop: Shop) -> None:
    for _number in range(3):
        shop.delivered()
    wanted = order_export.Wanted("orders", order_export.ORDERS)
    portions = order_export.export(wanted)
    with_small_portions = pytest.MonkeyPatch()
    with_small_portions.setattr(csv_copy, "PORTION", 1)
    next(portions)

    portions.close()
    with_small_portions.undo()

    ended = Event.objects.get(kind="orders.export_ended")
    assert (ended.data["complete"], ended.data["rows"]) == (False, 0)


def test_a_long_file_is_whole_and_flat_in_memory(shop: Shop) -> None:
    order = shop.order()
    _copies(order, 5_000)

    sizes: list[int] = []
    rows = list(csv.DictReader(_lines(staff("admin").get(ORDERS), sizes)))

    assert len(rows) == 5_001
    assert sum(Decimal(row["total"]) for row in rows) == Decimal("10.00") * 5_001
    assert len(sizes) > 5
    assert max(sizes) < csv_copy.PORTION * 2


def test_excel_gets_its_mark_if_it_asks(shop: Shop) -> None:
    plain, marked = (b"".join(staff("admin").get(ORDERS, {"bom": bom})) for bom in ("0", "1"))

    assert marked == b"\xef\xbb\xbf" + plain


def _copies(order: Order, number: int) -> None:
    """Rows of the same order under other numbers, made by the database; nothing but their reading is tried here."""
    names = [field.column for field in Order._meta.concrete_fields]
    own = {"id": "gen_random_uuid()", "order_number": "'TL-COPY-' || n", "created_at": "created_at - n * %s"}
    kept = ", ".join(f'"{name}"' for name in names)
    made = ", ".join(own.get(name, f'"{name}"') for name in names)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            f"INSERT INTO commerce_order ({kept}) SELECT {made} FROM commerce_order, generate_series(1, %s) AS n"
            " WHERE id = %s",
            [timedelta(seconds=1), number, order.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def _lines(answer: Any, sizes: list[int]) -> Iterator[str]:
    rest = b""
    for portion in answer:
        sizes.append(len(portion))
        *whole, rest = (rest + portion).split(b"\r\n" if b"\r\n" in portion else b"\n")
        yield from (f"{line.decode()}\n" for line in whole)
    if rest:
        yield rest.decode()
