"""The ticket's page: the conversation, and beside it whom it is of and what it is about."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from commerce.admin.order_badges import order_badge
from commerce.admin.party_badges import party_badge
from commerce.admin.support_forms import ReplyForm
from commerce.admin.support_parts import clock_badge, moment, priority_badge, steps_of, ticket_badge
from commerce.models import CannedAnswer, SupportTicket, TicketAttachment, TicketMessage
from commerce.services import attachments, support
from core.backoffice.parts import Fact
from core.models import User
from core.money import format_money

SHOWN = 200
MOST_CANNED = 100
WORK = "commerce.work_supportticket"


@dataclass(frozen=True, slots=True)
class Bubble:
    """Something said: `side` is “theirs”, “ours” or “note”."""

    side: str
    author: str
    text: str
    at: datetime
    files: tuple[TicketAttachment, ...] = ()
    number: int = 0


def page(request: HttpRequest, ticket: SupportTicket, form: ReplyForm | None = None) -> dict[str, Any]:
    """All of it; a dozen short queries however long the conversation is."""
    may_answer = request.user.has_perm(WORK) and ticket.status != SupportTicket.Status.CLOSED
    said = _said(ticket)
    opener = Bubble(
        "theirs", ticket.opened_by or str(ticket.party or ""), ticket.description, ticket.created_at
    )
    return {
        **_story(request, ticket, said),
        "bubbles": [opener, *said],
        "may_answer": may_answer,
        "may_work": request.user.has_perm(WORK),
        "reply_form": form or ReplyForm(),
        "reply_url": reverse("admin:commerce_supportticket_reply", args=[ticket.pk]),
        "canned": _canned(request.user, ticket) if may_answer else [],  # type: ignore[arg-type]
        "accept": attachments.ACCEPT,
        "longest": support.LONGEST,
    }


def seen(ticket: SupportTicket) -> str:
    """It changes whenever the page would look different."""
    return f"{ticket.updated_at:%Y%m%d%H%M%S%f}-{clock_badge(ticket).plain}"


def fresh(request: HttpRequest, ticket: SupportTicket, after: int) -> dict[str, Any]:
    """What was said after a message, with everything beside it as it is now."""
    return _story(request, ticket, _said(ticket, after), after)


def _story(request: HttpRequest, ticket: SupportTicket, said: list[Bubble], after: int = 0) -> dict[str, Any]:
    return {
        "object": ticket,
        "badges": [ticket_badge(ticket), priority_badge(ticket), clock_badge(ticket)],
        "bubbles": said,
        "seen": seen(ticket),
        "after": said[-1].number if said else after,
        "conversation_url": reverse("admin:commerce_supportticket_conversation", args=[ticket.pk]),
        "party": _party(request, ticket),
        "order_facts": _order(request, ticket),
        "clock": _clock(ticket),
        "steps": steps_of(ticket),
    }


def _said(ticket: SupportTicket, after: int = 0) -> list[Bubble]:
    newest = ticket.messages.filter(pk__gt=after).prefetch_related("attachments").order_by("-id")[:SHOWN]
    return [_bubble(message) for message in reversed(newest)]


def _bubble(message: TicketMessage) -> Bubble:
    ours = message.author_kind == TicketMessage.Author.STAFF
    side = "note" if message.is_internal else "ours" if ours else "theirs"
    files = tuple(message.attachments.all())
    return Bubble(side, message.author_label, message.text, message.created_at, files, message.pk)


def _canned(user: User, ticket: SupportTicket) -> list[tuple[str, str, str]]:
    rows = CannedAnswer.objects.filter(is_active=True).order_by("language", "title")[:MOST_CANNED]
    return [(row.title, row.language, support.filled(row, ticket, user)) for row in rows]


def _party(request: HttpRequest, ticket: SupportTicket) -> list[Fact]:
    party: Any = ticket.party
    if party is None:
        return []
    model = party._meta.model_name
    link = ""
    if request.user.has_perm(f"commerce.view_{model}"):
        link = reverse(f"admin:commerce_{model}_change", args=[party.pk])
    facts = [
        Fact(_("Reseller") if ticket.reseller_id else _("Customer"), party, link=link),
        Fact(_("Status"), party_badge(party)),
        Fact(_("E-mail"), party.email, link=f"mailto:{party.email}" if party.email else ""),
        Fact(_("Phone"), party.phone, link=f"tel:{party.phone}" if party.phone else ""),
    ]
    return [fact for fact in facts if fact.value]


def _order(request: HttpRequest, ticket: SupportTicket) -> list[Fact]:
    order = ticket.order
    if order is None or not request.user.has_perm("commerce.view_order"):
        return []
    return [
        Fact(_("Order"), order.order_number, link=reverse("admin:commerce_order_change", args=[order.pk])),
        Fact(_("Status"), order_badge(order)),
        Fact(_("Product"), f"{order.brand_name} · {order.product_name}"),
        Fact(_("Recipient"), order.recipient_key),
        Fact(_("Total"), format_money(order.total, order.currency), money=True),
    ]


def _clock(ticket: SupportTicket) -> list[Fact]:
    answered = moment(ticket.first_answered_at)
    facts = [
        Fact(_("Opened"), moment(ticket.created_at), note=ticket.opened_by),
        Fact(_("Assigned to"), ticket.assigned_to or _("nobody")),
        Fact(
            _("First answer"),
            answered or moment(ticket.first_answer_due_at),
            note=_kept(ticket) if answered else _("due"),
        ),
        Fact(
            _("Resolution"),
            moment(ticket.resolved_at or ticket.resolution_due_at),
            note="" if ticket.resolved_at else _("due; longer by the time we wait for them"),
        ),
    ]
    return [fact for fact in facts if fact.value]


def _kept(ticket: SupportTicket) -> str:
    due, answered = ticket.first_answer_due_at, ticket.first_answered_at
    return _("in time") if due and answered and answered <= due else _("late")
