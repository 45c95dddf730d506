"""What every log line and event of a request carries: its id, its address and who acts."""

import re
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from python_ipware import IpWare

from core import actors
from core.ids import uuid7

_request_id: ContextVar[str] = ContextVar("request_id", default="")
_client_ip: ContextVar[str | None] = ContextVar("client_ip", default=None)
_path: ContextVar[str] = ContextVar("request_path", default="")
ACCEPTED_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")


def request_id() -> str:
    return _request_id.get()


def client_ip() -> str | None:
    """The caller's address: the connection's, or what the counted proxies say."""
    return _client_ip.get()


def request_path() -> str:
    """Of the request being answered; empty outside of one."""
    return _path.get()


class RequestContextMiddleware:
    """Takes or makes the X-Request-Id, returns it, and forgets everything at the end."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.ipware = IpWare(proxy_count=settings.PROXY_COUNT) if settings.PROXY_COUNT else None

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        identity = given if ACCEPTED_ID.match(given) else str(uuid7())
        # Django logs an answer of 400 and more after us, when the context is gone.
        request.request_id = identity  # type: ignore[attr-defined]
        id_token = _request_id.set(identity)
        ip_token = _client_ip.set(self._address(request))
        path_token = _path.set(request.path)
        try:
            with actors.answering(request):
                response = self.get_response(request)
        finally:
            _path.reset(path_token)
            _client_ip.reset(ip_token)
            _request_id.reset(id_token)
        response["X-Request-Id"] = identity
        return response

    def _address(self, request: HttpRequest) -> str | None:
        if self.ipware is None:
            return request.META.get("REMOTE_ADDR") or None
        address, _trusted = self.ipware.get_client_ip(request.META)
        return str(address) if address else None
