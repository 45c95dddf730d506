"""Papers of the books: numbered without a gap, frozen, tied to their transfers; whatever tries to break that fails."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, connections, transaction

from commerce.models import Document, DocumentSeries, DocumentTransfer, Order, Transfer
from commerce.services import documents, invoices, paper_files, paper_words, privacy, receipts, settlement
from core.branding_settings import BrandingPage
from core.exceptions import Conflict, DomainError
from core.site_settings import save
from tests.factories_documents import (
    IN_MONTH,
    MONTH,
    booked,
    bought,
    dated,
    invoice_of,
    sold,
    wallet_of,
    with_tax,
)
from tests.factories_fulfilment import buyer, place, place_for_customer, player_product
from tests.factories_parties import CustomerFactory, ResellerFactory

pytestmark = pytest.mark.django_db
INVOICE, CREDIT = Document.Kind.INVOICE, Document.Kind.CREDIT_NOTE


def refused(statement: str, parameters: Any = ()) -> str:
    """The SQLSTATE by which the database refuses it."""
    with pytest.raises(DatabaseError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
    return getattr(error.value.__cause__, "sqlstate", "")


class TestNumbers:
    def test_each_kind_counts_by_itself_and_by_year(self):
        first, second = bought(), bought()
        year = datetime.now(UTC).year
        assert [invoice_of(order).number for order in (first, second)] == [
            f"INV-{year}-000001",
            f"INV-{year}-000002",
        ]
        assert receipts.of_order(order_id=first.pk).number == f"REC-{year}-000001"
        assert {(row.kind, row.last) for row in DocumentSeries.objects.all()} == {
            ("invoice", 2),
            ("receipt", 1),
        }

    def test_a_paper_that_is_rolled_back_leaves_no_gap(self):
        first, second = bought(), bought()
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            invoice_of(first)
            raise ZeroDivisionError
        assert invoice_of(second).sequence == 1
        assert invoice_of(first).sequence == 2

    def test_the_database_numbers_them_whatever_is_written(self):
        paper = invoice_of(bought())
        columns = [field.column for field in Document._meta.concrete_fields if field.column != "id"]
        values = {
            "code": "'AAAAA'",
            "number": "'INV-1999-9'",
            "sequence": "77",
            "year": "1999",
            "kind": "'receipt'",
        }
        values |= {"transfer_id": "NULL", "issued_at": "'1999-01-01'"}
        chosen = ", ".join(values.get(column, column) for column in columns)
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO commerce_document ({', '.join(columns)}) SELECT {chosen} FROM commerce_document"
                " WHERE id = %s RETURNING number, issued_at",
                [paper.pk],
            )
            number, issued_at = cursor.fetchone()
        assert number == f"REC-{paper.year}-000001"
        assert issued_at >= paper.issued_at

    def test_the_counter_is_nobodys(self):
        invoice_of(bought())
        assert refused("UPDATE commerce_documentseries SET last = last + 1") == "TL002"
        assert refused("UPDATE commerce_documentseries SET last = 7") == "TL002"
        assert (
            refused(
                "INSERT INTO commerce_documentseries (kind, year, last, last_at) VALUES ('x', 2026, 1, now())"
            )
            == "TL002"
        )
        assert refused("DELETE FROM commerce_documentseries") == "TL001"
        assert refused("TRUNCATE commerce_documentseries") == "TL001"

    @pytest.mark.parametrize(
        ("moment", "zone", "year"),
        [
            ("2026-12-31T22:30:00+00:00", "Europe/Berlin", 2026),
            ("2026-12-31T23:00:00+00:00", "Europe/Berlin", 2027),
            ("2027-01-01T04:59:59+00:00", "America/New_York", 2026),
            ("2026-12-31T20:30:00+00:00", "Asia/Tehran", 2027),
        ],
    )
    def test_the_year_is_the_one_where_it_is_issued(self, moment, zone, year):
        with connection.cursor() as cursor:
            cursor.execute("SELECT commerce_document_year(%s::timestamptz, %s)", [moment, zone])
            assert cursor.fetchone() == (year,)


class TestFrozen:
    def test_nothing_of_it_is_changed_or_deleted(self):
        paper = invoice_of(bought())
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for column in (
            "amount = 1",
            "party = '{}'",
            "content = '{}'",
            "number = 'INV-2026-9'",
            "kind = 'receipt'",
        ):
            assert refused(f"UPDATE commerce_document SET {column} WHERE id = %s", [paper.pk]) == "TL001"
        for table in ("document", "documenttransfer", "documentletterhead"):
            assert refused(f"DELETE FROM commerce_{table}") == "TL001"
            assert refused(f"TRUNCATE commerce_{table} CASCADE") == "TL001"

    def test_it_prints_the_same_when_everything_about_it_has_changed(self):
        customer = CustomerFactory(full_name="Ada Byron", address="1 Main Street", city="Oakland")
        order = bought(customer)
        paper = invoice_of(order)
        before = printed(paper)
        customer.full_name, customer.address = "Somebody Else", "Elsewhere"
        customer.save()
        order.product.name = "Another name"
        order.product.save()
        save(BrandingPage, {"name": "Another", "footer": "New foot", "primary_color": "#ff0000"}, user=None)
        again = printed(Document.objects.get(pk=paper.pk))
        assert "Ada Byron" in before and "1 Main Street" in before
        assert again == before
        newer = invoice_of(bought(customer))
        assert "Another" in printed(newer) and "Somebody Else" in printed(newer)

    def test_a_customer_who_is_erased_has_no_name_on_it_and_the_rest_stays(self):
        customer = CustomerFactory(full_name="Katharina Blum", address="Gemmelsbroich 4")
        paper = invoice_of(bought(customer))
        receipts.of_order(order_id=paper.order_id)
        before = Document.objects.filter(pk=paper.pk).values("content", "amount", "number", "digest").get()
        privacy.erase(customer=customer, reason="They asked for it")
        for one in Document.objects.filter(customer=customer):
            assert one.party == {"erased": True}
            text = printed(one)
            assert "Blum" not in text and "Gemmelsbroich" not in text
            assert f"Erased customer {customer.pk}" in text
        assert Document.objects.filter(pk=paper.pk).values(*before).get() == before


def printed(document: Document) -> str:
    with paper_words.spoken(document):
        return paper_files.html(document)


class TestInvoices:
    def test_a_customers_invoice_is_what_the_ledger_captured(self):
        with_tax()
        order = bought()
        paper = invoice_of(order)
        ledger = booked(paper)
        assert paper.amount == order.captured_amount == sum(ledger.values())
        assert paper.tax == ledger["tax"] == order.tax
        assert ledger == dict(
            order.transfers.filter(kind__in=Transfer.CAPTURE_KINDS).values_list("kind", "amount")
        )
        assert Decimal(paper.content["net"]) == sum(Decimal(line["net"]) for line in paper.content["lines"])
        [tax] = paper.content["taxes"]
        assert (tax["rate"], Decimal(tax["tax"])) == ("7.5", order.tax)
        assert Decimal(tax["base"]) == order.total - order.tax
        assert invoice_of(order) == paper, "Asked for again it is the same paper"

    def test_a_resellers_month_is_one_paper_with_every_order_once(self):
        reseller = ResellerFactory(funds=5000, commission_rate=Decimal(3))
        early = sold(reseller)
        with_tax()
        orders = [early, sold(reseller), sold(reseller)]
        sold(reseller, at=datetime(2026, 10, 1, tzinfo=UTC))
        sold(reseller, at=datetime(2026, 8, 31, 23, 59, 59, 999999, tzinfo=UTC))
        sold(at=IN_MONTH)
        paper = invoices.of_month(account=wallet_of(reseller), month=MONTH, zone="UTC")
        assert paper.amount == sum(order.total for order in orders) == sum(booked(paper).values())
        assert paper.tax == sum(order.tax for order in orders)
        assert [tax["rate"] for tax in paper.content["taxes"]] == ["7.5", "0"]
        assert Decimal(paper.content["commission"]) == sum(order.commission for order in orders)
        assert paper.content["ledger"]["groups"] == 3
        with pytest.raises(Conflict) as error:
            invoices.of_month(account=wallet_of(reseller), month=MONTH, zone="UTC")
        assert error.value.code == "nothing_to_invoice"
        late = sold(reseller)
        second = invoices.of_month(account=wallet_of(reseller), month=MONTH, zone="UTC")
        assert second.amount == late.total, "What the first one missed is on a second one"

    def test_a_month_begins_and_ends_at_midnight_where_it_is_meant(self):
        reseller = ResellerFactory(funds=5000)
        moments = ("2026-02-28T20:29:59", "2026-02-28T20:30:00", "2026-03-31T20:29:59", "2026-03-31T20:30:00")
        orders = [sold(reseller, at=datetime.fromisoformat(f"{at}+00:00")) for at in moments]
        paper = invoices.of_month(
            account=wallet_of(reseller), month=datetime(2026, 3, 9).date(), zone="Asia/Tehran"
        )
        taken = set(Order.objects.filter(transfers__papers__document=paper))
        assert taken == set(orders[1:3])

    @pytest.mark.parametrize(("zone", "hours"), [("Europe/Berlin", 31 * 24 - 1), ("UTC", 31 * 24)])
    def test_a_month_with_a_change_of_the_clocks_is_an_hour_shorter(self, zone, hours):
        since, until = invoices.month_of(datetime(2026, 3, 5).date(), ZoneInfo(zone))
        assert (until.astimezone(UTC) - since.astimezone(UTC)).total_seconds() == hours * 3600

    def test_what_there_is_no_invoice_of_says_why(self):
        reseller = ResellerFactory(funds=1000)
        order, wallet = sold(reseller), wallet_of(reseller)
        waiting, _payment = place_for_customer()
        product = player_product()
        playing = place("000", product=product, by=buyer(reseller, is_test=True))
        for code, ask in (
            ("invoiced_monthly", lambda: invoice_of(order)),
            ("not_captured", lambda: invoice_of(waiting)),
            ("test_mode", lambda: invoice_of(playing)),
            ("test_mode", lambda: invoices.of_month(account=playing.account, month=MONTH)),
            ("month_not_over", lambda: invoices.of_month(account=wallet, month=datetime.now(UTC).date())),
            ("unknown_language", lambda: invoice_of(bought(), language="xx")),
            ("invalid_tax_number", lambda: invoice_of(bought(), tax_number="9" * 41)),
        ):
            with pytest.raises(DomainError) as error:
                ask()
            assert error.value.code == code
        assert not DocumentTransfer.objects.exists(), "What was refused has taken nothing"
        assert not DocumentSeries.objects.exists()


class TestTies:
    """The database itself refuses a paper whose sums are not those of its transfers."""

    def copy(self, paper: Document, **values: str) -> str:
        columns = [field.column for field in Document._meta.concrete_fields if field.column != "id"]
        values = {"code": "'BBBBB'", "number": "''", **values}
        chosen = ", ".join(values.get(column, column) for column in columns)
        return refused(
            f"INSERT INTO commerce_document ({', '.join(columns)}) SELECT {chosen} FROM commerce_document"
            " WHERE id = %s",
            [paper.pk],
        )

    def test_an_invoice_without_its_transfers(self):
        assert self.copy(invoice_of(bought())) == "TL006"

    def test_another_amount(self, monkeypatch):
        real = invoices._figures
        monkeypatch.setattr(invoices, "_figures", lambda pk: (real(pk)[0], real(pk)[1] + 1, real(pk)[2]))
        order = bought()
        with pytest.raises(DatabaseError) as error, transaction.atomic():
            invoice_of(order)
        assert error.value.__cause__.sqlstate == "TL006"

    def test_another_wallets_transfers_or_another_currency(self):
        paper, other = invoice_of(bought()), wallet_of(ResellerFactory(funds=5))
        assert self.copy(paper, account_id=str(other.pk)) == "TL003"
        assert self.copy(paper, currency="'EUR'") == "TL003"

    def test_a_transfer_is_on_one_paper(self):
        order = bought()
        paper = invoice_of(order)
        [first, *_rest] = paper.entries.all()
        statement = (
            "INSERT INTO commerce_documenttransfer (document_id, transfer_id, turn) VALUES (%s, %s, %s)"
        )
        assert refused(statement, [paper.pk + 1, first.transfer_id, 0]) == "23505"
        assert refused(statement, [paper.pk, first.transfer_id, 1]) == "TL001"
        # Not by taking its next turn either, as long as the paper it is on stands.
        assert refused(statement, [paper.pk + 1, first.transfer_id, 1]) == "TL006"

    def test_an_invoice_with_credit_notes_is_not_cancelled(self):
        order = bought()
        paper = invoice_of(order)
        settlement.refund(order_id=order.pk, amount=Decimal("1.00"), reason="A little")
        invoices.credit(invoice=paper, reason="A little")
        cancels = {"kind": "'credit_note'", "corrects_id": str(paper.pk), "cancels": "true"}
        assert self.copy(paper, **cancels) == "TL006"

    def test_a_credit_note_is_for_refunds_of_its_invoice(self, monkeypatch):
        customer = CustomerFactory()
        orders = [bought(customer) for _time in range(2)]
        papers = [invoice_of(order) for order in orders]
        settlement.refund(order_id=orders[0].pk, amount=Decimal("1.00"), reason="A little")
        real = invoices.OF_INVOICE
        monkeypatch.setattr(invoices, "OF_INVOICE", f"t.order_id = '{orders[0].pk}' AND %(invoice)s <> 0")
        with pytest.raises(DatabaseError) as error, transaction.atomic():
            invoices.credit(invoice=papers[1], reason="Another's")
        assert error.value.__cause__.sqlstate == "TL006"
        monkeypatch.setattr(invoices, "OF_INVOICE", real)
        assert invoices.credit(invoice=papers[0], reason="Its own").amount == 1


def test_a_city_that_is_its_own_state_is_named_once():
    reseller = ResellerFactory(city="Tehran", state="Tehran", country="IR", funds=5)
    assert documents.party_of(wallet_of(reseller))["place"] == "Tehran, IR"


class TestReceipts:
    def test_of_an_order_of_a_payment_and_of_funding(self):
        with_tax()
        order = bought()
        paid, payment = receipts.of_order(order_id=order.pk), order.payments.get()
        assert (paid.amount, paid.tax) == (order.total, order.tax)
        through = receipts.of_payment(payment_id=payment.pk)
        assert through.amount == payment.amount
        reseller = ResellerFactory(funds=250)
        came = Transfer.objects.get(credit_account=wallet_of(reseller), kind="funding")
        funded = receipts.of_transfer(transfer_id=came.pk)
        assert (funded.amount, funded.reseller) == (Decimal(250), reseller)
        assert receipts.of_transfer(transfer_id=came.pk) == funded
        assert receipts.of_order(order_id=order.pk) == paid
        assert paid.content["ledger"]["ids"] == list(
            order.transfers.filter(kind__in=Transfer.CAPTURE_KINDS)
            .order_by("id")
            .values_list("pk", flat=True)
        )

    def test_one_of_money_that_came_says_what_it_was(self):
        came = Transfer.objects.get(credit_account=wallet_of(ResellerFactory(funds=250)), kind="funding")
        [line] = paper_words.lines(receipts.of_transfer(transfer_id=came.pk))
        assert (line.what, line.net) == ("Funding", "$250.00")

    def test_only_money_that_came_has_one(self):
        _order, payment = place_for_customer()
        with pytest.raises(Conflict):
            receipts.of_payment(payment_id=payment.pk)
        reseller = ResellerFactory(funds=1000)
        cost = sold(reseller).transfers.exclude(kind="funding").first()
        with pytest.raises(Conflict) as error:
            receipts.of_transfer(transfer_id=cost.pk)
        assert error.value.code == "not_received"


@pytest.mark.django_db(transaction=True)
def test_sixteen_at_once_leave_no_gap_and_no_double():
    """Thirty-two orders, each asked for twice, by sixteen threads; some of them change their mind."""
    customer = CustomerFactory()
    orders = [bought(customer) for _ in range(16)]
    start = Barrier(16)

    def issue(turn: int) -> None:
        start.wait(timeout=60)
        try:
            for at in (turn, (turn + 1) % 16):
                invoice_of(orders[at])
                with transaction.atomic():
                    receipts.of_order(order_id=orders[at].pk)
                    if turn % 4 == 0:
                        transaction.set_rollback(True)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as pool:
        for done in [pool.submit(issue, turn) for turn in range(16)]:
            done.result(timeout=120)
    for kind in ("invoice", "receipt"):
        papers = Document.objects.filter(kind=kind).order_by("sequence")
        assert [paper.sequence for paper in papers] == list(range(1, 17))
        assert {paper.order_id for paper in papers} == {order.pk for order in orders}
        stamps = [paper.issued_at for paper in papers]
        assert stamps == sorted(stamps)


def test_dated_moves_only_what_it_is_told():
    order = sold(at=None)
    dated(IN_MONTH, order=order)
    assert {transfer.created_at for transfer in order.transfers.all()} == {IN_MONTH}
