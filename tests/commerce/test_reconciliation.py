"""A provider's statement: read by its source's columns, matched with our attempts, its breaks found by their kinds."""

from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from commerce.models import Attempt, Order, ReconciliationBreak, StatementLine
from commerce.services import reconciliation
from core.exceptions import Conflict, InvalidInput
from tests.factories_orders import Shop, fail, make_shop
from tests.factories_reconciliation import COLUMNS, HEADERS, csv_of, handed_in, kinds, provider_source

pytestmark = pytest.mark.django_db
TODAY = "today"


def day() -> str:
    return timezone.now().date().isoformat()


def attempt_of(order: Order) -> Attempt:
    return order.attempts.get()


def row(order: Order, *, amount: str = "8.00", status: str = "done", **said: str) -> list[Any]:
    """A line that knows the order by our attempt's id."""
    found = {"id": str(attempt_of(order).pk), "reference": "", "number": "", **said}
    return [day(), found["id"], found["reference"], found["number"], amount, status]


@pytest.fixture
def shop() -> Shop:
    return make_shop(funds=1000)


def test_lines_find_our_attempts_by_each_reference(shop: Shop) -> None:
    orders = [shop.delivered() for _n in range(3)]
    theirs = attempt_of(orders[1]).provider_reference
    statement = handed_in(
        provider_source(shop.provider),
        [
            row(orders[0]),
            row(orders[1], id="", reference=theirs),
            row(orders[2], id="", number=orders[2].order_number.lower()),
        ],
    )
    assert (statement.status, statement.lines, statement.matched) == ("matched", 3, 3)
    assert statement.total == Decimal("24.00")
    assert list(statement.rows.order_by("row").values_list("rule", flat=True)) == [
        "our_id",
        "reference",
        "order",
    ]
    assert kinds(statement) == {}


def test_each_difference_is_a_break_of_its_kind(shop: Shop) -> None:
    dear, missing, undone = (shop.delivered() for _n in range(3))
    refused = shop.order()
    fail(refused)
    statement = handed_in(
        provider_source(shop.provider),
        [
            row(dear, amount="8.50"),
            [day(), "somebody-else's", "X-1", "", "3.00", "done"],
            row(undone, amount="8.00", status="reversed"),
            [day(), "", "X-2", "", "4.00", "failed"],
        ],
    )
    found = {one.kind: one for one in ReconciliationBreak.objects.all()}
    assert kinds(statement) == {"amount": 1, "theirs_only": 1, "status": 1, "ours_only": 1}
    assert (found["amount"].ours, found["amount"].theirs, found["amount"].difference) == (
        Decimal("8.00"), Decimal("8.50"), Decimal("0.50"),
    )  # fmt: skip
    assert found["theirs_only"].reference == "X-1" and found["theirs_only"].difference == Decimal("3.00")
    assert found["status"].difference == Decimal("-8.00")
    assert (found["status"].our_status, found["status"].their_status) == ("delivered", "reversed")
    assert found["ours_only"].attempt == attempt_of(missing) and found["ours_only"].difference == Decimal(
        "-8.00"
    )


def test_a_difference_within_the_tolerance_is_none(shop: Shop) -> None:
    order = shop.delivered()
    statement = handed_in(
        provider_source(shop.provider, amount_tolerance=Decimal("0.50")), [row(order, amount="8.50")]
    )
    assert kinds(statement) == {}


def test_an_unknown_order_they_delivered_is_a_difference_of_status(shop: Shop) -> None:
    order = shop.delivered()
    Attempt.objects.filter(order=order).update(status="unknown")
    statement = handed_in(provider_source(shop.provider), [row(order)])
    found = ReconciliationBreak.objects.get()
    assert (found.kind, found.our_status, found.ours, found.theirs) == (
        "status", "unknown", Decimal("0.00"), Decimal("8.00"),
    )  # fmt: skip
    Attempt.objects.filter(order=order).update(status="delivered")
    reconciliation.match_again(statement_id=statement.pk)
    found.refresh_from_db()
    assert (found.status, found.resolution) == ("closed", "corrected")


def test_what_they_charged_and_gave_back_fits_what_we_reversed(shop: Shop) -> None:
    order = shop.delivered()
    Attempt.objects.filter(order=order).update(status="reversed")
    statement = handed_in(provider_source(shop.provider), [row(order), row(order, status="reversed")])
    assert kinds(statement) == {} and statement.matched == 2 and statement.total == 0


