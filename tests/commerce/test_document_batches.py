"""Papers of all resellers at once: in the background, gapless, gone on with after a worker has died, and by policy."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test import Client as Browser
from django.urls import reverse

from commerce.document_settings import DocumentsPage
from commerce.models import Document, DocumentBatch
from commerce.services import document_batches, ledger, statement_papers
from commerce.services.statement_papers import days
from core.exceptions import Conflict, InvalidInput
from core.models import Message
from core.site_settings import save
from tests.commerce.second_person import dialog
from tests.factories import UserFactory
from tests.factories_documents import MONTH, dated, sold, wallet_of
from tests.factories_parties import CustomerFactory, ResellerFactory

SEPTEMBER = datetime(2026, 9, 3, tzinfo=UTC)
OCTOBER_FIRST = datetime(2026, 10, 1, 6, tzinfo=UTC)


def moved(**values: Any) -> Any:
    """A reseller whose wallet was funded in September."""
    reseller = ResellerFactory(**values)
    wallet = wallet_of(reseller)
    dated(SEPTEMBER, transfer=ledger.fund(account=wallet, amount=Decimal(50), reason="Wire"))
    return reseller


def done(batch: DocumentBatch) -> DocumentBatch:
    """Slice after slice, as workers do it."""
    while document_batches.work(batch.pk):
        pass
    batch.refresh_from_db()
    return batch


def counted(batch: DocumentBatch) -> tuple[int, ...]:
    return (batch.issued, batch.known, batch.empty, batch.failed)


@pytest.mark.django_db
class TestRuns:
    def test_every_reseller_that_moved_has_one_statement(self):
        party, other = moved(), moved()
        ResellerFactory()
        ledger.wallet_for(party=party, currency="USD", is_test=True)
        ledger.fund(account=wallet_of(CustomerFactory()), amount=Decimal(1), reason="Not a reseller")
        later = wallet_of(ResellerFactory(funds=10))
        earlier = statement_papers.issue(account=wallet_of(other), period=days(MONTH, date(2026, 9, 30)))
        batch = done(document_batches.start(kind="statement", month=date(2026, 9, 17)))
        assert (batch.status, batch.month, batch.looked_at) == ("done", MONTH, batch.wallets)
        assert (batch.issued, batch.known, batch.failed) == (1, 1, 0)
        assert batch.empty == batch.wallets - 2
        paper = Document.objects.get(reseller=party)
        assert (paper.kind, paper.amount, paper.since, paper.until) == (
            "statement", 50, datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC),
        )  # fmt: skip
        assert Document.objects.get(reseller=other) == earlier
        assert not Document.objects.filter(account=later).exists()

    def test_invoices_are_of_what_no_invoice_has(self):
        order = sold()
        batch = done(document_batches.start(kind="invoice", month=MONTH))
        assert batch.issued == 1 and Document.objects.get(kind="invoice").amount == order.total
        again = done(document_batches.start(kind="invoice", month=MONTH))
        assert (again.issued, again.failed, Document.objects.count()) == (0, 0, 1)

    def test_each_goes_by_mail_where_an_address_is_known(self):
        known, unknown = moved(email="books@nova.example"), moved(email="")
        batch = done(document_batches.start(kind="statement", month=MONTH, mail=True))
        assert (batch.issued, batch.sent) == (2, 1)
        message = Message.objects.get(event="document")
        assert message.address == known.email
        assert message.subject_id == str(Document.objects.get(reseller=known).pk)
        assert Document.objects.filter(reseller=unknown).exists()

    def test_it_goes_on_where_a_worker_died_and_issues_nothing_twice(self, monkeypatch):
        for _n in range(4):
            moved()
        batch = document_batches.start(kind="statement", month=MONTH)
        issue, died = statement_papers.issue, []

        def killed(**values: Any) -> Any:
            paper = issue(**values)
            if len(died) < 1 and Document.objects.count() == 3:
                died.append(paper)
                raise KeyboardInterrupt
            return paper

        monkeypatch.setattr(statement_papers, "issue", killed)
        with pytest.raises(KeyboardInterrupt):
            document_batches.work(batch.pk)
        batch.refresh_from_db()
        assert (batch.status, batch.issued, Document.objects.count()) == ("running", 2, 2)
        batch = done(batch)
        assert (batch.status, batch.issued, batch.known) == ("done", 4, 0)
        numbers = Document.objects.order_by("sequence").values_list("sequence", flat=True)
        assert list(numbers) == [1, 2, 3, 4]

    def test_what_fails_is_told_and_stops_nobody_else(self, monkeypatch):
        broken, fine = moved(business_name="Broken"), moved()
        issue = statement_papers.issue

        def half(**values: Any) -> Any:
            if values["account"].reseller_id == broken.pk:
                raise Conflict("books_differ", "They differ.")
            return issue(**values)

        monkeypatch.setattr(statement_papers, "issue", half)
        batch = done(document_batches.start(kind="statement", month=MONTH))
        assert (batch.status, batch.issued, batch.failed) == ("done", 1, 1)
        assert batch.problems == ["Broken: They differ."]
        assert Document.objects.get().reseller == fine

    def test_cancelled_it_stops_and_what_is_issued_stays(self):
        moved()
        batch = document_batches.start(kind="statement", month=MONTH)
        document_batches.cancel(batch_id=batch.pk)
        assert done(batch).status == "cancelled" and batch.looked_at == 0
        with pytest.raises(Conflict):
            document_batches.cancel(batch_id=batch.pk)
        assert done(document_batches.start(kind="statement", month=MONTH)).issued == 1

    def test_two_of_a_kind_and_month_do_not_run_together(self):
        document_batches.start(kind="statement", month=MONTH)
        with pytest.raises(Conflict, match="already"):
            document_batches.start(kind="statement", month=date(2026, 9, 30))
        document_batches.start(kind="invoice", month=MONTH)
        with pytest.raises(InvalidInput):
            document_batches.start(kind="statement", month=date(2199, 1, 1))


@pytest.mark.django_db
class TestPolicy:
    def test_nothing_is_issued_unless_the_settings_say_so(self):
        assert document_batches.by_policy(OCTOBER_FIRST) == []

    def test_each_month_once_on_its_first_days(self):
        moved()
        wanted = {"monthly_statements": True, "monthly_invoices": True, "mail_monthly": True}
        save(DocumentsPage, wanted, user=None)
        assert document_batches.by_policy(datetime(2026, 10, 9, tzinfo=UTC)) == []
        found = document_batches.by_policy(OCTOBER_FIRST)
        assert [(one.kind, one.month, one.mail) for one in found] == [
            ("statement", MONTH, True), ("invoice", MONTH, True),
        ]  # fmt: skip
        assert document_batches.by_policy(OCTOBER_FIRST) == []
        assert [done(one).issued for one in found] == [1, 0]
        assert document_batches.by_policy(datetime(2026, 10, 2, tzinfo=UTC)) == []
        with pytest.raises(IntegrityError), transaction.atomic():
            DocumentBatch.objects.create(
                kind="statement", month=MONTH, zone="UTC", by_policy=True, status="done"
            )

    def test_a_batch_without_a_sign_of_life_is_taken_up_again(self):
        batch = document_batches.start(kind="statement", month=MONTH)
        assert document_batches.go_on() == 0
        DocumentBatch.objects.filter(pk=batch.pk).update(touched_at=SEPTEMBER)
        assert document_batches.go_on() == 1


@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gap_while_others_issue_too_and_two_workers_are_sent():
    with transaction.atomic():
        wallets = [wallet_of(moved()) for _n in range(6)]
    batch = document_batches.start(kind="statement", month=MONTH)

    def issue(number: int) -> None:
        try:
            if number < 2:
                while document_batches.work(batch.pk, seconds=0.1):
                    pass
            else:
                statement_papers.issue(account=wallets[number], period=days(MONTH, date(2026, 9, 9 + number)))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(issue, range(6)))
    done(batch)
    assert batch.status == "done" and batch.failed == 0
    numbers = list(
        Document.objects.filter(kind="statement").order_by("sequence").values_list("sequence", flat=True)
    )
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) == batch.issued + 4
    assert connection.is_usable()


@pytest.mark.django_db
def test_the_pages_from_the_list_to_its_end():
    finance = UserFactory(staff="finance")
    browser = Browser()
    browser.force_login(finance)
    moved(business_name="Nova")
    list_url = reverse("admin:commerce_document_changelist")
    begun = browser.get(list_url).content.decode()
    assert "For all resellers" in begun and reverse("admin:commerce_documentbatch_changelist") in begun
    url = reverse("admin:commerce_document_issue_for_all")
    sent = browser.post(url, {"_form_submitted": "True", "kind": "statement", "month": "2026-09-01"})
    batch = DocumentBatch.objects.get()
    page = reverse("admin:commerce_documentbatch_change", args=[batch.pk])
    assert sent.headers["HX-Redirect"] == page and batch.started_by == finance
    progress = reverse("admin:commerce_documentbatch_progress", args=[batch.pk])
    assert "hx-get" in browser.get(page).content.decode()
    assert "of 1 wallets" in browser.get(progress).content.decode()
    done(batch)
    assert browser.get(progress).headers["HX-Redirect"] == page
    [issued] = re.findall(r'href="([^"]*kind__exact=[^"]*)"', browser.get(page).content.decode())
    assert Document.objects.get().number in browser.get(unescape(issued)).content.decode()
    assert "hx-get" not in browser.get(page).content.decode().partition("batch-progress")[2][:200]
    assert browser.get(reverse("admin:commerce_documentbatch_changelist")).status_code == 200
    assert Document.objects.get().actor_label == finance.get_full_name()
    assert dialog(finance, batch, "cancel").status_code == 409
