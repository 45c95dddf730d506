"""Statements as papers: they open, move and close by the ledger; PDF, Excel and CSV, re-read, say the same."""

import csv
import io
import re
import subprocess
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from commerce.models import ApiKey, Document, Transfer
from commerce.services import ledger, paper_files, paper_words, settlement, statement_papers
from commerce.services.documents import Wish
from commerce.services.statement_papers import days
from core.api import throttles
from core.documents import pdf, spreadsheet
from core.exceptions import Conflict, DomainError, InvalidInput
from tests.commerce.test_wallet_api import by_key, by_user
from tests.factories_documents import dated, sold, wallet_of
from tests.factories_parties import CustomerFactory, ResellerFactory

pytestmark = pytest.mark.django_db
drawn = pytest.mark.skipif(not pdf.is_available(), reason="Pango is not installed: PDF cannot be drawn here")
FIRST, LAST = date(2026, 9, 1), date(2026, 9, 30)


@pytest.fixture
def moved() -> Any:
    """A wallet with movements before, in and after September, some of them orders, one refunded."""
    reseller = ResellerFactory(funds=1000, commission_rate=Decimal(3), business_name="Nova Top-ups")
    wallet = wallet_of(reseller)
    funding = Transfer.objects.get(credit_account=wallet)
    dated(datetime(2026, 8, 30, tzinfo=UTC), transfer=funding)
    for number in range(3):
        order = sold(reseller, at=datetime(2026, 9, 5 + number, 12, tzinfo=UTC), reference=f"PO-{number}")
    settlement.refund(order_id=order.pk, amount=Decimal("5.55"), reason="A part came late")
    ledger.adjust(account=wallet, amount=Decimal("-20.50"), reason="=Bank fee")
    for back in Transfer.objects.filter(kind__in=(*Transfer.REFUND_KINDS, "commission_back", "adjustment")):
        dated(datetime(2026, 9, 20, 8, tzinfo=UTC), transfer=back)
    ledger.fund(account=wallet, amount=Decimal(77), reason="October", external_reference="BANK-7")
    return wallet


def statement(wallet: Any, **wish: str) -> Document:
    return statement_papers.issue(account=wallet, period=days(FIRST, LAST, "UTC"), wish=Wish(**wish))


