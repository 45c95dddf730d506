"""Paying a provider in advance, by a person: booked once, between bank and float, by two above the limit."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from commerce.models import Provider, ReconciliationBreak, StatementLine, Transfer
from commerce.services import float_funding
from commerce.services.proof import prove
from core.exceptions import Conflict, InvalidInput
from core.models import Approval, Event, User
from core.services import approvals
from tests.commerce.second_person import dialog
from tests.commerce.test_bank_and_gateway import line
from tests.factories import UserFactory
from tests.factories_catalog import ProviderFactory
from tests.factories_reconciliation import StatementSourceFactory, handed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider() -> Provider:
    return ProviderFactory(code="north", currency="USD")


def paid(
    provider: Provider, amount: str = "500.00", reference: str = "", reason: str = "Prepaid"
) -> Transfer:
    return float_funding.fund(
        provider=provider, amount=Decimal(amount), reason=reason, external_reference=reference
    )


def ask(by: User, provider: Provider, amount: str = "500.00", **data: Any) -> Any:
    given = {"direction": "out", "amount": amount, "external_reference": "", "reason": "Prepaid"}
    return dialog(by, provider, "fund_float", **given | data)


class TestItIsBooked:
    def test_from_the_bank_to_the_float_of_the_provider_in_its_currency(self, provider: Provider) -> None:
        row = paid(provider, reference="OUT-1")
        assert (row.kind, row.amount, row.currency) == ("float_funding", 500, "USD")
        assert (row.debit_account.kind, row.debit_account.code) == ("float", "north")
        assert (row.credit_account.kind, row.external_reference) == ("bank", "OUT-1")
        assert prove().right

    def test_back_to_the_bank_where_the_provider_pays_back(self, provider: Provider) -> None:
        row = paid(provider, "-20.00")
        assert (row.amount, row.debit_account.kind, row.credit_account.code) == (20, "bank", "north")

    @pytest.mark.parametrize("amount", ["0", "0.001", "10000000000", "-10000000000"])
    def test_for_amounts_there_are(self, provider: Provider, amount: str) -> None:
        with pytest.raises(InvalidInput) as refused:
            paid(provider, amount)
        assert refused.value.field == "amount" and not Transfer.objects.exists()

    def test_with_a_reason(self, provider: Provider) -> None:
        with pytest.raises(InvalidInput) as refused:
            paid(provider, reason="  ")
        assert refused.value.field == "reason"

    def test_once_for_a_line_of_the_bank_whichever_way_it_went(self, provider: Provider) -> None:
        paid(provider, reference="OUT-1")
        for amount in ("500.00", "-500.00"):
            with pytest.raises(Conflict) as refused:
                paid(provider, amount, reference="OUT-1")
            assert refused.value.code == "duplicate_reference"
        paid(ProviderFactory(currency="EUR"), reference="OUT-1")
        paid(provider)
        paid(provider)

    @pytest.mark.django_db(transaction=True)
    def test_once_however_many_enter_it_together(self, provider: Provider) -> None:
        def one(_number: int) -> str:
            try:
                return paid(provider, reference="OUT-1").kind
            except Conflict as refused:
                return refused.code
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            said = list(pool.map(one, range(6)))
        assert sorted(said) == ["duplicate_reference"] * 5 + ["float_funding"]


class TestTheBanksStatement:
    @pytest.fixture
    def bank(self) -> Any:
        return StatementSourceFactory(name="Bank", kind="bank", currency="USD")

    def test_that_comes_later_finds_it(self, provider: Provider, bank: Any) -> None:
        row = paid(provider, "75.00", reference="OUT-1")
        handed_in(bank, [line("-75.00", theirs="OUT-1")])
        assert not ReconciliationBreak.objects.exists()
        assert StatementLine.objects.get().transfer_id == row.pk

    def test_that_was_there_before_has_its_break_closed(self, provider: Provider, bank: Any) -> None:
        handed_in(bank, [line("-75.00", theirs="OUT-1")])
        row = paid(provider, "75.00", reference="OUT-1")
        found = ReconciliationBreak.objects.get()
        assert (found.status, found.transfer_id) == ("closed", row.pk)

    def test_of_another_amount_stays_a_break(self, provider: Provider, bank: Any) -> None:
        handed_in(bank, [line("75.00", theirs="OUT-1")])
        paid(provider, "75.00", reference="OUT-1")
        assert ReconciliationBreak.objects.get().status == "open"


class TestWhoMay:
    def test_finance_by_a_dialog_on_the_provider(self, ann: User, provider: Provider) -> None:
        assert ask(ann, provider, external_reference="OUT-1").status_code in (200, 302)
        row = Transfer.objects.get()
        assert (row.actor_id, row.reason, row.amount) == (str(ann.pk), "Prepaid", 500)
        ask(ann, provider, "20.00", direction="back")
        assert Transfer.objects.filter(debit_account__kind="bank").count() == 1

    def test_nobody_who_may_not_book_corrections(self, provider: Provider) -> None:
        for role in ("admin", "support", "moderator", "auditor"):
            assert ask(UserFactory(staff=role), provider).status_code == 403
        assert not Transfer.objects.exists()

    def test_a_wrong_amount_is_said_at_its_field(self, ann: User, provider: Provider) -> None:
        for amount in ("", "-5", "x", "1e400"):
            answer = ask(ann, provider, amount)
            assert answer.status_code == 200 and "id_amount_error" in answer.content.decode()
        assert not Transfer.objects.exists()

    def test_the_amount_is_for_those_alone_who_see_costs(self, ann: User, provider: Provider) -> None:
        paid(provider, "7654.00")
        assert Event.objects.get(kind="provider.float_funded").data["float_paid"] == "7654.00"
        for user, sees in ((ann, True), (UserFactory(staff="support"), False)):
            browser = Browser()
            browser.force_login(user)
            pages = [
                browser.get(reverse(f"admin:commerce_provider_{name}", args=[provider.pk]))
                for name in ("change", "history")
            ]
            said = "".join(page.content.decode() for page in pages)
            assert ("7,654" in said or "7654" in said) is sees


class TestAboveTheLimit:
    def test_a_second_person_decides_and_then_it_is_booked(
        self, ann: User, bob: User, provider: Provider
    ) -> None:
        ask(ann, provider, "20000.00", external_reference="OUT-1")
        approval = Approval.objects.get(kind="provider.fund_float")
        assert not Transfer.objects.exists() and approval.amount == 20_000
        browser = Browser()
        browser.force_login(bob)
        page = browser.get(reverse("admin:core_approval_change", args=[approval.pk])).content.decode()
        assert "20,000.00" in page and "OUT-1" in page
        approvals.approve(approval_id=approval.pk, by=bob)
        assert Transfer.objects.get().amount == 20_000

    def test_small_sums_of_a_day_are_added_up(self, ann: User, provider: Provider) -> None:
        for _time in range(3):
            ask(ann, provider, "400.00")
        assert Approval.objects.count() == 1
        assert Transfer.objects.count() == 2

    def test_what_somebody_booked_meanwhile_is_looked_at_again(
        self, ann: User, bob: User, provider: Provider
    ) -> None:
        ask(ann, provider, "20000.00")
        paid(provider, "20000.00")
        with pytest.raises(Conflict):
            approvals.approve(approval_id=Approval.objects.get().pk, by=bob)
        assert Transfer.objects.count() == 1
