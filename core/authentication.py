"""Signing in with a user name or an e-mail address, and locking out those who guess."""

from datetime import timedelta
from typing import Any

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password
from django.db.models import Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.general_settings import general
from core.models import User
from core.security_settings import security

LONGEST_NAME = 254


class EmailOrUsernameBackend(ModelBackend):
    """A user name is preferred where somebody chose another's address as theirs."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        if not username or not password:
            return None
        user = find_user(username)
        if user is None:
            # As long as for a real user, so that the time does not tell who exists.
            make_password(password)
            return None
        return user if user.check_password(password) and self.user_can_authenticate(user) else None


def find_user(name: str) -> User | None:
    """Whom a user name or an e-mail address means, in any case of letters."""
    if "\x00" in name or len(name) > LONGEST_NAME:
        return None
    found = list(User.objects.filter(Q(username__iexact=name) | Q(email__iexact=name))[:3])
    by_name = next((user for user in found if user.username.lower() == name.lower()), None)
    return by_name or (found[0] if len(found) == 1 else None)


def lock_name(request: HttpRequest, credentials: dict[str, Any] | None) -> str | None:
    """One name a person, whichever they typed: guessing by address and by name is counted together."""
    typed = (credentials or {}).get("username") or request.POST.get("username")
    if not typed:
        return None
    user = find_user(str(typed))
    return user.username if user else str(typed).replace("\x00", "")[:LONGEST_NAME].lower()


def failure_limit(_request: Any = None, _credentials: Any = None) -> int:
    """How often a name may fail at one address; the lock-out library asks."""
    return security().lockout_tries


def lock_time(_request: Any = None) -> timedelta:
    """How long a lock lasts; the lock-out library asks."""
    return timedelta(minutes=security().lockout_minutes)


def wait_seconds() -> int:
    """How long a lock lasts."""
    return int(lock_time().total_seconds())


def lockout_response(
    request: HttpRequest, original: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """What somebody locked out sees: the API has answered already, a page says how long to wait."""
    if request.path.startswith("/api/") and original is not None:
        return original
    minutes = -(-wait_seconds() // 60)
    context = {**admin.site.each_context(request), "minutes": minutes, "company": general()}
    response = render(request, "admin/locked_out.html", context, status=429)
    response["Retry-After"] = str(wait_seconds())
    return response


class LockoutHandler(AxesDatabaseHandler):
    """Locks a name at one address after a few failures, and the name alone after many from anywhere."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        return bool(super().is_locked(request, credentials)) or self._guessed_from_everywhere(
            request, credentials
        )

    def _guessed_from_everywhere(self, request: HttpRequest, credentials: dict[str, Any] | None) -> bool:
        name = get_client_username(request, credentials)
        if not name:
            return False
        recent = AccessAttempt.objects.filter(
            username=name, attempt_time__gte=get_cool_off_threshold(request)
        )
        failures = recent.aggregate(total=Sum("failures_since_start"))["total"] or 0
        return failures >= security().lockout_tries_anywhere
