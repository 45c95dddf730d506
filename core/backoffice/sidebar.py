"""The sidebar as HTML. Every page shows all of it, so each group is drawn once for each way it can look, and kept."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

KEPT = 1000

type _Line = tuple[str, str, str, bool, str]


def drawn(group: Mapping[str, Any]) -> SafeString:
    """A group that `navigation.sidebar` made, as Unfold would draw it."""
    lines = tuple(
        (str(item["title"]), item["icon"], item["link"], bool(item["active"]), item.get("badge", ""))
        for item in group["items"]
    )
    return _drawn(str(group["title"]), lines)


@lru_cache(maxsize=KEPT)
def _drawn(title: str, lines: tuple[_Line, ...]) -> SafeString:
    named = [dict(zip(("title", "icon", "link", "active", "badge"), line, strict=True)) for line in lines]
    return render_to_string("admin/sidebar_group.html", {"title": title, "lines": named})
