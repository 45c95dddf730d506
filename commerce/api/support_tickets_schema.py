"""How brief 4's tickets describe themselves in the OpenAPI schema."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework import serializers

from commerce.api.resellers_schema import page_of
from commerce.api.schema_parts import IDEMPOTENCY_KEY, Described, answers, example
from commerce.api.ticket_schema import AT, FILTERS, MESSAGE, PAGE, TAGS, TICKET, Message, Ticket, TicketInput
from commerce.models import SupportTicket

WORKED_ON = {
    **TICKET,
    "user": None,
    "assigned_to": 5,
    "assigned_to_name": "Kevin Moradi",
    "opened_by": "Nova Mobile",
    "due_at": "2025-06-30T15:20:00.000Z",
    "updated_at": AT,
}
ANSWER = {"message": "It is in the order's page.", "internal": False}


class WorkedOnTicket(Ticket):
    user = serializers.IntegerField(allow_null=True, help_text="The customer, where it is one's.")
    assigned_to = serializers.IntegerField(allow_null=True, help_text="Who works on it.")
    assigned_to_name = serializers.CharField(allow_null=True)
    opened_by = serializers.CharField(allow_blank=True)
    due_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField()


class TicketChanges(serializers.Serializer[Any]):
    subject = serializers.CharField(
        max_length=200,
        required=False,
        allow_blank=True,
        help_text="As it is: what was said is not rewritten.",
    )
    description = serializers.CharField(
        max_length=10_000, required=False, allow_blank=True, help_text="As it is, likewise."
    )
    priority = serializers.ChoiceField(SupportTicket.Priority.choices, required=False)
    status = serializers.ChoiceField(SupportTicket.Status.choices, required=False)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)


class Assignment(serializers.Serializer[Any]):
    assigned_to = serializers.IntegerField(allow_null=True, help_text="A user who may work on tickets.")


class AnswerInput(serializers.Serializer[Any]):
    message = serializers.CharField(max_length=10_000)
    internal = serializers.BooleanField(required=False, default=False, help_text="A note only staff read.")


class Answer(Message):
    internal = serializers.BooleanField()


DESK_FILTERS = [
    *FILTERS,
    OpenApiParameter("assigned_to", int, description="Only what this person works on."),
    OpenApiParameter("reseller", int, description="Only this reseller's."),
    OpenApiParameter("user", int, description="Only this buyer's."),
]
_PAGE = {"next": None, "previous": None, "results": [WORKED_ON]}
LIST: Described = {
    "operation_id": "support_tickets_list",
    "tags": TAGS,
    "summary": "List tickets of all parties",
    "description": "For staff who may see tickets, newest first.",
    "parameters": [*PAGE, *DESK_FILTERS],
    "responses": answers({200: example(page_of(WorkedOnTicket), _PAGE)}, 400, 404),
}
CREATE: Described = {
    "operation_id": "support_tickets_create",
    "tags": TAGS,
    "summary": "Open a ticket for a party",
    "description": "For staff; it is of the reseller or customer that is named, or of the order's.",
    "parameters": [IDEMPOTENCY_KEY],
    "request": TicketInput,
    "responses": answers({201: example(Ticket, {**TICKET, "status": "open", "messages": 0})}, 400, 409, 422),
}
DETAIL: Described = {
    "operation_id": "support_tickets_retrieve",
    "tags": TAGS,
    "summary": "Read a ticket and who works on it",
    "responses": answers({200: example(WorkedOnTicket, WORKED_ON)}, 404),
}
UPDATE: Described = {
    "operation_id": "support_tickets_update",
    "tags": TAGS,
    "summary": "Set a ticket's priority, move it along",
    "description": "What is left out stays. Subject and description are the party's words: they may be sent along, not"
    " changed (`read_only`).",
    "request": TicketChanges,
    "responses": answers({200: example(WorkedOnTicket, WORKED_ON)}, 400, 404, 409),
    "examples": [
        OpenApiExample(
            "Resolved",
            {"priority": "high", "status": "resolved", "reason": "A new code was sent."},
            request_only=True,
        )
    ],
}
ASSIGN: Described = {
    "operation_id": "support_tickets_assign",
    "tags": TAGS,
    "summary": "Assign a ticket",
    "request": Assignment,
    "responses": answers({200: example(WorkedOnTicket, WORKED_ON)}, 400, 404, 409),
    "examples": [OpenApiExample("Assign", {"assigned_to": 5}, request_only=True)],
}
REPLY: Described = {
    "operation_id": "support_tickets_reply",
    "tags": TAGS,
    "summary": "Answer a ticket, or leave a note",
    "description": "Whoever answers a ticket of nobody's works on it from then on.",
    "parameters": [IDEMPOTENCY_KEY],
    "request": AnswerInput,
    "responses": answers(
        {
            201: example(
                Answer,
                {**MESSAGE, **ANSWER, "author": "staff", "author_name": "Kevin Moradi", "attachments": []},
            )
        },
        400,
        404,
        409,
        422,
    ),
    "examples": [OpenApiExample("Answer", ANSWER, request_only=True)],
}
