"""How consents describe themselves in the OpenAPI schema."""

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from commerce.api.customers_schema import ACCOUNT
from commerce.api.schema_parts import Described, answers, example
from commerce.models import Consent

USERS = ["Users"]
PURPOSES = Consent.Purpose.choices


class ConsentShown(serializers.Serializer[Any]):
    purpose = serializers.ChoiceField(choices=PURPOSES)
    title = serializers.CharField()
    agreed = serializers.BooleanField(help_text="Whether they agree now.")
    version = serializers.CharField(allow_blank=True, help_text="Of the text they said so to.")
    how = serializers.CharField(allow_blank=True)
    said_at = serializers.DateTimeField(allow_null=True, help_text="`null`: they never said anything to it.")


class ConsentSaid(serializers.Serializer[Any]):
    purpose = serializers.ChoiceField(choices=PURPOSES)
    agreed = serializers.BooleanField(help_text="`false` takes it back.")
    version = serializers.CharField(max_length=40, required=False, allow_blank=True)


class ConsentRecorded(ConsentSaid):
    how = serializers.CharField(max_length=200, help_text="How they said so, such as “on the phone”.")


SHOWN = {
    "purpose": "offers_email",
    "title": "Offers by e-mail",
    "agreed": True,
    "version": "2026-05",
    "how": "By the API",
    "said_at": "2026-05-03T09:00:00.000Z",
}
SENT = {"purpose": "offers_email", "agreed": True, "version": "2026-05"}
_ALL = {200: example(ConsentShown(many=True), [SHOWN], "Each purpose, as it is now.")}

READ: Described = {
    "operation_id": "profile_consents_list",
    "tags": ACCOUNT,
    "summary": "What I agreed to",
    "responses": answers(_ALL, 404),
}
SAY: Described = {
    "operation_id": "profile_consents_create",
    "tags": ACCOUNT,
    "summary": "Agree, or take it back",
    "description": "Each word is kept with its time; the newest counts.",
    "request": ConsentSaid,
    "responses": answers(_ALL, 400, 404, 409),
    "examples": [OpenApiExample("Agree", SENT, request_only=True)],
}
OF_USER: Described = {
    "operation_id": "users_consents_list",
    "tags": USERS,
    "summary": "What a customer agreed to",
    "responses": answers(_ALL, 403, 404),
}
RECORD: Described = {
    "operation_id": "users_consents_create",
    "tags": USERS,
    "summary": "Write down what a customer said",
    "request": ConsentRecorded,
    "responses": answers(_ALL, 400, 403, 404, 409),
    "examples": [OpenApiExample("On the phone", {**SENT, "how": "On the phone"}, request_only=True)],
}