def by_sql(wallet: Any, until: datetime) -> Decimal:
    """What the wallet held then, from nothing but amounts of transfers."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(CASE WHEN credit_account_id = %(id)s THEN amount ELSE -amount END), 0)"
            " FROM commerce_transfer WHERE %(id)s IN (debit_account_id, credit_account_id) AND created_at < %(until)s",
            {"id": wallet.pk, "until": until},
        )
        return Decimal(cursor.fetchone()[0])


class TestAmounts:
    def test_it_opens_moves_and_closes_as_the_ledger_does(self, moved):
        paper = statement(moved)
        assert paper.opening == by_sql(moved, datetime(2026, 9, 1, tzinfo=UTC)) == Decimal(1000)
        assert paper.amount == by_sql(moved, datetime(2026, 10, 1, tzinfo=UTC))
        rows = paper.content["movements"]
        assert paper.opening + sum(Decimal(row[6]) for row in rows) == paper.amount
        balances = [paper.opening, *(Decimal(row[7]) for row in rows)]
        assert [after - before for before, after in pairwise(balances)] == [Decimal(row[6]) for row in rows]
        came = sum(Decimal(row[2]) for row in paper.content["sums"])
        went = sum(Decimal(row[3]) for row in paper.content["sums"])
        assert paper.opening + came - went == paper.amount
        ids = {row[0] for row in rows}
        assert ids == set(
            Transfer.objects.filter(created_at__gte=paper.since, created_at__lt=paper.until)
            .exclude(credit_balance_after=None, debit_balance_after=None)
            .values_list("pk", flat=True)
        )

    def test_one_closes_where_the_next_one_opens(self, moved):
        september = statement(moved)
        october = statement_papers.issue(
            account=moved, period=days(date(2026, 10, 1), timezone.now().date(), "UTC")
        )
        assert october.opening == september.amount
        moved.refresh_from_db()
        assert october.amount == moved.balance

    def test_movements_written_out_of_order_at_midnight_are_on_one_statement(self):
        """The earlier id has the later time: cut by time alone, one side would miss it and not add up."""
        wallet = wallet_of(ResellerFactory())
        first = ledger.fund(account=wallet, amount=Decimal(10), reason="First", external_reference="1")
        second = ledger.fund(account=wallet, amount=Decimal(5), reason="Second", external_reference="2")
        midnight = datetime(2026, 10, 1, tzinfo=UTC)
        dated(midnight + timedelta(milliseconds=1), transfer=first)
        dated(midnight - timedelta(milliseconds=1), transfer=second)
        september = statement(wallet)
        october = statement_papers.issue(
            account=wallet, period=days(date(2026, 10, 1), date(2026, 10, 31), "UTC")
        )
        assert (september.opening, september.amount) == (0, 15)
        assert (october.opening, october.amount) == (15, 15)

    def test_the_same_again_is_the_same_paper_until_something_moves(self, moved):
        paper = statement(moved)
        assert statement(moved) == paper
        assert statement(moved, language="fa") != paper
        day = timezone.now().date()
        whole = days(FIRST, day + timedelta(days=1), "UTC")
        now = statement_papers.issue(account=moved, period=whole)
        ledger.adjust(account=moved, amount=Decimal(1), reason="More")
        assert statement_papers.issue(account=moved, period=whole) != now
        reseller = moved.reseller
        reseller.address = "2 New Street"
        reseller.save()
        wallet = wallet_of(reseller)
        assert statement(wallet) != paper, "The party has moved: that is another paper"

    def test_words_about_a_customer_are_not_kept(self):
        wallet = wallet_of(CustomerFactory())
        ledger.fund(account=wallet, amount=Decimal(3), reason="He begged", external_reference="IBAN 9")
        paper = statement_papers.issue(account=wallet, period=days(FIRST, timezone.now().date(), "UTC"))
        assert "begged" not in str(paper.content) and "IBAN" not in str(paper.content)

    def test_what_there_is_no_statement_of_says_why(self, moved):
        test_wallet = ledger.wallet_for(party=moved.reseller, currency="USD", is_test=True)
        ours = ledger.company_account("bank", "USD")
        soon = timezone.now().date() + timedelta(days=9)
        for code, account, period in (
            ("test_mode", test_wallet, days(FIRST, LAST)),
            ("no_party", ours, days(FIRST, LAST)),
            ("not_begun", moved, days(soon, soon)),
        ):
            with pytest.raises(Conflict) as error:
                statement_papers.issue(account=account, period=period)
            assert error.value.code == code
        for first, last in ((LAST, FIRST), (date(1, 1, 1), LAST), (FIRST, date(9999, 12, 31))):
            with pytest.raises(InvalidInput):
                days(first, last)

    def test_a_longer_one_is_refused_and_not_cut(self, moved, monkeypatch):
        monkeypatch.setattr(statement_papers, "MOST_MOVEMENTS", 2)
        with pytest.raises(InvalidInput) as error:
            statement(moved)
        assert error.value.code == "period_too_long"


class TestDays:
    """On 29 March 2026 Berlin's day has 23 hours, on 25 October 25."""

    @pytest.mark.parametrize(
        ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (FIRST, 24)]
    )
    def test_a_day_is_from_midnight_to_midnight_there(self, day, hours):
        period = days(day, day, "Europe/Berlin")
        assert (period.until.astimezone(UTC) - period.since.astimezone(UTC)) == timedelta(hours=hours)

    @pytest.mark.parametrize(
        ("day", "inside", "outside"),
        [
            (date(2026, 3, 29), "2026-03-29T21:59:59", "2026-03-29T22:00:00"),
            (date(2026, 3, 29), "2026-03-28T23:00:00", "2026-03-28T22:59:59"),
            (date(2026, 10, 25), "2026-10-25T22:59:59", "2026-10-25T23:00:00"),
            (date(2026, 10, 25), "2026-10-24T22:00:00", "2026-10-24T21:59:59"),
        ],
    )
    def test_a_movement_is_on_the_day_that_the_clock_there_showed(self, day, inside, outside):
        wallet = wallet_of(ResellerFactory())
        for at, number in sorted([(inside, 1), (outside, 2)]):
            made = ledger.fund(account=wallet, amount=Decimal(number), reason="x", external_reference=at)
            dated(datetime.fromisoformat(f"{at}+00:00"), transfer=made)
        paper = statement_papers.issue(account=wallet, period=days(day, day, "Europe/Berlin"))
        assert [row[6] for row in paper.content["movements"]] == ["1.00"]

    def test_the_days_around_a_change_of_the_clocks_leave_nothing_out_and_count_nothing_twice(self):
        wallet = wallet_of(ResellerFactory())
        start = datetime(2026, 10, 24, 12, tzinfo=UTC)
        for hour in range(60):
            made = ledger.fund(account=wallet, amount=Decimal(1), reason="x", external_reference=str(hour))
            dated(start + timedelta(hours=hour), transfer=made)
        papers = [
            statement_papers.issue(
                account=wallet, period=days(date(2026, 10, day), date(2026, 10, day), "Europe/Berlin")
            )
            for day in (24, 25, 26, 27)
        ]
        assert [len(paper.content["movements"]) for paper in papers] == [10, 25, 24, 1]
        assert [after.opening - before.amount for before, after in pairwise(papers)] == [0, 0, 0]


