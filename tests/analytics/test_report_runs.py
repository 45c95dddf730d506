"""Runs of reports: the files, what they say, and everything that may go wrong on the way."""

import csv
import errno
import json
import threading
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone, translation
from openpyxl import load_workbook

from analytics.models import ReportRun
from analytics.packs.base import Asked, Column, Kind, Money, Pack, Proof, Section, packs
from analytics.services import company_days, run_files, running
from analytics.services.pulse import Pulse
from core.events import record
from core.exceptions import Conflict, InvalidInput, NotAllowed
from core.models import Event, User
from tests.factories import UserFactory
from tests.factories_orders import make_shop

pytestmark = pytest.mark.django_db(transaction=True)
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
def finance() -> User:
    return UserFactory(staff=User.Role.FINANCE)


@pytest.fixture
def clerk() -> User:
    """Sees no cost, and so one table."""
    return UserFactory(staff=User.Role.SUPPORT)


def asked_for(days: int = 1) -> dict[str, str]:
    today = company_days.today()
    return {"first": (today - timedelta(days=days)).isoformat(), "last": today.isoformat()}


def ask(user: User, format: str = "csv", *, key: str = "sales_by_day", **more: Any) -> ReportRun:
    given = {"asked": asked_for(), "zone": "UTC", "language": "en"} | more
    return running.ask(kind="pack", key=key, format=format, user=user, **given)


def made(run: ReportRun) -> ReportRun:
    done = running.carry_out(run.pk)
    assert done is not None
    assert done.status == S.DONE, done.error
    return done


def content(run: ReportRun) -> bytes:
    return b"".join(run_files.download(run).streaming_content)


def test_a_file_in_another_language_is_called_so_in_it_and_named_in_letters_that_stay(
    clerk: User,
) -> None:
    run = made(ask(clerk, "csv", language="fa"))
    with translation.override("fa"):
        called = str(packs.get("sales_by_day").title)
    assert called != "Sales by day" and called in content(run).decode()
    assert run.file_name.startswith("sales-by-day-")


class Faulty(Pack):
    """Does what a test wants done while it is read."""

    key, title, description = "faulty", "Faulty", "…"
    doing: Any = staticmethod(lambda asked: [])

    def sections(self, asked: Asked) -> list[Section]:
        return type(self).doing(asked)


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> type[Faulty]:
    monkeypatch.setitem(packs._items, "faulty", Faulty())
    return Faulty


def rows_of(number: int) -> list[Section]:
    columns = (Column("Name"), Column("Amount", Kind.MONEY, totalled=True))
    rows = ((f"=1+{n}", Money(Decimal("1.10"), "USD" if n % 2 else "EUR")) for n in range(number))
    return [Section("Things", columns, rows)]


def test_csv_has_the_rows_and_then_says_what_it_is(clerk: User) -> None:
    order = make_shop().delivered()
    run = made(ask(clerk))
    lines = list(csv.reader(content(run).decode("utf-8-sig").splitlines()))
    end = lines.index([])
    rows = [dict(zip(lines[0], line, strict=True)) for line in lines[1:end]]
    assert [row["Captured"] for row in rows] == [f"{order.captured_amount:.2f}"]
    said = {line[0]: line[1:] for line in lines[end + 1 :]}
    assert said["Rows"] == ["1"]
    assert said["Time zone"] == ["UTC"]
    assert said["Total Captured USD"] == [f"{order.captured_amount:.2f}", "USD"]
    assert said["Captured ties to the ledger"] == ["Yes"]
    assert said["Made by"] == [clerk.get_full_name() or clerk.username]
    assert run.ties is True
    assert run.file_name.startswith("sales-by-day-")


def test_excel_has_typed_cells_totals_and_a_chart(clerk: User) -> None:
    order = make_shop().delivered()
    book = load_workbook(BytesIO(content(made(ask(clerk, "xlsx")))))
    assert book.sheetnames == ["Summary", "Sales by day"]
    head, row, total = list(book["Sales by day"].iter_rows())
    at = [cell.value for cell in head].index("Captured")
    assert row[at].value == order.captured_amount == total[at].value
    assert "USD" in row[at].number_format
    assert book["Sales by day"].freeze_panes == "A2"
    assert len(book["Summary"]._charts) == 1


