"""Papers in the admin: issued from where the money is, found, taken as files, sent, corrected."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from commerce.models import Document, Transfer
from commerce.services import documents, paper_files, paper_mail, paper_words, settlement
from core.documents import pdf
from core.exceptions import Conflict, InvalidInput
from core.messages import sending
from core.models import Event, Message
from tests.commerce.imports import signed_in
from tests.factories import UserFactory
from tests.factories_documents import MONTH, bought, invoice_of, sold, wallet_of
from tests.factories_parties import CustomerFactory, ResellerFactory
from tests.project.payloads import PAYLOADS

pytestmark = pytest.mark.django_db
drawn = pytest.mark.skipif(not pdf.is_available(), reason="Pango is not installed: PDF cannot be drawn here")


def send(client: Client, model: str, pk: Any, action: str, **data: Any) -> Any:
    url = f"/admin/commerce/{model}/{pk}/{action}/"
    return client.post(url, {"_form_submitted": "True", **data}, headers={"HX-Request": "true"})


def done(answer: Any) -> bool:
    return answer.status_code == 200 and "HX-Redirect" in answer.headers


@pytest.fixture
def finance() -> Client:
    return signed_in("finance")


@pytest.mark.parametrize(
    ("name", "leads_to"),
    [
        ("commerce_documentbatch", "/admin/commerce/document/"),
        ("commerce_importedstatement", "/admin/reconciliation/hand-in/"),
        ("commerce_signoff", "/admin/commerce/statementsource/"),
        ("commerce_closedmonth", "/admin/closing/"),
        ("analytics_reportrun", "/admin/reports/"),
    ],
)
def test_an_empty_list_leads_to_where_its_first_row_comes_from(finance, name, leads_to):
    page = finance.get(reverse(f"admin:{name}_changelist")).content.decode()
    assert f'href="{leads_to}"' in page.partition("tl-empty--list")[2]


class TestIssuing:
    def test_from_an_order_a_payment_and_a_transfer(self, finance):
        order = bought()
        payment = order.payments.get()
        assert done(send(finance, "order", order.pk, "issue-invoice", tax_number="GB 1", language="fa"))
        assert done(send(finance, "order", order.pk, "issue-receipt"))
        assert done(send(finance, "payment", payment.pk, "issue-receipt"))
        came = Transfer.objects.get(credit_account=wallet_of(ResellerFactory(funds=70)), kind="funding")
        assert done(send(finance, "transfer", came.pk, "issue-receipt"))
        invoice = Document.objects.get(kind="invoice")
        assert (invoice.language, invoice.party["tax_number"], invoice.order) == ("fa", "GB 1", order)
        assert Document.objects.filter(kind="receipt").count() == 3
        page = finance.get(f"/admin/commerce/order/{order.pk}/change/").content.decode()
        assert invoice.number in page

    def test_from_a_reseller_a_customer_and_a_wallet(self, finance):
        reseller = ResellerFactory(funds=1000)
        order = sold(reseller)
        days = {"first": "2026-09-01", "last": "2026-09-30"}
        assert done(send(finance, "reseller", reseller.pk, "issue-statement", **days))
        assert done(send(finance, "account", wallet_of(reseller).pk, "issue-statement", **days))
        assert done(send(finance, "reseller", reseller.pk, "issue-invoice", month=str(MONTH)))
        customer = bought().customer
        assert done(send(finance, "customer", customer.pk, "issue-statement", **days))
        assert Document.objects.get(kind="invoice").amount == order.total
        assert Document.objects.filter(kind="statement").count() == 2, "The same statement is one paper"
        page = finance.get(f"/admin/commerce/reseller/{reseller.pk}/change/").content.decode()
        assert Document.objects.get(kind="invoice").number in page

    def test_what_cannot_be_issued_is_said_in_the_dialog(self, finance):
        reseller = ResellerFactory(funds=1000)
        answer = send(finance, "reseller", reseller.pk, "issue-invoice", month=str(MONTH))
        assert not done(answer) and "left to invoice" in answer.content.decode()
        answer = send(
            finance, "reseller", reseller.pk, "issue-statement", first="2026-09-30", last="2026-09-01"
        )
        assert not done(answer) and "ends before it begins" in str(answer.context["form"].errors["last"])
        company = documents.Account.objects.filter(reseller=None, customer=None).first()
        assert send(finance, "account", company.pk, "issue-statement").status_code == 409
        order = sold(reseller)
        assert send(finance, "order", order.pk, "issue-invoice").status_code == 409

    @pytest.mark.parametrize("role", ["auditor", "support", "moderator"])
    def test_others_issue_nothing(self, role):
        order = bought()
        paper = invoice_of(order)
        client = signed_in(role)
        assert send(client, "order", order.pk, "issue-invoice").status_code == 403
        for action in ("send", "credit", "cancel-invoice"):
            assert send(client, "document", paper.pk, action, reason="No").status_code == 403
        sees = role != "moderator"
        for kind in ("csv", "pdf"):
            answer = client.get(reverse("admin:commerce_document_file", args=[paper.pk, kind]))
            assert answer.status_code == (403 if not sees else 404 if kind == "csv" else answer.status_code)
        assert client.get(reverse("admin:commerce_document_changelist")).status_code == (200 if sees else 403)


class TestPages:
    def test_credit_notes_and_cancelling(self, finance):
        order, other = bought(), bought()
        paper, wrong = invoice_of(order), invoice_of(other)
        assert send(finance, "document", paper.pk, "credit", reason="No refund yet").status_code == 409
        settlement.refund(order_id=order.pk, amount=Decimal(3), reason="Late")
        assert done(send(finance, "document", paper.pk, "credit", reason="Late"))
        assert send(finance, "document", paper.pk, "cancel-invoice", reason="Late").status_code == 409
        assert done(send(finance, "document", wrong.pk, "cancel-invoice", reason="Wrong name"))
        notes = list(Document.objects.filter(kind="credit_note").order_by("id"))
        assert [note.amount for note in notes] == [Decimal(3), wrong.amount]
        for one in (paper, wrong, *notes):
            page = finance.get(reverse("admin:commerce_document_change", args=[one.pk]))
            assert page.status_code == 200 and one.code in page.content.decode()

    @drawn
    def test_files_are_taken_and_that_is_written_down(self, finance):
        paper = invoice_of(bought())
        answer = finance.get(reverse("admin:commerce_document_file", args=[paper.pk, "pdf"]))
        assert answer.content.startswith(b"%PDF") and "no-store" in answer["Cache-Control"]
        assert f'filename="{paper.number}.pdf"' in answer["Content-Disposition"]
        assert Event.objects.filter(kind="document.taken", subject_id=str(paper.pk)).exists()
        assert finance.get(f"/admin/commerce/document/{paper.pk}/file/exe/").status_code == 404
        assert finance.get("/admin/commerce/document/999999999/file/pdf/").status_code == 404

    def test_where_pango_is_missing_it_says_what_to_install(self, finance, monkeypatch):
        def missing(text: str) -> bytes:
            raise pdf.PdfUnavailable("pdf_unavailable", "install libpango")

        monkeypatch.setattr(pdf, "html_to_pdf", missing)
        answer = finance.get(reverse("admin:commerce_document_file", args=[invoice_of(bought()).pk, "pdf"]))
        assert answer.status_code == 503 and b"libpango" in answer.content

    def test_it_is_found_by_number_code_order_and_party(self, finance):
        customer = CustomerFactory(full_name="Katharina Blum")
        paper, other = invoice_of(bought(customer)), invoice_of(bought())
        url = reverse("admin:commerce_document_changelist")
        for term in (paper.number, paper.code.lower(), paper.order.order_number, "Blum", "Kathar"):
            found = finance.get(url, {"q": term}).content.decode()
            assert paper.number in found and other.number not in found, term
        found = finance.get(url, {"kind__exact": "credit_note"}).content.decode()
        assert paper.number not in found

    def test_the_list_asks_as_little_for_many_as_for_few(self, finance, django_assert_max_num_queries):
        customer = CustomerFactory()
        for _time in range(6):
            invoice_of(bought(customer))
        url = reverse("admin:commerce_document_changelist")
        finance.get(url)
        with django_assert_max_num_queries(12):
            finance.get(url)


class TestMail:
    @drawn
    def test_has_a_whole_link_or_none(self, settings: Any) -> None:
        """Half a link leads nowhere; an address that is known by now serves papers of before."""
        settings.SITE_URL = ""
        paper = invoice_of(bought())
        assert paper.code not in paper_mail.send(document=paper).body
        assert (
            f"https://here.example/d/{paper.code}"
            in paper_mail.send(document=paper, site="https://here.example").body
        )
        settings.SITE_URL = "https://desk.example.com/"
        assert f"https://desk.example.com/d/{paper.code}" in paper_mail.send(document=paper).body

    def test_the_files_go_with_it_and_are_not_kept(self, finance, django_capture_on_commit_callbacks):
        reseller = ResellerFactory(funds=50, email="office@nova.example")
        from commerce.services import statement_papers

        paper = statement_papers.issue(
            account=wallet_of(reseller), period=statement_papers.days(date(2026, 9, 1), date(2026, 9, 30))
        )
        assert done(send(finance, "document", paper.pk, "send", to="", note="As agreed."))
        message = Message.objects.get(event="document")
        sending.send(message.pk)
        [sent] = mail.outbox
        assert sent.to == ["office@nova.example"] and paper.number in sent.subject
        assert "As agreed." in sent.body and f"/d/{paper.code}/" in sent.body
        files = {name: content for name, content, _kind in sent.attachments}
        assert files.keys() == {f"{paper.number}.pdf", f"{paper.number}.xlsx"}
        assert bytes(files[f"{paper.number}.pdf"]).startswith(b"%PDF")
        assert Event.objects.filter(kind="document.sent", subject_id=str(paper.pk)).exists()

    def test_a_file_that_cannot_be_drawn_is_tried_again_and_not_left_out(self, monkeypatch):
        def missing(text: str) -> bytes:
            raise pdf.PdfUnavailable("pdf_unavailable", "install libpango")

        monkeypatch.setattr(pdf, "html_to_pdf", missing)
        message = paper_mail.send(document=invoice_of(bought()))
        assert not sending.send(message.pk)
        message.refresh_from_db()
        assert (message.status, message.error, mail.outbox) == ("queued", "PdfUnavailable", [])

    def test_what_it_refuses(self):
        paper = invoice_of(bought(CustomerFactory(email="sara@example.com")))
        for values in ({"to": "nobody"}, {"note": "x" * 1001}):
            with pytest.raises(InvalidInput):
                paper_mail.send(document=paper, **values)
        for _time in range(10):
            assert paper_mail.send(document=paper).address == "sara@example.com"
        with pytest.raises(Conflict) as error:
            paper_mail.send(document=paper)
        assert error.value.code == "too_many_messages"
        quiet = ResellerFactory(email=None, funds=5)
        from commerce.services import receipts

        came = Transfer.objects.get(credit_account=wallet_of(quiet), kind="funding")
        with pytest.raises(Conflict) as error:
            paper_mail.send(document=receipts.of_transfer(transfer_id=came.pk))
        assert error.value.code == "no_address"


@pytest.mark.parametrize("text", PAYLOADS)
def test_hostile_words_stay_words_on_paper_and_on_the_public_page(text):
    """Names and addresses of parties, products and reasons, as people type them."""
    text = text.replace("~", "q993q")
    customer = CustomerFactory(full_name=text[:100], address=text, city=text[:100])
    order = bought(customer)
    type(order).objects.filter(pk=order.pk).update(brand_name=text[:120], product_name=text[:120])
    paper = invoice_of(order)
    for language in ("en", "fa"):
        paper.language = language
        with paper_words.spoken(paper):
            page = paper_files.html(paper)
        assert not faults(page)
    public = Client().get(reverse("document", args=[paper.code])).content.decode()
    assert not faults(public)


def faults(page: str) -> list[str]:
    from tests.project.inert import faults_of_html

    return list(faults_of_html(page))


def test_a_customer_s_page_lists_its_documents() -> None:
    paper = invoice_of(bought())
    browser = Client()
    browser.force_login(UserFactory(staff="finance"))
    page = browser.get(reverse("admin:commerce_customer_change", args=[paper.customer_id])).content.decode()
    assert paper.number in page and "tab-documents" in page
    browser.force_login(UserFactory(staff="moderator"))
    page = browser.get(reverse("admin:commerce_customer_change", args=[paper.customer_id])).content.decode()
    assert paper.number not in page
