"""Every list of the business as PDF, Excel and CSV: the rows, columns and rights of who asks, and no more."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, date
from decimal import Decimal
from html import escape, unescape
from itertools import islice
from typing import Any
from urllib.parse import urlencode

import openpyxl
import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection, connections
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import strip_tags

from commerce.models import Brand, Category, Order, Transfer
from core.backoffice import list_documents
from core.backoffice.quick_views import last_week
from core.documents import pdf
from core.documents.delimited import BOM
from core.documents.tables import Column, Document
from core.models import Event, User
from tests.commerce.imports import signed_in
from tests.factories_catalog import BrandFactory, CategoryFactory, PriceListFactory
from tests.factories_fulfilment import place_for_customer, shipped_order
from tests.factories_orders import Shop, fail, make_shop
from tests.factories_parties import ClientFactory, key_for
from tests.factories_support import ticket

pytestmark = pytest.mark.django_db
ROLES = ["super_admin", "admin", "moderator", "finance", "support", "auditor"]
SEE_COST = {"super_admin", "admin", "finance", "auditor"}
LISTS = sorted(
    f"{model._meta.app_label}_{model._meta.model_name}"
    for model, view in admin.site._registry.items()
    if model._meta.app_label == "commerce" and getattr(view, "list_documents", False)
)
COST = Decimal("8.37")
TYPES = {"pdf": "application/pdf", "xlsx": "spreadsheetml.sheet", "csv": "text/csv"}


@pytest.fixture
def business() -> Shop:
    """A thing of every kind, at a cost that is no other number."""
    shop = make_shop(funds=1000)
    shop.product.offers.update(cost=COST)
    shop.delivered()
    fail(shop.order())
    shop.order()
    shipped_order()
    place_for_customer()
    ClientFactory(reseller=shop.reseller)
    PriceListFactory()
    key_for(shop.reseller)
    ticket()
    return shop


def view_of(name: str) -> Any:
    return next(
        view
        for model, view in admin.site._registry.items()
        if name == f"{model._meta.app_label}_{model._meta.model_name}"
    )


def document(client: Client, name: str, kind: str, query: str = "") -> Any:
    return client.get(reverse(f"admin:{name}_document", args=[kind]) + query)


def body(answer: Any) -> bytes:
    return b"".join(answer) if answer.streaming else answer.content


def table(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body(answer).decode().removeprefix(BOM))))


def book(answer: Any) -> Any:
    return openpyxl.load_workbook(io.BytesIO(answer.content))


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words of each PDF as they are handed to be drawn, tags left out."""
    texts: list[str] = []
    draw = pdf.html_to_pdf

    def watched(html: str) -> bytes:
        shown = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
        texts.append(" ".join(unescape(strip_tags(shown)).split()))
        return draw(html)

    monkeypatch.setattr(pdf, "html_to_pdf", watched)
    return texts


def may_view(client: Client, name: str) -> bool:
    request = RequestFactory().get("/admin/")
    request.user = User.objects.get(pk=client.session["_auth_user_id"])
    return bool(view_of(name).has_view_permission(request))


def test_every_list_of_the_business_is_walked() -> None:
    assert len(LISTS) >= 20
    left_out = {
        model._meta.label
        for model, view in admin.site._registry.items()
        if model._meta.app_label == "commerce" and not getattr(view, "list_documents", False)
    }
    assert not left_out


@pytest.mark.parametrize("role", ROLES)
def test_each_list_in_each_format_is_for_those_who_may_see_it(role: str, business: Shop) -> None:
    client = signed_in(role)
    seen = 0
    for name in LISTS:
        may = may_view(client, name)
        seen += may
        # PDF takes its time; of what a role may see, the other formats show the same rows.
        kinds = ["csv", "xlsx"] if may else ["csv", "xlsx", "pdf"]
        for kind in kinds:
            answer = document(client, name, kind)
            assert answer.status_code == (200 if may else 403), (name, kind, role)
            if not may:
                continue
            assert TYPES[kind] in answer["Content-Type"]
            assert f".{kind}" in answer["Content-Disposition"] and "no-store" in answer["Cache-Control"]
            said = body(answer)
            if kind == "csv" and role not in SEE_COST:
                assert str(COST).encode() not in said, (name, role)
    assert seen >= 6
    assert Event.objects.filter(kind="list.exported").count() == 2 * seen


