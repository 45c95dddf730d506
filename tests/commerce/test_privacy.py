"""A customer's data as a file; and a customer erased: nothing of them is left in the database, the books stay right."""

import io
import json
import zipfile
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from commerce.models import Attempt, Customer, TicketMessage, Transfer
from commerce.services import attachments, customers, ledger, privacy, support
from commerce.services.proof import prove
from core.actors import acting_as, actor_for_user
from core.approvals import ApprovalNeeded
from core.exceptions import Conflict, InvalidInput
from core.models import (
    Announcement,
    Approval,
    Broadcast,
    ErasedEvent,
    Event,
    ImportRun,
    QuickLink,
    SavedView,
    User,
)  # fmt: skip
from core.services import approvals, audit_chain, audit_proof
from tests.commerce.known_person import AMONG_STAFF, CANARIES, known_person, left, left_in_files, signed_in
from tests.factories import UserFactory
from tests.factories_fulfilment import place_for_customer
from tests.factories_parties import CustomerFactory, ResellerFactory

pytestmark = pytest.mark.django_db


class TestErasure:
    def test_nothing_of_them_is_left_and_the_books_and_the_chain_are_right(
        self, django_capture_on_commit_callbacks, private
    ):
        customer, order = known_person()
        audit_chain.run()
        there = {word for word, _table in left()}
        assert len(there) >= len(CANARIES) - 2, (
            "The document is encrypted and the file is outside of the database"
        )
        [path] = [one.path for one in TicketMessage.objects.get(text=CANARIES["reply"]).attachments.all()]
        assert left_in_files()
        transfers = Transfer.objects.count()

        with (
            django_capture_on_commit_callbacks(execute=True),
            acting_as(actor_for_user(UserFactory(staff="admin"))),
        ):
            privacy.erase(customer=customer, reason="They asked for it")

        assert left() == left_in_files() == []
        assert not attachments.storage().exists(path)
        assert prove().right
        assert Transfer.objects.count() == transfers
        order.refresh_from_db()
        assert (order.status, order.customer_id, order.total) == (
            "fulfilled",
            customer.pk,
            order.captured_amount,
        )
        assert ErasedEvent.objects.exists()
        audit_chain.run()
        assert [one for one in audit_proof.prove().results if one.count] == []

    def test_what_others_wrote_about_something_else_stays_without_the_name(self):
        customer, _order = known_person()
        privacy.erase(customer=customer, reason="They asked for it")
        assert Broadcast.objects.get().text == "About *** (“***”)"
        assert Announcement.objects.get().title == "About *** (“***”)"
        assert QuickLink.objects.get().url == "/admin/x/?q=***"
        assert not SavedView.objects.exists()
        approval = Approval.objects.get()
        assert (approval.status, approval.amount) == ("refused", 20_000)
        assert (approval.payload, approval.reason, approval.note) == ({"erased": True}, "", "")
        stopped = ImportRun.objects.get(status="discarded")
        assert (bytes(stopped.content), stopped.generation) == (b"", 2)

    def test_what_somebody_still_has_to_decide_refuses_it(self):
        customer = CustomerFactory(full_name="Katharina Blum")
        staff = UserFactory(staff="finance")
        with acting_as(actor_for_user(staff)), pytest.raises(ApprovalNeeded) as needed:
            ledger.fund(
                account=ledger.wallet_for(party=ResellerFactory(), currency="USD"),
                amount=Decimal(20_000),
                reason="Instead of Katharina Blum",
            )
        with acting_as(actor_for_user(staff)):
            asked = approvals.ask(needed.value)
        with pytest.raises(Conflict) as refused:
            privacy.erase(customer=customer, reason="They asked for it")
        assert refused.value.code == "approvals_open"
        approvals.withdraw(approval_id=asked.pk, by=staff)
        privacy.erase(customer=customer, reason="They asked for it")

    def test_others_keep_what_is_theirs(self):
        other = CustomerFactory(full_name="Somebody Else", phone="+14155551111")
        customers.block(customer=other, reason="Fraud")
        before = list(Event.objects.filter(subject_id=str(other.pk)).values("id", "data", "actor_label"))
        customer, _order = known_person()
        privacy.erase(customer=customer, reason="They asked for it")
        other.refresh_from_db()
        assert (other.full_name, other.phone) == ("Somebody Else", "+14155551111")
        kept = Event.objects.filter(pk__in=[one["id"] for one in before]).values("id", "data", "actor_label")
        assert list(kept) == before

    def test_who_erased_whom_and_why_stays(self):
        customer, _order = known_person()
        staff = UserFactory(staff="admin", first_name="Grace")
        with acting_as(actor_for_user(staff)):
            privacy.erase(customer=customer, reason="They asked for it")
        said = Event.objects.get(kind="customer.erased")
        blocked = Event.objects.filter(kind="customer.blocked", subject_id=str(customer.pk)).get()
        assert (blocked.actor_label, blocked.data) == ("", {"erased": True})
        assert blocked.who == str(User.objects.get(pk=blocked.actor_id))
        assert (said.data["reason"], said.actor_id, said.subject_id) == (
            "They asked for it", str(staff.pk), str(customer.pk),
        )  # fmt: skip

    def test_they_sign_in_no_more_and_nobody_fills_them_in_again(self):
        customer, _order = known_person()
        privacy.erase(customer=customer, reason="They asked for it")
        customer.refresh_from_db()
        assert customer.user
        assert not customer.user.is_active
        for change in (
            lambda: customers.change_customer(customer=customer, values={"full_name": "Again"}),
            lambda: customers.unblock(customer=customer, reason="Why not"),
            lambda: privacy.erase(customer=customer, reason="Twice"),
        ):
            with pytest.raises(Conflict) as refused:
                change()
            assert refused.value.code == "erased"

    def test_money_or_an_order_on_its_way_or_no_reason_refuses_it(self):
        order, _payment = place_for_customer()
        assert order.customer
        with pytest.raises(Conflict) as refused:
            privacy.erase(customer=order.customer, reason="They asked for it")
        assert refused.value.code == "orders_open"
        rich = CustomerFactory()
        ledger.fund(account=ledger.wallet_for(party=rich, currency="USD"), amount=Decimal(5), reason="Gift")
        with pytest.raises(Conflict) as refused:
            privacy.erase(customer=rich, reason="They asked for it")
        assert refused.value.code == "money_left"
        with pytest.raises(InvalidInput):
            privacy.erase(customer=CustomerFactory(), reason=" ")
        staff = CustomerFactory(user=UserFactory(staff="support"))
        with pytest.raises(Conflict) as refused:
            privacy.erase(customer=staff, reason="They asked for it")
        assert refused.value.code == "not_only_a_customer"

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE commerce_order SET recipient = '{}'",
            "UPDATE commerce_ticketmessage SET text = ''",
            "DELETE FROM commerce_ticketattachment",
            "UPDATE commerce_transfer SET reason = ''",
            "UPDATE core_event SET data = '{\"erased\": true}', actor_label = '', address = NULL",
            "UPDATE core_approval SET payload = '{\"erased\": true}', reason = '', note = ''",
        ],
    )
    def test_without_an_erasure_the_database_keeps_it(self, statement):
        customer, _order = known_person()
        wallet = ledger.wallet_for(party=customer, currency="USD")
        ledger.adjust(account=wallet, amount=Decimal(1), reason="Said so")
        assert refused(statement)

    def test_even_then_it_is_emptied_and_not_written_anew(self):
        customer, _order = known_person()
        privacy.erase(customer=customer, reason="They asked for it")
        for statement in (
            """UPDATE commerce_order SET recipient = '{"player_id": "1"}' WHERE customer_id IS NOT NULL""",
            "UPDATE commerce_ticketmessage SET text = 'other'",
            "UPDATE commerce_transfer SET amount = amount + 1",
            "DELETE FROM commerce_transfer",
            "UPDATE core_approval SET reason = 'other'",
            "UPDATE core_approval SET amount = 1",
        ):
            assert refused(statement), statement


