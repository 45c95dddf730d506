"""What is refused before any view sees it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils.translation import gettext as _

from core.api.errors import response as problem


class RefuseNulMiddleware:
    """A NUL byte in a path or a query finds nothing and cannot be stored; PostgreSQL's driver would raise on
    it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", "") or "\x00" in request.path:
            message = _("The address has a character that cannot be stored.")
            if request.path.startswith("/api/"):
                return problem(400, "invalid_text", message)
            return HttpResponseBadRequest(message, content_type="text/plain; charset=utf-8")
        return self.get_response(request)
