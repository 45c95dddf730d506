"""When a ticket is due. The clock stops while it is the party's turn, and when the ticket is done."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from commerce.models import SupportTicket
from commerce.site_settings import SupportPage
from core.site_settings import load


@dataclass(frozen=True, slots=True)
class Targets:
    first_answer: timedelta
    resolution: timedelta


def targets(priority: str) -> Targets:
    """What the Support settings page promises for a priority."""
    values = load(SupportPage)
    hours = (getattr(values, f"{what}_{priority}") for what in ("first_answer", "resolution"))
    return Targets(*(timedelta(hours=count) for count in hours))


def set_due(ticket: SupportTicket) -> None:
    """Write the due times on the ticket as they follow from everything else on it."""
    promised = targets(ticket.priority)
    ticket.first_answer_due_at = ticket.clock_from + promised.first_answer
    ticket.resolution_due_at = ticket.clock_from + promised.resolution + ticket.waited
    show_due(ticket)


def show_due(ticket: SupportTicket) -> None:
    """Which of the due times counts now."""
    if not ticket.is_worked_on or ticket.waiting_since:
        ticket.due_at = None
    else:
        ticket.due_at = ticket.resolution_due_at if ticket.first_answered_at else ticket.first_answer_due_at


def start(ticket: SupportTicket, now: datetime) -> None:
    """At opening, and again when it is opened again."""
    ticket.clock_from, ticket.waiting_since, ticket.waited = now, None, timedelta()
    set_due(ticket)


def answered(ticket: SupportTicket, now: datetime) -> None:
    """We have answered: it is the party's turn."""
    ticket.first_answered_at = ticket.first_answered_at or now
    ticket.waiting_since = ticket.waiting_since or now
    show_due(ticket)


def asked(ticket: SupportTicket, now: datetime) -> None:
    """The party has answered: it is our turn, and the time we waited is given back."""
    if ticket.waiting_since and ticket.resolution_due_at:
        passed = now - ticket.waiting_since
        ticket.waited += passed
        ticket.resolution_due_at += passed
        ticket.waiting_since = None
    show_due(ticket)
