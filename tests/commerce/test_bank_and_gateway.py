"""Statements of a bank and of a gateway: matched with what moved, and their breaks answered through the ledger."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from commerce.models import Attempt, Payment, ReconciliationBreak, StatementSource, Transfer
from commerce.services import break_endings, breaks, ledger, reconciliation, three_ways
from core.exceptions import Conflict, InvalidInput
from core.ids import uuid7
from core.models import Approval, User
from core.services import approvals
from tests.commerce.second_person import dialog
from tests.commerce.test_payments import say
from tests.factories import UserFactory
from tests.factories_fulfilment import place_for_customer, player_product
from tests.factories_orders import make_shop
from tests.factories_parties import ResellerFactory
from tests.factories_reconciliation import (
    StatementSourceFactory,
    handed_in,
    kinds,
    provider_source,
)

pytestmark = pytest.mark.django_db


def day() -> str:
    return timezone.now().date().isoformat()


def line(
    amount: str, *, ours: Any = "", theirs: str = "", order: str = "", status: str = "done"
) -> list[Any]:
    return [day(), ours, theirs, order, amount, status]


@pytest.fixture
def ann() -> User:
    return UserFactory(staff="finance", first_name="Ann", last_name="Lee")


@pytest.fixture
def bob() -> User:
    return UserFactory(staff="finance", first_name="Bob", last_name="Ray")


@pytest.fixture
def bank() -> StatementSource:
    return StatementSourceFactory(name="Bank", kind="bank", currency="USD")


def funded(amount: str, reference: str) -> Transfer:
    wallet = ledger.wallet_for(party=ResellerFactory(), currency="USD")
    return ledger.fund(account=wallet, amount=Decimal(amount), reason="Wire", external_reference=reference)


def the_break() -> ReconciliationBreak:
    return ReconciliationBreak.objects.select_related("source", "line").get()


class TestBank:
    def test_money_in_is_found_by_the_bank_s_reference_in_either_column(self, bank):
        funded("250.00", "WIRE-1")
        funded("80.00", "Wire-2")
        by_id = funded("7.00", "")
        statement = handed_in(
            bank, [line("250.00", theirs="WIRE-1"), line("80.00", ours="wire-2"), line("7.00", ours=by_id.pk)]
        )
        assert kinds(statement) == {}
        assert list(statement.rows.order_by("row").values_list("rule", flat=True)) == [
            "reference", "reference", "our_id",
        ]  # fmt: skip

    def test_another_s_number_that_is_that_of_a_transfer_takes_nothing_from_it(self, bank):
        ours = funded("250.00", "WIRE-1")
        statement = handed_in(bank, [line("17.00", ours=ours.pk), line("250.00", theirs="WIRE-1")])
        assert kinds(statement) == {"theirs_only": 1}
        assert the_break().theirs == 17

    def test_each_kind_of_break(self, bank):
        funded("250.00", "WIRE-1")
        funded("99.00", "WIRE-9")
        statement = handed_in(bank, [line("250.50", theirs="WIRE-1"), line("-3.00", theirs="FEE")])
        assert kinds(statement) == {"amount": 1, "ours_only": 1, "theirs_only": 1}
        found = {one.kind: one.difference for one in ReconciliationBreak.objects.all()}
        assert found == {
            "amount": Decimal("0.50"), "ours_only": Decimal("-99.00"), "theirs_only": Decimal("-3.00"),
        }  # fmt: skip

    def test_a_saved_map_reads_a_workbook_of_a_bank_that_writes_otherwise(self, bank):
        StatementSource.objects.filter(pk=bank.pk).update(
            columns={"day": "booked", "amount": "sum", "reference": "purpose"},
            date_order="dmy",
            decimals="comma",
        )
        bank.refresh_from_db()
        funded("1250.40", "WIRE-1")
        book = openpyxl.Workbook()
        for row in (
            ("Booked", "Purpose", "Sum"),
            (timezone.now().strftime("%d.%m.%Y"), "WIRE-1", "1.250,40"),
        ):
            book.active.append(row)
        content = BytesIO()
        book.save(content)
        statement = reconciliation.hand_in(source=bank, name="may.xlsx", content=content.getvalue(), by=None)
        sheet = reconciliation.preview(statement)
        assert reconciliation.is_known(statement, sheet.headers)
        statement = reconciliation.read(statement_id=statement.pk)
        assert (statement.status, statement.matched, kinds(statement)) == ("matched", 1, {})

    def test_by_amount_and_day_and_what_is_nearest_within_the_tolerance(self, bank):
        bank.by_amount, bank.amount_tolerance = True, Decimal("0.50")
        bank.save()
        for amount in ("10.00", "10.00", "20.00", "30.00"):
            funded(amount, "")
        statement = handed_in(
            bank,
            [
                line("10.00", theirs="A"),
                line("10.00", theirs="B"),
                line("20.30", theirs="C"),
                line("31.00", theirs="D"),
            ],
        )
        assert statement.matched == 3 and kinds(statement) == {"theirs_only": 1, "ours_only": 1}
        assert set(statement.rows.filter(rule="amount").values_list("reference", flat=True)) == {
            "A",
            "B",
            "C",
        }

    def test_a_credit_that_waited_for_a_second_person_ends_the_break_when_it_is_approved(
        self, bank, ann, bob
    ):
        reseller = ResellerFactory()
        handed_in(bank, [line("20000.00", theirs="WIRE-7")])
        dialog(ann, the_break(), "fund", reseller=reseller.business_name, reason="Their wire")
        approval = Approval.objects.get()
        assert (the_break().status, approval.kind) == ("open", "wallet.fund")
        browser = Browser()
        browser.force_login(ann)
        url = reverse("admin:commerce_reconciliationbreak_change", args=[the_break().pk])
        assert "waits for a second person" in browser.get(url).content.decode()
        approvals.approve(approval_id=approval.pk, by=bob)
        found = the_break()
        assert (found.status, found.resolution) == ("closed", "corrected")
        assert found.line and found.line.transfer == Transfer.objects.get(kind="funding")
        assert "Ann Lee" in found.closed_by and "Bob Ray" in found.closed_by

    def test_a_wallet_funded_by_hand_ends_the_break_of_the_same_money_only(self, bank):
        handed_in(bank, [line("250.00", theirs="WIRE-7")])
        wallet = ledger.wallet_for(party=ResellerFactory(), currency="USD")
        words: dict[str, Any] = {"account": wallet, "reason": "Wire"}
        break_endings.fund(amount=Decimal(250), external_reference="WIRE-8", **words)
        assert the_break().status == "open"
        break_endings.fund(amount=Decimal(250), external_reference="WIRE-7", **words)
        assert (the_break().status, the_break().resolution) == ("closed", "corrected")

    def test_several_names_or_none_are_asked_again(self, bank, ann):
        for name in ("Nova East", "Nova West"):
            ResellerFactory(business_name=name)
        handed_in(bank, [line("250.00", theirs="WIRE-7")])
        for typed, said in (("nova", "Nova East, Nova West"), ("zzz", "No reseller")):
            answer = dialog(ann, the_break(), "fund", reseller=typed, reason="Wire")
            assert said in answer.content.decode() and the_break().status == "open"


class TestSettlements:
    def gateway(self) -> StatementSource:
        return StatementSourceFactory(name="Pay", kind="gateway", gateway="manual", currency="USD")

    def test_what_a_gateway_pays_us_is_booked_between_it_and_the_bank(self, bank, ann):
        party = self.gateway()
        statement = handed_in(bank, [line("400.00", theirs="PAY-OUT-1")])
        assert "HX-Redirect" in dialog(ann, the_break(), "settle", party=party.pk, reason="May").headers
        transfer = Transfer.objects.get(kind="settlement")
        assert (transfer.debit_account.kind, transfer.credit_account.kind) == ("bank", "gateway")
        assert (
            the_break().status == "closed" and the_break().line.transfer == the_break().transfer == transfer
        )
        reconciliation.match_again(statement_id=statement.pk)
        assert kinds(statement) == {}
        today = date.fromisoformat(day())
        [found] = three_ways.days(party, today, today)
        assert (found.ledger, found.paid, found.bank) == (0, 400, 400)
        [seen] = three_ways.days(bank, today, today)
        assert (seen.ledger, seen.statement, seen.bank) == (400, 400, None)

    def test_what_we_pay_a_provider_is_its_float(self, bank):
        shop = make_shop(funds=0)
        party = provider_source(shop.provider)
        handed_in(bank, [line("-75.00", theirs="OUT-1")])
        breaks.settle(break_id=the_break().pk, party=party, reason="Top-up")
        transfer = Transfer.objects.get(kind="float_funding")
        assert (transfer.debit_account.code, transfer.credit_account.kind) == (shop.provider.code, "bank")
        today = date.fromisoformat(day())
        [found] = three_ways.days(party, today, today)
        assert (found.paid, found.bank) == (75, 75)

    def test_above_the_limit_another_decides_and_sees_on_whom(self, bank, ann, bob):
        party = self.gateway()
        handed_in(bank, [line("20000.00", theirs="PAY-OUT-2")])
        dialog(ann, the_break(), "settle", party=party.pk, reason="May")
        approval = Approval.objects.get(kind="break.settle")
        assert approval.after["party"] == "Pay" and not Transfer.objects.filter(kind="settlement").exists()
        approvals.approve(approval_id=approval.pk, by=bob)
        assert the_break().status == "closed" and Transfer.objects.filter(kind="settlement").count() == 1

    def test_another_currency_or_a_bank_is_no_party(self, bank):
        handed_in(bank, [line("5.00", theirs="X")])
        euro = StatementSourceFactory(kind="gateway", gateway="manual", currency="EUR")
        for party in (bank, euro):
            with pytest.raises(InvalidInput):
                breaks.settle(break_id=the_break().pk, party=party, reason="May")
        breaks.close(break_id=the_break().pk, reason="Ours")
        with pytest.raises(Conflict):
            breaks.settle(break_id=the_break().pk, party=euro, reason="May")


class TestGateway:
    @pytest.fixture
    def paid(self) -> list[Payment]:
        """Three payments that came, with the gateway's own ids."""
        product, found = player_product(), []
        for number in range(3):
            _order, payment = place_for_customer(product=product)
            say(payment, "success")
            Payment.objects.filter(pk=payment.pk).update(gateway_transaction_id=f"GW-{number}")
            payment.refresh_from_db()
            found.append(payment)
        return found

    def source(self, payment: Payment, **values: Any) -> StatementSource:
        return StatementSourceFactory(
            name="Pay", kind="gateway", gateway=payment.gateway, currency="USD", **values
        )

    def test_payments_are_found_by_each_reference(self, paid):
        first, second, third = paid
        statement = handed_in(
            self.source(first),
            [
                line(str(first.amount), ours=first.pk),
                line(str(second.amount), theirs="GW-1"),
                line(str(third.amount), order=third.order.order_number),
            ],
        )
        assert (statement.matched, kinds(statement)) == (3, {})
        rules = statement.rows.order_by("row").values_list("rule", flat=True)
        assert list(rules) == ["our_id", "reference", "order"]

    def test_each_kind_of_break(self, paid):
        first, second, _third = paid
        _order, lost = place_for_customer()
        statement = handed_in(
            self.source(first),
            [
                line(str(first.amount + 1), theirs="GW-0"),
                line(str(second.amount), theirs="GW-1", status="failed"),
                line(str(lost.amount), ours=lost.pk),
                line("3.00", theirs="GW-NOBODY"),
                line("0", theirs="GW-THEY-FAILED", status="failed"),
            ],
        )
        assert kinds(statement) == {"amount": 1, "status": 2, "theirs_only": 1, "ours_only": 1}
        theirs = {one.reference: one for one in ReconciliationBreak.objects.filter(kind="status")}
        assert theirs["GW-1"].difference == -second.amount
        assert theirs[str(lost.pk)].our_status == "pending" and theirs[str(lost.pk)].difference == lost.amount

    def test_what_went_back_is_matched_by_the_payment_it_gives_back(self, paid):
        first = paid[0]
        given = [
            Payment.objects.create(
                id=uuid7(), customer=first.customer, transaction_type="refund", amount=Decimal(amount),
                currency="USD", gateway=first.gateway, status="completed", refund_of=first, completed_at=timezone.now(),
            )
            for amount in ("5.00", "3.00", "3.00")
        ]  # fmt: skip
        statement = handed_in(
            self.source(first),
            [
                *(line(amount, theirs="GW-0", status="reversed") for amount in ("3.00", "5.00", "3.00")),
                *(line(str(one.amount), theirs=one.gateway_transaction_id) for one in paid),
            ],
        )
        assert (statement.matched, kinds(statement)) == (6, {})
        assert set(statement.rows.filter(status="reversed").values_list("payment", flat=True)) == {
            refund.pk for refund in given
        }

    def test_by_amount_and_day(self, paid):
        source = self.source(paid[0], by_amount=True)
        statement = handed_in(source, [line(str(one.amount), theirs=f"?{n}") for n, one in enumerate(paid)])
        assert (statement.matched, kinds(statement)) == (3, {})


def test_an_order_decided_elsewhere_ends_the_break_that_waits_for_it(ann, bob):
    shop = make_shop(funds=1000)
    order = shop.delivered()
    attempt = Attempt.objects.get(order=order)
    Attempt.objects.filter(pk=attempt.pk).update(status="unknown")
    rows = [[day(), attempt.pk, "T-1", "", "8.00", "failed"]]
    statement = handed_in(provider_source(shop.provider), rows)
    found = the_break()
    assert (found.kind, found.our_status, found.their_status) == ("status", "unknown", "failed")
    attempt.status = "delivered"
    break_endings.decided(attempt, reason="Seen")
    assert the_break().status == "open", "Their statement says otherwise"
    attempt.status = "failed"
    break_endings.decided(attempt, reason="They say so")
    assert (the_break().status, the_break().resolution) == ("closed", "corrected")
    assert statement.breaks.filter(status="open").count() == 0