@pytest.mark.parametrize(("language", "runs"), [("en", "minMax"), ("fa", "maxMin")])
def test_a_chart_in_excel_has_its_title_and_runs_as_the_language_does(
    clerk: User, language: str, runs: str
) -> None:
    make_shop().delivered()
    book = load_workbook(BytesIO(content(made(ask(clerk, "xlsx", language=language)))))
    [chart] = book.worksheets[0]._charts
    assert chart.x_axis.scaling.orientation == runs
    assert chart.title.tx.rich.p[0].r[0].t.endswith("USD")
    assert book.worksheets[0].sheet_view.rightToLeft is (language == "fa")


@pytest.mark.parametrize(
    ("values", "listed"), [({}, True), ({"details": None}, False), ({"details": "on"}, True)]
)
def test_what_is_not_answered_stands_as_its_form_offers_it_and_a_cleared_box_says_no(
    clerk: User, values: dict[str, Any], listed: bool
) -> None:
    run = made(ask(clerk, "xlsx", key="failed_orders", asked=asked_for() | {"values": values}))
    assert ("Failed orders" in load_workbook(BytesIO(content(run))).sheetnames) is listed


def test_pdf_says_the_same(finance: User) -> None:
    make_shop().delivered()
    file = content(made(ask(finance, "pdf")))
    assert file.startswith(b"%PDF")


