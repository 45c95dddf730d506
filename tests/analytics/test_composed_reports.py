"""Reports people compose: what they may hold, that every format says the same, and the pages they are made on."""

import csv
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from openpyxl import load_workbook

from analytics.datasets.base import datasets
from analytics.models import Report, ReportColumn, ReportFilter, ReportRun
from analytics.services import company_days, run_files, running, specs
from analytics.services.asking import Asked
from analytics.services.compose import Query
from analytics.services.composed import preview
from commerce.models import Order
from core.exceptions import InvalidInput, NotAllowed
from core.models import User
from tests.analytics.shop_days import move_to, rewrite
from tests.factories import UserFactory
from tests.factories_orders import make_shop

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(autouse=True)
def private_files(settings: Any, tmp_path: Path) -> Path:
    settings.STORAGES = settings.STORAGES | {
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path), "base_url": None},
        }
    }
    return tmp_path


def kept(*columns: Any, dataset: str = "orders", filters: Any = ()) -> dict[str, Any]:
    named = [{"column": one} if isinstance(one, str) else one for one in columns]
    return {"dataset": dataset, "columns": named, "filters": list(filters)}


def asked(*, zone: ZoneInfo = BERLIN, sees_cost: bool = True, days: int = 3) -> Asked:
    today = company_days.today()
    return Asked(today - timedelta(days=days), today + timedelta(days=1), zone, sees_cost)


def rows(spec: dict[str, Any], when: Asked | None = None) -> list[Any]:
    return [tuple(row) for row in Query(specs.read(spec), when or asked()).rows()]


def summed(column: str, measure: str = "sum") -> dict[str, Any]:
    return {"column": column, "measure": measure, "total": True}


def run_in(format: str, spec: dict[str, Any], user: User, *, title: str = "Mine") -> bytes:
    today = company_days.today()
    days = {"first": str(today - timedelta(days=3)), "last": str(today + timedelta(days=1))}
    run = running.ask(
        kind="report", key="1", asked=days | {"title": title, "spec": spec}, format=format,
        zone="Europe/Berlin", language="en", user=user,
    )  # fmt: skip
    done = running.carry_out(run.pk)
    assert done is not None
    assert done.status == ReportRun.Status.DONE, done.error
    return b"".join(run_files.download(done).streaming_content)


@pytest.mark.parametrize("key", sorted(datasets))
def test_every_column_of_every_dataset_can_be_read_shown_and_compared_in_every_way_it_offers(
    key: str,
) -> None:
    make_shop().delivered()
    dataset = datasets.get(key)
    for column in dataset.columns:
        for measure in specs.MEASURES[column.holds]:
            rows(kept({"column": column.key, "measure": measure, "sort": "desc"}, dataset=key))
        for operator in specs.OPERATORS[column.holds]:
            value = {"choice": str(column.pairs()[0][0]) if column.pairs() else "", "flag": "yes",
                     "money": "1.50", "number": "2", "date": "2025-01-31", "moment": "2025-01-31"}  # fmt: skip
            one = {"column": column.key, "operator": operator, "value": value.get(column.holds, "x")}
            rows(kept(column.key, dataset=key, filters=[one]))
    assert set(dataset.first) <= {column.key for column in dataset.columns}


def test_finance_composes_reports_of_all_there_is() -> None:
    finance = UserFactory(staff="finance")
    assert {key for key, dataset in datasets.items() if dataset.is_for(finance)} == {
        *("orders", "transfers", "payments", "refunds", "wallets", "resellers", "customers"),
        *("attempts", "providers", "tickets", "deliveries", "credit_ageing"),
    }


def test_rows_are_grouped_and_added_up_by_the_database() -> None:
    shop = make_shop(funds=1000)
    made = [shop.delivered() for _number in range(3)]
    total = sum(order.captured_amount for order in made)
    spec = kept(
        "status", {"column": "created_at", "measure": "month"}, summed("captured"), summed("number", "count")
    )
    query = Query(specs.read(spec), asked())
    ((status, month, captured, count),) = list(query.rows())
    assert (status, captured.amount, captured.currency, count) == ("Fulfilled", total, "USD", 3)
    assert month.day == 1
    assert query.number() == 1
    assert query.sums() == {2: [captured], 3: [3]}


