"""The sidebar: apps add entries, everybody sees those they have the right to."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from django.core.cache import cache as shared_cache
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix, reverse

BADGE_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the sidebar.

    Attributes:
        permission: `app.codename`, several of which one is enough, or empty for all staff.
        position: orders entries and, by its smallest, groups.
        badge: how many things wait there; asked at most every 15 seconds, nothing is shown for 0.
    """

    group: Any
    title: Any
    icon: str
    url_name: str
    permission: str | tuple[str, ...]
    position: int
    badge: Callable[[], int | str | None] | None = None
    query: str = ""

    def link(self) -> str:
        return _address(self.url_name, get_script_prefix()) + (f"?{self.query}" if self.query else "")

    def shown_to(self, request: HttpRequest) -> bool:
        wanted = (self.permission,) if isinstance(self.permission, str) else self.permission
        return not self.permission or any(request.user.has_perm(name) for name in wanted)

    def badge_text(self) -> str:
        """Cached, because every page asks."""
        if self.badge is None:
            return ""
        key = f"navigation-badge:{self.url_name}:{self.query}"
        text = shared_cache.get(key)
        if text is None:
            text = str(self.badge() or "")
            shared_cache.set(key, text, BADGE_SECONDS)
        return str(text)


@cache
def _address(url_name: str, _prefix: str) -> str:
    """Looked up once a process: every page shows some forty of them."""
    return reverse(url_name)


_entries: list[Entry] = []


def add(
    group: Any,
    title: Any,
    icon: str,
    url_name: str,
    permission: str | tuple[str, ...],
    position: int,
    badge: Callable[[], int | str | None] | None = None,
    query: str = "",
) -> Entry:
    """Put an entry into the sidebar and the command palette."""
    entry = Entry(group, title, icon, url_name, permission, position, badge, query)
    _entries.append(entry)
    return entry


def entries(request: HttpRequest) -> list[Entry]:
    """Those this person may open, in order."""
    return [entry for entry in _ordered() if entry.shown_to(request)]


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """What Unfold draws."""
    shown = [(entry, link) for entry in entries(request) if (link := _link(entry))]
    active = _active([link for _entry, link in shown], request)
    return [
        {
            "title": title,
            "collapsible": False,
            "separator": False,
            "items": [_item(entry, link, active=link == active) for entry, link in group],
        }
        for title, group in groupby(shown, key=lambda pair: str(pair[0].group))
    ]


def _item(entry: Entry, link: str, *, active: bool) -> dict[str, Any]:
    item: dict[str, Any] = {"title": entry.title, "icon": entry.icon, "link": link, "active": active}
    if text := entry.badge_text():
        item |= {"badge": text, "badge_variant": "warning"}
    return item


def _link(entry: Entry) -> str:
    try:
        return entry.link()
    except NoReverseMatch:
        return ""


def _active(links: list[str], request: HttpRequest) -> str:
    """The longest link this page lies under; one with a query only where the page has the same."""
    here = request.get_full_path()
    index = reverse("admin:index")
    under = [link for link in links if _is_under(link, here, request.path, index)]
    return max(under, key=len, default="")


def _is_under(link: str, here: str, path: str, index: str) -> bool:
    if link == index:
        return path == index
    return here.startswith(link) if "?" in link else path.startswith(link)


def _ordered() -> list[Entry]:
    firsts: dict[str, int] = {}
    for entry in _entries:
        name = str(entry.group)
        firsts[name] = min(firsts.get(name, entry.position), entry.position)
    return sorted(_entries, key=lambda entry: (firsts[str(entry.group)], str(entry.group), entry.position))
