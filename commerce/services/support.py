"""Tickets: opening, answering, assigning, moving. What is said is appended; everything is in the events."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.models import CannedAnswer, Customer, Order, Reseller, SupportTicket, TicketMessage
from commerce.models.support import NAMED
from commerce.services import attachments, ticket_clock, ticket_mail
from commerce.services.attachments import Upload
from commerce.transitions import TICKET, require
from core.actors import Actor, current_actor
from core.events import record
from core.exceptions import Conflict, InvalidInput, NotAllowed
from core.models import User

LONGEST = 10_000
LONGEST_SUBJECT = 200
_S, _A = SupportTicket.Status, TicketMessage.Author
EVENTS = {
    _S.OPEN: "ticket.reopened",
    _S.IN_PROGRESS: "ticket.started",
    _S.RESOLVED: "ticket.resolved",
    _S.CLOSED: "ticket.closed",
}
AUTHORS = {"staff": _A.STAFF, "system": _A.STAFF, "reseller": _A.RESELLER, "key": _A.RESELLER}
_NEXT_ID = "SELECT nextval(pg_get_serial_sequence('commerce_supportticket', 'id'))"


@transaction.atomic
def open_ticket(
    *,
    subject: str,
    description: str,
    customer: Customer | None = None,
    reseller: Reseller | None = None,
    order: Order | None = None,
    priority: str = SupportTicket.Priority.MEDIUM,
) -> SupportTicket:
    """Open a ticket of one party; an order names its party by itself.

    Raises:
        InvalidInput: naming the field: `party_required`, `not_their_order`, `required`, `too_long`,
            `invalid_choice`.
    """
    if order is not None and customer is None and reseller is None:
        customer, reseller = order.customer, order.reseller
    _check_party(customer, reseller, order)
    _check_priority(priority)
    now = timezone.now()
    identity = _next_id()
    ticket = SupportTicket(
        pk=identity,
        ticket_number=number_of(identity),
        customer=customer,
        reseller=reseller,
        order=order,
        subject=_said(subject.replace("\n", " "), "subject", LONGEST_SUBJECT),
        description=_said(description, "description", LONGEST),
        priority=priority,
        opened_by=current_actor().label[:150],
        last_activity_at=now,
    )
    ticket_clock.start(ticket, now)
    ticket.save(force_insert=True)
    record("ticket.opened", subject=ticket, data={"priority": ticket.priority, "subject": ticket.subject})
    return ticket


@transaction.atomic
def reply(*, ticket: SupportTicket, message: str, files: Sequence[Upload] = ()) -> TicketMessage:
    """Answer publicly, as whoever acts. Staff take a ticket that is nobody's by answering it, and the party is told
    by mail; a party's reply opens a resolved ticket again.

    Raises:
        InvalidInput: naming the field. Conflict: `ticket_closed`.
    """
    ticket, now, actor = _locked(ticket), timezone.now(), current_actor()
    if ticket.status == _S.CLOSED:
        raise Conflict("ticket_closed", _("This ticket is closed. Reopen it, or open a new one."))
    written = _write(ticket, message, files, actor, internal=False)
    if written.author_kind == _A.STAFF:
        _answered(ticket, actor)
        ticket_clock.answered(ticket, now)
    else:
        if ticket.status == _S.RESOLVED:
            _to(ticket, _S.OPEN, _("They answered."))
        ticket_clock.asked(ticket, now)
    _touch(ticket)
    data = {"by": written.author_kind, "message": written.pk, "files": len(files)}
    record("ticket.replied", subject=ticket, data=data)
    if written.author_kind == _A.STAFF:
        ticket_mail.tell_party(written)
    return written


@transaction.atomic
def note(*, ticket: SupportTicket, message: str, files: Sequence[Upload] = ()) -> TicketMessage:
    """A note that only staff read; it answers nobody, so the clock runs on.

    Raises:
        InvalidInput: naming the field. NotAllowed: `permission_denied`, for anybody but staff.
    """
    ticket, actor = _locked(ticket), current_actor()
    if AUTHORS.get(actor.kind, _A.CUSTOMER) != _A.STAFF:
        raise NotAllowed("permission_denied", _("Notes are for staff."))
    written = _write(ticket, message, files, actor, internal=True)
    _touch(ticket)
    record("ticket.noted", subject=ticket, data={"message": written.pk, "files": len(files)})
    return written


@transaction.atomic
def assign(*, ticket: SupportTicket, to: User | None) -> SupportTicket:
    """Give a ticket to somebody who may work on it, or to nobody.

    Raises:
        InvalidInput: `not_a_worker`. Conflict: `ticket_closed`.
    """
    ticket = _locked(ticket)
    if ticket.status == _S.CLOSED:
        raise Conflict("ticket_closed", _("This ticket is closed. Reopen it first."))
    if to is not None and not (to.is_active and to.has_perm("commerce.work_supportticket")):
        raise InvalidInput("not_a_worker", _("This person does not work on tickets."), field="assigned_to")
    if ticket.assigned_to_id != (to.pk if to else None):
        ticket.assigned_to = to
        _touch(ticket)
        record("ticket.assigned", subject=ticket, data={"to": to.get_full_name() if to else ""})
    return ticket


@transaction.atomic
def set_priority(*, ticket: SupportTicket, priority: str, reason: str = "") -> SupportTicket:
    """Change how urgent it is; its due times follow.

    Raises:
        InvalidInput: `invalid_choice`.
    """
    ticket = _locked(ticket)
    _check_priority(priority)
    if ticket.priority != priority:
        before, ticket.priority = ticket.priority, priority
        ticket_clock.set_due(ticket)
        _touch(ticket)
        data = {"before": before, "after": str(priority), "reason": reason.strip()}
        record("ticket.priority_changed", subject=ticket, data=data)
    return ticket


@transaction.atomic
def move(*, ticket: SupportTicket, status: str, reason: str = "") -> SupportTicket:
    """Move a ticket along `TICKET`; resolving needs no reason, opening again starts the clock anew.

    Raises:
        InvalidInput: `invalid_choice`. Conflict: `invalid_transition`.
    """
    if status not in _S.values:
        raise InvalidInput("invalid_choice", _("There is no such status."), field="status")
    ticket = _locked(ticket)
    _to(ticket, _S(status), reason)
    _touch(ticket)
    return ticket


def filled(answer: CannedAnswer, ticket: SupportTicket, agent: User) -> str:
    """A canned answer with its placeholders filled in: plain replacing, nothing in the values is read again."""
    order = ticket.order
    values = {
        "customer": _addressed(ticket),
        "ticket_number": ticket.ticket_number,
        "order_number": order.order_number if order else "–",
        "subject": ticket.subject,
        "agent": agent.get_full_name() or agent.get_username(),
    }
    return NAMED.sub(lambda found: values.get(found[1], found[0]), answer.text)


def number_of(identity: int) -> str:
    return f"T-{identity:06d}"


def _addressed(ticket: SupportTicket) -> str:
    if ticket.customer:
        return ticket.customer.full_name
    return ticket.reseller.contact_person or ticket.reseller.business_name if ticket.reseller else ""


def _to(ticket: SupportTicket, status: SupportTicket.Status, reason: str) -> None:
    """Change the status and what hangs on it, and record it; the caller saves."""
    before, now = ticket.status, timezone.now()
    require(TICKET, before, status)
    ticket.status = status
    if before in (_S.RESOLVED, _S.CLOSED) and status == _S.OPEN:
        ticket.resolved_at = None
        ticket_clock.start(ticket, now)
    elif status not in SupportTicket.WORKED_ON:
        ticket.resolved_at = ticket.resolved_at or now
    ticket_clock.show_due(ticket)
    data = {"before": before, "after": status.value, "reason": reason.strip()}
    record(EVENTS[status], subject=ticket, data=data)


def _answered(ticket: SupportTicket, actor: Actor) -> None:
    """Whoever answers a ticket of nobody's works on it from now on."""
    if ticket.assigned_to_id is None and actor.kind == "staff" and actor.id:
        ticket.assigned_to_id = int(actor.id)
        record("ticket.assigned", subject=ticket, data={"to": actor.label})
    if ticket.status == _S.OPEN:
        _to(ticket, _S.IN_PROGRESS, "")


