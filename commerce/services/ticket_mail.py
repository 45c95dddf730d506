"""A message to the party when staff answer a ticket. Notes are told to nobody, and nobody is told twice."""

import logging
from email.utils import formataddr, parseaddr
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from commerce.models import SupportTicket, TicketMessage
from core.branding_settings import BrandingPage
from core.events import record
from core.models import Event
from core.site_settings import load

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
    """Send a public answer of staff to the party's address, unless it was sent; whether it was now.

    Raises whatever the mail server's refusal is: the task tries again.
    """
    related = ("ticket__reseller", "ticket__customer__user")
    message = TicketMessage.objects.select_related(*related).filter(pk=message_id).first()
    if message is None or message.is_internal or message.author_kind != TicketMessage.Author.STAFF:
        return False
    ticket = message.ticket
    address = getattr(ticket.party, "email", "") or ""
    if not address or _was_told(message):
        return False
    with translation.override(_language(ticket)):
        _mail(message, address).send()
    record(TOLD, subject=ticket, data={"message": message.pk})
    return True


def _mail(message: TicketMessage, address: str) -> EmailMessage:
    ticket, branding = message.ticket, load(BrandingPage)
    context = {
        "ticket": ticket,
        "message": message,
        "branding": branding,
        "files": [file.name for file in message.attachments.all()],
        "name": _name(ticket),
    }
    # One line, whatever was typed: a mail's header ends at the first line's end.
    subject = " ".join(render_to_string("emails/ticket_answer_subject.txt", context).split())
    text = render_to_string("emails/ticket_answer.txt", context)
    sender = formataddr((branding.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))
    return EmailMessage(subject, text, sender, [address])


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
    wanted = user.language if user else ""
    return wanted if wanted in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