def test_charged_twice_one_is_only_theirs(shop: Shop) -> None:
    order = shop.delivered()
    statement = handed_in(provider_source(shop.provider), [row(order), row(order)])
    assert (statement.lines, statement.matched, kinds(statement)) == (2, 1, {"theirs_only": 1})


def test_play_orders_are_no_business_of_a_statement(shop: Shop) -> None:
    order = shop.delivered()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE commerce_order SET is_test = true WHERE id = %s", [order.pk])
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    real = shop.delivered()
    statement = handed_in(provider_source(shop.provider), [row(real)])
    assert kinds(statement) == {}


def test_the_same_file_is_refused_by_what_it_holds(shop: Shop) -> None:
    source = provider_source(shop.provider)
    rows = [row(shop.delivered())]
    handed_in(source, rows)
    with pytest.raises(Conflict) as refused:
        handed_in(source, rows, name="another-name.csv")
    assert refused.value.code == "same_file" and "july.csv" in refused.value.message


def test_a_line_of_two_files_is_one_line(shop: Shop) -> None:
    source = provider_source(shop.provider)
    first, second = shop.delivered(), shop.delivered()
    handed_in(source, [row(first)])
    later = handed_in(source, [row(first), row(second)], name="later.csv")
    assert (later.lines, later.repeated, StatementLine.objects.count()) == (1, 1, 2)
    assert not ReconciliationBreak.objects.filter(status="open").exists()
    again = handed_in(source, [row(second), row(first)], name="again.csv")
    assert again.status == "refused" and "earlier statement" in again.problems[0]["text"]


def test_what_was_missing_is_found_in_the_next_statement(shop: Shop) -> None:
    source = provider_source(shop.provider)
    first, second = shop.delivered(), shop.delivered()
    handed_in(source, [row(first)])
    found = ReconciliationBreak.objects.get()
    assert (found.kind, found.attempt) == ("ours_only", attempt_of(second))
    handed_in(source, [row(second)], name="later.csv")
    found.refresh_from_db()
    assert (found.status, found.resolution, found.closed_by) == ("closed", "matched", "")


def test_by_amount_and_day_only_where_the_source_wants_it(shop: Shop) -> None:
    shop.delivered()
    line = [day(), "", "nobody-knows", "", "8.00", "done"]
    strict = handed_in(provider_source(shop.provider), [line])
    assert kinds(strict) == {"theirs_only": 1, "ours_only": 1}
    reconciliation.take_back(statement_id=strict.pk, reason="By amount")
    strict.source.by_amount = True
    strict.source.save()
    loose = handed_in(strict.source, [line])
    assert kinds(loose) == {} and loose.rows.get().rule == "amount"


def test_all_that_is_wrong_with_a_file_is_said_and_nothing_is_kept(shop: Shop) -> None:
    statement = handed_in(
        provider_source(shop.provider),
        [
            ["2026-02-30", "a", "", "", "8.00", "done"],
            [day(), "b", "", "", "eight", "done"],
            [day(), "c", "", "", "8.00", "perhaps"],
            ["", "", "", "", "8.00", ""],
            [day(), "d", "", "", "8.005", "done"],
        ],
    )
    assert statement.status == "refused" and not StatementLine.objects.exists()
    told = [(problem["row"], problem["column"]) for problem in statement.problems]
    assert told == [(2, "date"), (3, "amount"), (4, "status"), (6, "amount")]


@pytest.mark.parametrize(
    ("written", "source", "amount", "when"),
    [
        ("1.234,56;21.11.2026", {"decimals": "comma", "date_order": "dmy"}, "1234.56", "2026-11-21"),
        ("(7.00);11/21/2026", {"date_order": "mdy"}, "-7.00", "2026-11-21"),
        ('"1,200.00";2026-11-21T23:30:00Z', {"time_zone": "Asia/Tehran"}, "1200.00", "2026-11-22"),
        ("5;2026/11/21", {"opposite_sign": True}, "-5.00", "2026-11-21"),
        ("5.00-;2026-11-21 10:00:00", {}, "-5.00", "2026-11-21"),
        ('"1,50,000.00";2026-11-21', {}, "150000.00", "2026-11-21"),
        ("1234,5;2026-11-21", {"decimals": "comma"}, "1234.50", "2026-11-21"),
    ],
)
def test_amounts_and_dates_as_a_source_writes_them(
    shop: Shop, written: str, source: dict[str, Any], amount: str, when: str
) -> None:
    said = provider_source(
        shop.provider, **source, columns={"amount": "amount", "day": "date", "reference": "id"}
    )
    content = f"Amount;Date;Id\n{written};X-9\nSum;;\n9;Total;\n".encode()
    statement = reconciliation.hand_in(source=said, name="odd.csv", content=content, by=None)
    statement = reconciliation.read(statement_id=statement.pk)
    line = statement.rows.get()
    assert (str(line.amount), str(line.day), statement.left_out) == (amount, when, 2)


