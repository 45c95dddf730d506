"""What waits for a second person, as the API's schema shows it."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from core.api.schema import problem_responses
from core.models import Approval

TAGS = ["Approvals"]


class ApprovalAsked(serializers.Serializer[Any]):
    status = serializers.CharField()
    approval = serializers.IntegerField(help_text="The number under which it waits; see `/api/approvals/`.")


class Person(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()


class Change(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    before = serializers.CharField()
    after = serializers.CharField()


class Subject(serializers.Serializer[Any]):
    kind = serializers.CharField()
    id = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]


class ApprovalShown(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    kind = serializers.CharField()
    title = serializers.CharField()
    status = serializers.ChoiceField(choices=Approval.Status.choices)
    subject = Subject()
    amount = serializers.DecimalField(16, 2, allow_null=True)
    currency = serializers.CharField(allow_blank=True)
    limit = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    changes = Change(many=True)
    requested_by = Person()
    requested_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    decided_by = Person(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField(allow_blank=True)


class ApprovalPageShown(serializers.Serializer[Any]):
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = ApprovalShown(many=True)


EXAMPLE = {
    "id": 7,
    "kind": "wallet.fund",
    "title": "Fund a wallet",
    "status": "pending",
    "subject": {"kind": "commerce.account", "id": "31", "label": "Wallet USD · Rapid Top-Up"},
    "amount": "20000.00",
    "currency": "USD",
    "limit": "$10,000.00 a day",
    "reason": "Wire of 3 May",
    "changes": [{"label": "Balance", "before": "$100.00", "after": "$20,100.00"}],
    "requested_by": {"id": 4, "name": "Ann Lee"},
    "requested_at": "2026-05-03T09:00:00.000Z",
    "expires_at": "2026-05-06T09:00:00.000Z",
    "decided_by": None,
    "decided_at": None,
    "note": "",
}
# Above the limit of the Approvals settings page.
SECOND_PERSON = OpenApiResponse(
    ApprovalAsked,
    "Nothing was changed: it waits for a second person of the staff.",
    [OpenApiExample("Answer", {"status": "approval required", "approval": 7}, response_only=True)],
)
READ_ONLY = (
    "For staff who may see approvals. Nothing is decided here: a second person does that in the back office."
)
LIST: dict[str, Any] = {
    "operation_id": "approvals_list",
    "tags": TAGS,
    "summary": "What waits for a second person",
    "description": READ_ONLY,
    "parameters": [
        OpenApiParameter("status", OpenApiTypes.STR, enum=[str(value) for value in Approval.Status.values]),
        OpenApiParameter("kind", OpenApiTypes.STR, description="Such as `wallet.fund`."),
        OpenApiParameter("cursor", OpenApiTypes.STR),
        OpenApiParameter("page_size", OpenApiTypes.INT, description="At most 200."),
    ],
    "responses": {
        200: OpenApiResponse(
            ApprovalPageShown,
            "The newest first.",
            [
                OpenApiExample(
                    "Answer",
                    {"next": None, "previous": None, "results": [EXAMPLE]},
                    response_only=True,
                )
            ],
        ),
        **problem_responses(400, 401, 403, 404, 429, codes={400: ("invalid_filter",)}),
    },
}
RETRIEVE: dict[str, Any] = {
    "operation_id": "approvals_retrieve",
    "tags": TAGS,
    "summary": "One approval",
    "description": READ_ONLY,
    "responses": {
        200: OpenApiResponse(ApprovalShown, "", [OpenApiExample("Answer", EXAMPLE, response_only=True)]),
        **problem_responses(401, 403, 404, 429),
    },
}
