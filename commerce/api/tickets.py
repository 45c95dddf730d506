"""`/api/tickets/`: a party asks, reads our answers, answers back; staff see and answer all. Notes stay inside."""

from typing import Any

from django.http import FileResponse
from django.urls import path
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.api import ticket_schema as schema
from commerce.api.order_access import visible_orders
from commerce.api.parsing import Body
from commerce.api.ticket_access import (
    MESSAGES,
    as_caller,
    own_ticket,
    party_of,
    public_messages,
    scope_of,
    shown,
    shown_message,
    visible_tickets,
)
from commerce.api.ticket_uploads import FilesParser, uploads
from commerce.models import SupportTicket, TicketAttachment
from commerce.services import attachments, support
from core.api.filters import MomentFilter
from core.api.idempotency import once
from core.api.pagination import CursorPage
from core.api.parsers import StrictJSONParser
from core.api.throttles import CallerThrottle, WritingThrottle
from core.exceptions import InvalidInput, NotFound


class TicketFilter(filters.FilterSet):
    status = filters.ChoiceFilter(choices=SupportTicket.Status.choices)
    priority = filters.ChoiceFilter(choices=SupportTicket.Priority.choices)
    ticket_number = filters.CharFilter(max_length=50)
    order = filters.UUIDFilter(field_name="order_id")
    created_after = MomentFilter(field_name="created_at", lookup_expr="gte")
    created_before = MomentFilter(field_name="created_at", lookup_expr="lt")

    class Meta:
        model = SupportTicket
        fields: list[str] = []


class TicketPage(CursorPage):
    ordering = ("-id",)


class MessagePage(CursorPage):
    """Oldest first, as one reads a conversation."""

    ordering = ("id",)


class TicketsView(APIView):
    """Tickets of the caller; staff with the right see all."""

    throttle_classes = [CallerThrottle, WritingThrottle]
    filterset_class = TicketFilter
    pagination_class = TicketPage
    queryset = SupportTicket.objects.none()

    @extend_schema(**schema.LIST)
    def get(self, request: Request) -> Response:
        filtered = TicketFilter(request.query_params, queryset=visible_tickets(request))
        if not filtered.is_valid():
            errors = {name: [str(text) for text in texts] for name, texts in filtered.errors.items()}
            raise InvalidInput("invalid_filter", _("A filter is not valid."), errors=errors)
        page = TicketPage()
        rows = page.paginate_queryset(filtered.qs, request, view=self)
        return page.get_paginated_response([shown(ticket) for ticket in rows or []])

    @extend_schema(**schema.CREATE)
    def post(self, request: Request) -> Response:
        scope = scope_of(request, "commerce.add_supportticket")
        body = Body(request.data)
        return once(request, scope, lambda: self._open(request, body))

    def _open(self, request: Request, body: Body) -> Response:
        told: dict[str, Any] = {
            "subject": body.text("subject", most=support.LONGEST_SUBJECT, required=True),
            "description": body.text("description", most=support.LONGEST, required=True),
            "priority": body.text("priority", most=20) or SupportTicket.Priority.MEDIUM,
        }
        order_id = body.uuid("order")
        order = visible_orders(request).filter(pk=order_id).first() if order_id else None
        if order_id and order is None:
            body.refuse("order", _("There is no such order."), "unknown_order")
        party = party_of(request, body)
        body.finish()
        with as_caller(request):
            ticket = support.open_ticket(**told, **party, order=order)
        return Response(shown(visible_tickets(request).get(pk=ticket.pk)), status=201)


class TicketView(APIView):
    """One ticket; its conversation is under `messages/`."""

    @extend_schema(**schema.DETAIL)
    def get(self, request: Request, ticket_id: int) -> Response:
        return Response(shown(own_ticket(request, ticket_id)))


class MessagesView(APIView):
    """What was said, oldest first; another message, with files where it is sent as a form."""

    parser_classes = [StrictJSONParser, FilesParser]
    throttle_classes = [CallerThrottle, WritingThrottle]
    pagination_class = MessagePage

    @extend_schema(**schema.MESSAGES)
    def get(self, request: Request, ticket_id: int) -> Response:
        page = MessagePage()
        said = public_messages(own_ticket(request, ticket_id))
        rows = page.paginate_queryset(said, request, view=self)
        return page.get_paginated_response([shown_message(message) for message in rows or []])

    @extend_schema(**schema.REPLY)
    def post(self, request: Request, ticket_id: int) -> Response:
        ticket = own_ticket(request, ticket_id)
        scope = scope_of(request, "commerce.work_supportticket")
        body = Body(request.data)
        files = uploads(request, body)
        return once(request, scope, lambda: self._reply(request, ticket, body, files))

    def _reply(
        self, request: Request, ticket: SupportTicket, body: Body, files: list[attachments.Upload]
    ) -> Response:
        message = body.text("message", most=support.LONGEST, required=True)
        body.finish()
        with as_caller(request):
            said = support.reply(ticket=ticket, message=message, files=files)
        return Response(shown_message(public_messages(ticket).get(pk=said.pk)), status=201)


class CloseView(APIView):
    """Nothing more is needed. A closed ticket takes no messages; a new one is opened instead."""

    throttle_classes = [CallerThrottle, WritingThrottle]

    @extend_schema(**schema.CLOSE)
    def post(self, request: Request, ticket_id: int) -> Response:
        ticket = own_ticket(request, ticket_id)
        scope_of(request, "commerce.work_supportticket")
        body = Body(request.data or {})
        reason = body.text("reason", most=300)
        body.finish()
        with as_caller(request):
            support.move(ticket=ticket, status=SupportTicket.Status.CLOSED, reason=reason)
        return Response(shown(own_ticket(request, ticket_id)))


class AttachmentView(APIView):
    """A file of a message, always as a download."""

    @extend_schema(**schema.ATTACHMENT)
    def get(self, request: Request, ticket_id: int, file_id: int) -> FileResponse:
        ticket = own_ticket(request, ticket_id)
        files = TicketAttachment.objects.filter(message__ticket=ticket, message__is_internal=False)
        found = files.filter(pk=file_id).first()
        if found is None:
            raise NotFound("not_found", _("There is no such file."))
        return attachments.download(found)


_ONE = "api/tickets/<int:ticket_id>/"
urlpatterns = [
    path("api/tickets/", TicketsView.as_view(), name="api-tickets"),
    path(_ONE, TicketView.as_view(), name="api-ticket"),
    path(f"{_ONE}{MESSAGES}/", MessagesView.as_view(), name="api-ticket-messages"),
    path(f"{_ONE}close/", CloseView.as_view(), name="api-ticket-close"),
    path(f"{_ONE}attachments/<int:file_id>/", AttachmentView.as_view(), name="api-ticket-attachment"),
]
