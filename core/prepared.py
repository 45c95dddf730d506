"""The few statements that every order sends: parsed and planned once a connection, not once a call.

Django puts values into the text of a statement, so that the server reads, parses and plans a new one each time. For
what runs a thousand times a second that costs more than some of the statements themselves.
"""

import hashlib
import re
from collections.abc import Sequence
from itertools import count
from typing import Any, Self
from weakref import WeakKeyDictionary

import psycopg
from django.conf import settings
from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.backends.utils import CursorWrapper
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

# psycopg prepares nothing at all where this is unset, which is Django's default. Its ordinary cursors never do.
ASKED_FOR = 1_000_000
# What the server says when it has no statement of this name: psycopg has all of them forgotten after a rollback.
UNKNOWN_STATEMENT = b"26000"
WHOLE_NUMBERS = frozenset({20, 21, 23})


class PreparedCursor(ServerBindingCursor):
    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        return super().execute(query, params, **{"prepare": True} | options)  # type: ignore[misc]


def prepared_cursor() -> CursorWrapper:
    """A cursor for a statement whose text is always the same; behind a pooler an ordinary one.

    Placeholders are the server's, so a value's type must be known from where it stands: cast it where it is not.
    """
    if settings.DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"]:
        return connection.cursor()
    _connect()
    wrapper: Any = connection
    raw: Any = connection.connection
    if raw.prepare_threshold is None:
        raw.prepare_threshold = ASKED_FOR
    return wrapper._prepare_cursor(PreparedCursor(raw))  # type: ignore[no-any-return, call-arg]


def _connect() -> None:
    """As Django's own cursors do: a connection that died since the last request is opened again."""
    connection.close_if_health_check_failed()
    connection.ensure_connection()


class Statement:
    """A statement with one row for an answer, by the shortest way there is: a quarter of what a cursor costs.

    Placeholders are `%s`; values and columns are text, whole numbers and NULL, and JSON as text.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        numbers = count(1)
        self._numbered = re.sub("%s", lambda _found: f"${next(numbers)}", text).encode()
        self._name = b"topline_" + hashlib.sha256(self._numbered).hexdigest()[:16].encode()

    def row(self, values: Sequence[str | int | None]) -> tuple[Any, ...] | None:
        """The first row, if there is one. Raises what a cursor's `execute` raises."""
        _connect()
        if not _is_plain():
            with prepared_cursor() as cursor:
                cursor.execute(self.text, values)
                return cursor.fetchone()
        with connection.wrap_database_errors:
            return self._row(connection.connection, [_sent(value) for value in values])

    def _row(self, raw: "psycopg.Connection[Any]", values: list[bytes | None]) -> tuple[Any, ...] | None:
        done = self._run(raw, values)
        if done.error_field(DiagnosticField.SQLSTATE) == UNKNOWN_STATEMENT:
            # Outside of a transaction nothing has happened yet.
            _known.pop(raw, None)
            done = self._run(raw, values)
        if done.status != ExecStatus.TUPLES_OK:
            raise _error(raw, done)
        if not done.ntuples:
            return None
        return tuple(_received(done, number) for number in range(done.nfields))

    def _run(self, raw: "psycopg.Connection[Any]", values: list[bytes | None]) -> PGresult:
        known = _known.setdefault(raw, set())
        if self._name not in known:
            done = raw.pgconn.prepare(self._name, self._numbered)
            if done.status != ExecStatus.COMMAND_OK:
                raise _error(raw, done)
            known.add(self._name)
        return raw.pgconn.exec_prepared(self._name, values)  # type: ignore[arg-type]  # NULL is None


# The names of what a connection has prepared.
_known: "WeakKeyDictionary[psycopg.Connection[Any], set[bytes]]" = WeakKeyDictionary()


def _is_plain() -> bool:
    """Whether the statement is a transaction by itself, and nobody wants to know of it."""
    return (
        connection.get_autocommit()
        and not connection.in_atomic_block
        and not connection.queries_logged
        and not connection.execute_wrappers
        and not settings.DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"]
        and connection.connection.pgconn.transaction_status == TransactionStatus.IDLE
    )


def _sent(value: str | int | None) -> bytes | None:
    if value is None:
        return None
    text = str(value).encode()
    if b"\x00" in text:
        # The server would take what comes before it for all.
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return text


def _received(done: PGresult, number: int) -> str | int | None:
    value = done.get_value(0, number)
    if value is None:
        return None
    return int(value) if done.ftype(number) in WHOLE_NUMBERS else value.decode()


def _error(raw: "psycopg.Connection[Any]", done: PGresult) -> psycopg.Error:
    """What the server said; where it said nothing because it is gone, what the library did."""
    if raw.pgconn.status == ConnStatus.BAD and not done.error_field(DiagnosticField.SQLSTATE):
        return psycopg.OperationalError(done.get_error_message())
    return error_from_result(done)
