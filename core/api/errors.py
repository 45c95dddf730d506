"""Every error of the API as application/problem+json (RFC 9457), with brief 2's `error` beside it."""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response

from core import error_pages
from core.approvals import ApprovalNeeded
from core.exceptions import DomainError
from core.request_context import request_id
from core.services import approvals

log = logging.getLogger(__name__)
CONTENT_TYPE = "application/problem+json"

TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    413: "Too large",
    415: "Unsupported media type",
    422: "Not processable",
    429: "Too many requests",
    500: "Server error",
    503: "Unavailable",
}
CODES = {
    400: "invalid_request",
    401: "not_authenticated",
    403: "permission_denied",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "body_too_large",
    415: "unsupported_media_type",
    429: "throttled",
    500: "server_error",
    503: "unavailable",
}
RETRY_SECONDS = 1


def body(status: int, code: str, detail: str, errors: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """A problem; `error` repeats the detail, as brief 2 promises."""
    problem: dict[str, Any] = {
        "type": f"urn:topline:problem:{code}",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "code": code,
        "error": detail,
        "request_id": request_id(),
    }
    if errors:
        problem["errors"] = errors
    return problem


def problem_json(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's exception handler. What is not foreseen goes on to Django, which logs it and answers
    500.
    """
    match error:
        case ApprovalNeeded():
            return accepted(error)
        case DomainError():
            status, problem = error.status, body(error.status, error.code, error.message, error.errors)
        case Http404():
            status, problem = 404, body(404, "not_found", _("There is no such thing."))
        case PermissionDenied():
            status, problem = 403, body(403, "permission_denied", _("You may not do this."))
        case RequestDataTooBig():
            status, problem = 413, body(413, "body_too_large", _("The body is too large."))
        case DataError():
            # A value that passed our checks and that PostgreSQL cannot read, such as a year it does not know: the
            # caller's mistake, and a gap in our checks.
            log.exception("a value reached the database that it does not take")
            status, problem = 400, body(400, "invalid_value", _("A value is out of range."))
        case OperationalError() | InterfaceError():
            # The database ended, restarts or is too busy. Whether the request was done is not known, and the same
            # request again, under its key, tells.
            log.exception("the database did not answer")
            problem = body(503, "unavailable", _("We cannot answer now. Send the same request again."))
            status = 503
        case exceptions.APIException():
            status, problem = error.status_code, _of_framework(error)
        case _:
            return None
    response = Response(problem, status=status, content_type=CONTENT_TYPE)
    for name, value in _headers(error).items():
        response[name] = value
    return response


def accepted(needed: ApprovalNeeded) -> Response:
    """The change was not made: a second person decides. Call outside of the transaction that was undone."""
    try:
        approval = approvals.ask(needed)
    except DomainError as error:
        return Response(
            body(error.status, error.code, error.message), status=error.status, content_type=CONTENT_TYPE
        )
    return Response({"status": "approval required", "approval": approval.pk}, status=202)


def _of_framework(error: exceptions.APIException) -> dict[str, Any]:
    status = error.status_code
    if isinstance(error, exceptions.ValidationError):
        errors = _by_field(error.detail)
        first = next(iter(errors.items()), ("", [_("The request is not valid.")]))
        detail = f"{first[0]}: {first[1][0]}" if first[0] else first[1][0]
        return body(status, "invalid_request", detail, errors)
    if isinstance(error.detail, dict):
        # simplejwt puts its words and its code into one object.
        detail = str(error.detail.get("detail", ""))
        return body(status, str(error.detail.get("code", CODES.get(status, "error"))), detail)
    code = str(getattr(error.detail, "code", ""))
    generic = code in ("", "error", "authentication_failed", "parse_error", "not_acceptable")
    return body(status, CODES.get(status, "error") if generic else code, str(error.detail))


def _by_field(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    if isinstance(detail, dict):
        found: dict[str, list[str]] = {}
        for name, inner in detail.items():
            joined = f"{prefix}.{name}" if prefix else str(name)
            found |= _by_field(inner, joined)
        return found
    return {
        prefix or "non_field_errors": [
            str(text) for text in (detail if isinstance(detail, list) else [detail])
        ]
    }


def _headers(error: Exception) -> dict[str, str]:
    headers = {}
    if authenticate := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = authenticate
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    if isinstance(error, OperationalError | InterfaceError):
        headers["Retry-After"] = str(RETRY_SECONDS)
    return headers


def response(status: int, code: str, detail: str, errors: dict[str, list[str]] | None = None) -> JsonResponse:
    """A problem outside REST framework's views."""
    return JsonResponse(body(status, code, detail, errors), status=status, content_type=CONTENT_TYPE)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/api/"):
        return response(404, "not_found", _("There is no such address."))
    return error_pages.not_found(request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Such as a host name that is not ours, or a body past the limit."""
    if request.path.startswith("/api/"):
        return response(400, "invalid_request", _("The request is not valid."))
    return error_pages.bad_request(request)


def server_error(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        return response(500, "server_error", _("Something went wrong here. Tell us the request id."))
    return error_pages.server_error(request)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/api/"):
        return response(403, "permission_denied", _("You have no right to do this."))
    return error_pages.forbidden(request)


def outdated(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token is missing or not this session's."""
    if request.path.startswith("/api/"):
        return response(403, "permission_denied", _("The form's token is missing or wrong."))
    return error_pages.outdated(request)
