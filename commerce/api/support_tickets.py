"""`/api/support/tickets/` (brief 4): the desk of those who work on tickets; parties ask at `/api/tickets/`."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.api import support_tickets_schema as schema
from commerce.api.parsing import Body
from commerce.api.parties import require_permission
from commerce.api.ticket_access import own_ticket, scope_of, shown, shown_message, visible_tickets
from commerce.api.tickets import TicketFilter, TicketPage, TicketsView
from commerce.models import SupportTicket
from commerce.services import support
from commerce.services.order_view import rfc3339
from core.api.filters import IdFilter
from core.api.idempotency import once
from core.api.throttles import CallerThrottle, WritingThrottle
from core.exceptions import InvalidInput
from core.models import User

SEES, WORKS = "commerce.view_supportticket", "commerce.work_supportticket"


class DeskFilter(TicketFilter):
    assigned_to = IdFilter(field_name="assigned_to_id")
    reseller = IdFilter(field_name="reseller_id")
    user = IdFilter(field_name="customer_id")


class SupportTicketsView(TicketsView):
    """Tickets of all parties."""

    filterset_class = DeskFilter

    @extend_schema(**schema.LIST)
    def get(self, request: Request) -> Response:
        require_permission(request, SEES)
        return page_of_tickets(request, visible_tickets(request))

    @extend_schema(**schema.CREATE)
    def post(self, request: Request) -> Response:
        require_permission(request, "commerce.add_supportticket")
        return super().post(request)


class SupportTicketView(APIView):
    """One ticket, with who works on it."""

    throttle_classes = [CallerThrottle, WritingThrottle]

    @extend_schema(**schema.DETAIL)
    def get(self, request: Request, ticket_id: int) -> Response:
        require_permission(request, SEES)
        return _answer(request, ticket_id)

    @extend_schema(**schema.UPDATE)
    def put(self, request: Request, ticket_id: int) -> Response:
        require_permission(request, WORKS)
        ticket = own_ticket(request, ticket_id)
        body = Body(request.data)
        _check_words(ticket, body)
        priority, status = body.text("priority", most=20), body.text("status", most=20)
        reason = body.text("reason", most=300)
        body.finish()
        with transaction.atomic():
            if priority:
                support.set_priority(ticket=ticket, priority=priority, reason=reason)
            if status and status != ticket.status:
                support.move(ticket=ticket, status=status, reason=reason)
        return _answer(request, ticket_id)


class AssignView(APIView):
    """Give a ticket to somebody, or to nobody."""

    throttle_classes = [CallerThrottle, WritingThrottle]

    @extend_schema(**schema.ASSIGN)
    def patch(self, request: Request, ticket_id: int) -> Response:
        require_permission(request, WORKS)
        ticket = own_ticket(request, ticket_id)
        body = Body(request.data)
        if "assigned_to" not in body.data:
            body.refuse("assigned_to", _("This field is required; null for nobody."), "required")
        identity = body.integer("assigned_to")
        to = User.objects.filter(pk=identity).first() if identity else None
        if identity and to is None:
            # In the words of the service: who is a user here is not told.
            body.refuse("assigned_to", _("This person does not work on tickets."), "not_a_worker")
        body.finish()
        support.assign(ticket=ticket, to=to)
        return _answer(request, ticket_id)


class ReplyView(APIView):
    """Answer the party, or leave a note that only staff read."""

    throttle_classes = [CallerThrottle, WritingThrottle]

    @extend_schema(**schema.REPLY)
    def post(self, request: Request, ticket_id: int) -> Response:
        require_permission(request, WORKS)
        ticket = own_ticket(request, ticket_id)
        scope, body = scope_of(request, WORKS), Body(request.data)
        return once(request, scope, lambda: self._reply(ticket, body))

    def _reply(self, ticket: SupportTicket, body: Body) -> Response:
        message = body.text("message", most=support.LONGEST, required=True)
        internal = body.data.get("internal") or False
        if not isinstance(internal, bool):
            body.refuse("internal", _("Send true or false."), "invalid_type")
        body.finish()
        said = (support.note if internal else support.reply)(ticket=ticket, message=message)
        told = shown_message(said) | {"author_name": said.author_label, "internal": said.is_internal}
        return Response(told, status=201)


def page_of_tickets(request: Request, tickets: QuerySet[SupportTicket]) -> Response:
    """One page, filtered as asked. Raises InvalidInput `invalid_filter`."""
    filtered = DeskFilter(request.query_params, queryset=tickets.select_related("order", "assigned_to"))
    if not filtered.is_valid():
        errors = {name: [str(text) for text in texts] for name, texts in filtered.errors.items()}
        raise InvalidInput("invalid_filter", _("A filter is not valid."), errors=errors)
    page = TicketPage()
    rows = page.paginate_queryset(filtered.qs, request)
    return page.get_paginated_response([_worked_on(ticket) for ticket in rows or []])


def _check_words(ticket: SupportTicket, body: Body) -> None:
    """Nobody rewrites what a party said: brief 4's PUT may send it along as it is."""
    for name, most in (("subject", support.LONGEST_SUBJECT), ("description", support.LONGEST)):
        said = body.text(name, most=most).replace("\r\n", "\n").strip()
        if said and said != getattr(ticket, name):
            body.refuse(
                name, _("What was said stays as it is: leave this out, or write a note."), "read_only"
            )


def _answer(request: Request, ticket_id: int) -> Response:
    return Response(_worked_on(own_ticket(request, ticket_id)))


def _worked_on(ticket: SupportTicket) -> dict[str, Any]:
    """What a party sees, and what is for those who work on it; `user` is brief 4's word for a customer."""
    worker = ticket.assigned_to
    return {
        **shown(ticket),
        "user": ticket.customer_id,
        "assigned_to": ticket.assigned_to_id,
        "assigned_to_name": (worker.get_full_name() or worker.get_username()) if worker else None,
        "opened_by": ticket.opened_by,
        "due_at": rfc3339(ticket.due_at),
        "updated_at": rfc3339(ticket.updated_at),
    }


_ONE = "api/support/tickets/<int:ticket_id>/"
urlpatterns = [
    path("api/support/tickets/", SupportTicketsView.as_view(), name="api-support-tickets"),
    path(_ONE, SupportTicketView.as_view(), name="api-support-ticket"),
    path(f"{_ONE}assign/", AssignView.as_view(), name="api-support-ticket-assign"),
    path(f"{_ONE}reply/", ReplyView.as_view(), name="api-support-ticket-reply"),
]