def test_json_lines_are_objects_and_the_last_says_what_it_is(clerk: User) -> None:
    order = make_shop().delivered()
    lines = [json.loads(line) for line in content(made(ask(clerk, "jsonl"))).decode().splitlines()]
    assert lines[0]["Captured"] == {"amount": f"{order.captured_amount:.2f}", "currency": "USD"}
    assert lines[-1]["about"]["Rows"] == 1


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_text_is_never_a_formula_and_currencies_never_share_a_total(
    finance: User, faulty: type[Faulty], monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    monkeypatch.setattr(faulty, "doing", lambda asked: rows_of(3))
    run = made(ask(finance, format, key="faulty"))
    assert run.told("sums") == [["Amount", "€2.20"], ["Amount", "$1.10"]]
    if format == "csv":
        assert "'=1+0" in content(run).decode()
    else:
        cells = load_workbook(BytesIO(content(run)))["Things"]
        assert cells["A2"].value == "'=1+0"
        assert cells["A2"].data_type == "s"


def test_everything_is_read_at_one_moment(
    finance: User, faulty: type[Faulty], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def count() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM core_event")
            return int(cursor.fetchone()[0])

    def doing(_asked: Asked) -> list[Section]:
        seen.append(count())
        other = threading.Thread(target=_an_event)
        other.start()
        other.join()
        seen.append(count())
        return rows_of(1)

    monkeypatch.setattr(faulty, "doing", doing)
    made(ask(finance, key="faulty"))
    assert seen[0] == seen[1]


def test_rows_nobody_read_to_their_end_disturb_nothing_that_comes_after(
    finance: User, faulty: type[Faulty], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The garbage collector ends them at some time, inside of somebody else's transaction."""
    kept = []

    def doing(_asked: Asked) -> list[Section]:
        rows = (row for row in User.objects.iterator())
        next(rows)
        kept.append(rows)
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(faulty, "doing", doing)
    ended = running.carry_out(ask(finance, key="faulty").pk)
    assert ended is not None and ended.status == S.FAILED
    with transaction.atomic():
        assert User.objects.exists()
        kept.pop().close()
        assert User.objects.exists()


def _an_event() -> None:
    record("test.happened", subject=("core.user", "1"))
    connections.close_all()


def test_nothing_can_be_written_while_it_is_read(
    finance: User, faulty: type[Faulty], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faulty, "doing", lambda asked: [Event.objects.create(kind="x")])
    with pytest.raises(Exception, match="read-only"):
        running.carry_out(ask(finance, key="faulty").pk)


def test_a_full_disk_is_said_and_nothing_is_offered(
    finance: User, private_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(run_files.os, "fsync", full)
    run = running.carry_out(ask(finance).pk)
    assert run is not None
    assert (run.status, run.error) == (S.FAILED, "The disk is full. Make room and run it again.")
    assert [path for path in private_files.rglob("*") if path.is_file()] == []
    monkeypatch.undo()
    assert made(running.again(run=run, user=finance)).path


def test_a_run_whose_worker_was_killed_says_so_and_can_be_run_again(finance: User) -> None:
    run = ask(finance)
    long_ago = timezone.now() - timedelta(minutes=2)
    ReportRun.objects.filter(pk=run.pk).update(status=S.RUNNING, started_at=long_ago, touched_at=long_ago)
    running.sweep()
    run.refresh_from_db()
    assert (run.status, run.error) == (S.FAILED, "The worker stopped in the middle. Run it again.")
    assert running.carry_out(run.pk) is None
    made(running.again(run=run, user=finance))


def test_a_run_that_gives_signs_of_life_is_left_alone(finance: User) -> None:
    run = ask(finance)
    ReportRun.objects.filter(pk=run.pk).update(status=S.RUNNING, touched_at=timezone.now())
    running.sweep()
    run.refresh_from_db()
    assert run.status == S.RUNNING


def test_a_waiting_run_is_cancelled_at_once(finance: User) -> None:
    run = running.cancel(run=ask(finance))
    assert run.status == S.CANCELLED
    assert running.carry_out(run.pk) is None
    with pytest.raises(Conflict):
        running.cancel(run=run)


@pytest.mark.parametrize("begun", ["before", "after it was noticed"])
def test_a_running_query_ends_when_it_is_cancelled(
    finance: User, faulty: type[Faulty], monkeypatch: pytest.MonkeyPatch, private_files: Path, begun: str
) -> None:
    monkeypatch.setattr("analytics.services.pulse.EVERY_SECONDS", 0.05)
    run, noticed, end_query = ask(finance, key="faulty"), threading.Event(), Pulse._end_query
    slept: list[str] = []

    def noting(pulse: Pulse) -> None:
        end_query(pulse)
        noticed.set()

    def doing(_asked: Asked) -> list[Section]:
        other = threading.Thread(target=_cancel, args=(run,))
        other.start()
        other.join()
        if begun != "before":
            assert noticed.wait(30)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(20)")
        slept.append("to the end")
        return []

    monkeypatch.setattr(Pulse, "_end_query", noting)
    monkeypatch.setattr(faulty, "doing", doing)
    ended = running.carry_out(run.pk)
    assert ended is not None
    assert (ended.status, slept) == (S.CANCELLED, [])
    assert [path for path in private_files.rglob("*") if path.is_file()] == []


def _cancel(run: ReportRun) -> None:
    running.cancel(run=run)
    connections.close_all()


def test_progress_is_told_while_rows_go_by(finance: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.services.pulse.EVERY_SECONDS", 0.02)
    run = ask(finance)
    ReportRun.objects.filter(pk=run.pk).update(status=S.RUNNING)
    with Pulse(run.pk) as pulse:
        pulse.more(17)
        pulse.expected = 34
        for _try in range(500):
            run.refresh_from_db()
            if run.rows:
                break
            threading.Event().wait(0.01)
    assert (run.rows, run.percent) == (17, 50)


def test_a_difference_to_the_ledger_marks_the_run(
    finance: User, faulty: type[Faulty], monkeypatch: pytest.MonkeyPatch
) -> None:
    proof = Proof("Ties", [Money(Decimal(1), "USD")], [Money(Decimal(2), "USD")])

    def doing(_asked: Asked) -> list[Section]:
        (section,) = rows_of(1)
        section.proofs = [proof]
        return [section]

    monkeypatch.setattr(faulty, "doing", doing)
    run = made(ask(finance, key="faulty"))
    assert run.ties is False
    assert run.told("proofs")[0]["lines"] == [["$1.00", "$2.00"]]


def test_rights_are_asked_when_it_is_asked_for_when_it_runs_and_when_it_is_taken(finance: User) -> None:
    with pytest.raises(NotAllowed):
        ask(nobody())
    run = ask(finance)
    done = made(run)
    moderator = UserFactory(staff=User.Role.MODERATOR)
    assert running.may_take(done, finance)
    # Made by somebody who sees costs.
    assert not running.may_take(done, moderator)
    late = ask(finance)
    User.objects.filter(pk=finance.pk).update(is_active=False)
    ended = running.carry_out(late.pk)
    assert ended is not None
    assert ended.status == S.FAILED
    assert "may not have it" in ended.error


def nobody() -> User:
    user = UserFactory()
    user.groups.clear()
    return user


@pytest.mark.parametrize(
    "wrong",
    [
        {"asked": {"first": "2025-02-01", "last": "2025-01-01"}},
        {"asked": {"first": "1990-01-01", "last": "2025-01-01"}},
        {"asked": {"first": "soon", "last": "later"}},
        {"asked": {}},
        {"zone": "Nowhere/At all"},
    ],
)
def test_what_makes_no_sense_is_refused(finance: User, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        ask(finance, **wrong)
    assert not ReportRun.objects.exists()


def test_a_person_has_ten_open_runs_at_most(finance: User) -> None:
    for _number in range(running.MOST_OPEN):
        ask(finance)
    with pytest.raises(Conflict):
        ask(finance)
