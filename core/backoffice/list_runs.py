"""Lists too long to be made while somebody waits: handed to whoever makes files in the background."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest

from core.registry import Registry


@dataclass(frozen=True, slots=True)
class LongList:
    """A list as it was asked for.

    Attributes:
        name: `app_label.model_name`.
        query: its search, filters and order, as they stand in its address.
        columns: names of the columns it shows, each of which its reader may see.
    """

    name: str
    title: str
    format: str
    query: str
    columns: tuple[str, ...]


# Has it made, and says at which address that is followed; None where it makes nothing for this person.
type Starter = Callable[[HttpRequest, LongList], str | None]
starters: Registry[Starter] = Registry("makers of long lists")


def start(request: HttpRequest, wanted: LongList) -> str | None:
    """Where to follow it; None where nobody makes it for this person.

    Raises:
        DomainError: why it cannot be begun now.
    """
    return next((page for starter in starters.values() if (page := starter(request, wanted))), None)
