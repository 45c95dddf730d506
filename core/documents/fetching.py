"""What a PDF may read while it is made: our own static files and data in the page itself, and nothing else.

Imported only where WeasyPrint is there.
"""

import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import SuspiciousOperation
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

# A host that cannot exist: relative addresses become absolute by it, and nobody is ever asked.
BASE = "http://documents.invalid/"
TYPES = {
    ".css": "text/css",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".ttf": "font/ttf",
    ".otf": "font/otf",
}
# Of what a page may carry in itself; an SVG picture could ask for more.
DATA = ("image/png", "image/jpeg", "image/webp", "image/gif", "font/", "text/css", "application/font-woff2")

# Seconds. Fonts are unpacked in the system's temporary folder, which others tidy.
FONTS_KEPT = 900
_kept = threading.local()


def fonts() -> FontConfiguration:
    """The fonts of this thread's documents: to unpack them anew for each would take longer than to draw a page."""
    if getattr(_kept, "until", 0) < time.monotonic():
        _kept.until, _kept.fonts = time.monotonic() + FONTS_KEPT, FontConfiguration()
    return _kept.fonts


def forget_fonts() -> None:
    """After a fault: one that was unpacked by half would stay so."""
    _kept.until = 0


class OwnFilesFetcher(URLFetcher):
    """Neither the network nor the file system: a name below STATIC_URL is looked up as the server would."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("data",), allow_redirects=False)

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
        if url.startswith(BASE):
            return _static(url)
        if url.lower().startswith("data:") and not url[len("data:") :].lower().startswith(DATA):
            raise ValueError("This kind of data is not drawn in documents.")
        return super().fetch(url, headers)


def _static(url: str) -> URLFetcherResponse:
    path = unquote(urlsplit(url).path)
    # Given absolutely or not, STATIC_URL is a path of ours.
    below = "/" + settings.STATIC_URL.strip("/") + "/"
    name = path.removeprefix(below)
    kind = TYPES.get(Path(name).suffix.lower())
    found = _find(name) if kind and name != path else None
    if found is None:
        raise ValueError(f"There is no static file “{path[:100]}” for documents.")
    return URLFetcherResponse(url, found.read_bytes(), {"Content-Type": kind})


def _find(name: str) -> Path | None:
    """By the finders while developing, in the collected files otherwise; never outside of either."""
    try:
        if isinstance(found := finders.find(name), str):
            return Path(found)
        collected = Path(staticfiles_storage.path(name))
    except (SuspiciousOperation, NotImplementedError, ValueError, OSError):
        return None
    return collected if collected.is_file() else None
