"""A second person decides: once, in time, never what they asked for themselves; the database keeps it so."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from commerce.approval_settings import ApprovalPage
from commerce.models import Reseller, Transfer
from commerce.services import ledger
from core import site_settings
from core.exceptions import Conflict, InvalidInput, NotAllowed
from core.models import Event, User
from core.services import approvals
from tests.commerce.second_person import api, asked, dialog, expired, fund, raw, wallet
from tests.factories import UserFactory
from tests.factories_parties import ResellerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _default_limits() -> None:
    site_settings.forget()


@pytest.fixture
def reseller() -> Reseller:
    return ResellerFactory(funds=100)


# Deciding


def test_a_second_person_approves_and_it_is_done(ann: User, bob: User, reseller: Reseller) -> None:
    approval = asked(ann, reseller)
    answer = dialog(bob, approval, "approve", note="Seen at the bank")
    assert "HX-Redirect" in answer.headers
    approval.refresh_from_db()
    assert (approval.status, approval.decided_by, approval.note) == ("approved", bob, "Seen at the bank")
    assert wallet(reseller).balance == 20_100
    transfer = Transfer.objects.latest("id")
    assert (transfer.actor_id, transfer.actor_label) == (str(bob.pk), "Bob Ray + Ann Lee")
    assert transfer.reason == "Wire"


@pytest.mark.parametrize("role", ["finance", "super_admin"])
def test_nobody_approves_or_refuses_their_own(role: str, reseller: Reseller) -> None:
    me = UserFactory(staff=role)
    approval = asked(me, reseller)
    for action in (approvals.approve, approvals.refuse):
        with pytest.raises(NotAllowed) as refused:
            action(approval_id=approval.pk, by=me, note="Mine")
        assert refused.value.code == "own_approval"
    answer = dialog(me, approval, "approve")
    assert "HX-Redirect" not in answer.headers
    assert "another person" in answer.content.decode()
    # Asking once more, by the other path, is no second person.
    body = {"amount": "20000"}
    api(me).post(f"/api/sellers/{reseller.pk}/increase_credit/", body, format="json")
    assert wallet(reseller).balance == 100


def test_the_database_refuses_an_own_approval(ann: User, reseller: Reseller) -> None:
    approval = asked(ann, reseller)
    decide = (
        "UPDATE core_approval SET status = 'approved', decided_by_id = %s, decided_at = now() WHERE id = %s"
    )
    with pytest.raises(IntegrityError, match="core_approval_second_person"):
        raw(decide, ann.pk, approval.pk)


def test_the_database_keeps_what_was_asked_and_what_was_decided(
    ann: User, bob: User, reseller: Reseller
) -> None:
    approval = asked(ann, reseller)
    for change in ("amount = 1", "payload = '{}'", f"requested_by_id = {bob.pk}", "expires_at = now()"):
        with pytest.raises(DatabaseError, match="stays as it was asked"):
            raw(f"UPDATE core_approval SET {change} WHERE id = %s", approval.pk)
    approvals.refuse(approval_id=approval.pk, by=bob, note="No such wire")
    for change in ("status = 'pending', decided_by_id = NULL, decided_at = NULL", "note = 'x'"):
        with pytest.raises(DatabaseError, match="is decided"):
            raw(f"UPDATE core_approval SET {change} WHERE id = %s", approval.pk)
    with pytest.raises(DatabaseError, match="refused"):
        raw("DELETE FROM core_approval WHERE id = %s", approval.pk)
    raw("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError, match="refused"):
        raw("TRUNCATE core_approval CASCADE")


def test_the_database_refuses_one_that_is_born_approved(ann: User, bob: User, reseller: Reseller) -> None:
    approval = asked(ann, reseller)
    approval.pk, approval.fingerprint = None, "another"
    approval.status, approval.decided_by, approval.decided_at = "approved", bob, timezone.now()
    with pytest.raises(DatabaseError, match="begins as one that waits"), transaction.atomic():
        approval.save(force_insert=True)


def test_what_expired_is_refused_by_service_and_database(ann: User, bob: User, reseller: Reseller) -> None:
    approval = expired(asked(ann, reseller))
    with pytest.raises(Conflict) as refused:
        approvals.approve(approval_id=approval.pk, by=bob)
    assert refused.value.code == "approval_expired"
    assert dialog(bob, approval, "approve").status_code == 409
    decide = (
        "UPDATE core_approval SET status = 'approved', decided_by_id = %s, decided_at = now() WHERE id = %s"
    )
    with pytest.raises(DatabaseError, match="has expired"):
        raw(decide, bob.pk, approval.pk)
    assert wallet(reseller).balance == 100


def test_the_sweep_closes_what_expired_and_it_can_be_asked_for_again(ann: User, reseller: Reseller) -> None:
    approval = expired(asked(ann, reseller))
    fresh = asked(ann, reseller)
    assert fresh.pk != approval.pk
    approval.refresh_from_db()
    assert approval.status == "expired"
    late = expired(asked(ann, reseller, lambda one: fund(one, reference="B-2")))
    assert approvals.expire() == 1
    late.refresh_from_db()
    assert (late.status, late.decided_by) == ("expired", None)
    assert Event.objects.filter(kind="approval.expired").count() == 2


def test_a_decided_one_is_not_decided_again(ann: User, bob: User, reseller: Reseller) -> None:
    approval = asked(ann, reseller)
    approvals.approve(approval_id=approval.pk, by=bob)
    with pytest.raises(Conflict) as refused:
        approvals.approve(approval_id=approval.pk, by=bob)
    assert refused.value.code == "already_decided"
    assert wallet(reseller).balance == 20_100


def test_refusing_needs_a_reason_and_moves_nothing(ann: User, bob: User, reseller: Reseller) -> None:
    approval = asked(ann, reseller)
    with pytest.raises(InvalidInput):
        approvals.refuse(approval_id=approval.pk, by=bob, note=" ")
    dialog(bob, approval, "refuse", reason="No such wire")
    approval.refresh_from_db()
    assert (approval.status, approval.note) == ("refused", "No such wire")
    assert wallet(reseller).balance == 100


def test_only_whoever_asked_takes_it_back(ann: User, bob: User, reseller: Reseller) -> None:
    approval = asked(ann, reseller)
    with pytest.raises(NotAllowed):
        approvals.withdraw(approval_id=approval.pk, by=bob)
    dialog(ann, approval, "withdraw", note="Wrong amount")
    approval.refresh_from_db()
    assert (approval.status, approval.decided_by) == ("withdrawn", None)


@pytest.mark.parametrize("role", ["admin", "support", "moderator", "auditor"])
def test_whoever_may_not_do_it_does_not_approve_it(role: str, ann: User, reseller: Reseller) -> None:
    approval = asked(ann, reseller)
    with pytest.raises(NotAllowed) as refused:
        approvals.approve(approval_id=approval.pk, by=UserFactory(staff=role))
    assert refused.value.code == "not_a_decider"


def test_a_role_taken_from_the_settings_page_decides_no_longer(
    ann: User, bob: User, reseller: Reseller
) -> None:
    approval = asked(ann, reseller)
    site_settings.save(ApprovalPage, {"roles": ["super_admin"]}, user=None)
    with pytest.raises(NotAllowed):
        approvals.approve(approval_id=approval.pk, by=bob)
    approvals.approve(approval_id=approval.pk, by=UserFactory(staff="super_admin"))
    assert wallet(reseller).balance == 20_100


def test_what_somebody_asked_who_may_not_any_more_is_refused(
    ann: User, bob: User, reseller: Reseller
) -> None:
    approval = asked(ann, reseller)
    ann.is_active = False
    ann.save()
    with pytest.raises(Conflict) as refused:
        approvals.approve(approval_id=approval.pk, by=bob)
    assert refused.value.code == "asker_not_allowed"


def test_what_is_not_as_it_was_shown_is_refused_by_name(ann: User, bob: User, reseller: Reseller) -> None:
    approval = asked(ann, reseller)
    ledger.set_credit_limit(account=wallet(reseller), limit=Decimal(500), reason="Trusted")
    answer = dialog(bob, approval, "approve")
    assert "HX-Redirect" not in answer.headers
    assert "Credit limit: $0.00 → $500.00" in answer.content.decode()
    approval.refresh_from_db()
    assert approval.status == "pending"
    assert wallet(reseller).balance == 100


def test_another_wire_entered_meanwhile_is_a_change_and_an_order_is_none(
    ann: User, bob: User, reseller: Reseller
) -> None:
    approval = asked(ann, reseller)
    Reseller.objects.filter(pk=reseller.pk).update(city="Boston")
    other = asked(ann, reseller, lambda one: fund(one, reference="B-2"))
    approvals.approve(approval_id=approval.pk, by=bob)
    with pytest.raises(Conflict) as refused:
        approvals.approve(approval_id=other.pk, by=bob)
    assert refused.value.code == "state_changed"
    assert wallet(reseller).balance == 20_100


def test_what_the_service_refuses_by_now_still_waits(ann: User, bob: User) -> None:
    reseller = ResellerFactory(funds=5000)

    def take(one: Reseller) -> Any:
        return ledger.adjust(account=wallet(one), amount=Decimal(-5000), reason="Closing")

    approval = asked(ann, reseller, take)
    # As an order would: the money is gone, and nobody corrected anything by hand.
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE commerce_account SET balance = 4000 WHERE id = %s", [wallet(reseller).pk])
        cursor.execute("SET LOCAL session_replication_role = origin")
    with pytest.raises(InvalidInput) as refused:
        approvals.approve(approval_id=approval.pk, by=bob)
    assert refused.value.code == "insufficient_credit"
    approval.refresh_from_db()
    assert approval.status == "pending"


@pytest.mark.django_db(transaction=True)
def test_approved_by_many_at_once_money_moves_once(ann: User, reseller: Reseller) -> None:
    approval = asked(ann, reseller)
    deciders = [UserFactory(staff="finance") for _one in range(6)]

    def decide(by: User) -> str:
        try:
            return approvals.approve(approval_id=approval.pk, by=by).status
        except Conflict as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        said = sorted(pool.map(decide, deciders))
    assert said == ["already_decided"] * 5 + ["approved"]
    assert wallet(reseller).balance == 20_100
