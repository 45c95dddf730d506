"""Tokens of people, held to the same rules as a session."""

from typing import Any, cast

from django.utils.translation import gettext as _
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.tokens import Token

from core.actors import actor_for_user, set_actor
from core.models import User
from core.services import second_factor

# The claim that says with which second factor a token was opened.
SECOND_FACTOR = "second_factor"


class TokenAuthentication(JWTAuthentication):
    """`Authorization: Bearer …`; tells the rest of the request who acts."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        found = super().authenticate(request)
        if found:
            set_actor(actor_for_user(cast(User, found[0])))
        return found

    def get_user(self, validated_token: Token) -> User:  # type: ignore[override]
        """Also refused: a token got without the second factor that its person has, or has to have."""
        user = cast(User, super().get_user(validated_token))
        if not second_factor.is_whole(user, str(validated_token.get(SECOND_FACTOR, ""))):
            raise AuthenticationFailed(
                _("This token was got without your second factor. Sign in again, with a code."),
                code="second_factor_required",
            )
        return user
