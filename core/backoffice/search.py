"""What the command palette finds: each app registers finders, each asks only for what the person may see."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from itertools import islice
from typing import Any, ClassVar

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.dataclasses import SearchResult

from core.backoffice import navigation
from core.registry import Registry

SHORTEST, LONGEST = 2, 80
RESULTS_A_FINDER = 6


class Finder(ABC):
    """Looks for one kind of thing by indexed columns.

    Attributes:
        permission: `app.codename` that the person needs.
        hint: by what it finds things, as part of a list in a sentence; finders may share one.
    """

    title: ClassVar[Any]
    permission: ClassVar[str]
    icon: ClassVar[str] = "search"
    hint: ClassVar[Any] = ""

    @abstractmethod
    def find(self, request: HttpRequest, term: str) -> Iterable[SearchResult]:
        """At most a handful, best first; whatever is beyond the limit is not shown."""

    def result(self, title: Any, description: Any, link: str) -> SearchResult:
        return SearchResult(
            title=str(title), description=f"{self.title} · {description}", link=link, icon=self.icon
        )


finders: Registry[type[Finder]] = Registry("finders")


def clean_term(raw: str | None) -> str:
    """What was typed, or nothing where it is too short or cannot be stored."""
    term = " ".join((raw or "").split())[:LONGEST]
    return term if len(term) >= SHORTEST and "\x00" not in term else ""


def find(request: HttpRequest, term: str) -> list[SearchResult]:
    """Things first, then pages of the sidebar."""
    results: list[SearchResult] = []
    for finder in finders.values():
        if request.user.has_perm(finder.permission):
            results.extend(islice(finder().find(request, term), RESULTS_A_FINDER))
    return results + pages(request, term)


def pages(request: HttpRequest, term: str) -> list[SearchResult]:
    """Entries of the sidebar whose words begin with the term or that contain it."""
    lowered = term.lower()
    return [
        SearchResult(title=str(entry.title), description=str(entry.group), link=entry.link(), icon=entry.icon)
        for entry in navigation.entries(request)
        if lowered in str(entry.title).lower() or lowered in str(entry.group).lower()
    ]


def hints(request: HttpRequest) -> list[str]:
    """By what this person may search, each said once."""
    allowed = [finder for finder in finders.values() if request.user.has_perm(finder.permission)]
    said = dict.fromkeys(str(finder.hint) for finder in allowed if finder.hint)
    return [*said, str(_("pages by a word of their title"))]
