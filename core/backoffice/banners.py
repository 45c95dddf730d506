"""What every page of the admin says on top while it is so: maintenance, brands that are not sold."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from core.registry import Registry

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Banner:
    """`tone` as of a notice; `link` leads to where it is changed."""

    text: Any
    tone: str = "warning"
    icon: str = "warning"
    link: str = ""
    link_text: Any = ""


# Functions that say what is so for this request; they cost no query.
banners: Registry[Callable[[HttpRequest], Iterable[Banner]]] = Registry("banners")


def shown(request: HttpRequest) -> list[Banner]:
    """For staff who are signed in; one that fails does not take the page with it."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not user.is_staff:
        return []
    found: list[Banner] = []
    for key, source in banners.items():
        try:
            found += source(request)
        except Exception:
            log.exception("a banner failed", extra={"banner": key})
    return found