def test_each_list_is_drawn_as_pdf(business: Shop, drawn: list[str]) -> None:
    client = signed_in("super_admin")
    for name in LISTS:
        answer = document(client, name, "pdf")
        assert answer.status_code == 200 and answer.content.startswith(b"%PDF"), name
        assert all(said in drawn[-1] for said in ("Made by", "Made at", "Filters", "Rows")), name


def test_the_three_formats_hold_the_lists_own_columns_and_rows(business: Shop) -> None:
    client = signed_in("super_admin")
    for name in LISTS:
        rows = table(document(client, name, "csv"))
        sheet = book(document(client, name, "xlsx"))["Rows"]
        heads = [cell.value for cell in sheet[1]]
        listed = client.get(reverse(f"admin:{name}_changelist")).context["cl"].result_count
        # In CSV an amount's currency is a column of its own.
        assert heads == [head for head in rows[0] if not head.endswith(": currency")], name
        assert len(rows) - 1 == listed, name
        assert listed <= sheet.max_row - 1 <= listed + 6, name
        assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref.startswith("A1:")


def test_a_sheets_cells_are_typed_wide_enough_and_totalled_by_currency(business: Shop) -> None:
    answer = document(signed_in("finance"), "commerce_order", "xlsx", "?o=")
    sheet = book(answer)["Rows"]
    heads = {cell.value: cell.column for cell in sheet[1]}
    total = next(column for head, column in heads.items() if head == "Total")
    cells = [sheet.cell(row, total) for row in range(2, sheet.max_row + 1)]
    assert all(isinstance(cell.value, int | float) and "USD" in cell.number_format for cell in cells)
    *orders, last = cells
    assert last.font.bold and Decimal(str(last.value)) == sum(Decimal(str(cell.value)) for cell in orders)
    when = next(cell for cell in sheet[2] if cell.is_date)
    assert when.number_format == "yyyy-mm-dd hh:mm"
    assert all(9 <= sheet.column_dimensions[cell.column_letter].width <= 48 for cell in sheet[1])
    about = {row[0].value: row[1].value for row in book(answer)["About"].iter_rows()}
    assert about["Rows"] == len(orders) and about["Filters"].startswith("None")
    assert about["Made by"] and about["Time zone"]


def test_a_filter_narrows_the_file_and_is_told_in_it(business: Shop, drawn: list[str]) -> None:
    client = signed_in("finance")
    query = "?status__exact=failed"
    number = Order.objects.get(status="failed").order_number
    rows = table(document(client, "commerce_order", "csv", query))
    assert len(rows) == 2 and number in rows[1]
    assert document(client, "commerce_order", "pdf", query).status_code == 200
    assert number in drawn[0] and "StatusFailed" in drawn[0]
    about = book(document(client, "commerce_order", "xlsx", query))["About"]
    assert any("Failed" in str(cell.value) for row in about.iter_rows() for cell in row)
    event = Event.objects.filter(kind="list.exported").order_by("id").last()
    assert event is not None and any("Failed" in line for line in event.data["filters"])


@pytest.mark.parametrize("kind", ["pdf", "xlsx", "csv"])
def test_ticked_rows_alone_are_taken_or_all_that_match(kind: str, business: Shop, drawn: list[str]) -> None:
    client = signed_in("finance")
    chosen, *others = Order.objects.order_by("created_at")
    data = {"action": f"document_{kind}", "_selected_action": [str(chosen.pk)], "index": "0"}
    url = reverse("admin:commerce_order_changelist")
    one, every = (client.post(url, {**data, "select_across": across}) for across in ("0", "1"))
    texts = []
    for answer in (one, every):
        assert answer.status_code == 200 and TYPES[kind] in answer["Content-Type"]
        content = body(answer)
        if kind == "pdf":
            texts.append(drawn[len(texts)])
        elif kind == "xlsx":
            sheet = openpyxl.load_workbook(io.BytesIO(content))["Rows"]
            texts.append(" ".join(str(cell.value) for row in sheet.iter_rows() for cell in row))
        else:
            texts.append(content.decode())
    assert chosen.order_number in texts[0]
    assert not any(order.order_number in texts[0] for order in others)
    assert all(order.order_number in texts[1] for order in [chosen, *others])


