"""Files too large for a request: in the background, whole or not at all, and never lost with a worker."""

from datetime import timedelta
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection
from django.test import Client
from django.utils import timezone

from commerce.models import Brand, Product
from core.backoffice.importing import runs, states, working
from core.backoffice.importing.resource import importers
from core.models import Event, ImportRun
from core.schedules import PERIODIC
from core.tasks import run_import, take_up_imports
from tests.commerce.imports import PRODUCTS, counts, csv_of, handed_in, imported, signed_in, url
from tests.factories_catalog import BrandFactory, ProductFactory

pytestmark = pytest.mark.django_db


def worked(run: ImportRun) -> ImportRun:
    """What a worker does once it is asked to."""
    run_import(str(run.pk), run.generation)
    run.refresh_from_db()
    return run


def in_background(monkeypatch: pytest.MonkeyPatch, rows: int) -> tuple[Client, ImportRun]:
    """A file of eight rows or so is large where three are a step."""
    monkeypatch.setattr(importers.get("commerce.product"), "inline_rows", 2)
    monkeypatch.setattr(working, "STEP", 3)
    BrandFactory(code="pubg")
    client = signed_in()
    lines = [[f"S{number}", "x", "pubg", "1"] for number in range(rows)]
    return client, handed_in(client, "product", csv_of([PRODUCTS, *lines]))


def being_imported(monkeypatch: pytest.MonkeyPatch, rows: int) -> tuple[Client, ImportRun]:
    client, run = in_background(monkeypatch, rows)
    return client, imported(client, "product", worked(run))


def page_of(client: Client, run: ImportRun) -> str:
    return client.get(url("product", "run", run_id=run.pk)).content.decode()


def two_thousand(bad: dict[int, list[Any]]) -> bytes:
    rows = [[f"S{number}", f"Product {number}", "pubg", "9.99"] for number in range(2000)]
    for index, row in bad.items():
        rows[index] = row
    return csv_of([PRODUCTS, *rows])


def test_of_2000_products_the_three_wrong_rows_are_named_and_the_others_go_in() -> None:
    pubg = BrandFactory(code="pubg")
    ProductFactory(brand=pubg, sku="S7", name="Seven", price=8)
    bad = {
        10: ["S10", "No such brand", "pubgg", "1"],
        1250: ["S1250", "Free", "pubg", "0"],
        1999: ["S1999", "", "pubg", "cheap"],
    }
    client = signed_in()
    run = handed_in(client, "product", two_thousand(bad))
    assert run.in_background
    run = worked(run)
    assert counts(run) == (1996, 1, 0, 3)
    assert {problem["row"]: [column for column, _text in problem["errors"]] for problem in run.problems} == {
        12: ["brand"],
        1252: ["price"],
        2001: ["name", "price"],
    }
    changed = next(line for line in run.differences if line["kind"] == "changed")
    assert changed["changes"] == [["name", "Seven", "Product 7"], ["price", "8", "9.99"]]
    page = page_of(client, run)
    assert "There is no brand “pubgg”" in page and "Import 1997, leave out 3" in page
    refused = client.post(url("product", "run_verb", run_id=run.pk, verb="confirm"))
    assert "Correct the rows that are wrong" in refused.content.decode()
    assert Product.objects.count() == 1
    run = worked(imported(client, "product", run, only_good="yes"))
    assert (run.status, run.new, run.changed, run.refused) == ("done", 1996, 1, 3)
    assert Product.objects.count() == 1997
    assert not run.content


def test_a_large_file_is_worked_off_in_the_background(monkeypatch: pytest.MonkeyPatch) -> None:
    client, run = in_background(monkeypatch, 8)
    assert (run.status, run.in_background, run.done) == ("checking", True, 0)
    page = page_of(client, run)
    assert "0 of 8 rows" in page and "document.visibilityState" in page
    assert "0 of 8 rows" in client.get(url("product", "run_progress", run_id=run.pk)).content.decode()
    run = worked(run)
    assert (run.status, counts(run)) == ("checked", (8, 0, 0, 0))
    assert client.get(url("product", "run_progress", run_id=run.pk))["HX-Redirect"]
    run = imported(client, "product", run)
    assert run.status == "importing" and Product.objects.count() == 0
    run = worked(run)
    run = worked(run)  # handed out twice
    assert (run.status, run.done, run.new, Product.objects.count()) == ("done", 8, 8, 8)
    assert Event.objects.filter(kind="import.finished").count() == 1


def test_a_worker_killed_while_writing_leaves_nothing_and_another_begins_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client, run = being_imported(monkeypatch, 8)
    writing = working.write

    def killed(resource: Any, outcomes: list[Any], **options: Any) -> None:
        writing(resource, outcomes, **options)
        if outcomes[0].number > 6:
            raise SystemExit

    monkeypatch.setattr(working, "write", killed)
    with pytest.raises(SystemExit):
        worked(run)
    monkeypatch.setattr(working, "write", writing)
    run.refresh_from_db()
    assert (run.status, run.done, run.new, Product.objects.count()) == ("importing", 8, 0, 0)
    assert (states.written(run), states.percent(run)) == (6, 87)
    assert "6 of 8 rows written" in page_of(client, run)
    assert not states.is_lost(run)
    gone(run)
    assert "Nothing of it is in" in page_of(client, run)
    old = run.generation
    assert client.post(url("product", "run_verb", run_id=run.pk, verb="restart")).status_code == 302
    run_import(str(run.pk), old)  # the old one comes back to life
    assert Product.objects.count() == 0
    run.refresh_from_db()
    run = worked(run)
    assert (run.status, run.done, run.new, Product.objects.count()) == ("done", 8, 8, 8)


