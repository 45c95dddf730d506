"""How registering and the profile describe themselves in the OpenAPI schema."""

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from commerce.api.schema_parts import Described, answers, example
from commerce.models import Customer

ACCOUNT = ["Account"]
WAYS = ["email", "sms"]
SHOWN = {
    "id": 31,
    "username": "player1",
    "email": "player@example.com",
    "full_name": "player1",
    "phone_number": "+14155550100",
    "date_of_birth": "1999-04-12",
    "preferred_game": "PUBG Mobile",
    "address": "",
    "city": "",
    "state": "",
    "postal_code": "",
    "country": "",
    "status": "pending_verification",
    "email_verified": False,
    "phone_verified": False,
    "notifications": {
        "order_confirmation": ["email"],
        "payment_receipt": ["email"],
        "delivery_update": ["email", "sms"],
    },
    "created_at": "2025-06-01T09:00:00.000Z",
}
SENT = {
    "username": "player1",
    "email": "player@example.com",
    "password": "a long pass phrase",
    "preferred_game": "PUBG Mobile",
}


class Registering(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    email = serializers.EmailField()
    password = serializers.CharField(max_length=128, write_only=True)
    phone_number = serializers.CharField(max_length=32, required=False, allow_blank=True)
    date_of_birth = serializers.DateField(required=False, allow_null=True)
    preferred_game = serializers.CharField(max_length=120, required=False, allow_blank=True)


class Notifications(serializers.Serializer[Any]):
    """By which channels the buyer is told of what; an empty list: not at all. Texts go to a verified phone alone."""

    order_confirmation = serializers.ListField(child=serializers.ChoiceField(WAYS), required=False)
    payment_receipt = serializers.ListField(child=serializers.ChoiceField(WAYS), required=False)
    delivery_update = serializers.ListField(child=serializers.ChoiceField(WAYS), required=False)


class ProfileInput(serializers.Serializer[Any]):
    email = serializers.EmailField()
    full_name = serializers.CharField(max_length=100, required=False)
    phone_number = serializers.CharField(max_length=32, required=False, allow_blank=True, allow_null=True)
    date_of_birth = serializers.DateField(required=False, allow_null=True)
    preferred_game = serializers.CharField(max_length=120, required=False, allow_blank=True, allow_null=True)
    address = serializers.CharField(max_length=500, required=False, allow_blank=True)
    city = serializers.CharField(max_length=100, required=False, allow_blank=True)
    state = serializers.CharField(max_length=100, required=False, allow_blank=True)
    postal_code = serializers.CharField(max_length=20, required=False, allow_blank=True)
    country = serializers.CharField(max_length=2, required=False, allow_blank=True)
    notifications = Notifications(required=False)


class ProfileChanges(ProfileInput):
    email = serializers.EmailField(required=False)


class Profile(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    username = serializers.CharField()
    email = serializers.EmailField()
    full_name = serializers.CharField()
    phone_number = serializers.CharField(allow_null=True)
    date_of_birth = serializers.DateField(allow_null=True)
    preferred_game = serializers.CharField(allow_null=True)
    address = serializers.CharField(allow_blank=True)
    city = serializers.CharField(allow_blank=True)
    state = serializers.CharField(allow_blank=True)
    postal_code = serializers.CharField(allow_blank=True)
    country = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=Customer.Status.choices)
    email_verified = serializers.BooleanField()
    phone_verified = serializers.BooleanField()
    notifications = Notifications()
    created_at = serializers.DateTimeField()


REGISTER: Described = {
    "operation_id": "register",
    "tags": ACCOUNT,
    "summary": "Register a buyer",
    "request": Registering,
    "auth": [],
    "responses": answers({201: example(Profile, SHOWN)}, 400, signed_in=False),
    "examples": [OpenApiExample("Buyer", SENT, request_only=True)],
}
PROFILE: Described = {
    "operation_id": "profile_retrieve",
    "tags": ACCOUNT,
    "summary": "Read the own profile",
    "responses": answers({200: example(Profile, SHOWN)}, 404),
}
PROFILE_PUT: Described = {
    "operation_id": "profile_update",
    "tags": ACCOUNT,
    "summary": "Replace the own profile",
    "request": ProfileInput,
    "responses": answers({200: example(Profile, SHOWN)}, 400, 404),
}
PROFILE_PATCH: Described = {
    "operation_id": "profile_partial_update",
    "tags": ACCOUNT,
    "summary": "Change the own profile",
    "request": ProfileChanges,
    "responses": answers({200: example(Profile, SHOWN)}, 400, 404),
}
