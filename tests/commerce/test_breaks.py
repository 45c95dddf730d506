"""Working breaks off: correcting through the ledger with a second person, closing, signing off, and the pages."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from commerce.models import Account, Attempt, ImportedStatement, Order, ReconciliationBreak, SignOff, Transfer
from commerce.services import breaks, ledger, sign_offs, three_ways
from core.actors import acting_as, actor_for_user
from core.approvals import ApprovalNeeded
from core.documents import pdf
from core.exceptions import Conflict
from core.models import Approval, Message, User
from core.services import approvals
from tests.commerce.second_person import dialog
from tests.factories import UserFactory
from tests.factories_orders import Shop, make_shop
from tests.factories_parties import ResellerFactory
from tests.factories_reconciliation import (
    HEADERS,
    StatementSourceFactory,
    csv_of,
    handed_in,
    provider_source,
)

pytestmark = pytest.mark.django_db


def day() -> str:
    return timezone.now().date().isoformat()


@pytest.fixture
def shop() -> Shop:
    return make_shop(funds=1000)


@pytest.fixture
def ann() -> User:
    return UserFactory(staff="finance", first_name="Ann", last_name="Lee")


@pytest.fixture
def bob() -> User:
    return UserFactory(staff="finance", first_name="Bob", last_name="Ray")


def found_of(shop: Shop, amount: str, status: str = "done") -> ReconciliationBreak:
    """The break of one delivered order whose provider says something else."""
    order = shop.delivered()
    attempt = Attempt.objects.get(order=order)
    handed_in(provider_source(shop.provider), [[day(), attempt.pk, "T-1", "", amount, status]])
    return ReconciliationBreak.objects.get()


def balance(kind: str) -> Decimal:
    """A company account as its transfers add up, credits above zero."""
    account = Account.objects.filter(kind=kind, is_test=False, reseller=None, customer=None).first()
    total = Decimal(0)
    for row in Transfer.objects.filter(kind__in=["cost", "cost_correction", "adjustment"]):
        total += row.amount * ((row.credit_account == account) - (row.debit_account == account))
    return total


def test_a_difference_is_booked_on_the_float_and_the_break_closed(shop: Shop, ann: User) -> None:
    found = found_of(shop, "8.50")
    before = balance("float")
    assert "HX-Redirect" in dialog(ann, found, "book", reason="Price rise").headers
    found.refresh_from_db()
    assert (found.status, found.resolution, found.closed_by) == ("closed", "booked", "Ann Lee")
    assert balance("float") == before + Decimal("0.50")
    assert Transfer.objects.get(kind="cost_correction").reason == "Price rise"
    with pytest.raises(Conflict):
        breaks.book(break_id=found.pk, reason="Again")


def test_above_the_limit_a_second_person_books_it(shop: Shop, ann: User, bob: User) -> None:
    found = found_of(shop, "5000.00")
    dialog(ann, found, "book", reason="They say so")
    found.refresh_from_db()
    assert found.status == "open" and not Transfer.objects.filter(kind="cost_correction").exists()
    approval = Approval.objects.get()
    assert (approval.kind, approval.amount) == ("break.book", Decimal("4992.00"))
    approvals.approve(approval_id=approval.pk, by=bob)
    found.refresh_from_db()
    assert (found.status, found.resolution) == ("closed", "booked")


def test_what_they_did_not_deliver_is_reversed(shop: Shop, ann: User) -> None:
    found = found_of(shop, "8.00", "failed")
    held = shop.wallet.balance
    assert "HX-Redirect" in dialog(ann, found, "reverse", reason="Never arrived").headers
    assert found.order and Order.objects.get(pk=found.order.pk).status == "reversed"
    assert shop.wallet.balance > held
    found.refresh_from_db()
    assert found.resolution == "corrected"


def test_money_at_the_bank_is_credited_to_whose_it_is(ann: User) -> None:
    source = StatementSourceFactory(kind="bank", currency="USD")
    reseller = ResellerFactory(funds=10)
    handed_in(source, [[day(), "", "WIRE-7", "", "250.00", "done"]])
    found = ReconciliationBreak.objects.get(kind="theirs_only")
    answer = dialog(ann, found, "fund", reseller=reseller.business_name[:8].lower(), reason="Their wire")
    assert "HX-Redirect" in answer.headers
    assert ledger.wallet_for(party=reseller, currency="USD").balance == 260
    found.refresh_from_db()
    assert found.status == "closed" and found.line and found.line.transfer is not None
    assert found.line.transfer.external_reference == "WIRE-7"


def test_whoever_is_given_a_break_is_told(shop: Shop, ann: User, bob: User) -> None:
    found = found_of(shop, "8.50")
    dialog(ann, found, "assign", assigned_to=bob.pk)
    found.refresh_from_db()
    assert found.assigned_to == bob
    assert Message.objects.filter(user=bob, event="break_assigned", channel="inbox").exists()
    support = UserFactory(staff="support")
    assert "HX-Redirect" not in dialog(ann, found, "assign", assigned_to=support.pk).headers


def test_a_period_is_signed_off_by_two_and_frozen(shop: Shop, ann: User, bob: User) -> None:
    source = provider_source(shop.provider)
    handed_in(source, [["2026-01-05", "", "T-1", "", "3.00", "done"]])
    first, last = date(2026, 1, 1), date(2026, 1, 31)
    with acting_as(actor_for_user(ann)), pytest.raises(Conflict, match="open"):
        sign_offs.sign(source_id=source.pk, first=first, last=last, note="")
    found = ReconciliationBreak.objects.get()
    with acting_as(actor_for_user(ann)):
        breaks.close(break_id=found.pk, reason="Their fee")
        with pytest.raises(ApprovalNeeded) as needed, transaction.atomic():
            sign_offs.sign(source_id=source.pk, first=first, last=last, note="January")
        approval = approvals.ask(needed.value)
    assert not SignOff.objects.exists()
    approvals.approve(approval_id=approval.pk, by=bob)
    signed = SignOff.objects.get()
    assert (signed.prepared_by, signed.signed_by) == ("Ann Lee", "Bob Ray")
    assert signed.figures["lines"] == 1 and signed.figures["explained"] == 1
    _has_a_pack(signed, ann)
    for change in (
        "UPDATE commerce_reconciliationbreak SET reason = 'x'",
        "DELETE FROM commerce_reconciliationbreak",
        "UPDATE commerce_statementline SET rule = 'order'",
        "UPDATE commerce_signoff SET note = 'x'",
        "DELETE FROM commerce_signoff",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
    late = handed_in(source, [["2026-01-09", "", "T-2", "", "4.00", "done"]], name="late.csv")
    assert late.status == "refused" and "signed off" in late.problems[0]["text"]


def _has_a_pack(signed: SignOff, by: User) -> None:
    """Re-read, the pack says what was signed and by whom."""
    browser = Browser()
    browser.force_login(by)
    url = reverse("admin:commerce_signoff_file", args=[signed.pk, "xlsx"])
    assert url in browser.get(reverse("admin:commerce_signoff_change", args=[signed.pk])).content.decode()
    book = openpyxl.load_workbook(BytesIO(browser.get(url).content))
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
    for told in ("Ann Lee", "Bob Ray", "Explained", "Their fee", "T-1", "January"):
        assert any(told in cell for cell in cells), told
    assert "3" in cells
    if pdf.is_available():
        printed = browser.get(url.replace("xlsx", "pdf"))
        assert printed.content.startswith(b"%PDF")
    assert browser.get(url.replace("xlsx", "exe")).status_code == 404


def test_three_ways_tie_where_the_statement_is_right(shop: Shop) -> None:
    order = shop.delivered()
    source = provider_source(shop.provider)
    handed_in(source, [[day(), Attempt.objects.get(order=order).pk, "", "", "8.00", "done"]])
    today = timezone.now().date()
    [found] = three_ways.days(source, today, today)
    assert (found.ledger, found.statement, found.difference, found.breaks) == (8, 8, 0, 0)


def test_the_pages_from_handing_in_to_the_break(shop: Shop, ann: User) -> None:
    order, source = shop.delivered(), provider_source(shop.provider, columns={})
    attempt = Attempt.objects.get(order=order)
    browser = Browser()
    browser.force_login(ann)
    content = csv_of([[day(), attempt.pk, "T-1", "", "8.50", "done"]], HEADERS)
    page = reverse("admin:statement-hand-in")
    assert browser.get(page).status_code == 200
    sent = browser.post(page, {"source": source.pk, "import_file": SimpleUploadedFile("a.csv", content)})
    statement = ImportedStatement.objects.get()
    columns = reverse("admin:commerce_importedstatement_columns", args=[statement.pk])
    assert sent.headers["Location"] == columns
    shown = browser.get(columns).content.decode()
    assert "T-1" in shown and "external id" in shown
    chosen = {"day": "date", "amount": "amount", "our_reference": "external id", "status": "status"}
    assert browser.post(columns, chosen).status_code == 302
    again = browser.post(page, {"source": source.pk, "import_file": SimpleUploadedFile("b.csv", content)})
    assert "handed in already" in again.content.decode()
    found = ReconciliationBreak.objects.get()
    assert found.kind == "amount"
    for one in (statement, source, found, statement.rows.get()):
        url = reverse(f"admin:commerce_{one._meta.model_name}_change", args=[one.pk])
        assert browser.get(url).status_code == 200, url
    _lists(browser)


def test_a_source_is_signed_off_once_it_has_a_statement(shop: Shop, ann: User) -> None:
    source = provider_source(shop.provider)
    browser = Browser()
    browser.force_login(ann)
    page = reverse("admin:commerce_statementsource_change", args=[source.pk])
    assert "sign-off/" not in browser.get(page).content.decode()
    handed_in(source, [[day(), "", "T-1", "", "8.00", "done"]])
    assert "sign-off/" in browser.get(page).content.decode()


def test_the_difference_of_a_source_is_that_of_the_days_it_has_a_statement_of(shop: Shop, ann: User) -> None:
    shop.delivered()
    browser = Browser()
    browser.force_login(ann)
    page = reverse("admin:commerce_statementsource_change", args=[provider_source(shop.provider).pk])
    figures = {figure.label: figure.value for figure in browser.get(page).context["figures"]}
    assert (figures["Our ledger"], figures["Difference"]) == ("$8.00", "$0.00")


@pytest.mark.parametrize(("kind", "field"), [("provider", "provider"), ("gateway", "gateway")])
def test_a_source_without_its_party_is_refused_at_the_field(kind: str, field: str, ann: User) -> None:
    browser = Browser()
    browser.force_login(ann)
    answer = browser.post(reverse("admin:commerce_statementsource_add"), {"name": "North", "kind": kind})
    assert field in answer.context["adminform"].form.errors


def test_a_statement_that_is_being_read_says_when_it_is(shop: Shop, ann: User) -> None:
    statement = handed_in(provider_source(shop.provider), [[day(), "", "T-1", "", "8.00", "done"]])
    browser = Browser()
    browser.force_login(ann)
    page = reverse("admin:commerce_importedstatement_change", args=[statement.pk])
    assert "statement-waits" not in browser.get(page).content.decode()
    asked_again = browser.get(page, headers={"HX-Request": "true"}).content.decode()
    assert "It is read." in asked_again and f'href="{page}"' in asked_again
    ImportedStatement.objects.filter(pk=statement.pk).update(status="reading")
    assert f'hx-get="{page}"' in browser.get(page).content.decode()


def _lists(browser: Any) -> None:
    for name in ("statementsource", "importedstatement", "statementline", "reconciliationbreak", "signoff"):
        assert browser.get(reverse(f"admin:commerce_{name}_changelist")).status_code == 200


def test_who_sees_no_cost_sees_no_provider_s_statement(shop: Shop) -> None:
    found = found_of(shop, "8.50")
    browser = Browser()
    browser.force_login(UserFactory(staff="support"))
    url = reverse("admin:commerce_reconciliationbreak_change", args=[found.pk])
    assert browser.get(url).status_code == 302
    assert (
        "8.50" not in browser.get(reverse("admin:commerce_reconciliationbreak_changelist")).content.decode()
    )
    url = reverse("admin:commerce_statementsource_change", args=[found.source_id])
    shown = browser.get(url).content.decode()
    assert "How it is read" in shown and "Day by day" not in shown and "8.50" not in shown
