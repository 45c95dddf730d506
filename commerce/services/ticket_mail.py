"""A message to the party when staff answer a ticket. Notes are told to nobody, and nobody is told twice."""

import logging
from functools import partial
from typing import Any

from django.db import transaction

from commerce.models import SupportTicket, TicketMessage
from core.events import record
from core.messages import tell
from core.messages.wording import known_language
from core.models import Event

TOLD = "ticket.mailed"
log = logging.getLogger(__name__)


def tell_party(message: TicketMessage) -> None:
    """Have the answer sent by a worker once it is written; without a broker it is sent here."""
    from commerce.tasks import mail_ticket_answer

    transaction.on_commit(partial(_hint, mail_ticket_answer, message.pk), robust=True)


def _hint(task: Any, message_id: int) -> None:
    try:
        task.delay(message_id)
    except Exception:
        log.warning("broker does not answer, the message is sent here")
        send_answer(message_id)


def send_answer(message_id: int) -> bool:
    """Send a public answer of staff to the party's address, unless it was told; whether it was now.

    A mail server that does not take it is asked again by the messages' own sweep.
    """
    related = ("ticket__reseller", "ticket__customer__user")
    message = TicketMessage.objects.select_related(*related).filter(pk=message_id).first()
    if message is None or message.is_internal or message.author_kind != TicketMessage.Author.STAFF:
        return False
    ticket = message.ticket
    address = getattr(ticket.party, "email", "") or ""
    if not address or _was_told(message):
        return False
    values = {
        "number": ticket.ticket_number,
        "subject": ticket.subject,
        "text": message.text,
        "files": "".join(f"\n- {file.name}" for file in message.attachments.all()),
    }
    tell(
        address,
        "ticket_answer",
        values,
        about=ticket,
        name=_name(ticket),
        language=_language(ticket),
        by=["email"],
        key=f"ticket-message:{message.pk}",
        now=True,
    )
    record(TOLD, subject=ticket, data={"message": message.pk})
    return True


def _was_told(message: TicketMessage) -> bool:
    events = Event.objects.filter(
        subject_kind="commerce.supportticket", subject_id=str(message.ticket_id), kind=TOLD
    )
    return events.filter(data__message=message.pk).exists()


def _name(ticket: SupportTicket) -> str:
    if ticket.customer:
        return ticket.customer.full_name
    return ticket.reseller.contact_person or ticket.reseller.business_name if ticket.reseller else ""


def _language(ticket: SupportTicket) -> str:
    """The party's own, not that of whoever answered."""
    user = ticket.customer.user if ticket.customer else None
    return known_language(user.language if user else "")