def gone(run: ImportRun) -> None:
    """Nothing was heard of its worker for two minutes."""
    ImportRun.objects.filter(pk=run.pk).update(touched_at=timezone.now() - timedelta(minutes=2))
    states.note_written(run, 0)
    run.refresh_from_db()
    assert states.is_lost(run)


def test_rows_left_out_by_choice_go_in_step_by_step_and_go_on_where_they_stood(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importers.get("commerce.product"), "inline_rows", 2)
    monkeypatch.setattr(working, "STEP", 3)
    BrandFactory(code="pubg")
    client = signed_in()
    lines = [[f"S{number}", "x", "pubg", "1" if number else "0"] for number in range(9)]
    run = worked(handed_in(client, "product", csv_of([PRODUCTS, *lines])))
    run = imported(client, "product", run, only_good="yes")
    step, calls = working.step, []

    def killed(*args: Any, **kwargs: Any) -> bool:
        calls.append(1)
        if len(calls) == 3:
            raise SystemExit
        return step(*args, **kwargs)

    monkeypatch.setattr(working, "step", killed)
    with pytest.raises(SystemExit):
        worked(run)
    monkeypatch.setattr(working, "step", step)
    run.refresh_from_db()
    assert (run.done, run.new, run.refused, Product.objects.count()) == (6, 5, 1, 5)
    gone(run)
    assert "It stands at 6 of 9 rows" in page_of(client, run)
    client.post(url("product", "run_verb", run_id=run.pk, verb="restart"))
    run.refresh_from_db()
    run = worked(run)
    assert (run.status, run.done, run.new, run.refused) == ("done", 9, 8, 1)
    assert Product.objects.count() == 8


def test_the_sweep_takes_up_what_a_lost_worker_left(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "core.take_up_imports" in [periodic.task for periodic in PERIODIC]
    _client, run = being_imported(monkeypatch, 8)
    asked: list[Any] = []
    ask = lambda *told: asked.append(told)  # noqa: E731
    assert runs.take_up_lost(ask=ask) == 0  # its worker is alive
    gone(run)
    assert runs.take_up_lost(ask=ask) == 1
    assert runs.take_up_lost(ask=ask) == 0
    run.refresh_from_db()
    assert asked == [(run.pk, run.generation)]
    assert worked(run).status == "done"
    take_up_imports()


def test_a_file_that_takes_worker_after_worker_with_it_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    client, run = being_imported(monkeypatch, 8)
    for _number in range(runs.MOST_TAKEN_UP + 1):
        gone(run)
        runs.take_up_lost(ask=lambda *told: None)
        run.refresh_from_db()
    assert (run.status, Product.objects.count()) == ("stopped", 0)
    page = page_of(client, run)
    assert "broke off again and again" in page and "Nothing was imported" in page


def test_what_takes_too_long_in_one_piece_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    client, run = being_imported(monkeypatch, 8)

    def over(*_args: Any, **_options: Any) -> None:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(working, "write", over)
    run = worked(run)
    assert (run.status, run.done, Product.objects.count()) == ("stopped", 0, 0)
    assert "Split the file" in page_of(client, run)


def test_a_large_file_stops_where_a_row_is_wrong_by_now(monkeypatch: pytest.MonkeyPatch) -> None:
    client, run = being_imported(monkeypatch, 8)
    Brand.objects.update(code="renamed")
    run = worked(run)
    assert (run.status, run.done, Product.objects.count()) == ("stopped", 0, 0)
    assert "Nothing was imported" in page_of(client, run)


def test_what_clashes_while_it_is_written_takes_all_of_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else adds one of the products between the last check and the writing."""
    _client, run = being_imported(monkeypatch, 8)
    writing, brand = working.write, Brand.objects.get()

    def late(resource: Any, outcomes: list[Any], **options: Any) -> None:
        if outcomes[0].number > 6:
            ProductFactory(brand=brand, sku="S7")
        writing(resource, outcomes, **options)

    monkeypatch.setattr(working, "write", late)
    run = worked(run)
    assert (run.status, run.new, Product.objects.filter(sku__startswith="S").count()) == ("stopped", 0, 0)
    assert [problem["row"] for problem in run.problems] == [9]
    assert "somebody else saved meanwhile" in run.problems[0]["errors"][0][1]


def test_a_small_file_goes_in_whole_or_not_at_all() -> None:
    BrandFactory(code="pubg")
    other = BrandFactory(code="free")
    client = signed_in()
    rows = [PRODUCTS, ["A", "a", "pubg", "1"], ["B", "b", "free", "1"]]
    run = handed_in(client, "product", csv_of(rows))
    other.delete()
    run = imported(client, "product", run)
    assert (run.status, Product.objects.count()) == ("stopped", 0)
    assert run.problems[0]["row"] == 3


def test_a_worker_does_nothing_for_somebody_without_the_right(monkeypatch: pytest.MonkeyPatch) -> None:
    _client, run = being_imported(monkeypatch, 4)
    assert run.user is not None
    run.user.groups.clear()
    run = worked(run)
    assert (run.status, Product.objects.count()) == ("stopped", 0)


def test_an_imported_product_is_on_sale_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalogue in memory is known to be old by a number that the import raises."""
    _client, run = being_imported(monkeypatch, 4)
    before = version()
    worked(run)
    assert version() > before


def version() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(version), 0) FROM commerce_catalogueversion")
        return int(cursor.fetchone()[0])


def test_files_that_nobody_imports_are_forgotten() -> None:
    BrandFactory(code="pubg")
    run = handed_in(signed_in(), "product", csv_of([PRODUCTS, ["A", "a", "pubg", "1"]]))
    ImportRun.objects.update(touched_at=timezone.now() - timedelta(days=2))
    runs.forget_old()
    run.refresh_from_db()
    assert run.status == "discarded" and not run.content and not run.differences
