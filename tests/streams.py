"""Answers that a test's client did not read to their end are closed when the test ends, as a server would close them.

A file that is sent while it is read holds a transaction. Left to the garbage collector, it would end inside some later
test: until then each transaction ended one level too high, and that test saw rows of this one.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from unittest import mock

from django.core.signals import request_finished
from django.db import close_old_connections, connection

_unread: list[Callable[[], None]] = []


def watched() -> Any:
    """While it lasts, what the test client streams is kept in mind."""
    return mock.patch("django.test.client.closing_iterator_wrapper", _read_to_the_end)


def close_unread() -> None:
    request_finished.disconnect(close_old_connections)
    try:
        while _unread:
            _unread.pop()()
    finally:
        request_finished.connect(close_old_connections)


def assert_no_transaction_is_left() -> None:
    assert not connection.in_atomic_block, "a test left a transaction open: the next would see what it wrote"


def _read_to_the_end(parts: Iterable[bytes], close: Callable[[], None]) -> Iterator[bytes]:
    """Django's own, which is not begun where nobody reads."""
    _unread.append(close)
    return _parts(parts, close)


def _parts(parts: Iterable[bytes], close: Callable[[], None]) -> Iterator[bytes]:
    try:
        yield from parts
    finally:
        if close in _unread:
            _unread.remove(close)
            request_finished.disconnect(close_old_connections)
            try:
                close()
            finally:
                request_finished.connect(close_old_connections)
