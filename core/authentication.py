"""Signing in with a user name or an e-mail address."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password
from django.db.models import Q
from django.http import HttpRequest

from core.models import User


class EmailOrUsernameBackend(ModelBackend):
    """A user name is preferred where somebody chose another's address as theirs."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        if not username or not password or "\x00" in username:
            return None
        found = list(User.objects.filter(Q(username=username) | Q(email__iexact=username))[:3])
        user = next((u for u in found if u.username == username), found[0] if len(found) == 1 else None)
        if user is None:
            # As long as for a real user, so that the time does not tell who exists.
            make_password(password)
            return None
        return user if user.check_password(password) and self.user_can_authenticate(user) else None
