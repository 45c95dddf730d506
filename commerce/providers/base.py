"""What a provider's adapter is: how to ask it for a delivery, and how to read what it answers.

The engine (`commerce.services.fulfilment`) commits an Attempt, then calls `submit` outside any transaction.
Whatever goes wrong between — a time-out, a reset, a 500, bytes that make no sense — may have happened after
the provider did its work, so it is `unknown`, never `failed`.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise

from core.crypto import mask
from core.registry import Registry

log = logging.getLogger(__name__)


class Outcome(StrEnum):
    """What a provider says has become of a call."""

    DELIVERED = "delivered"
    FAILED = "failed"
    PENDING = "pending"
    UNKNOWN = "unknown"
    NOT_FOUND = "not_found"


class NoAnswer(Exception):
    """The provider did not answer in time."""


@dataclass(frozen=True, slots=True)
class Call:
    """One delivery asked for.

    `key` names it for ever: the provider must do the same key once, however often it is sent. `amount` is
    what is credited per unit, in `currency`, where the product has one; `timeout` is in seconds.
    """

    key: str
    sku: str
    recipient: Mapping[str, str]
    recipient_key: str
    amount: Decimal | None
    quantity: int
    currency: str
    category: str = ""
    sim_type: str = ""
    email: str = ""
    order_number: str = ""
    timeout: float = 10

    @property
    def wants_code(self) -> bool:
        """Whether what is delivered is a code for the buyer: gift cards, eSIMs, and brands that ask for no
        recipient.
        """
        return self.category == "gift-cards" or self.is_esim or not self.recipient

    @property
    def is_esim(self) -> bool:
        return self.sim_type == "esim"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a call.

    FAILED says that it was surely not and never will be delivered. NOT_FOUND is an answer of `status` alone:
    the provider never saw the key. `error_code` is one of our published codes; `raw` is the reply, kept
    masked.
    """

    outcome: Outcome
    reference: str = ""
    code: str = ""
    error_code: str = ""
    message: str = ""
    retryable: bool = False
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reversal:
    """A delivery the provider has undone, by the key it was asked with."""

    key: str
    reason: str


class NoOptions(forms.Form):
    """For adapters that need no settings of their own."""


class Adapter(ABC):
    """Base of all adapters. One object serves a provider in every thread of a process: it keeps no state.

    `by_hand` adapters are delivered by staff: nobody asks them again on a schedule. `secrets` names the
    options that are shown to nobody once saved.
    """

    title: ClassVar[str | Promise] = ""
    options_form: ClassVar[type[forms.Form]] = NoOptions
    secrets: ClassVar[frozenset[str]] = frozenset()
    by_hand: ClassVar[bool] = False
    for_tests: ClassVar[bool] = False

    def __init__(self, *, code: str, options: Mapping[str, Any]) -> None:
        self.code = code
        self.options = options

    @abstractmethod
    def submit(self, call: Call) -> Result:
        """Ask for a delivery. Anything raised counts as `unknown`."""

    @abstractmethod
    def status(self, call: Call) -> Result:
        """Ask what became of a key. Anything raised counts as `unknown`.

        NOT_FOUND only where the provider guarantees that it never saw the key; it is then submitted again.
        """

    @property
    def is_near(self) -> bool:
        """Whether a call takes no time to speak of, because it asks nobody over a network. Calls of others are made
        in threads, many at once."""
        return self.by_hand

    def balance(self) -> Decimal | None:
        """Our prepaid balance there, in the provider's currency; None where it does not tell."""
        return None

    def reversals(self, since: datetime) -> list[Reversal]:
        """Deliveries undone since then. Only providers that undo deliveries answer with any."""
        return []


providers: Registry[type[Adapter]] = Registry("providers")

_SECRET_WORDS = (
    "password",
    "passwd",
    "secret",
    "token",
    "authorization",
    "api_key",
    "apikey",
    "code",
    "pin",
    "voucher",
)
_MAX_DEPTH, _MAX_ITEMS, _MAX_TEXT = 6, 50, 500


def masked(value: Any, *, depth: int = 0) -> Any:
    """A reply as it may be kept and shown: secrets masked, texts and lists cut, only what JSON can say."""
    if depth > _MAX_DEPTH:
        return "…"
    if isinstance(value, Mapping):
        pairs = list(value.items())[:_MAX_ITEMS]
        return {
            _text(key): _hidden(item) if _secret(key) else masked(item, depth=depth + 1)
            for key, item in pairs
        }
    if isinstance(value, list | tuple):
        return [masked(item, depth=depth + 1) for item in value[:_MAX_ITEMS]]
    if value is None or isinstance(value, bool | int):
        return value
    return _text(value)


def _secret(key: Any) -> bool:
    name = str(key).lower()
    return any(word in name for word in _SECRET_WORDS) and not name.startswith(("error", "status"))


def _hidden(value: Any) -> str:
    return mask(_text(value)) if value else ""


def storable(value: Any, *, most: int) -> str:
    """A text of a provider's as PostgreSQL keeps it: no NUL, no half surrogate pairs, not too long."""
    return str(value).replace("\x00", "")[:most].encode("utf-8", "replace").decode()


def _text(value: Any) -> str:
    return storable(value, most=_MAX_TEXT)


def answer(ask: Any, call: Call) -> Result:
    """Call `submit` or `status`; whatever is raised, and whatever is no Result, is `unknown`."""
    try:
        result = ask(call)
    except (NoAnswer, TimeoutError):
        return Result(Outcome.UNKNOWN, error_code="timeout", message="The provider did not answer in time.")
    except Exception as error:
        log.warning("provider call failed", exc_info=True, extra={"key": call.key})
        return Result(
            Outcome.UNKNOWN, error_code="no_clear_answer", message=f"{type(error).__name__}: {error}"[:300]
        )
    if not isinstance(result, Result):
        return Result(Outcome.UNKNOWN, error_code="no_clear_answer", message="The adapter gave no result.")
    return result
