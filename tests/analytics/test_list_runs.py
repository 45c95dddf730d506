"""Long lists of the back office: made in the background with the rows, columns and rights of who asked."""

import csv
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from analytics.models import ReportRun
from analytics.services import run_files, running
from commerce.models import Category, Order
from core.backoffice import list_documents
from core.documents.delimited import BOM
from core.exceptions import NotAllowed
from core.models import Event, User
from tests.commerce.imports import signed_in
from tests.commerce.test_list_documents import COST, LISTS, SEE_COST, business, may_view  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business")]
S = ReportRun.Status


@pytest.fixture(autouse=True)
def private_files(settings: Any, tmp_path: Path) -> Path:
    settings.STORAGES = settings.STORAGES | {
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path), "base_url": None},
        }
    }
    return tmp_path


@pytest.fixture
def all_are_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_documents, "MOST_ROWS", 0)


def person(client: Client) -> User:
    return User.objects.get(pk=client.session["_auth_user_id"])


def asked(client: Client, name: str, kind: str, query: str = "") -> ReportRun:
    answer = client.get(reverse(f"admin:{name}_document", args=[kind]) + query)
    assert answer.status_code == 302, (name, kind)
    run = ReportRun.objects.order_by("-created_at", "-id").first()
    assert run is not None
    assert answer["Location"] == reverse("admin:analytics_reportrun_change", args=[run.pk]), name
    return run


def made(run: ReportRun) -> ReportRun:
    done = running.carry_out(run.pk)
    assert done is not None
    assert done.status == S.DONE, (done.key, done.error)
    return done


def content(run: ReportRun) -> bytes:
    return b"".join(run_files.download(run).streaming_content)


def rows_of(run: ReportRun) -> list[list[str]]:
    lines = list(csv.reader(io.StringIO(content(run).decode())))
    return lines[: lines.index([])]


def short(client: Client, name: str) -> list[list[str]]:
    answer: Any = client.get(reverse(f"admin:{name}_document", args=["csv"]))
    return list(csv.reader(io.StringIO(b"".join(answer).decode())))


@pytest.mark.parametrize("role", ["super_admin", "moderator", "support"])
def test_each_list_made_in_the_background_is_the_list(
    role: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = signed_in(role)
    for name in LISTS:
        if not may_view(client, name):
            with monkeypatch.context() as patched:
                patched.setattr(list_documents, "MOST_ROWS", 0)
                assert client.get(reverse(f"admin:{name}_document", args=["csv"])).status_code == 403
            continue
        whole = short(client, name)
        if len(whole) == 1:
            continue  # an empty list is never long
        with monkeypatch.context() as patched:
            patched.setattr(list_documents, "MOST_ROWS", 0)
            run = asked(client, name, "csv")
        made(run)
        assert rows_of(run_of(run)) == whole, name
        if role not in SEE_COST:
            assert str(COST).encode() not in content(run_of(run)), name
    assert ReportRun.objects.filter(status=S.DONE).count() >= 6


def run_of(run: ReportRun) -> ReportRun:
    run.refresh_from_db()
    return run


@pytest.mark.usefixtures("all_are_long")
def test_search_filters_order_zone_and_language_are_kept() -> None:
    client = signed_in("finance")
    User.objects.filter(pk=person(client).pk).update(timezone="Asia/Tehran", language="fa")
    run = made(asked(client, "commerce_order", "xlsx", "?status__exact=failed&o=1&p=3"))
    assert (run.zone, run.language) == ("Asia/Tehran", "fa")
    book = openpyxl.load_workbook(io.BytesIO(content(run)))
    sheet = book.worksheets[1]
    number = Order.objects.get(status="failed").order_number
    texts = [str(cell.value) for row in sheet.iter_rows() for cell in row]
    assert any(number in text for text in texts)
    assert run.rows == 1
    assert sheet.sheet_view.rightToLeft
    assert [label for label, _value in run.told("facts")] != []
    event = Event.objects.filter(kind="report.asked").latest("id")
    assert event.data["query"] == "status__exact=failed&o=1"


@pytest.mark.usefixtures("all_are_long")
def test_all_rows_that_match_are_a_run_and_ticked_ones_a_file() -> None:
    client = signed_in("admin")
    data = {"action": "document_csv", "_selected_action": str(Order.objects.first().pk), "index": "0"}  # type: ignore[union-attr]
    url = reverse("admin:commerce_order_changelist")
    assert client.post(url, {**data, "select_across": "0"}).status_code == 200
    runs = person(client).report_runs
    assert not runs.exists()
    answer = client.post(f"{url}?status__exact=failed", {**data, "select_across": "1"})
    run = runs.get()
    assert answer["Location"].endswith(f"{run.pk}/change/")
    assert made(run).rows == 1


def test_two_thousand_and_one_rows_are_long_and_none_is_cut() -> None:
    Category.objects.bulk_create(
        Category(code=f"c{number}", name=f"Category {number}") for number in range(2001)
    )
    client = signed_in("admin")
    for kind in ("csv", "xlsx", "pdf"):
        run = made(asked(client, "commerce_category", kind, "?q=Category"))
        assert run.rows == 2001
        page = client.get(reverse("admin:analytics_reportrun_change", args=[run.pk])).content.decode()
        assert "Download" in page and "2,001" in page
    pdf = ReportRun.objects.get(format="pdf")
    assert content(pdf).startswith(b"%PDF")
    Category.objects.filter(code="c7").delete()
    answer: Any = client.get(reverse("admin:commerce_category_document", args=["csv"]) + "?q=Category")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/csv")


@pytest.mark.usefixtures("all_are_long")
def test_a_right_lost_on_the_way_ends_it_and_closes_the_file() -> None:
    client = signed_in("finance")
    done = made(asked(client, "commerce_order", "csv"))
    assert running.may_take(done, person(client))
    late = asked(client, "commerce_order", "csv")
    user = person(client)
    user.groups.clear()
    user.user_permissions.add(*Permission.objects.filter(codename__in=["run_report", "view_reportrun"]))
    user = User.objects.get(pk=user.pk)
    assert not running.may_take(done, user)
    ended = running.carry_out(late.pk)
    assert ended is not None and ended.status == S.FAILED and "may not have it" in ended.error
    with pytest.raises(NotAllowed):
        running.again(run=done, user=user)


@pytest.mark.usefixtures("all_are_long")
def test_a_column_one_may_not_see_is_not_had_by_its_name() -> None:
    support = person(signed_in("support"))
    wanted = {
        "first": "2026-01-01",
        "last": "2026-01-01",
        "query": "",
        "columns": ["order_number", "margin_shown"],
    }
    for key in ("commerce.order", "commerce.nothing", "auth.permission"):
        with pytest.raises(Exception) as refused:
            running.ask(
                kind="list", key=key, asked=wanted, format="csv", zone="UTC", language="en", user=support
            )
        assert type(refused.value).__name__ in ("NotAllowed", "NotFound"), key


@pytest.mark.usefixtures("all_are_long")
def test_who_may_run_no_reports_gets_what_can_be_made_at_once() -> None:
    client = signed_in("admin")
    user = person(client)
    user.groups.clear()
    user.user_permissions.add(Permission.objects.get(codename="view_order"))
    answer: Any = client.get(reverse("admin:commerce_order_document", args=["csv"]))
    assert answer.streaming and b"".join(answer).decode().startswith(BOM)
    assert client.get(reverse("admin:commerce_order_document", args=["pdf"])).status_code == 302
    assert not user.report_runs.exists()
