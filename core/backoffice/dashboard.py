"""The first page: apps register widgets, each person sees those of their rights."""

import logging
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.backoffice.badges import TONES
from core.registry import Registry

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Figure:
    """One key figure.

    Attributes:
        value: as people read it, with its currency.
        note: what it is compared with.
        tone: neutral, or what it means: success, warning, danger, info.
        link: where its rows are.
    """

    label: Any
    value: Any
    note: Any = ""
    tone: str = "neutral"
    link: str = ""
    icon: str = ""

    def __post_init__(self) -> None:
        if self.tone not in TONES:
            raise ValueError(f"“{self.tone}” is no tone; known: {', '.join(TONES)}.")


class IndexWidget(ABC):
    """A part of the first page.

    Attributes:
        permission: `app.codename`, or empty for all staff.
        zone: `figures` (a row on top), `main` (wide) or `side` (narrow).
        half: two of these stand side by side in the main zone, where there is room.
        template: drawn with what `get_context` returns, and `widget`.
    """

    title: ClassVar[Any] = ""
    permission: ClassVar[str] = ""
    position: ClassVar[int] = 100
    zone: ClassVar[str] = "main"
    half: ClassVar[bool] = False
    template: ClassVar[str]

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        return {}


class FiguresWidget(IndexWidget):
    """Adds figures to the row on top."""

    zone = "figures"
    template = "components/figures.html"

    @abstractmethod
    def figures(self, request: HttpRequest) -> list[Figure]:
        """The figures, in order."""

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        return {"figures": self.figures(request)}


index_widgets: Registry[type[IndexWidget]] = Registry("index widgets")


def context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's callback for the first page."""
    shown = [widget for widget in index_widgets.values() if _may_see(request, widget)]
    zones: dict[str, list[SafeString]] = {"figures": [], "main": [], "side": []}
    for widget in sorted(shown, key=lambda one: one.position):
        # What has nothing to say takes no place.
        if (drawn := _drawn(request, widget())).strip():
            zones[widget.zone].append(drawn)
    name = request.user.first_name or request.user.get_username()  # type: ignore[union-attr]
    context |= {"zones": zones, "heading": _("Hello, %(name)s") % {"name": name}}
    return context


def _may_see(request: HttpRequest, widget: type[IndexWidget]) -> bool:
    return not widget.permission or request.user.has_perm(widget.permission)


def _drawn(request: HttpRequest, widget: IndexWidget) -> SafeString:
    """One broken widget does not take the first page with it."""
    try:
        return render_to_string(widget.template, {"widget": widget, **widget.get_context(request)}, request)
    except Exception:
        log.exception("an index widget failed", extra={"widget": type(widget).__name__})
        return render_to_string("components/failed.html", {"title": widget.title}, request)
