"""Middleware that leaves machines alone.

A reseller's server sends an API key with every order: it has no session, no language cookie, no messages, and no page
whose scripts could be restricted. Measured on an order, what is skipped here costs a quarter of all of Django's work.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from time import perf_counter
from typing import Any, cast

from asgiref.sync import sync_to_async
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import timezone, translation
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject
from django.utils.translation.trans_real import get_supported_language_variant, parse_accept_lang_header
from prometheus_client import Counter, Histogram

from core.general_settings import default_language
from core.zones import zone_named


def is_machine(request: HttpRequest) -> bool:
    """Whether a program calls with a key of its own."""
    return request.path_info.startswith("/api/") and request.META.get("HTTP_AUTHORIZATION", "").startswith(
        "Api-Key "
    )


class PeopleOnly(MiddlewareMixin):
    """Mixed into a middleware: requests of machines pass it by."""

    def __call__(self, request: HttpRequest) -> Any:
        if is_machine(request):
            return self.get_response(request)
        return super().__call__(request)


class PeopleSessionMiddleware(PeopleOnly, SessionMiddleware):
    pass


class PeopleAuthenticationMiddleware(PeopleOnly, AuthenticationMiddleware):
    """A session on a password alone is nobody's, for those whose sign-in takes more: see `core.sessions`."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = cast(Any, SimpleLazyObject(partial(_user, request)))
        request.auser = sync_to_async(partial(_user, request))  # type: ignore[assignment]


def _user(request: HttpRequest) -> Any:
    """Kept, because whoever asks again must get the same object."""
    if "_whole_user" not in request.__dict__:
        # Imported late: this module is read before the models are.
        from core.sessions import whole_user

        request.__dict__["_whole_user"] = whole_user(request)
    return request.__dict__["_whole_user"]


class PeopleMessageMiddleware(PeopleOnly, MessageMiddleware):
    pass


class AskedLocaleMiddleware(LocaleMiddleware):
    """The language that the caller asks for; who asks for none costs nothing and gets that of the General settings."""

    def __call__(self, request: HttpRequest) -> Any:
        if is_machine(request) and "HTTP_ACCEPT_LANGUAGE" not in request.META:
            # The thread may still speak the language of the request before.
            translation.activate(default_language())
            return self.get_response(request)
        return super().__call__(request)

    def process_request(self, request: HttpRequest) -> None:
        if _asks_for_a_language(request):
            super().process_request(request)
            return
        translation.activate(default_language())
        request.LANGUAGE_CODE = translation.get_language()


def _asks_for_a_language(request: HttpRequest) -> bool:
    """Whether they chose one, or their browser names one that we have."""
    named = [code for code, _weight in parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))]
    for code in (request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""), *named):
        with suppress(LookupError):
            return bool(get_supported_language_variant(code))
    return False


class PersonalMiddleware:
    """The back office speaks the language of whoever is signed in, and tells them the time where they are."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        known = request.path_info.startswith("/admin/") and settings.SESSION_COOKIE_NAME in request.COOKIES
        user: Any = request.user if known else None
        if user is None or not user.is_authenticated:
            return self.get_response(request)
        if user.language in dict(settings.LANGUAGES):
            translation.activate(user.language)
            request.LANGUAGE_CODE = user.language
        with timezone.override(zone_named(user.timezone)):
            return self.get_response(request)


class PageCSPMiddleware(CSPMiddleware):
    """The policy goes with pages; data runs no scripts."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.headers.get("Content-Type", "").startswith(("text/html", "image/svg")):
            return super().process_response(request, response)
        return response


# As core/static/core/waiting.js has it.
WAITS = "tl-waits"


class FileArrivedMiddleware(MiddlewareMixin):
    """A page that waits for a file cannot see it come: the cookie it set is taken back with the file."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_file = response.headers.get("Content-Disposition", "").startswith("attachment")
        if is_file and WAITS in request.COOKIES:
            response.delete_cookie(WAITS, samesite="Lax")
        return response


REQUESTS = Counter("topline_requests_total", "Requests answered.", ["view", "method", "status"])
SECONDS = Histogram(
    "topline_request_seconds",
    "How long requests took.",
    ["view"],
    buckets=(0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class MetricsMiddleware:
    """Counts and times requests by view; the library's own pair of middlewares keeps twenty figures a request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = perf_counter()
        response = self.get_response(request)
        found = request.resolver_match
        # The pattern, not the path: a path is whatever a caller makes up, and would fill the memory.
        view = found.route if found else "none"
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(view, method, response.status_code).inc()
        SECONDS.labels(view).observe(perf_counter() - started)
        return response
