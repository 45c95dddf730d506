"""What goes with a message: files that are made when it is sent, and never kept with it.

@enclosures.register("document")
def paper(message: Message) -> list[Enclosure]: ...
"""

from collections.abc import Callable
from dataclasses import dataclass

from core.models import Message
from core.registry import Registry


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file of a mail."""

    name: str
    content_type: str
    content: bytes


# By the key of the event.
enclosures: Registry[Callable[[Message], list[Enclosure]]] = Registry("files of messages")


def of(message: Message) -> tuple[Enclosure, ...]:
    return tuple(enclosures.get(message.event)(message)) if message.event in enclosures else ()
