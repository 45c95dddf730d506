"""A customer's data as a file, and a customer forgotten: the ledger stays, who it was does not."""

import json
import zipfile
from dataclasses import replace
from io import BytesIO
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.models import Account, Customer, Delivery, Order, Payment, TicketAttachment
from commerce.services import attachments
from core.events import record
from core.exceptions import Conflict, InvalidInput
from core.models import Approval
from core.services import privacy
from core.services.privacy import Person
from core.services.privacy_words import about, waiting_about

DECIDED = Approval._meta.label_lower
SENT_DELIVERIES = (Delivery.Status.DELIVERED, Delivery.Status.ACTIVATED, Delivery.Status.CANCELLED)


def person_of(customer: Customer) -> Person:
    """Everything by which this customer is known, and everything that is theirs."""
    orders = list(customer.orders.values_list("pk", "recipient", "recipient_key", "user_email"))
    things = {
        "commerce.customer": [str(customer.pk)],
        "commerce.order": [str(row[0]) for row in orders],
        "commerce.payment": _ids(customer.payments),
        "commerce.supportticket": _ids(customer.tickets),
        "commerce.phonenumber": _ids(customer.phone_numbers),
        "commerce.account": _ids(customer.accounts),
        "commerce.delivery": _ids(Delivery.objects.filter(order__customer=customer)),
    }
    user = customer.user
    names = {
        customer.full_name,
        customer.email,
        customer.phone,
        customer.address,
        customer.id_document_number,
    }
    if user is not None:
        things["core.user"] = [str(user.pk)]
        names |= {user.username, user.email, user.phone_number, user.get_full_name()}
    words = {str(value) for row in orders for value in [*row[1].values(), row[2], row[3]]}
    words |= set(customer.phone_numbers.values_list("number", flat=True))
    words |= set(customer.phone_numbers.values_list("label", flat=True))
    person = Person(
        subject=customer,
        user=user,
        things={kind: ids for kind, ids in things.items() if ids},
        whole=frozenset({"commerce.customer", "core.user", "commerce.supportticket", "commerce.phonenumber"}),
        names=frozenset(filter(None, names)),
        words=frozenset(filter(None, words)),
    )
    decided = _ids(Approval.objects.filter(about(person)))
    if not decided:
        return person
    # Why and how something of theirs was decided is about them, too.
    return replace(person, things={**person.things, DECIDED: decided}, whole=person.whole | {DECIDED})


@transaction.atomic
def data_of(*, customer: Customer) -> bytes:
    """Everything that is kept of a customer: a zip with `data.json` and their files. That it was taken is recorded."""
    told = {"made_at": timezone.now(), **privacy.told(person_of(customer))}
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("data.json", json.dumps(told, indent=2, ensure_ascii=False, cls=DjangoJSONEncoder))
        for one in TicketAttachment.objects.filter(message__ticket__customer=customer).order_by("pk"):
            try:
                with attachments.storage().open(one.path) as content:
                    file.writestr(f"files/{one.pk}-{one.name}", content.read())
            except FileNotFoundError:
                continue
    record("customer.data_taken", subject=customer)
    return written.getvalue()


@transaction.atomic
def erase(*, customer: Customer, reason: str) -> Customer:
    """Forget who a customer was, for ever: names, addresses, recipients, messages, tickets and their files, history,
    the log of requests, and what events say of them. Amounts, orders and transfers stay.

    Raises:
        InvalidInput: `reason_required`.
        Conflict: `erased`, `orders_open`, `money_left`, `not_only_a_customer`, `approvals_open`.
    """
    if not reason.strip():
        raise InvalidInput("reason_required", _("Say why."), field="reason")
    customer = Customer.objects.select_for_update(of=("self",)).select_related("user").get(pk=customer.pk)
    _check(customer)
    person = person_of(customer)
    if waiting_about(person):
        raise Conflict(
            "approvals_open", _("A change that names them waits for a second person. Decide it first.")
        )
    paths = list(
        TicketAttachment.objects.filter(message__ticket__customer=customer).values_list("path", flat=True)
    )
    # The database lets go of what it guards from here on; see commerce/sql/erasure.sql.
    Customer.objects.filter(pk=customer.pk).update(erased_at=timezone.now())
    privacy.erase(person)
    transaction.on_commit(lambda: _delete_files(paths))
    record("customer.erased", subject=customer, data={"reason": reason.strip()})
    customer.refresh_from_db()
    return customer


def _check(customer: Customer) -> None:
    if customer.erased_at is not None:
        raise Conflict("erased", _("This customer was erased already."))
    open_orders = customer.orders.filter(
        Q(status__in=Order.OPEN_STATUSES)
        | Q(delivery__isnull=False) & ~Q(delivery__status__in=SENT_DELIVERIES)
    )
    if open_orders.exists():
        raise Conflict(
            "orders_open", _("Orders of this customer are on their way. Finish or cancel them first.")
        )
    wallets = Account.objects.filter(customer=customer).filter(~Q(balance=0) | ~Q(held=0))
    undecided = Payment.objects.filter(customer=customer).filter(
        Q(needs_decision=True) | Q(status=Payment.Status.PENDING)
    )
    if wallets.exists() or undecided.exists():
        raise Conflict(
            "money_left", _("There is money of this customer, or a payment on its way. Pay it out first.")
        )
    user = customer.user
    if user is not None and (user.is_staff or user.memberships.exists()):
        raise Conflict(
            "not_only_a_customer",
            _("Their account is also one of staff or of a reseller. Part the two first."),
        )


def _ids(rows: Any) -> list[str]:
    return [str(pk) for pk in rows.values_list("pk", flat=True)]


def _delete_files(paths: list[str]) -> None:
    for path in paths:
        attachments.storage().delete(path)