def refused(statement: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as error:
        return "TL001" in str(error.__cause__ and getattr(error.__cause__, "sqlstate", ""))
    return False


class TestData:
    def test_everything_of_theirs_is_in_the_file(self):
        customer, order = known_person()
        with zipfile.ZipFile(io.BytesIO(privacy.data_of(customer=customer))) as file:
            told = json.loads(file.read("data.json"))
            text = json.dumps(told)
            [attached] = [name for name in file.namelist() if name.startswith("files/")]
            assert CANARIES["file_content"].encode() in file.read(attached)
        missing = {word for name, word in CANARIES.items() if word not in text and name not in AMONG_STAFF}
        assert missing - {CANARIES["block_reason"]} == set()
        assert [one["order_number"] for one in told["orders"]["orders"]] == [order.order_number]
        assert "password" not in told["sign_in"]["account"]
        assert "cost" not in told["orders"]["orders"][0]

    def test_notes_among_staff_and_what_calls_cost_are_not_in_it(self):
        customer, order = known_person()
        ticket = customer.tickets.get()
        with acting_as(actor_for_user(UserFactory(staff="support"))):
            support.note(ticket=ticket, message="Difficult person")
        assert Attempt.objects.filter(order=order).exists()
        with zipfile.ZipFile(io.BytesIO(privacy.data_of(customer=customer))) as file:
            text = file.read("data.json").decode()
        assert "Difficult person" not in text
        assert "attempts" not in text


class TestPages:
    def test_the_file_is_taken_from_the_page_and_written_down(self):
        customer, _order = known_person()
        client = signed_in("admin")
        page = client.get(reverse("admin:commerce_customer_change", args=[customer.pk])).content.decode()
        url = reverse("admin:customer-data", args=[customer.pk])
        assert url in page
        answer = client.get(url)
        assert answer["Content-Type"] == "application/zip"
        assert Event.objects.filter(kind="customer.data_taken", subject_id=str(customer.pk)).count() == 1
        assert signed_in("support").get(url).status_code == 403
        for wrong in ("0", "abc", "99999999999999999999"):
            assert client.get(url.replace(f"/{customer.pk}/", f"/{wrong}/")).status_code == 404

    def test_erasing_is_a_dialog_with_a_reason(self):
        customer, _order = known_person()
        url = reverse("admin:commerce_customer_erase", args=[customer.pk])
        sent = {"_form_submitted": "True", "reason": "They asked for it"}
        assert signed_in("support").post(url, sent).status_code == 403
        client = signed_in("admin")
        assert "HX-Redirect" in client.post(url, sent).headers
        assert Customer.objects.get(pk=customer.pk).erased_at is not None
        page: Any = client.get(reverse("admin:commerce_customer_change", args=[customer.pk]))
        assert page.status_code == 200
        assert client.post(url, sent).status_code == 409
