"""How the paths of tickets describe themselves in the OpenAPI schema."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from commerce.api.schema_parts import IDEMPOTENCY_KEY, Described, answers, example
from commerce.models import SupportTicket, TicketMessage

TAGS = ["Support"]
AT = "2025-06-30T12:00:00.000Z"
ORDER = "01977c5e-4d0f-7c1e-9a53-4f6f0f1f2a3b"
TICKET = {
    "id": 41,
    "ticket_number": "T-000041",
    "subject": "The voucher does not work",
    "description": "The game says that the code was used already.",
    "priority": "medium",
    "status": "in_progress",
    "order": ORDER,
    "order_number": "TL-7K2M-9QXV",
    "reseller": 12,
    "customer": None,
    "messages": 2,
    "last_message_at": AT,
    "created_at": "2025-06-30T11:20:00.000Z",
    "resolved_at": None,
}
FILE = {
    "id": 7,
    "name": "screenshot.png",
    "content_type": "image/png",
    "size": 48211,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "url": "/api/tickets/41/attachments/7/",
}
MESSAGE = {
    "id": 310,
    "author": "reseller",
    "author_name": "Nova Mobile",
    "message": "Here is what the game shows.",
    "attachments": [FILE],
    "created_at": AT,
}


class TicketInput(serializers.Serializer[Any]):
    subject = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=10_000)
    priority = serializers.ChoiceField(
        SupportTicket.Priority.choices, required=False, default=SupportTicket.Priority.MEDIUM
    )
    order = serializers.UUIDField(required=False, allow_null=True, help_text="What it is about.")
    reseller = serializers.IntegerField(required=False, allow_null=True, help_text="For staff: whose it is.")
    customer = serializers.IntegerField(required=False, allow_null=True, help_text="For staff: whose it is.")


class Ticket(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    ticket_number = serializers.CharField()
    subject = serializers.CharField()
    description = serializers.CharField()
    priority = serializers.ChoiceField(SupportTicket.Priority.choices)
    status = serializers.ChoiceField(SupportTicket.Status.choices)
    order = serializers.UUIDField(allow_null=True)
    order_number = serializers.CharField(allow_null=True)
    reseller = serializers.IntegerField(allow_null=True)
    customer = serializers.IntegerField(allow_null=True)
    messages = serializers.IntegerField(help_text="How many there are.")
    last_message_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)


class Attachment(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    content_type = serializers.CharField(help_text="As found in the file, not as it was sent.")
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    url = serializers.CharField(help_text="Where it is downloaded, by whoever may read the ticket.")


class Message(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    author = serializers.ChoiceField(TicketMessage.Author.choices)
    author_name = serializers.CharField()
    message = serializers.CharField()
    attachments = Attachment(many=True)
    created_at = serializers.DateTimeField()


class MessageInput(serializers.Serializer[Any]):
    message = serializers.CharField(max_length=10_000)


class MessageForm(MessageInput):
    files = serializers.ListField(
        child=serializers.FileField(),
        required=False,
        max_length=5,
        help_text="PNG, JPEG or WebP pictures, PDF without scripts, or plain text, 5 MB each.",
    )


class TicketPage(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = Ticket(many=True)


class MessagePage(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = Message(many=True)


class CloseInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)


PAGE = [
    OpenApiParameter("cursor", str, description="From `next` or `previous`."),
    OpenApiParameter("page_size", int, description="1 to 200; 50 if left out."),
]
FILTERS = [
    OpenApiParameter("status", OpenApiTypes.STR, enum=SupportTicket.Status.values),
    OpenApiParameter("priority", OpenApiTypes.STR, enum=SupportTicket.Priority.values),
    OpenApiParameter("ticket_number", str, description="The whole number, such as T-000041."),
    OpenApiParameter("order", OpenApiTypes.UUID, description="Only about this order."),
    OpenApiParameter("created_after", OpenApiTypes.DATETIME, description="This moment or later."),
    OpenApiParameter("created_before", OpenApiTypes.DATETIME, description="Before this moment."),
]
LIST: Described = {
    "operation_id": "tickets_list",
    "tags": TAGS,
    "summary": "List tickets",
    "description": "The caller's, newest first; all of them for staff who may see tickets.",
    "parameters": [*PAGE, *FILTERS],
    "responses": answers(
        {200: example(TicketPage, {"next": None, "previous": None, "results": [TICKET]})}, 400, 404
    ),
}
CREATE: Described = {
    "operation_id": "tickets_create",
    "tags": TAGS,
    "summary": "Open a ticket",
    "description": "A suspended or blocked party may ask too. Files come with a message.",
    "parameters": [IDEMPOTENCY_KEY],
    "request": TicketInput,
    "responses": answers({201: example(Ticket, {**TICKET, "status": "open", "messages": 0})}, 400, 409, 422),
    "examples": [
        OpenApiExample(
            "Ticket",
            {
                "subject": "The voucher does not work",
                "description": "The game says that the code was used already.",
                "order": ORDER,
            },
            request_only=True,
        )
    ],
}
DETAIL: Described = {
    "operation_id": "tickets_retrieve",
    "tags": TAGS,
    "summary": "Read a ticket",
    "responses": answers({200: example(Ticket, TICKET)}, 404),
}
MESSAGES: Described = {
    "operation_id": "tickets_messages_list",
    "tags": TAGS,
    "summary": "Read the conversation",
    "description": "What was said after the description, oldest first.",
    "parameters": PAGE,
    "responses": answers(
        {200: example(MessagePage, {"next": None, "previous": None, "results": [MESSAGE]})}, 404
    ),
}
REPLY: Described = {
    "operation_id": "tickets_messages_create",
    "tags": TAGS,
    "summary": "Say something",
    "description": (
        "As JSON, or as a form with up to 5 files. A resolved ticket opens again by it; a closed one takes none."
    ),
    "parameters": [IDEMPOTENCY_KEY],
    "request": {"application/json": MessageInput, "multipart/form-data": MessageForm},
    "responses": answers({201: example(Message, MESSAGE)}, 400, 404, 409, 422),
    "examples": [
        OpenApiExample("Message", {"message": "Here is what the game shows."}, request_only=True),
    ],
}
CLOSE: Described = {
    "operation_id": "tickets_close",
    "tags": TAGS,
    "summary": "Close a ticket",
    "request": CloseInput,
    "responses": answers(
        {200: example(Ticket, {**TICKET, "status": "closed", "resolved_at": AT})}, 400, 404, 409
    ),
    "examples": [OpenApiExample("Close", {"reason": "It works now."}, request_only=True)],
}
_FILE = OpenApiResponse(OpenApiTypes.BINARY, "The file, as a download.")
ATTACHMENT: Described = {
    "operation_id": "tickets_attachment",
    "tags": TAGS,
    "summary": "Download a file",
    "responses": {(200, "application/octet-stream"): _FILE} | answers({}, 404),
}
