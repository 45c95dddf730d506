"""Who acts: set once where a request or task begins, read by services when they record what happened."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

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

_current: ContextVar[Actor | None] = ContextVar("actor", default=None)
# The request being answered: its user is looked up only when somebody asks who acts.
_request: ContextVar[Any] = ContextVar("actor_request", default=None)


def current_actor() -> Actor:
    """Whoever was set, else the user signed in to the request, else the system."""
    actor = _current.get()
    if actor is not None:
        return actor
    user = getattr(_request.get(), "user", None)
    return actor_for_user(user) if user is not None and user.pk else SYSTEM


def set_actor(actor: Actor) -> None:
    """For the rest of this request; `core.request_context` forgets it at its end."""
    _current.set(actor)


def forget_actor() -> None:
    """Whoever was set is not the one: nobody is known to act in this request."""
    _current.set(None)


@contextmanager
def acting_as(actor: Actor) -> Iterator[Actor]:
    token = _current.set(actor)
    try:
        yield actor
    finally:
        _current.reset(token)


@contextmanager
def answering(request: Any) -> Iterator[None]:
    """Inside the block a request is answered: nobody acts but whom its session, token or key names."""
    actor_token, request_token = _current.set(None), _request.set(request)
    try:
        yield
    finally:
        _current.reset(actor_token)
        _request.reset(request_token)


def actor_for_user(user: "User") -> Actor:
    """Staff, or a customer where the user is none; commerce refines it where it knows the party."""
    return Actor(
        "staff" if user.is_staff else "customer", str(user.pk), user.get_full_name() or user.get_username()
    )
