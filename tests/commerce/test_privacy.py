"""A customer's data as a file; and a customer erased: nothing of them is left in the database, the books stay right."""

import io
import json
import zipfile
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from commerce.models import Attempt, Customer, Order, OrderMessage, Payment, TicketMessage, Transfer
from commerce.services import attachments, customers, ledger, phone_numbers, privacy, support
from commerce.services.attachments import Upload
from commerce.services.customers import Registration
from commerce.services.proof import prove
from core.actors import acting_as, actor_for_user
from core.exceptions import Conflict, InvalidInput
from core.models import ApiRequest, ErasedEvent, Event, FailedTask, ImportRun, User
from core.services import audit_chain, audit_proof, notes
from core.services.subjects import subject_of
from tests.commerce.test_payments import say
from tests.factories import UserFactory
from tests.factories_fulfilment import place_for_customer
from tests.factories_parties import CustomerFactory

pytestmark = pytest.mark.django_db
# Words that are nowhere else.
CANARIES = {
    name: f"canary{number:02}{name.replace('_', '')}"
    for number, name in enumerate(
        [
            "first_name", "full_name", "username", "email", "address", "city", "document", "game", "block_reason",
            "order_note", "message_subject", "message_body", "ticket_subject", "ticket_text", "reply", "file_name",
            "file_content", "payer", "request_body", "saved_number_label", "note", "order_remark",
        ]
    )
}  # fmt: skip
PHONE, SAVED_PHONE, PLAYER = "+14155559137", "+14155559248", "5550000"


def left() -> list[tuple[str, str]]:
    """Which canary is still in which table: every column of every row, as a dump has them."""
    words = [*CANARIES.values(), PHONE, SAVED_PHONE]
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
                text = b"".join(bytes(block) for block in copy).decode().lower()
            found += [(word, table) for word in words if word in text]
    return found


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(UserFactory(staff=role), backend="core.authentication.EmailOrUsernameBackend")
    return client


def known_person() -> tuple[Customer, Order]:
    """A buyer whose words are in every table that has room for them."""
    c = CANARIES
    email = f"{c['email']}@example.org"
    customer = customers.register(
        Registration(username=c["username"], email=email, password="a long Passphrase 1", phone_number=PHONE)
    )
    assert customer.user
    User.objects.filter(pk=customer.user.pk).update(first_name=c["first_name"])
    customer.user.refresh_from_db()
    customers.change_customer(
        customer=customer,
        values={
            "full_name": c["full_name"], "address": c["address"], "city": c["city"], "preferred_game": c["game"],
            "id_document_number": c["document"], "date_of_birth": "1990-01-02",
        },
    )  # fmt: skip
    with acting_as(actor_for_user(UserFactory(staff="admin"))):
        customers.block(customer=customer, reason=c["block_reason"])
        customers.unblock(customer=customer, reason=f"{c['block_reason']} again")
    order = ordered(customer)
    with acting_as(actor_for_user(customer.user)):
        phone_numbers.save_number(owner=customer, number=SAVED_PHONE, label=c["saved_number_label"])
        ticket = support.open_ticket(
            customer=customer,
            subject=c["ticket_subject"],
            description=c["ticket_text"],
        )
        support.reply(
            ticket=ticket, message=c["reply"],
            files=[Upload(f"{c['file_name']}.txt", f"{c['file_content']} in words".encode())],
        )  # fmt: skip
    Payment.objects.filter(order=order).update(payment_gateway_response={"payer": c["payer"]})
    Order.objects.filter(pk=order.pk).update(notes=c["order_note"])
    OrderMessage.objects.create(
        order=order, to="customer", address=customer.email, subject=c["message_subject"], body=c["message_body"],
        author_label="Grace",
    )  # fmt: skip
    with acting_as(actor_for_user(writer := UserFactory(staff="support"))):
        notes.add(subject=subject_of(customer), text=c["note"], author=writer)
        notes.add(subject=subject_of(order), text=c["order_remark"], author=writer)
        notes.add(subject=subject_of(writer), text=f"Ask {c['full_name']} first", author=writer)
    in_logs(customer)
    return Customer.objects.get(pk=customer.pk), order


def ordered(customer: Customer) -> Order:
    """Paid by the buyer, delivered, and nothing left in the wallet."""
    from commerce.services.fulfilment import deliver

    order, payment = place_for_customer(customer=customer, user_email=customer.email)
    say(payment, "success")
    deliver(order.pk)
    order.refresh_from_db()
    assert order.status == Order.Status.FULFILLED
    return order


def in_logs(customer: Customer) -> None:
    now, user = timezone.now(), customer.user
    assert user
    asked = {"method": "POST", "path": "/api/x", "status": 200, "milliseconds": 1, "created_at": now}
    said = {"text": CANARIES["request_body"]}
    ApiRequest.objects.create(caller=f"customer {user.pk} {user}", body=said, **asked)
    ApiRequest.objects.create(caller="", body={"email": customer.email}, **asked)
    FailedTask.objects.create(
        name="x", task_id="1", exception="E", message=f"{customer.email} bounced", first_at=now, last_at=now
    )
    ImportRun.objects.create(
        resource="commerce.customer",
        file_name="people.csv",
        content=CANARIES["full_name"].encode(),
        finished_at=now,
    )


class TestErasure:
    def test_nothing_of_them_is_left_and_the_books_and_the_chain_are_right(
        self, django_capture_on_commit_callbacks
    ):
        customer, order = known_person()
        audit_chain.run()
        there = {word for word, _table in left()}
        assert len(there) >= len(CANARIES) - 2, (
            "The document is encrypted and the file is outside of the database"
        )
        [path] = [one.path for one in TicketMessage.objects.get(text=CANARIES["reply"]).attachments.all()]
        transfers = Transfer.objects.count()

        with (
            django_capture_on_commit_callbacks(execute=True),
            acting_as(actor_for_user(UserFactory(staff="admin"))),
        ):
            privacy.erase(customer=customer, reason="They asked for it")

        assert left() == []
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
        missing = {
            word
            for name, word in CANARIES.items()
            if word not in text and name not in ("file_content", "order_note")
        }
        among_staff = {CANARIES["note"], CANARIES["order_remark"]}
        assert missing - {CANARIES["block_reason"]} == among_staff
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
