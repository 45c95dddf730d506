"""The bodies of the accounts API, as its schema shows and its views read them."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, inline_serializer
from rest_framework import serializers

from core.api.fields import StrictCharField
from core.api.schema import problem_responses

LONGEST_TOKEN = 4000


class SignInSerializer(serializers.Serializer[Any]):
    username = StrictCharField(max_length=254, required=False, help_text="User name or e-mail address.")
    email = StrictCharField(max_length=254, required=False, help_text="Instead of `username`.")
    password = StrictCharField(max_length=200, trim_whitespace=False, style={"input_type": "password"})

    otp = StrictCharField(
        max_length=40,
        required=False,
        allow_blank=True,
        help_text="The code of your authenticator app, or a recovery code, if you have a second factor.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs["name"] = attrs.get("username") or attrs.get("email")
        if not attrs["name"]:
            raise serializers.ValidationError({"username": [_("Give your user name or e-mail address.")]})
        return attrs


class RefreshSerializer(serializers.Serializer[Any]):
    refresh = StrictCharField(max_length=LONGEST_TOKEN)


class TokenSerializer(serializers.Serializer[Any]):
    token = StrictCharField(max_length=LONGEST_TOKEN)


class PasswordResetSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)


class PasswordResetConfirmSerializer(serializers.Serializer[Any]):
    uid = StrictCharField(max_length=100)
    token = StrictCharField(max_length=200)
    new_password = StrictCharField(max_length=200, trim_whitespace=False, style={"input_type": "password"})


class TokensSerializer(serializers.Serializer[Any]):
    access = serializers.CharField(help_text="Send it as `Authorization: Bearer …`; short-lived.")
    refresh = serializers.CharField(help_text="Good for one new pair.")


class PartySerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="`reseller` or `customer`.")
    id = serializers.IntegerField()
    name = serializers.CharField()


class UserSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    username = serializers.CharField()
    email = serializers.CharField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    role = serializers.CharField(help_text="Empty for those who are no staff.")
    is_staff = serializers.BooleanField()
    permissions = serializers.ListField(child=serializers.CharField())
    party = PartySerializer(allow_null=True, help_text="Whom this person buys for.")


class LoginSerializer(TokensSerializer):
    user = UserSerializer()


DETAIL = inline_serializer("Detail", {"detail": serializers.CharField()})
NOTHING = inline_serializer("TokenVerified", {})

_EXAMPLE = OpenApiExample(
    "by name", value={"username": "demo", "password": "a long password"}, request_only=True
)
_SIGN_IN_ERRORS = problem_responses(
    400,
    401,
    415,
    429,
    codes={
        401: (
            "sign_in_failed",
            "second_factor_required",
            "second_factor_wrong",
            "second_factor_not_set_up",
        ),
        429: ("locked_out", "throttled"),
    },
)
_TOKEN_ERRORS = problem_responses(
    400, 401, 415, 429, codes={401: ("token_not_valid", "second_factor_required")}
)
_TAGS = ["Accounts"]

TOKEN: dict[str, Any] = {
    "request": SignInSerializer,
    "responses": {200: TokensSerializer, **_SIGN_IN_ERRORS},
    "examples": [_EXAMPLE],
    "tags": _TAGS,
}
LOGIN: dict[str, Any] = {**TOKEN, "responses": {200: LoginSerializer, **_SIGN_IN_ERRORS}}
REFRESH: dict[str, Any] = {
    "request": RefreshSerializer,
    "responses": {200: TokensSerializer, **_TOKEN_ERRORS},
    "tags": _TAGS,
}
VERIFY: dict[str, Any] = {
    "request": TokenSerializer,
    "responses": {200: NOTHING, **_TOKEN_ERRORS},
    "tags": _TAGS,
}
LOGOUT: dict[str, Any] = {
    "request": RefreshSerializer,
    "responses": {200: DETAIL, **problem_responses(400, 415, 429)},
    "tags": _TAGS,
}
ME: dict[str, Any] = {
    "responses": {200: UserSerializer, **problem_responses(401, 403, 429, codes={403: ("no_user",)})},
    "tags": _TAGS,
}
PASSWORD_RESET: dict[str, Any] = {
    "request": PasswordResetSerializer,
    "responses": {200: DETAIL, **problem_responses(400, 415, 429)},
    "tags": _TAGS,
}
PASSWORD_RESET_CONFIRM: dict[str, Any] = {
    "request": PasswordResetConfirmSerializer,
    "responses": {
        200: DETAIL,
        **problem_responses(400, 415, 429, codes={400: ("invalid_reset_link", "invalid_password")}),
    },
    "tags": _TAGS,
}
