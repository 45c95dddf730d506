"""What we tell people of, and which placeholders the words of each may hold."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.registry import Registry


@dataclass(frozen=True, slots=True)
class Placeholder:
    """`{name}` in a text, what it stands for, and how it looks filled in."""

    name: str
    meaning: Any
    sample: Any


# In every text, filled in by us.
COMMON = (
    Placeholder("name", _("Whom we write to"), "Sara Ahmadi"),
    Placeholder("product", _("Our name, from the Branding settings"), "Topline"),
    Placeholder("tagline", _("Our tagline, from the Branding settings"), "Always on"),
)


@dataclass(frozen=True, slots=True)
class MessageEvent:
    """Something people are told of.

    Attributes:
        placeholders: its own; `COMMON` are in every text besides.
        channels: by which it may be told; the words of each can be changed.
        usual: those of them that are used unless a person chose otherwise.
        permission: which staff `tell_staff` tells; empty for events that concern one person.
        secret: its text holds a code or a link that signs in, and is not kept.
        required: nobody can switch it off.
        life: after which it is worth nothing and is not sent any more.
    """

    key: str
    title: Any
    meaning: Any
    placeholders: tuple[Placeholder, ...]
    channels: tuple[str, ...] = ("email",)
    usual: tuple[str, ...] = ("email",)
    permission: str = ""
    icon: str = "notifications"
    tone: str = "neutral"
    secret: bool = False
    required: bool = False
    life: timedelta | None = None

    @property
    def for_staff(self) -> bool:
        return bool(self.permission)

    @property
    def all_placeholders(self) -> tuple[Placeholder, ...]:
        return (*self.placeholders, *COMMON)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(one.name for one in self.all_placeholders)

    def samples(self) -> dict[str, str]:
        return {one.name: str(one.sample) for one in self.all_placeholders}


class MessageEvents(Registry[MessageEvent]):
    def define(
        self, key: str, title: Any, meaning: Any, *placeholders: Placeholder, **more: Any
    ) -> MessageEvent:
        """Register an event of this key."""
        return self.add(key, MessageEvent(key, title, meaning, placeholders, **more))


events = MessageEvents("message events")
