"""Signing in and out by API, for people: tokens, who am I, forgotten password (briefs 1 and 4)."""

from collections.abc import Callable
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.forms import PasswordResetForm, SetPasswordForm
from django.contrib.auth.tokens import default_token_generator
from django.urls import path
from django.utils.encoding import force_str
from django.utils.http import urlsafe_base64_decode
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.serializers import TokenRefreshSerializer, TokenVerifySerializer
from rest_framework_simplejwt.tokens import RefreshToken

from core.api.schema import problem_responses
from core.api.throttles import SignInThrottle
from core.exceptions import InvalidInput
from core.models import User
from core.registry import Registry

# What a user is to the business, by name; filled by commerce.
party_providers: Registry[Callable[[User], dict[str, Any] | None]] = Registry("parties")


class SignInSerializer(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=254, required=False, help_text="User name or e-mail address.")
    email = serializers.CharField(max_length=254, required=False, help_text="Instead of `username`.")
    password = serializers.CharField(max_length=200, trim_whitespace=False, style={"input_type": "password"})

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs["name"] = attrs.get("username") or attrs.get("email")
        if not attrs["name"]:
            raise serializers.ValidationError({"username": [_("Give your user name or e-mail address.")]})
        return attrs


class RefreshSerializer(serializers.Serializer[Any]):
    refresh = serializers.CharField(max_length=2000)


TOKENS = inline_serializer("Tokens", {"access": serializers.CharField(), "refresh": serializers.CharField()})
DETAIL = inline_serializer("Detail", {"detail": serializers.CharField()})


class PublicView(APIView):
    """Open to those who are not signed in, slowed down by address."""

    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []
    throttle_classes = [SignInThrottle]


class TokenView(PublicView):
    """Tokens for a user name (or e-mail address) and a password."""

    @extend_schema(
        request=SignInSerializer,
        responses={200: TOKENS, **problem_responses(400, 401, 429, codes={401: ("sign_in_failed",), 429: ("locked_out", "throttled")})},
        tags=["accounts"],
    )
    def post(self, request: Request) -> Response:
        given = SignInSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        refresh = RefreshToken.for_user(sign_in(request, given.validated_data["name"], given.validated_data["password"]))
        return Response({"access": str(refresh.access_token), "refresh": str(refresh)})


class LoginView(TokenView):
    """The same, with the user beside the tokens (brief 4)."""

    @extend_schema(
        request=SignInSerializer,
        responses={
            200: inline_serializer(
                "Login", {"access": serializers.CharField(), "refresh": serializers.CharField(), "user": serializers.DictField()}
            ),
            **problem_responses(400, 401, 429),
        },
        tags=["accounts"],
    )
    def post(self, request: Request) -> Response:
        given = SignInSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        user = sign_in(request, given.validated_data["name"], given.validated_data["password"])
        refresh = RefreshToken.for_user(user)
        return Response({"access": str(refresh.access_token), "refresh": str(refresh), "user": describe(user)})


class RefreshView(PublicView):
    """A new pair for a refresh token, which is then used up."""

    @extend_schema(request=RefreshSerializer, responses={200: TOKENS, **problem_responses(400, 401, 429)}, tags=["accounts"])
    def post(self, request: Request) -> Response:
        RefreshSerializer(data=request.data).is_valid(raise_exception=True)
        renewed = TokenRefreshSerializer(data=request.data)
        try:
            renewed.is_valid(raise_exception=True)
        except (TokenError, User.DoesNotExist) as error:
            raise AuthenticationFailed(_("This refresh token is not valid any more."), code="token_not_valid") from error
        return Response(renewed.validated_data)


class VerifyView(PublicView):
    """Whether a token is valid."""

    @extend_schema(
        request=inline_serializer("TokenToVerify", {"token": serializers.CharField()}),
        responses={200: inline_serializer("TokenVerified", {}), **problem_responses(400, 401, 429)},
        tags=["accounts"],
    )
    def post(self, request: Request) -> Response:
        verified = TokenVerifySerializer(data=request.data)
        try:
            verified.is_valid(raise_exception=True)
        except TokenError as error:
            raise AuthenticationFailed(_("This token is not valid."), code="token_not_valid") from error
        return Response({})


class LogoutView(PublicView):
    """Ends a refresh token; asking twice is no error."""

    @extend_schema(request=RefreshSerializer, responses={200: DETAIL, **problem_responses(400, 429)}, tags=["accounts"])
    def post(self, request: Request) -> Response:
        given = RefreshSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            RefreshToken(given.validated_data["refresh"]).blacklist()
        except TokenError:
            return Response({"detail": _("Signed out.")})
        return Response({"detail": _("Signed out.")})


