"""A buyer whose words are in every table that has room for them, and what of them is left."""

from decimal import Decimal
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

from django.contrib.admin.models import LogEntry
from django.core.files.storage import storages
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from commerce.models import Customer, Order, OrderMessage, Payment
from commerce.services import customers, ledger, phone_numbers, settlement, support
from commerce.services.attachments import Upload
from commerce.services.customers import Registration
from core.actors import acting_as, actor_for_user
from core.approvals import ApprovalNeeded
from core.models import (
    Announcement,
    ApiRequest,
    Broadcast,
    FailedTask,
    ImportRun,
    Message,
    QuickLink,
    SavedView,
    User,
)  # fmt: skip
from core.request_log import request_log
from core.services import approvals, notes
from core.services.subjects import subject_of
from tests.commerce.test_payments import say
from tests.factories import UserFactory
from tests.factories_fulfilment import place_for_customer
from tests.factories_parties import ResellerFactory

# Words that are nowhere else.
CANARIES = {
    name: f"canary{number:02}{name.replace('_', '')}"
    for number, name in enumerate(
        [
            "first_name", "full_name", "username", "email", "address", "city", "document", "game", "block_reason",
            "order_note", "message_subject", "message_body", "ticket_subject", "ticket_text", "reply", "file_name",
            "file_content", "payer", "request_body", "saved_number_label", "note", "order_remark",
            "approval_reason", "approval_note", "reference", "inbox_text", "refund_reason", "upload_name",
        ]
    )
}  # fmt: skip
# What is not in the text of the person's file: files are beside it, and the rest is said among those who work here.
AMONG_STAFF = {
    "file_content", "order_note", "approval_reason", "approval_note", "reference", "upload_name", "note",
    "order_remark",
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


def left_in_files() -> list[tuple[str, str]]:
    """Which canary is still in which file of ours, or in its name."""
    roots = [Path(storages[name].path("")) for name in ("default", "private")]
    files = [file for root in roots if root.is_dir() for file in root.rglob("*") if file.is_file()]
    return [
        (word, str(file))
        for file in files
        for word in CANARIES.values()
        if word.encode() in file.read_bytes() or word in file.name
    ]


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
    in_words_of_others(customer, order)
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


def in_words_of_others(customer: Customer, order: Order) -> None:
    """What staff wrote about them, beside them, or about something else with their name in it."""
    c, author, other = CANARIES, UserFactory(staff="super_admin"), UserFactory(staff="super_admin")
    wallet = ledger.wallet_for(party=customer, currency="USD")
    with acting_as(actor_for_user(author)):
        settlement.refund(order_id=order.pk, amount=Decimal("0.01"), reason=c["refund_reason"])
        ledger.adjust(account=wallet, amount=Decimal("-0.01"), reason=c["refund_reason"])
        try:
            with transaction.atomic():
                ledger.fund(
                    account=wallet, amount=Decimal(20_000), reason=c["approval_reason"],
                    external_reference=c["reference"],
                )  # fmt: skip
        except ApprovalNeeded as needed:
            asked = approvals.ask(needed)
    with acting_as(actor_for_user(other)):
        approvals.refuse(approval_id=asked.pk, by=other, note=c["approval_note"])
    Message.objects.create(
        event="admin_alert", channel="inbox", language="en", user=other, body=c["inbox_text"], status="sent",
        subject_kind="commerce.customer", subject_id=str(customer.pk), created_at=timezone.now(),
    )  # fmt: skip
    named = f"About {customer.email.upper()} (“{customer.full_name}”)"
    Message.objects.create(
        event="admin_alert", channel="inbox", language="en", user=other, body=named, status="sent",
        created_at=timezone.now(),
    )  # fmt: skip
    Broadcast.objects.create(subject=named, text=named, reason=named, key=uuid4(), author=author)
    Announcement.objects.create(title=named[:100], text=named)
    QuickLink.objects.create(
        title=customer.full_name, url=f"/admin/x/?q={quote(customer.email)}", icon="link"
    )
    SavedView.objects.create(
        list_name="commerce.order", title=customer.full_name[:60], owner=author, filters={"q": customer.email}
    )
    reseller = ResellerFactory()
    reseller._change_reason = named[:100]
    reseller.save()
    LogEntry.objects.create(user=author, action_flag=2, object_repr=named, change_message=named)


def in_logs(customer: Customer) -> None:
    now, user = timezone.now(), customer.user
    assert user
    asked = {"method": "POST", "path": "/api/x", "status": 200, "milliseconds": 1, "created_at": now}
    said = {"text": CANARIES["request_body"]}
    ApiRequest.objects.create(caller=f"customer {user.pk} {user}", body=said, **asked)
    ApiRequest.objects.create(caller="", body={"email": customer.email}, **asked)
    ApiRequest.objects.create(caller="", query=f"email={quote(customer.email)}", **asked)
    asked_by_api(customer)
    FailedTask.objects.create(
        name="x", task_id="1", exception="E", message=f"{customer.email} bounced", first_at=now, last_at=now
    )
    ImportRun.objects.create(
        resource="commerce.customer",
        file_name="people.csv",
        content=CANARIES["full_name"].encode(),
        finished_at=now,
    )
    ImportRun.objects.create(
        resource="commerce.customer", file_name=f"{CANARIES['upload_name']}.csv", status="checked",
        content=CANARIES["upload_name"].encode(), result={"differences": [CANARIES["upload_name"]]},
    )  # fmt: skip


def asked_by_api(customer: Customer) -> None:
    """As the log of requests writes it by itself."""
    client = APIClient()
    client.force_login(customer.user)
    request_log.waiting.clear()
    client.post("/api/tickets/", {"subject": "", "description": CANARIES["request_body"]}, format="json")
    client.get("/api/orders/", {"search": customer.email})
    assert request_log.flush() == 2