def text_of(content: bytes, tmp_path: Path) -> str:
    path = tmp_path / "paper.pdf"
    path.write_bytes(content)
    return subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True, timeout=60
    ).stdout.decode()


def amounts(text: str) -> list[Decimal]:
    return [
        Decimal(found.replace("−", "-").replace("$", "").replace(",", ""))
        for found in re.findall(r"−?\$[\d,]+\.\d\d", text)
    ]


def test_its_days_are_those_of_its_own_clock_whoever_reads_it(moved):
    paper = statement_papers.issue(
        account=moved, period=days(date(2026, 9, 1), date(2026, 9, 30), "Asia/Tehran")
    )
    assert paper_words.period(paper) == "1 Sep 2026 – 30 Sep 2026"


class TestFiles:
    @drawn
    def test_pdf_excel_and_csv_say_the_same(self, moved, tmp_path):
        paper = statement(moved)
        text = text_of(paper_files.file_of(paper, "pdf").content, tmp_path)
        assert paper.number in text and "Nova Top-ups" in text and paper.code in text
        printed = amounts(text)
        rows = paper.content["movements"]
        came, went = (sum(Decimal(row[place]) for row in paper.content["sums"]) for place in (2, 3))
        assert printed[:4] == [paper.opening, came, went, paper.amount]
        assert printed[-1] == paper.amount
        balances = [
            amounts(line)[-1] for line in text.split("Opening balance")[-1].splitlines() if amounts(line)
        ]
        assert balances == [paper.opening, *(Decimal(row[7]) for row in rows), paper.amount]

        book = openpyxl.load_workbook(io.BytesIO(paper_files.file_of(paper, "xlsx").content))
        sheet = list(book.worksheets[0].iter_rows(min_row=2, values_only=True))
        assert [Decimal(str(row[7])) for row in sheet[:-1]] == balances
        assert Decimal(str(sheet[-1][6])) == came - went == paper.amount - paper.opening
        assert all(isinstance(row[6], int | float) for row in sheet[1:-2])
        about = {row[0]: row[1] for row in book.worksheets[1].iter_rows(values_only=True)}
        assert about["Number"] == paper.number and about["Verification code"] == paper.code

        lines = list(
            csv.DictReader(io.StringIO(paper_files.file_of(paper, "csv").content.decode("utf-8-sig")))
        )
        assert [Decimal(line["Balance"]) for line in lines] == balances
        assert sum(Decimal(line["Amount"]) for line in lines if line["Amount"]) == came - went
        assert {line["Why"] for line in lines} >= {"'=Bank fee"}, "Safe from being computed"

    @drawn
    @pytest.mark.parametrize("language", ["en", "fa"])
    def test_every_kind_is_drawn_in_both_languages(self, language, tmp_path):
        from commerce.services import invoices, receipts
        from tests.factories_documents import MONTH

        reseller = ResellerFactory(funds=1000, commission_rate=Decimal(3))
        order, wallet = sold(reseller), wallet_of(reseller)
        wish = Wish(language)
        invoice = invoices.of_month(account=wallet, month=MONTH, wish=wish)
        papers = [
            invoice,
            invoices.cancel(invoice=invoice, reason="Wrong"),
            receipts.of_order(order_id=order.pk, wish=wish),
            statement(wallet, language=language),
        ]
        for paper in papers:
            text = text_of(
                paper_files.file_of(paper, "pdf", site="https://desk.example.com").content, tmp_path
            )
            assert paper.number in text and paper.code in text

    @drawn
    def test_each_page_says_which_of_how_many_it_is(self, moved, tmp_path):
        text = text_of(paper_files.file_of(statement(moved), "pdf").content, tmp_path)
        assert "Page 1 of " in text

    @drawn
    def test_all_are_drawn_with_the_fonts_that_we_ship(self, moved, tmp_path):
        for _time in range(2):
            (tmp_path / "paper.pdf").write_bytes(paper_files.file_of(statement(moved), "pdf").content)
            fonts = subprocess.run(["pdffonts", tmp_path / "paper.pdf"], capture_output=True, check=True)
            assert b"+Inter" in fonts.stdout and b"DejaVu-Sans " not in fonts.stdout

    def test_only_statements_have_tables(self, moved):
        from commerce.services import receipts

        receipt = receipts.of_transfer(transfer_id=Transfer.objects.filter(kind="funding")[0].pk)
        with pytest.raises(DomainError):
            paper_files.file_of(receipt, "xlsx")