def _write(
    ticket: SupportTicket, text: str, files: Sequence[Upload], actor: Actor, *, internal: bool
) -> TicketMessage:
    said = _said(text, "message", LONGEST)
    checked = attachments.check(files, already=attachments.count(ticket))
    message = TicketMessage.objects.create(
        ticket=ticket,
        is_internal=internal,
        author_kind=AUTHORS.get(actor.kind, _A.CUSTOMER),
        author_id=actor.id,
        author_label=actor.label[:150],
        text=said,
    )
    attachments.keep(message, checked)
    return message


def _touch(ticket: SupportTicket) -> None:
    ticket.last_activity_at = timezone.now()
    ticket.save()


def _locked(ticket: SupportTicket) -> SupportTicket:
    return SupportTicket.objects.select_for_update(no_key=True).get(pk=ticket.pk)


def _next_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_ID)
        return int(cursor.fetchone()[0])


def _check_party(customer: Customer | None, reseller: Reseller | None, order: Order | None) -> None:
    if (customer is None) == (reseller is None):
        raise InvalidInput("party_required", _("Name one customer or one reseller."), field="customer")
    theirs = order is None or (
        order.customer_id == customer.pk if customer else order.reseller_id == getattr(reseller, "pk", None)
    )
    if not theirs:
        raise InvalidInput("not_their_order", _("This order is somebody else's."), field="order")


def _check_priority(priority: Any) -> None:
    if priority not in SupportTicket.Priority.values:
        raise InvalidInput("invalid_choice", _("One of low, medium, high, urgent."), field="priority")


def _said(text: str, field: str, most: int) -> str:
    said = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if not said:
        raise InvalidInput("required", _("This field is required."), field=field)
    if len(said) > most:
        raise InvalidInput("too_long", _("At most %(most)d characters.") % {"most": most}, field=field)
    return said