class MeView(APIView):
    """The person signed in, with role, permissions and party."""

    @extend_schema(
        responses={200: inline_serializer(
            "Me",
            {
                "id": serializers.IntegerField(),
                "username": serializers.CharField(),
                "email": serializers.CharField(),
                "first_name": serializers.CharField(),
                "last_name": serializers.CharField(),
                "role": serializers.CharField(),
                "is_staff": serializers.BooleanField(),
                "permissions": serializers.ListField(child=serializers.CharField()),
                "party": serializers.DictField(allow_null=True),
            },
        ), **problem_responses(401, 403, 429)},
        tags=["accounts"],
    )
    def get(self, request: Request) -> Response:
        if not isinstance(request.user, User):
            raise InvalidInput("no_user", _("An API key belongs to a reseller, not to a person."))
        return Response(describe(request.user))


class PasswordResetView(PublicView):
    """Sends a link to set a new password; says the same whether the address is known or not."""

    @extend_schema(
        request=inline_serializer("PasswordReset", {"email": serializers.EmailField()}),
        responses={200: DETAIL, **problem_responses(400, 429)},
        tags=["accounts"],
    )
    def post(self, request: Request) -> Response:
        field = serializers.EmailField(max_length=254)
        try:
            email = field.run_validation(request.data.get("email") if isinstance(request.data, dict) else None)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({"email": error.detail}) from error
        form = PasswordResetForm({"email": email})
        if form.is_valid():
            form.save(
                request=request._request,
                use_https=request.is_secure(),
                from_email=settings.DEFAULT_FROM_EMAIL,
                email_template_name="emails/password_reset.txt",
                subject_template_name="emails/password_reset_subject.txt",
            )
        return Response({"detail": _("If this address is known, a message is on its way.")})


class PasswordResetConfirmView(PublicView):
    """Sets a new password with the `uid` and `token` of the message."""

    @extend_schema(
        request=inline_serializer(
            "PasswordResetConfirm",
            {"uid": serializers.CharField(), "token": serializers.CharField(), "new_password": serializers.CharField()},
        ),
        responses={200: DETAIL, **problem_responses(400, 429, codes={400: ("invalid_reset_link",)})},
        tags=["accounts"],
    )
    def post(self, request: Request) -> Response:
        given = {name: request.data.get(name) for name in ("uid", "token", "new_password")} if isinstance(request.data, dict) else {}
        if not all(isinstance(value, str) and value for value in given.values()) or not given:
            raise InvalidInput("required", _("Send uid, token and new_password as strings."), field="uid")
        user = _user_of_link(given["uid"])
        if user is None or not default_token_generator.check_token(user, given["token"]):
            raise InvalidInput("invalid_reset_link", _("This link is not valid any more. Ask for a new one."), field="token")
        form = SetPasswordForm(user, {"new_password1": given["new_password"], "new_password2": given["new_password"]})
        if not form.is_valid():
            texts = [str(text) for texts in form.errors.values() for text in texts]
            raise InvalidInput("invalid_password", texts[0], errors={"new_password": texts})
        form.save()
        return Response({"detail": _("The password is set.")})


def sign_in(request: Request, name: str, password: str) -> User:
    """The user of these credentials, counted by axes like a sign-in on a page.

    Raises:
        Throttled: 429 with the time to wait, once axes has locked the name and address.
        AuthenticationFailed: `sign_in_failed`.
    """
    raw = request._request
    if not AxesProxyHandler.is_allowed(raw, {"username": name}):
        raise _locked_out()
    user = authenticate(raw, username=name, password=password)
    if isinstance(user, User):
        return user
    if not AxesProxyHandler.is_allowed(raw, {"username": name}):
        raise _locked_out()
    raise AuthenticationFailed(_("No active account with this name and password."), code="sign_in_failed")


def describe(user: User) -> dict[str, Any]:
    """Who a user is: for `/api/auth/user/` and the log-in's answer."""
    parties = (provider(user) for provider in party_providers.values())
    return {
        "id": user.pk,
        "username": user.username,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "role": user.role,
        "is_staff": user.is_staff,
        "permissions": sorted(user.get_all_permissions()),
        "party": next((party for party in parties if party), None),
    }


def _locked_out() -> Throttled:
    cool_off = get_cool_off()
    wait = int(cool_off.total_seconds()) if cool_off else 900
    error = Throttled(wait, _("Too many failed tries. Wait a quarter of an hour, or ask an administrator."), code="locked_out")
    return error


def _user_of_link(uid: str) -> User | None:
    try:
        return User.objects.filter(pk=int(force_str(urlsafe_base64_decode(uid)))).first()
    except (ValueError, OverflowError):
        return None


urlpatterns = [
    path("api/token/", TokenView.as_view(), name="api-token"),
    path("api/token/refresh/", RefreshView.as_view(), name="api-token-refresh"),
    path("api/token/verify/", VerifyView.as_view(), name="api-token-verify"),
    path("api/auth/login/", LoginView.as_view(), name="api-login"),
    path("api/auth/logout/", LogoutView.as_view(), name="api-logout"),
    path("api/auth/token/refresh/", RefreshView.as_view(), name="api-auth-token-refresh"),
    path("api/auth/user/", MeView.as_view(), name="api-me"),
    path("api/auth/password/reset/", PasswordResetView.as_view(), name="api-password-reset"),
    path("api/auth/password/reset/confirm/", PasswordResetConfirmView.as_view(), name="api-password-reset-confirm"),
]
