"""What a channel is: one file here, one of it registered under its key."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from core.registry import Registry

if TYPE_CHECKING:
    from core.messages.enclosures import Enclosure
    from core.models import User


class NotDelivered(Exception):
    """A carrier did not take a message.

    Args:
        kind: what went wrong in one word, kept in the log of messages; never the carrier's words, which may repeat
            what it was sent.
        final: trying again is no use.
    """

    def __init__(self, kind: str, *, final: bool = False) -> None:
        super().__init__(kind)
        self.kind, self.final = kind, final


# Answers of an API that are not about the message: a key that somebody corrects, a service that is busy.
ASKED_AGAIN = frozenset({401, 403, 408, 429})


def is_final(status: int) -> bool:
    """Whether an API's HTTP status refuses this message for good."""
    return 400 <= status < 500 and status not in ASKED_AGAIN


@dataclass(frozen=True, slots=True)
class Letter:
    """What a channel carries; `files` are for those that can.

    Attributes:
        identity: the same at each try. A carrier that took it, and could not say so, knows it again.
    """

    address: str
    subject: str
    body: str
    files: "tuple[Enclosure, ...]" = ()
    identity: str = ""


class Channel(ABC):
    """A way to reach people.

    Attributes:
        longest: characters of a text at most.
        has_subject: whether a message has one.
        is_short: whether it carries a line or two; the product has shorter words for those.
    """

    key: ClassVar[str]
    title: ClassVar[Any]
    icon: ClassVar[str]
    longest: ClassVar[int]
    has_subject: ClassVar[bool] = True
    is_short: ClassVar[bool] = False

    @abstractmethod
    def address_of(self, user: "User") -> str:
        """Where this person is reached; empty where they are not."""

    @abstractmethod
    def takes(self, address: str) -> bool:
        """Whether an address without a person is one of this channel's."""

    @abstractmethod
    def send(self, letter: Letter) -> str:
        """Hand it to the carrier.

        Returns:
            The carrier's own id of it, where it has one.

        Raises:
            NotDelivered, or anything else: then it is tried again.
        """

    def is_ready(self) -> bool:
        """Whether it is set up."""
        return True


channels: Registry[Channel] = Registry("message channels")
