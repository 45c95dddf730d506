"""How often one caller may ask. A courtesy to the others, counted in the shared cache; never the guard of
money.
"""

import threading
import time
from typing import Any

from django.core.cache import cache
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from core.api_settings import api_rules
from core.request_context import client_ip

WINDOW = 60
# A process takes requests from the shared count in bundles of a two-hundredth of the limit: a busy key costs
# one round trip to the cache per bundle, and its limit is met to half a percent a process.
BUNDLES = 200
LOOK_UPS, PAPERS = 30, 20


class _Bundles:
    """What this process may still let through of what it took from the shared count, by counter."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._window = 0
        self._left: dict[str, int] = {}

    def take(self, key: str, limit: int) -> bool:
        window = int(time.time()) // WINDOW
        with self._lock:
            if window != self._window:
                self._window, self._left = window, {}
            left = self._left.get(key, 0)
            if left > 0:
                self._left[key] = left - 1
                return True
        bundle = max(1, limit // BUNDLES)
        granted = bundle - max(0, _count(f"rate:{key}:{window}", bundle) - limit)
        if granted <= 0:
            return False
        with self._lock:
            self._left[key] = self._left.get(key, 0) + granted - 1
        return True


def _count(key: str, number: int) -> int:
    """The shared count after adding; a cache that is gone counts nothing and so refuses nobody."""
    cache.add(key, 0, WINDOW * 2)
    try:
        return cache.incr(key, number)
    except ValueError:
        return number


_bundles = _Bundles()


class _MinuteThrottle(BaseThrottle):
    """One counter a caller and minute."""

    scope = "caller"

    def allow_request(self, request: Request, view: Any) -> bool:
        who, limit = self.caller(request)
        return limit <= 0 or _bundles.take(f"{self.scope}:{who}", limit)

    def wait(self) -> float:
        return WINDOW - time.time() % WINDOW

    def caller(self, request: Request) -> tuple[str, int]:
        """Who is counted, and how often a minute they may ask; zero is as often as they like."""
        raise LookupError(type(self).__name__)


class CallerThrottle(_MinuteThrottle):
    """By key or user; by address for those who are not signed in."""

    def caller(self, request: Request) -> tuple[str, int]:
        buyer = getattr(request.user, "buyer", None)
        if buyer is not None:
            return f"key:{buyer.api_key_id}", api_rules().rate_caller
        if request.user and request.user.is_authenticated:
            return f"user:{request.user.pk}", api_rules().rate_caller
        return f"address:{client_ip()}", api_rules().rate_address


class WritingThrottle(CallerThrottle):
    """What a person has to read, by who writes it; reading is free of it."""

    scope = "writing"

    def allow_request(self, request: Request, view: Any) -> bool:
        return request.method in SAFE_METHODS or super().allow_request(request, view)

    def caller(self, request: Request) -> tuple[str, int]:
        return super().caller(request)[0], api_rules().rate_writing


class SignInThrottle(_MinuteThrottle):
    """Tries to sign in or register, by address."""

    scope = "sign-in"

    def caller(self, request: Request) -> tuple[str, int]:
        return f"address:{client_ip()}", api_rules().rate_sign_in


class LookUpThrottle(_MinuteThrottle):
    """Codes of papers that anybody may look up, by address: as many as a person with a pile of them."""

    scope = "look-up"

    def caller(self, request: Request) -> tuple[str, int]:
        return f"address:{client_ip()}", LOOK_UPS


class PaperThrottle(CallerThrottle):
    """Files that take seconds to draw, by caller."""

    scope = "paper"

    def caller(self, request: Request) -> tuple[str, int]:
        return super().caller(request)[0], PAPERS