@pytest.mark.parametrize("role", ["support", "auditor"])
def test_nobody_takes_ticked_rows_of_a_list_that_is_not_theirs(role: str, business: Shop) -> None:
    client = signed_in(role)
    User.objects.get(pk=client.session["_auth_user_id"]).groups.clear()
    data = {"action": "document_csv", "_selected_action": [str(Order.objects.first().pk)]}  # type: ignore[union-attr]
    assert client.post(reverse("admin:commerce_order_changelist"), data).status_code == 403


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    Category.objects.bulk_create(
        Category(code=f"c{number}", name=f"Category {number}") for number in range(2001)
    )
    return 2001


def runs_no_reports() -> Client:
    """Sees categories, and has nothing made in the background."""
    client = signed_in("admin")
    user = User.objects.get(pk=client.session["_auth_user_id"])
    user.groups.clear()
    user.user_permissions.add(Permission.objects.get(codename="view_category"))
    return client


def test_more_than_two_thousand_rows_are_refused_with_what_to_do_and_csv_has_them_all(many: int) -> None:
    client = runs_no_reports()
    for kind in ("pdf", "xlsx"):
        answer = document(client, "commerce_category", kind, "?q=Category&o=1")
        assert answer.status_code == 302 and answer.url.endswith("?q=Category&o=1")
        page = client.get(answer.url).content.decode()
        assert "2,001 rows" in page and "Narrow it by a filter" in page and "CSV" in page
        ticked = client.post(
            reverse("admin:commerce_category_changelist"),
            {"action": f"document_{kind}", "_selected_action": "1", "select_across": "1", "index": "0"},
        )
        assert ticked.status_code == 302
    assert not Event.objects.filter(kind="list.exported").exists()
    answer = document(client, "commerce_category", "csv")
    assert answer.streaming
    assert len(table(answer)) == many + 1
    assert Event.objects.filter(kind="list.exported").count() == 1
    Category.objects.first().delete()  # type: ignore[union-attr]
    assert document(client, "commerce_category", "xlsx").status_code == 200


def open_cursors() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_cursors WHERE name LIKE '_django_curs%%'")
        return int(cursor.fetchone()[0])


@pytest.fixture
def connection_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """A response's end looks whether the connection is still good; the test's own is not for it to close."""
    monkeypatch.setattr(connections["default"], "close_if_unusable_or_obsolete", lambda: None)


@pytest.mark.parametrize("parts_read", [0, 1])
def test_a_list_nobody_reads_to_its_end_leaves_no_cursor_and_says_how_far_it_came(
    parts_read: int, many: int, connection_stays: None
) -> None:
    answer: Any = document(runs_no_reports(), "commerce_category", "csv")
    assert open_cursors() == 1
    assert len(list(islice(answer.streaming_content, parts_read))) == parts_read
    answer.close()
    assert open_cursors() == 0
    assert Event.objects.get(kind="list.export_ended").data["complete"] is False


def test_a_list_read_to_its_end_is_written_down_once(many: int, connection_stays: None) -> None:
    answer: Any = document(runs_no_reports(), "commerce_category", "csv")
    body(answer)
    answer.close()
    ended = Event.objects.get(kind="list.export_ended")
    assert (ended.data["rows"], ended.data["complete"], open_cursors()) == (many, True, 0)


def test_a_menus_links_are_no_downloads_by_themselves_so_that_a_refusal_is_a_page(business: Shop) -> None:
    page = signed_in("finance").get(reverse("admin:commerce_order_changelist") + "?status__exact=failed")
    for kind in TYPES:
        link = f"{reverse('admin:commerce_order_document', args=[kind])}?status__exact=failed"
        assert link in page.content.decode()
    assert "download=" not in page.content.decode()


