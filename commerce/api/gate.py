"""Closing the API: every caller is told the same, before anybody is asked who they are."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from commerce.operations_settings import operations
from core.api.errors import response as problem
from core.api_settings import api_rules

# What a developer reads, and what says that we are closed.
OPEN = ("/api/settings/", "/api/schema/", "/api/docs/", "/api/redoc/")


class GateMiddleware:
    """Answers 503 for the API while it is closed or under maintenance; pages and the admin stay open."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith("/api/") and not request.path_info.startswith(OPEN):
            rules, api = operations(), api_rules()
            if rules.maintenance:
                said = rules.maintenance_message or _("We are working on the service. Try again later.")
                return _refused("maintenance", said, rules.retry_minutes)
            if not api.api_open:
                said = api.closed_message or _("The API is closed for now.")
                return _refused("api_closed", said, rules.retry_minutes)
        return self.get_response(request)


def _refused(code: str, message: str, minutes: int) -> HttpResponse:
    answer = problem(503, code, message)
    answer["Retry-After"] = str(minutes * 60)
    answer["Cache-Control"] = "no-store"
    return answer
