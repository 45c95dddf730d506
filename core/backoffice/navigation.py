"""The sidebar: apps add entries, everybody sees those they have the right to."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from django.core.cache import cache as shared_cache
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils.translation import get_language

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

    @property
    def badge_key(self) -> str:
        return f"navigation-badge:{self.url_name}:{self.query}"


@cache
def _address(url_name: str, _prefix: str) -> str:
    """Looked up once a process: every page shows some forty of them."""
    return reverse(url_name)


_entries: list[Entry] = []
# Of which entries, how many those were, and each language's order of them.
_sorted: tuple[list[Entry], int, dict[str | None, list[Entry]]] = ([], 0, {})


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


def badge_texts(shown: Iterable[Entry]) -> dict[str, str]:
    """By their keys. Every page asks, so they are cached, and asked for all at once."""
    counted = {entry.badge_key: entry.badge for entry in shown if entry.badge}
    texts: dict[str, str] = shared_cache.get_many(counted) if counted else {}
    missing = {key: str(badge() or "") for key, badge in counted.items() if key not in texts}
    if missing:
        shared_cache.set_many(missing, BADGE_SECONDS)
    return texts | missing


def entries(request: HttpRequest) -> list[Entry]:
    """Those this person may open, in order."""
    return [entry for entry in _ordered() if entry.shown_to(request)]


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """What Unfold draws."""
    shown = [(entry, link) for entry in entries(request) if (link := _link(entry))]
    active = _active([link for _entry, link in shown], request)
    badges = badge_texts(entry for entry, _link in shown)
    return [
        {
            "title": title,
            "collapsible": False,
            "separator": False,
            "items": [_item(entry, link, badges, active=link == active) for entry, link in group],
        }
        for title, group in groupby(shown, key=lambda pair: str(pair[0].group))
    ]


def _item(entry: Entry, link: str, badges: Mapping[str, str], *, active: bool) -> dict[str, Any]:
    item: dict[str, Any] = {"title": entry.title, "icon": entry.icon, "link": link, "active": active}
    if text := badges.get(entry.badge_key):
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
    """Sorted once a process and language, and again where an entry was added since."""
    global _sorted
    entries, length, by_language = _sorted
    if entries is not _entries or length != len(_entries):
        by_language = {}
        _sorted = (_entries, len(_entries), by_language)
    language = get_language()
    if language not in by_language:
        by_language[language] = _sort()
    return by_language[language]


def _sort() -> list[Entry]:
    firsts: dict[str, int] = {}
    for entry in _entries:
        name = str(entry.group)
        firsts[name] = min(firsts.get(name, entry.position), entry.position)
    return sorted(_entries, key=lambda entry: (firsts[str(entry.group)], str(entry.group), entry.position))
