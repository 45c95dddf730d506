"""What is above a limit waits for a second person, on every path; and how it is shown."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client as Browser
from django.urls import reverse

from commerce.approval_settings import ApprovalForm, ApprovalPage
from commerce.models import Reseller
from commerce.services import ledger
from core import site_settings
from core.actors import acting_as, actor_for_user
from core.approvals import ApprovalNeeded
from core.exceptions import NotAllowed
from core.models import Approval, Event, Message, User
from core.services import approvals
from tests.commerce.second_person import MUCH, api, asked, dialog, fund, wallet
from tests.factories import UserFactory
from tests.factories_parties import ResellerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _default_limits() -> None:
    site_settings.forget()


@pytest.fixture
def reseller() -> Reseller:
    return ResellerFactory(funds=100)


# Asking


def test_a_funding_above_the_limit_waits_and_moves_nothing(ann: User, reseller: Reseller) -> None:
    answer = dialog(ann, reseller, "fund", amount="20000", reason="Wire", external_reference="B-1")
    assert "HX-Redirect" in answer.headers
    assert wallet(reseller).balance == 100
    approval = Approval.objects.get()
    assert (approval.kind, approval.status, approval.amount) == ("wallet.fund", "pending", MUCH)
    assert approval.requested_by == ann
    assert approval.before["balance"] == "100.00"
    assert approval.after["balance"] == "20100.00"
    assert Event.objects.filter(kind="approval.asked", subject_id=str(approval.pk)).exists()


def test_up_to_the_limit_nothing_waits(ann: User, reseller: Reseller) -> None:
    dialog(ann, reseller, "fund", amount="10000", reason="Wire")
    assert wallet(reseller).balance == 10_100
    assert not Approval.objects.exists()


def test_small_parts_of_a_large_sum_are_added_up(ann: User, bob: User, reseller: Reseller) -> None:
    dialog(ann, reseller, "fund", amount="6000", reason="Wire")
    dialog(ann, reseller, "fund", amount="6000", reason="Wire, the rest")
    assert wallet(reseller).balance == 6100
    approval = Approval.objects.get()
    assert approval.amount == 6000
    # Another person's small sum is their own, and what was approved counts for nobody alone.
    dialog(bob, reseller, "fund", amount="6000", reason="Wire")
    assert wallet(reseller).balance == 12_100


def test_a_credit_limit_raised_step_by_step_waits(ann: User, reseller: Reseller) -> None:
    for limit in ("6000", "10000", "10001"):
        dialog(ann, reseller, "set_limit", limit=limit, reason="Trusted")
    assert wallet(reseller).credit_limit == 10_000
    assert Approval.objects.get().amount == 1


@pytest.mark.parametrize("direction", ["credit", "debit"])
def test_an_adjustment_above_its_own_limit_waits(ann: User, direction: str) -> None:
    reseller = ResellerFactory(funds=5000)
    dialog(ann, reseller, "adjust", amount="1000.01", direction=direction, reason="Booked twice")
    assert wallet(reseller).balance == 5000
    assert Approval.objects.get().kind == "wallet.adjust"


def test_only_a_rise_of_a_credit_limit_waits(ann: User, bob: User, reseller: Reseller) -> None:
    dialog(ann, reseller, "set_limit", limit="10000.01", reason="Trusted")
    assert wallet(reseller).credit_limit == 0
    approval = Approval.objects.get()
    approvals.approve(approval_id=approval.pk, by=bob)
    assert wallet(reseller).credit_limit == Decimal("10000.01")
    dialog(ann, reseller, "set_limit", limit="0", reason="Not any more")
    assert wallet(reseller).credit_limit == 0


def test_the_api_answers_202_and_credits_nothing(ann: User, reseller: Reseller) -> None:
    path = f"/api/sellers/{reseller.pk}/increase_credit/"
    answer = api(ann).post(path, {"amount": "20000"}, format="json")
    approval = Approval.objects.get()
    assert (answer.status_code, answer.json()) == (
        202,
        {"status": "approval required", "approval": approval.pk},
    )
    assert wallet(reseller).balance == 100


def test_the_api_asks_once_per_key_also_after_it_was_approved(
    ann: User, bob: User, reseller: Reseller
) -> None:
    path, client = f"/api/sellers/{reseller.pk}/increase_credit/", api(ann)

    def send() -> Any:
        return client.post(path, {"amount": "20000"}, format="json", HTTP_IDEMPOTENCY_KEY="k1")

    first = send()
    assert send().json() == first.json()
    approvals.approve(approval_id=first.json()["approval"], by=bob)
    again = send()
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (202, "true")
    assert Approval.objects.count() == 1
    assert wallet(reseller).balance == 20_100


def test_the_same_asked_twice_waits_once(ann: User, reseller: Reseller) -> None:
    assert asked(ann, reseller) == asked(ann, reseller)


def test_what_the_product_does_itself_and_play_money_wait_for_nobody(ann: User, reseller: Reseller) -> None:
    fund(reseller)
    play = ledger.wallet_for(party=reseller, currency="USD", is_test=True)
    with acting_as(actor_for_user(ann)):
        ledger.fund(account=play, amount=MUCH, reason="Play")
    assert not Approval.objects.exists()


def test_a_party_or_a_key_above_the_limit_is_refused(reseller: Reseller) -> None:
    buyer = UserFactory()
    with acting_as(actor_for_user(buyer)), pytest.raises(NotAllowed):
        fund(reseller)
    assert wallet(reseller).balance == 100


def test_a_currency_without_a_rate_always_waits_and_one_with_a_rate_by_its_worth(ann: User) -> None:
    reseller = ResellerFactory(currency="EUR")

    def dare(amount: str) -> Any:
        with acting_as(actor_for_user(ann)):
            return fund(reseller, Decimal(amount))

    with pytest.raises(ApprovalNeeded), transaction.atomic():
        dare("0.01")
    site_settings.save(ApprovalPage, {"rates": "EUR 2"}, user=None)
    dare("5000")
    with pytest.raises(ApprovalNeeded), transaction.atomic():
        dare("5000.01")


def test_switched_off_nothing_waits(ann: User, reseller: Reseller) -> None:
    site_settings.save(ApprovalPage, {"active": False}, user=None)
    dialog(ann, reseller, "fund", amount="20000", reason="Wire")
    assert wallet(reseller).balance == 20_100


@pytest.mark.parametrize("line", ["EUR", "EUR x", "EUR -1", "XXX 1", "EUR NaN", "EUR 0", "EUR ١", "1.1 EUR"])
def test_a_line_that_is_no_rate_is_refused_by_name(line: str) -> None:
    form = ApprovalForm({"rates": line})
    assert line in str(form.errors["rates"])


# Telling


def test_those_who_may_decide_are_told_and_then_whoever_asked(
    ann: User, bob: User, reseller: Reseller, django_capture_on_commit_callbacks: Any
) -> None:
    UserFactory(staff="admin")
    UserFactory(staff="auditor")
    with django_capture_on_commit_callbacks(execute=True):
        approval = asked(ann, reseller)
    told = Message.objects.filter(event="approval_waiting", channel="inbox")
    assert [message.user for message in told] == [bob]
    assert "$20,000.00" in told[0].subject
    assert told[0].link == reverse("admin:core_approval_change", args=[approval.pk])
    with django_capture_on_commit_callbacks(execute=True):
        approvals.refuse(approval_id=approval.pk, by=bob, note="No such wire")
    answered = Message.objects.get(event="approval_decided", channel="inbox")
    assert answered.user == ann
    assert "No such wire" in answered.body


# Seeing


def test_the_page_shows_before_and_after_and_offers_what_is_possible(
    ann: User, bob: User, reseller: Reseller
) -> None:
    approval = asked(ann, reseller)
    url = reverse("admin:core_approval_change", args=[approval.pk])
    pages = {}
    for person in (ann, bob):
        browser = Browser()
        browser.force_login(person)
        pages[person.pk] = browser.get(url).content.decode()
    for text in ("$100.00", "$20,100.00", "Ann Lee", "$10,000.00", str(reseller)):
        assert text in pages[bob.pk]
    ways = {
        name: reverse(f"admin:core_approval_{name}", args=[approval.pk]) for name in ("approve", "withdraw")
    }
    assert ways["approve"] in pages[bob.pk]
    assert ways["withdraw"] not in pages[bob.pk]
    assert ways["approve"] not in pages[ann.pk]
    assert ways["withdraw"] in pages[ann.pk]


def test_the_list_finds_those_that_wait_in_few_queries(
    ann: User, reseller: Reseller, django_assert_max_num_queries: Any
) -> None:
    for number in range(5):
        asked(ann, reseller, lambda one, number=number: fund(one, reference=f"B-{number}"))
    browser = Browser()
    browser.force_login(ann)
    url = reverse("admin:core_approval_changelist")
    browser.get(url)
    with django_assert_max_num_queries(12):
        page = browser.get(url, {"status__exact": "pending", "kind": "wallet.fund"}).content.decode()
    assert page.count("$20,000.00") >= 5
