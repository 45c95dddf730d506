"""What people see when a page cannot be shown: what happened and what to do next, without the database or a session."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

from core.request_context import request_id


def page(request: HttpRequest, status: int, title: str, text: str, **more: Any) -> HttpResponse:
    context = {
        "status": status,
        "title": title,
        "text": text,
        "language": get_language() or "en",
        "direction": "rtl" if get_language_bidi() else "ltr",
        **more,
    }
    response = HttpResponse(render_to_string("error.html", context), status=status)
    response["Cache-Control"] = "no-store"
    return response


def bad_request(request: HttpRequest) -> HttpResponse:
    text = _("The browser sent something that cannot be read. Go back and try again.")
    return page(request, 400, _("This request is not valid"), text)


def forbidden(request: HttpRequest) -> HttpResponse:
    text = _("Your role does not include this page. Ask a super admin if you need it for your work.")
    return page(request, 403, _("You have no right to see this"), text)


def outdated(request: HttpRequest) -> HttpResponse:
    """The form's token is not the session's: the page is old, or cookies are refused."""
    text = _(
        "Nothing was saved. It was open for too long, or you signed in again meanwhile. "
        "Go back, reload it and send it once more; your browser must accept cookies."
    )
    return page(request, 403, _("This page is out of date"), text)


def not_found(request: HttpRequest) -> HttpResponse:
    text = _(
        "The address may be mistyped, or what was here is gone. Search for it, or start again from home."
    )
    return page(request, 404, _("There is no such page"), text)


def server_error(request: HttpRequest) -> HttpResponse:
    text = _(
        "It is written down for those who run the server. Try again in a minute; "
        "before you repeat a change, look whether it was made."
    )
    return page(request, 500, _("Something went wrong here"), text, reference=request_id())
