"""Who acts: set once where a request or task begins, read by services when they record what happened."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from core.models import User

type ActorKind = Literal["staff", "reseller", "customer", "key", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody or something that acts, with a label that stays readable after it is gone."""

    kind: ActorKind
    id: str
    label: str


SYSTEM = Actor("system", "", "Topline")

_current: ContextVar[Actor] = ContextVar("actor", default=SYSTEM)


def current_actor() -> Actor:
    return _current.get()


def set_actor(actor: Actor) -> None:
    """For the rest of this request; `core.request_context` puts it back at its end."""
    _current.set(actor)


@contextmanager
def acting_as(actor: Actor) -> Iterator[Actor]:
    token = _current.set(actor)
    try:
        yield actor
    finally:
        _current.reset(token)


def actor_for_user(user: "User") -> Actor:
    """Staff, or a customer where the user is none; commerce refines it where it knows the party."""
    return Actor("staff" if user.is_staff else "customer", str(user.pk), user.get_full_name() or user.get_username())
