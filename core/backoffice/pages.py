"""Pages of the admin that belong to no model: the desk of unknown outcomes, settings."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path

type View = Callable[..., HttpResponse]

_pages: list[tuple[str, str, View]] = []


def page(route: str, *, name: str, permission: str | tuple[str, ...] = ()) -> Callable[[View], View]:
    """Register a view at /admin/<route>, for staff with the permission (one of several is enough).

    A view without one decides itself.
    """
    wanted = (permission,) if isinstance(permission, str) else permission

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if wanted and not any(request.user.has_perm(one) for one in wanted):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        _pages.append((route, name, guarded))
        return guarded

    return decorate


def extra_pages(site: Any) -> list[URLPattern | URLResolver]:
    return [path(route, site.admin_view(view), name=name) for route, name, view in _pages]


def render(request: HttpRequest, template: str, *, title: Any, **context: Any) -> TemplateResponse:
    """A page inside the admin's frame; its template extends `admin/page.html`.

    Args:
        context: may hold `crumbs`, a list of (title, link) that lead here.
    """
    from core.backoffice.site import site

    request.current_app = site.name  # type: ignore[attr-defined]
    return TemplateResponse(request, template, {**site.each_context(request), "title": title, **context})