def test_a_day_is_from_midnight_to_midnight_where_the_report_is_also_when_clocks_change() -> None:
    order = make_shop(funds=1000).delivered()
    # Half an hour before the midnight after the day of 23 hours.
    move_to(order, datetime(2025, 3, 30, 21, 30, tzinfo=UTC))
    day = Asked(date(2025, 3, 30), date(2025, 3, 30), BERLIN)
    assert rows(kept({"column": "created_at", "measure": "day"}, summed("number", "count")), day) == [
        (date(2025, 3, 30), 1)
    ]
    move_to(order, datetime(2025, 3, 30, 22, 30, tzinfo=UTC))
    assert rows(kept("number"), day) == []
    least = [{"column": "created_at", "operator": "most", "value": "2025-03-30"}]
    assert rows(kept("number", filters=least), Asked(date(2025, 3, 1), date(2025, 4, 1), BERLIN)) == []


@pytest.mark.parametrize("typed", ["fulfilled, failed", "fulfilled،failed", "fulfilled، failed,"])
def test_several_values_have_a_comma_of_either_script_between_them(typed: str) -> None:
    found = specs.condition(datasets.get("orders"), "status", "any", typed)
    assert found.value == ["fulfilled", "failed"]


@pytest.mark.parametrize("reader", ["en", "fa", "ar"])
@pytest.mark.parametrize("writer", ["en", "fa", "ar"])
def test_what_one_person_typed_in_their_language_is_understood_in_anothers(writer: str, reader: str) -> None:
    with translation.override(writer):
        words = [str(gettext("Yes")), str(gettext("No")), str(Order.Status.FAILED.label)]
    orders = datasets.get("orders")
    with translation.override(reader):
        yes, no = (specs.condition(orders, "retryable", "is", word).value for word in words[:2])
        assert (yes, no) == (True, False)
        assert specs.condition(orders, "status", "is", words[2]).value == "failed"


def test_test_mode_is_in_no_dataset() -> None:
    rewrite(make_shop().delivered(), is_test=True)
    assert rows(kept("number")) == []
    assert rows(kept("provider", dataset="attempts")) == []


def test_costs_of_the_ledger_are_for_those_who_see_them() -> None:
    make_shop().delivered()
    kinds = {row[0] for row in rows(kept("kind", dataset="transfers"))}
    hidden = {row[0] for row in rows(kept("kind", dataset="transfers"), asked(sees_cost=False))}
    assert kinds - hidden == {"Cost"}
    with pytest.raises(NotAllowed):
        specs.check_rights(specs.read(kept("number", "margin")), UserFactory(staff="support"))
    with pytest.raises(NotAllowed):
        run_in("csv", kept("number", "cost"), UserFactory(staff="moderator"))


@pytest.mark.django_db(transaction=True)
def test_every_format_says_the_same() -> None:
    finance = UserFactory(staff="finance")
    shop = make_shop(funds=1000)
    made = [shop.delivered(reference=f"=1+{number}") for number in range(3)]
    total = sum(order.captured_amount for order in made)
    spec = kept("number", "reference", "created_at", {"column": "captured", "total": True})
    lines = list(csv.reader(run_in("csv", spec, finance).decode("utf-8-sig").splitlines()))
    assert lines[0] == ["Number", "Reference", "Placed at", "Captured", "Currency"]
    body = lines[1 : lines.index([])]
    assert sum(Decimal(line[3]) for line in body) == total
    assert {line[1] for line in body} == {"'=1+0", "'=1+1", "'=1+2"}
    assert all(line[2].endswith(("+01:00", "+02:00")) for line in body)
    said = {line[0]: line[1:] for line in lines[lines.index([]) + 1 :]}
    assert said["Total Captured USD"] == [f"{total:.2f}", "USD"]
    sheet = load_workbook(BytesIO(run_in("xlsx", spec, finance)))["Mine"]
    assert [row[3].value for row in sheet.iter_rows(min_row=2)][-1] == total
    objects = [json.loads(line) for line in run_in("jsonl", spec, finance).decode().splitlines()]
    assert sum(Decimal(one["captured"]["amount"]) for one in objects[:-1]) == total
    assert run_in("pdf", spec, finance).startswith(b"%PDF")


