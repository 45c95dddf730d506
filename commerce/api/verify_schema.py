"""How verifying a contact describes itself in the OpenAPI schema."""

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from commerce.api.schema_parts import Described, answers, example
from commerce.models import Customer

TAGS = ["Account"]
CODES = (
    "Send an empty object and a code is sent; send the code back within ten minutes. Five tries a code, one code a"
    " minute, ten a day (429 `too_many_codes`). Refused are `wrong_code` (400, whatever was wrong with it), and with"
    " 409 `already_verified`, `no_contact` and `channel_unavailable`. The first contact that is verified makes an"
    " account `active`."
)


class Verification(serializers.Serializer[Any]):
    code = serializers.CharField(
        max_length=20, required=False, help_text="As it was sent; leave it out and a new one is sent."
    )


class CodeSent(serializers.Serializer[Any]):
    status = serializers.CharField(help_text="`code_sent`.")
    channel = serializers.CharField(help_text="`email` or `phone`.")
    expires_at = serializers.DateTimeField()


class Verified(serializers.Serializer[Any]):
    status = serializers.CharField(help_text="`verified`.")
    channel = serializers.CharField(help_text="`email` or `phone`.")
    verified_at = serializers.DateTimeField()
    account_status = serializers.ChoiceField(choices=Customer.Status.choices)


def _described(channel: str, what: str, note: str = "") -> Described:
    sent = {"status": "code_sent", "channel": channel, "expires_at": "2025-06-01T09:10:00.000Z"}
    verified = {
        "status": "verified",
        "channel": channel,
        "verified_at": "2025-06-01T09:05:00.000Z",
        "account_status": "active",
    }
    return {
        "operation_id": f"verify_{channel}",
        "tags": TAGS,
        "summary": f"Verify the own {what}",
        "description": CODES + note,
        "request": Verification,
        "responses": answers(
            {
                200: example(Verified, verified, "The code was right."),
                202: example(CodeSent, sent, "A code is on its way."),
            },
            400,
            404,
            409,
        ),
        "examples": [
            OpenApiExample("Ask for a code", {}, request_only=True),
            OpenApiExample("Enter it", {"code": "204518"}, request_only=True),
        ],
    }


EMAIL = _described("email", "e-mail address")
PHONE = _described(
    "phone", "phone", " Until a sender of text messages is set up, phones are `channel_unavailable`."
)