@pytest.mark.parametrize(
    ("amount", "decimals"),
    [("12,50", "point"), ("1,2345.00", "point"), ("12.50", "comma"), ("1.23,4.5", "comma"), ("1e3", "point")],
)
def test_an_amount_in_the_other_writing_is_refused_and_not_taken_for_a_hundred_times_as_much(
    shop: Shop, amount: str, decimals: str
) -> None:
    source = provider_source(shop.provider, decimals=decimals)
    statement = handed_in(source, [[day(), "", "X-9", "", f'"{amount}"', "done"]])
    assert statement.status == "refused" and statement.problems[0]["column"] == "amount"


def test_a_number_of_a_spreadsheet_is_what_it_is_however_amounts_are_written_as_text(shop: Shop) -> None:
    source = provider_source(shop.provider, decimals="comma")
    book = openpyxl.Workbook()
    for line in (HEADERS, [day(), "", "X-1", "", 12.5, "done"], [day(), "", "X-2", "", "1.012,5", "done"]):
        book.active.append(list(line))
    content = BytesIO()
    book.save(content)
    statement = reconciliation.hand_in(source=source, name="a.xlsx", content=content.getvalue(), by=None)
    reconciliation.read(statement_id=statement.pk)
    amounts = StatementLine.objects.order_by("row").values_list("amount", flat=True)
    assert list(amounts) == [Decimal("12.50"), Decimal("1012.50")]


@pytest.mark.parametrize("when", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_a_moment_at_the_ends_of_time_is_no_date(shop: Shop, when: str, zone: str) -> None:
    source = provider_source(shop.provider, time_zone=zone)
    statement = handed_in(source, [[when, "", "X-9", "", "1.00", "done"]])
    assert statement.status == "refused" and statement.problems[0]["column"] == "date"


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        ({**COLUMNS, "day": ""}, "day"),
        ({**COLUMNS, "amount": "price"}, "amount"),
        ({"day": "date", "amount": "amount"}, "reference"),
        ({**COLUMNS, "reference": "order"}, "reference"),
    ],
)
def test_columns_are_checked_before_anything_is_read(shop: Shop, columns: dict[str, str], field: str) -> None:
    source = provider_source(shop.provider, columns={})
    statement = reconciliation.hand_in(
        source=source, name="a.csv", content=csv_of([row(shop.delivered())]), by=None
    )
    with pytest.raises(InvalidInput) as refused:
        reconciliation.choose_columns(statement=statement, columns=columns)
    assert field in refused.value.errors
    reconciliation.choose_columns(statement=statement, columns=COLUMNS)
    source.refresh_from_db()
    assert source.columns == COLUMNS
    assert reconciliation.read(statement_id=statement.pk).status == "matched"


@pytest.mark.parametrize(("name", "content"), [("a.exe", b"x"), ("a.csv", b""), ("a.xlsx", b"PK\x03\x04")])
def test_what_is_no_table_is_refused(shop: Shop, name: str, content: bytes) -> None:
    with pytest.raises(InvalidInput):
        reconciliation.hand_in(source=provider_source(shop.provider), name=name, content=content, by=None)


def test_the_database_lets_nobody_change_a_line(shop: Shop) -> None:
    handed_in(provider_source(shop.provider), [row(shop.delivered())])
    for change in ("amount = 1", "reference = 'x'", "day = day - 1"):
        with (
            pytest.raises(DatabaseError, match="stay as they were"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"UPDATE commerce_statementline SET {change}")


def test_a_statement_read_wrongly_is_taken_back_unless_somebody_worked_on_it(shop: Shop) -> None:
    source = provider_source(shop.provider)
    shop.delivered()
    statement = handed_in(source, [[day(), "", "X-1", "", "8.00", "done"]])
    reconciliation.take_back(statement_id=statement.pk, reason="Wrong column")
    assert not StatementLine.objects.exists() and not ReconciliationBreak.objects.exists()
    statement = handed_in(source, [[day(), "", "X-1", "", "8.00", "done"]])
    statement.breaks.filter(kind="theirs_only").update(
        status="closed", resolution="explained", closed_by="Ada", closed_at=timezone.now()
    )
    with pytest.raises(Conflict, match="stays"):
        reconciliation.take_back(statement_id=statement.pk, reason="Wrong column")