@pytest.mark.parametrize(
    "spec",
    [
        kept(),
        kept("password"),
        kept({"column": "number", "measure": "sum"}),
        kept("number", filters=[{"column": "total", "operator": "contains", "value": "1"}]),
        kept("number", filters=[{"column": "total", "operator": "least", "value": "NaN"}]),
        kept("number", filters=[{"column": "created_at", "operator": "least", "value": "soon"}]),
        kept("number", filters=[{"column": "status", "operator": "is", "value": "lost"}]),
        kept("number", filters=[{"column": "number", "operator": "is", "value": ""}]),
        kept("number", filters=[{"column": "account__reseller__email", "operator": "is", "value": "x"}]),
    ],
)
def test_what_a_dataset_does_not_offer_is_refused(spec: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        specs.read(spec)


def test_a_preview_has_fifty_rows_at_most() -> None:
    make_shop().delivered()
    columns, found = preview(kept("number", "total"), asked())
    assert [column.title for column in columns] == ["Number", "Total"]
    assert len(found) == 1


def signed_in(role: str) -> tuple[User, Client]:
    user, client = UserFactory(staff=role), Client()
    client.force_login(user, backend="core.authentication.EmailOrUsernameBackend")
    return user, client


def report_of(owner: User, **values: Any) -> Report:
    report = Report.objects.create(
        **{"title": "Mine", "dataset": "orders", "owner": owner, "span": "last_7"} | values
    )
    ReportColumn.objects.create(report=report, column="number")
    ReportColumn.objects.create(report=report, column="total", total=True, position=1)
    return report


def test_a_report_is_added_with_the_usual_columns_and_then_changed_row_by_row() -> None:
    user, client = signed_in("finance")
    given = {"title": "Big ones", "description": "", "dataset": "orders", "span": "last_7"}
    answer = client.post(reverse("admin:analytics_report_add"), given)
    report = Report.objects.get()
    assert (report.owner, answer["Location"].endswith("?edit=1")) == (user, True)
    assert [one.column for one in report.columns.all()] == list(datasets.get("orders").first)
    page = client.get(answer["Location"])
    assert page.status_code == 200
    assert "Margin" in page.content.decode()
    change = reverse("admin:analytics_report_change", args=[report.pk])
    rows_of = {
        "columns-TOTAL_FORMS": "1", "columns-INITIAL_FORMS": "0", "columns-0-column": "number",
        "columns-0-measure": "sum", "columns-0-position": "0", "columns-0-sort": "", "columns-0-title": "",
        "filters-TOTAL_FORMS": "1", "filters-INITIAL_FORMS": "0", "filters-0-column": "total",
        "filters-0-operator": "least", "filters-0-value": "many", "filters-0-position": "0",
    }  # fmt: skip
    refused = client.post(f"{change}?edit=1", given | rows_of).content.decode()
    assert "This column is shown as" in refused
    assert "Give a number such as 10.50." in refused


def test_a_report_asks_runs_and_shows_its_first_rows() -> None:
    user, client = signed_in("finance")
    order = make_shop().delivered()
    report = report_of(user)
    asks = ReportFilter.objects.create(
        report=report, column="number", operator="starts", value="ZZ", ask=True
    )
    page = client.get(reverse("admin:analytics_report_change", args=[report.pk])).content.decode()
    assert f'name="{asks.pk}"' in page
    assert "There are no rows" not in page
    preview_url = reverse("admin:analytics_report_preview", args=[report.pk])
    assert "No row meets this" in client.get(preview_url).content.decode()
    given = {
        "span": "last_7",
        "zone": "UTC",
        "language": "en",
        "format": "csv",
        str(asks.pk): order.order_number[:3],
    }
    answer = client.post(reverse("admin:analytics_report_make", args=[report.pk]), given)
    run = ReportRun.objects.get()
    assert answer["Location"].endswith(f"{run.pk}/change/")
    done = running.carry_out(run.pk)
    assert done is not None
    assert (done.status, done.rows) == (ReportRun.Status.DONE, 1)


def test_a_person_sees_their_own_and_what_is_shared_and_changes_only_their_own() -> None:
    finance, support = UserFactory(staff="finance"), signed_in("support")
    mine, shared = report_of(finance), report_of(finance, title="Shared", shared=True)
    page = support[1].get(reverse("admin:analytics_report_changelist")).content.decode()
    assert "Shared" in page
    assert "Mine" not in page
    for report, status in ((mine, 404), (shared, 200)):
        url = reverse("admin:analytics_report_preview", args=[report.pk])
        assert support[1].get(url).status_code == status
    change = reverse("admin:analytics_report_change", args=[shared.pk])
    assert support[1].post(f"{change}?edit=1", {"title": "Theirs"}).status_code == 403
    ReportColumn.objects.create(report=shared, column="cost")
    url = reverse("admin:analytics_report_preview", args=[shared.pk])
    assert "You may not see: Cost." in support[1].get(url).content.decode()
