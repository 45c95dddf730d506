"""Tokens of people, held to the same rules as a session."""

from typing import Any, cast

from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication

from core.actors import actor_for_user, set_actor
from core.models import User


class TokenAuthentication(JWTAuthentication):
    """`Authorization: Bearer …`; tells the rest of the request who acts."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        found = super().authenticate(request)
        if found:
            set_actor(actor_for_user(cast(User, found[0])))
        return found
