"""Signing in and out by API, for people: tokens, who am I, forgotten password (briefs 1 and 4)."""

from collections.abc import Callable
from typing import Any

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.serializers import TokenRefreshSerializer, TokenVerifySerializer
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from core.api import accounts_schema as schema
from core.api.authentication import SECOND_FACTOR, TokenAuthentication
from core.api.throttles import SignInThrottle
from core.exceptions import NotAllowed
from core.models import User
from core.registry import Registry
from core.services import passwords, second_factor
from core.services.sign_in import sign_in

# What a user is to the business, by name; filled by commerce with functions that return {kind, id, name} or
# None.
party_providers: Registry[Callable[[User], dict[str, Any] | None]] = Registry("parties")


class PublicView(APIView):
    """Open to those who are not signed in, slowed down by address."""

    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []
    throttle_classes = [SignInThrottle]

    def get_authenticate_header(self, request: Request) -> str:
        """Without one, REST framework would turn every 401 into a 403."""
        return 'Bearer realm="api"'

    def read(self, serializer: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        given = serializer(data=self.request.data)
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)


class TokenView(PublicView):
    """Tokens for a user name (or e-mail address) and a password; with the code of a second factor as `otp`."""

    @extend_schema(**schema.TOKEN)
    def post(self, request: Request) -> Response:
        return Response(_tokens(self.signed_in()))

    def signed_in(self) -> User:
        given = self.read(schema.SignInSerializer)
        return sign_in(
            self.request._request,
            name=given["name"],
            password=given["password"],
            otp=given.get("otp", ""),
        )


class LoginView(TokenView):
    """The same, with the user beside the tokens."""

    @extend_schema(**schema.LOGIN)
    def post(self, request: Request) -> Response:
        user = self.signed_in()
        return Response({**_tokens(user), "user": describe(user)})


class RefreshView(PublicView):
    """A new pair for a refresh token, which is then used up."""

    @extend_schema(**schema.REFRESH)
    def post(self, request: Request) -> Response:
        renewed = TokenRefreshSerializer(data=self.read(schema.RefreshSerializer))
        try:
            renewed.is_valid(raise_exception=True)
            # The pair is as good as the one before: not at all, once the password or the second factor is another.
            TokenAuthentication().get_user(AccessToken(renewed.validated_data["access"]))
        except (TokenError, User.DoesNotExist) as error:
            raise AuthenticationFailed(
                _("This refresh token is not valid any more."), code="token_not_valid"
            ) from error
        return Response(renewed.validated_data)


class VerifyView(PublicView):
    """Whether a token is valid: 200 or 401."""

    @extend_schema(**schema.VERIFY)
    def post(self, request: Request) -> Response:
        verified = TokenVerifySerializer(data=self.read(schema.TokenSerializer))
        try:
            verified.is_valid(raise_exception=True)
        except (TokenError, serializers.ValidationError) as error:
            raise AuthenticationFailed(_("This token is not valid."), code="token_not_valid") from error
        return Response({})


class LogoutView(PublicView):
    """Ends a refresh token; asking twice is no error."""

    @extend_schema(**schema.LOGOUT)
    def post(self, request: Request) -> Response:
        given = self.read(schema.RefreshSerializer)
        try:
            RefreshToken(given["refresh"]).blacklist()
        except TokenError:
            # It has ended already, which is what was asked for.
            return Response({"detail": _("Signed out.")})
        return Response({"detail": _("Signed out.")})


class MeView(APIView):
    """The person signed in, with role, permissions and party."""

    permission_classes = [IsAuthenticated]

    @extend_schema(**schema.ME)
    def get(self, request: Request) -> Response:
        if not isinstance(request.user, User):
            raise NotAllowed("no_user", _("An API key belongs to a reseller, not to a person."))
        return Response(describe(request.user))


class PasswordResetView(PublicView):
    """Sends what it takes to set a new password; says the same whether the address is known or not."""

    @extend_schema(**schema.PASSWORD_RESET)
    def post(self, request: Request) -> Response:
        email = self.read(schema.PasswordResetSerializer)["email"]
        passwords.ask_for_reset(email=email, site=request.build_absolute_uri("/").rstrip("/"))
        return Response({"detail": _("If this address is known, a message is on its way.")})


class PasswordResetConfirmView(PublicView):
    """Sets a new password with the `uid` and `token` of the message; all tokens issued before end."""

    @extend_schema(**schema.PASSWORD_RESET_CONFIRM)
    def post(self, request: Request) -> Response:
        given = self.read(schema.PasswordResetConfirmSerializer)
        passwords.reset(uid=given["uid"], token=given["token"], password=given["new_password"])
        return Response({"detail": _("The password is set.")})


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


def _tokens(user: User) -> dict[str, str]:
    refresh = RefreshToken.for_user(user)
    refresh[SECOND_FACTOR] = second_factor.stamp(user)
    return {"access": str(refresh.access_token), "refresh": str(refresh)}


urlpatterns = [
    path("api/token/", TokenView.as_view(), name="api-token"),
    path("api/token/refresh/", RefreshView.as_view(), name="api-token-refresh"),
    path("api/token/verify/", VerifyView.as_view(), name="api-token-verify"),
    path("api/auth/login/", LoginView.as_view(), name="api-login"),
    path("api/auth/logout/", LogoutView.as_view(), name="api-logout"),
    path("api/auth/token/refresh/", RefreshView.as_view(), name="api-auth-token-refresh"),
    path("api/auth/user/", MeView.as_view(), name="api-me"),
    path("api/auth/password/reset/", PasswordResetView.as_view(), name="api-password-reset"),
    path(
        "api/auth/password/reset/confirm/",
        PasswordResetConfirmView.as_view(),
        name="api-password-reset-confirm",
    ),
]