class TestApi:
    URL = "/api/wallet/statement/"
    MONTH = {"from": "2026-09-01", "to": "2026-09-30"}

    def test_each_format_is_the_same_paper(self, moved, tmp_path):
        client = by_key(moved.reseller)
        plain = client.get(self.URL, self.MONTH).json()
        kinds = {"csv": "text/csv; charset=utf-8", "xlsx": "spreadsheetml.sheet"}
        if pdf.is_available():
            kinds["pdf"] = "application/pdf"
        for kind, content_type in kinds.items():
            answer = client.get(self.URL, {**self.MONTH, "format": kind})
            assert answer.status_code == 200, answer.content
            assert content_type in answer["Content-Type"]
            [paper] = Document.objects.all()
            assert f'filename="{paper.number}.{kind}"' in answer["Content-Disposition"]
            assert answer["Cache-Control"] == "no-store"
        assert (paper.opening, paper.amount) == (Decimal(plain["opening"]), Decimal(plain["closing"]))
        assert [row[0] for row in paper.content["movements"]] == [one["id"] for one in plain["movements"]]
        assert client.get(self.URL, {**self.MONTH, "format": "json"}).json() == plain

    def test_each_is_served_to_whoever_asks_for_just_that(self, moved):
        client = by_key(moved.reseller)
        for kind, content_type in (("csv", "text/csv"), ("xlsx", spreadsheet.CONTENT_TYPE)):
            answer = client.get(self.URL, {**self.MONTH, "format": kind}, HTTP_ACCEPT=content_type)
            assert answer.status_code == 200 and answer["Content-Type"].startswith(content_type)
        assert client.get(self.URL, self.MONTH, HTTP_ACCEPT="image/png").status_code == 406

    def test_without_days_it_is_one_paper_a_day(self, moved):
        client = by_key(moved.reseller)
        for _time in range(2):
            assert client.get(self.URL, {"format": "csv"}).status_code == 200
        assert Document.objects.count() == 1

    def test_what_it_refuses(self, moved):
        client = by_key(moved.reseller)
        assert client.get(self.URL, {"format": "exe"}).json()["errors"].keys() == {"format"}
        assert (
            client.get(self.URL, {"format": "csv", "from": "2026-02-01", "to": "2026-01-01"}).status_code
            == 400
        )
        in_tests = by_key(moved.reseller, mode=ApiKey.Mode.TEST)
        answer = in_tests.get(self.URL, {"format": "csv"})
        assert (answer.status_code, answer.json()["code"]) == (409, "test_mode")
        assert in_tests.get(self.URL).status_code == 200
        empty = by_user(CustomerFactory().user).get(self.URL, {"format": "csv"})
        assert (empty.status_code, empty.json()["code"]) == (404, "no_wallet")
        assert APIClient().get(self.URL, {"format": "csv"}).status_code == 401
        cache.set(f"statement-file:{moved.pk}", 1)
        assert client.get(self.URL, {"format": "csv"}).json()["code"] == "busy"
        assert not Document.objects.exists()

    def test_files_are_rationed(self, moved, monkeypatch):
        monkeypatch.setattr(throttles, "PAPERS", 2)
        client = by_key(moved.reseller)
        answers = [client.get(self.URL, {**self.MONTH, "format": "csv"}).status_code for _time in range(4)]
        assert answers == [200, 200, 429, 429]
        assert client.get(self.URL, self.MONTH).status_code == 200
