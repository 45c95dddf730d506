"""Resellers by key as this process last read them, so that placing an order is one round trip.

Nothing that is held is believed. Whoever is held may order, because the statement that places the order places nothing
unless key, reseller and catalogue are the rows that were read (`commerce/sql/place_held.sql`). Nobody is refused by
what is held: a refusal before that statement raises `Unconfirmed`, and the caller reads the buyer anew.
"""

from dataclasses import replace
from types import TracebackType

from django.utils import timezone

from commerce.services import catalogue
from commerce.services.buyers import Buyer, KnownKey, digest, used_key
from core.exceptions import DomainError

# More than are in use; when so many are held, all are read again.
MOST_HELD = 10_000


class Unconfirmed(Exception):
    """What is held of a buyer may be out of date: read the buyer and try again."""


_held: dict[str, KnownKey] = {}


def held_buyer(key: str, *, address: str | None) -> Buyer | None:
    """Whom this key belongs to as far as this process knows; the placing confirms it. No query."""
    held = _held.get(digest(key))
    if held is None or held.buyer.catalogue_version != catalogue.held_version():
        return None
    now = timezone.now()
    return held.buyer if held.serves(address, now) and held.use_is_noted(now) else None


def read_buyer(key: str, *, address: str | None) -> Buyer | None:
    """As `buyer_by_key`, and held from now on. One query."""
    known = used_key(key, address=address)
    if known is None:
        _held.pop(digest(key), None)
        return None
    if len(_held) >= MOST_HELD:
        _held.clear()
    _held[digest(key)] = replace(known, buyer=replace(known.buyer, stamp=known.stamp))
    return known.buyer


class judging:  # noqa: N801 - read as a word of the language
    """`with judging(buyer):` around what may refuse a buyer before the database has looked at it.

    Raises:
        Unconfirmed: instead of a DomainError, where the buyer is held.
    """

    __slots__ = ("is_held",)

    def __init__(self, buyer: Buyer) -> None:
        self.is_held = bool(buyer.stamp)

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.is_held and isinstance(error, DomainError):
            raise Unconfirmed from error
