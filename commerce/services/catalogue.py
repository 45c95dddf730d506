"""The catalogue as each process keeps it in memory: what is sold, under which price rules, and who delivers.

Read whole in a few queries, and again when its number has changed (`commerce_catalogueversion`, raised by
database triggers).
"""

import threading

from commerce.services.catalogue_reading import read, read_version
from commerce.services.catalogue_types import (
    BrandDef,
    CatalogProduct,
    Catalogue,
    FieldDef,
    OfferDef,
    PriceListDef,
    Rule,
)

__all__ = [
    "BrandDef",
    "CatalogProduct",
    "Catalogue",
    "FieldDef",
    "OfferDef",
    "PriceListDef",
    "Rule",
    "current",
    "forget",
    "held_version",
]

_lock = threading.Lock()
_held: Catalogue | None = None


def current(version: int | None = None) -> Catalogue:
    """The catalogue of this moment.

    Args:
        version: the number as the caller has just read it; no query is made where it is the one in memory.
            Without it one query reads it.
    """
    global _held
    wanted = read_version() if version is None else version
    held = _held
    if held is not None and held.version == wanted:
        return held
    with _lock:
        # Another thread may have read it while this one waited.
        if _held is None or _held.version != wanted:
            _held = read()
        return _held


def held_version() -> int | None:
    """The number of the catalogue in memory."""
    held = _held
    return held.version if held is not None else None


def forget() -> None:
    """Read everything again at the next use."""
    global _held
    _held = None
