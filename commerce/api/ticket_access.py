"""Which tickets a caller sees, as whom it speaks, and what of a ticket is published."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db.models import Count, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework.request import Request

from commerce.api.authentication import buyer_of
from commerce.api.parsing import LARGEST_ID, Body
from commerce.api.parties import require_permission, staff_user
from commerce.models import ApiKey, Customer, Reseller, SupportTicket, TicketMessage
from commerce.services.order_view import rfc3339
from core.actors import acting_as
from core.branding_settings import BrandingPage
from core.exceptions import NotAllowed, NotFound
from core.site_settings import load

MESSAGES = "messages"
# By the index of a ticket's messages, for the rows of one page only.
_SAID = TicketMessage.objects.filter(ticket=OuterRef("pk"), is_internal=False).order_by().values("ticket")


def visible_tickets(request: Request) -> QuerySet[SupportTicket]:
    """The caller's own; all of them for staff who may see tickets; none for a test key, which has no real ones."""
    tickets = SupportTicket.objects.select_related("order").annotate(
        said=Coalesce(Subquery(_SAID.annotate(count=Count("pk")).values("count")), 0),
        last_said_at=Subquery(_SAID.annotate(last=Max("created_at")).values("last")),
    )
    buyer = buyer_of(request)
    if buyer is None:
        return tickets if request.user.has_perm("commerce.view_supportticket") else tickets.none()
    if buyer.is_test:
        return tickets.none()
    if buyer.reseller_id:
        return tickets.filter(reseller_id=buyer.reseller_id)
    return tickets.filter(customer_id=buyer.customer_id or 0)


def own_ticket(request: Request, ticket_id: int) -> SupportTicket:
    """Raises NotFound, for somebody else's ticket too."""
    found = visible_tickets(request).filter(pk=ticket_id).first() if ticket_id <= LARGEST_ID else None
    if found is None:
        raise NotFound("not_found", _("There is no such ticket."))
    return found


def scope_of(request: Request, permission: str) -> str:
    """Whose idempotency keys these are, where the caller may write: a party that may change things, or staff with
    the permission.

    Raises:
        NotAllowed: `missing_scope`, `live_only`, `permission_denied`.
    """
    buyer = buyer_of(request)
    if buyer is None:
        require_permission(request, permission)
        return f"user:{staff_user(request).pk}"
    if ApiKey.Scope.ORDER not in buyer.scopes:
        raise NotAllowed("missing_scope", _("You may look here, not change anything."))
    if buyer.is_test:
        raise NotAllowed("live_only", _("People answer tickets, so a test key cannot write them."))
    return buyer.scope


def as_caller(request: Request) -> AbstractContextManager[Any]:
    """A party's members speak for the party."""
    buyer = buyer_of(request)
    return acting_as(buyer.actor) if buyer else nullcontext()


def party_of(request: Request, body: Body) -> dict[str, Any]:
    """Whose a new ticket is: the caller's party; staff name one, or the order does."""
    buyer = buyer_of(request)
    if buyer and buyer.reseller_id:
        return {"reseller": Reseller.objects.get(pk=buyer.reseller_id)}
    if buyer:
        return {"customer": Customer.objects.get(pk=buyer.customer_id or 0)}
    return {
        "reseller": _named(Reseller, "reseller", body, _("There is no such reseller.")),
        "customer": _named(Customer, "customer", body, _("There is no such customer.")),
    }


def public_messages(ticket: SupportTicket) -> QuerySet[TicketMessage]:
    said = TicketMessage.objects.filter(ticket=ticket, is_internal=False)
    return said.prefetch_related("attachments").order_by("id")


def shown(ticket: Any) -> dict[str, Any]:
    """The published shape: no notes, nor when one was written, nor who works on it."""
    return {
        "id": ticket.pk,
        "ticket_number": ticket.ticket_number,
        "subject": ticket.subject,
        "description": ticket.description,
        "priority": ticket.priority,
        "status": ticket.status,
        "order": str(ticket.order_id) if ticket.order_id else None,
        "order_number": ticket.order.order_number if ticket.order else None,
        "reseller": ticket.reseller_id,
        "customer": ticket.customer_id,
        "messages": ticket.said,
        "last_message_at": rfc3339(ticket.last_said_at),
        "created_at": rfc3339(ticket.created_at),
        "resolved_at": rfc3339(ticket.resolved_at),
    }


def shown_message(message: TicketMessage) -> dict[str, Any]:
    """Staff answer in the product's name: which of them it was is nobody's business outside."""
    ours = message.author_kind == TicketMessage.Author.STAFF
    return {
        "id": message.pk,
        "author": message.author_kind,
        "author_name": load(BrandingPage).name if ours else message.author_label,
        "message": message.text,
        "attachments": [
            {
                "id": file.pk,
                "name": file.name,
                "content_type": file.content_type,
                "size": file.size,
                "sha256": file.sha256,
                "url": reverse("api-ticket-attachment", args=[message.ticket_id, file.pk]),
            }
            for file in message.attachments.all()
        ],
        "created_at": rfc3339(message.created_at),
    }


def _named[P: (Reseller, Customer)](model: type[P], name: str, body: Body, gone: str) -> P | None:
    identity = body.integer(name)
    found = model.objects.filter(pk=identity).first() if identity else None
    if identity and found is None:
        body.refuse(name, gone, f"unknown_{name}")
    return found
