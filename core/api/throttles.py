"""How often one caller may ask. A courtesy to the others, counted in the shared cache; never the guard of money."""

import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from core.request_context import client_ip

WINDOW = 60


class _MinuteThrottle(BaseThrottle):
    """One counter a caller and minute; a cache that is gone counts nothing."""

    scope = "caller"

    def allow_request(self, request: Request, view: Any) -> bool:
        who, limit = self.caller(request)
        if limit <= 0:
            return True
        key = f"rate:{self.scope}:{who}:{int(time.time()) // WINDOW}"
        cache.add(key, 0, WINDOW * 2)
        try:
            return cache.incr(key) <= limit
        except ValueError:
            return True

    def wait(self) -> float:
        return WINDOW - time.time() % WINDOW

    def caller(self, request: Request) -> tuple[str, int]:
        """Who is counted, and how often a minute they may ask."""
        raise LookupError(type(self).__name__)


class CallerThrottle(_MinuteThrottle):
    """By key or user; by address for those who are not signed in."""

    def caller(self, request: Request) -> tuple[str, int]:
        buyer = getattr(request.user, "buyer", None)
        if buyer is not None:
            return f"key:{buyer.api_key_id}", settings.API_RATE_CALLER
        if request.user and request.user.is_authenticated:
            return f"user:{request.user.pk}", settings.API_RATE_CALLER
        return f"address:{client_ip()}", settings.API_RATE_ADDRESS


class SignInThrottle(_MinuteThrottle):
    """Tries to sign in or register, by address."""

    scope = "sign-in"

    def caller(self, request: Request) -> tuple[str, int]:
        return f"address:{client_ip()}", settings.API_RATE_SIGN_IN
