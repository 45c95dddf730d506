"""Parts of an object's page that another app brings: a party's revenue is the analytics' to tell."""

import logging
from abc import ABC, abstractmethod
from typing import Any, ClassVar

from django.db.models import Model
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from core.registry import Registry

log = logging.getLogger(__name__)


class Panel(ABC):
    """A part of the page of one kind of objects. Its page draws `{% for part in panels.main %}{{ part }}{% endfor %}`.

    Attributes:
        model: whose pages, as `app.model`.
        permission: `app.codename`.
        zone: `main` (wide) or `side` (narrow).
        css: a stylesheet it needs, of our static files.
    """

    model: ClassVar[str]
    title: ClassVar[Any] = ""
    permission: ClassVar[str]
    position: ClassVar[int] = 100
    zone: ClassVar[str] = "main"
    template: ClassVar[str]
    css: ClassVar[str] = ""

    @abstractmethod
    def get_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """What the template draws; it also gets `panel` and `object`."""


panels: Registry[type[Panel]] = Registry("panels of object pages")


def drawn(request: HttpRequest, obj: Model) -> dict[str, Any]:
    """The page's panels by zone for this person, and the stylesheets they need."""
    label = obj._meta.label_lower
    ours = [one for one in panels.values() if one.model == label and request.user.has_perm(one.permission)]
    zones: dict[str, list[SafeString]] = {"main": [], "side": []}
    for panel in sorted(ours, key=lambda one: one.position):
        zones[panel.zone].append(_drawn(request, panel(), obj))
    return {"panels": zones, "panel_css": sorted({one.css for one in ours if one.css})}


def _drawn(request: HttpRequest, panel: Panel, obj: Model) -> SafeString:
    """One broken panel does not take the page with it."""
    try:
        context = {"panel": panel, "object": obj, **panel.get_context(request, obj)}
        return render_to_string(panel.template, context, request)
    except Exception:
        log.exception("a panel failed", extra={"panel": type(panel).__name__})
        return render_to_string("components/failed.html", {"title": panel.title}, request)