def test_a_formula_is_text_in_all_of_them(drawn: list[str]) -> None:
    CategoryFactory(name="=1+1")
    client = signed_in("admin")
    assert "'=1+1" in table(document(client, "commerce_category", "csv"))[1]
    cell = next(cell for cell in book(document(client, "commerce_category", "xlsx"))["Rows"][2] if cell.value)
    assert (cell.value, cell.data_type) == ("'=1+1", "s")
    assert document(client, "commerce_category", "pdf").status_code == 200
    assert "=1+1" in drawn[0]


def test_persian_words_are_in_the_pdf_and_a_persian_page_runs_from_right_to_left(drawn: list[str]) -> None:
    BrandFactory(name="همراه اول", category=CategoryFactory(name="شارژ"))
    assert document(signed_in("admin"), "commerce_brand", "pdf").status_code == 200
    assert "همراه اول" in drawn[0]
    table = Document("برندها", [Column("نام")], [["همراه اول"]], "Ann", timezone.now(), UTC)
    with translation.override("fa"):
        assert '<html lang="fa" dir="rtl">' in pdf.document_html(table)
        assert pdf.pdf(table).startswith(b"%PDF")


def test_one_file_at_a_time_and_nothing_of_it_by_other_methods(business: Shop) -> None:
    client = signed_in("admin")
    url = reverse("admin:commerce_order_document", args=["csv"])
    assert client.post(url).status_code == 405
    assert client.get(reverse("admin:commerce_order_document", args=["exe"])).status_code == 404
    assert client.get(f"{url}?status__nonsense=1").status_code == 302
    key = f"list-document:{client.session['_auth_user_id']}"
    list_documents.cache.add(key, 1, 5)
    assert document(client, "commerce_order", "xlsx").status_code == 302
    list_documents.cache.delete(key)
    assert document(client, "commerce_order", "xlsx").status_code == 200


def test_totals_of_money_are_the_ledgers(business: Shop) -> None:
    answer = document(signed_in("finance"), "commerce_transfer", "xlsx")
    sheet = book(answer)["Rows"]
    amount = next(cell.column for cell in sheet[1] if cell.value == "Amount")
    total = Decimal(str(sheet.cell(sheet.max_row, amount).value))
    assert total == sum(Transfer.objects.values_list("amount", flat=True))
    assert Brand.objects.exists()


def test_finance_takes_last_weeks_failed_orders_in_three_clicks(business: Shop) -> None:
    client = signed_in("finance")
    page = client.get(reverse("admin:commerce_order_changelist"))
    views = page.context["cl"].model_admin.quick_views
    [asked] = [view.filters(timezone.localdate()) for view in views if view.title == "Failed last week"]
    query = urlencode(asked)
    assert f'href="?{escape(query)}"' in page.content.decode()
    narrowed = client.get(f"{reverse('admin:commerce_order_changelist')}?{query}").content.decode()
    for kind in ("xlsx", "pdf"):
        link = f"{reverse('admin:commerce_order_document', args=[kind])}?{query}"
        assert escape(link) in narrowed or link in narrowed
        assert client.get(link).status_code == 200


@pytest.mark.parametrize("day", ["2026-11-16", "2026-11-21", "2026-11-22"])
def test_last_week_is_monday_to_sunday(day: str) -> None:
    assert last_week(date.fromisoformat(day), "at") == {"at_from": "2026-11-09", "at_to": "2026-11-15"}


def test_an_objects_lists_are_had_as_files_too(business: Shop) -> None:
    client = signed_in("finance")
    page = client.get(reverse("admin:commerce_reseller_change", args=[business.reseller.pk])).content.decode()
    links = re.findall(r'href="([^"]+/document/(?:pdf|xlsx|csv)/[^"]*)"', page)
    assert {link.split("/")[3] for link in links} >= {"order", "transfer", "transaction"}
    (orders,) = (unescape(link) for link in set(links) if "/order/" in link and "/csv/" in link)
    rows = table(client.get(orders))
    assert len(rows) - 1 == Order.objects.filter(reseller=business.reseller).count() < Order.objects.count()
