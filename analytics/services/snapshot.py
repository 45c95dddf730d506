"""One moment of the database for everything a report reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import Error, connection, transaction
from psycopg import ServerCursor

READING = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
LONGEST_SECONDS = 1_800


@contextmanager
def snapshot(*, longest: int = LONGEST_SECONDS) -> Iterator[None]:
    """Read only, repeatable: rows, totals and control totals are of one moment. Nobody waits for it, nor it for others.

    Inside a caller's transaction it is that transaction's moment, which only tests have. Times are handed over in UTC:
    Django takes whatever the database sends for that.

    Args:
        longest: seconds a question may take.
    """
    alone = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if alone:
            cursor.execute(READING)
        cursor.execute(
            "SELECT set_config('statement_timeout', %(most)s, true),"
            " set_config('idle_in_transaction_session_timeout', %(most)s, true),"
            # Its compilation costs more than it gains, and half a second before the first row.
            " set_config('jit', 'off', true),"
            # A second process would take the core that orders need: their slowest took three times as long.
            " set_config('max_parallel_workers_per_gather', '0', true)",
            {"most": f"{longest}s"},
        )
        with _cursors_closed():
            yield


@contextmanager
def clocks_of(zone: str) -> Iterator[None]:
    """What the database writes to a file by itself meanwhile, it writes in this zone. Nothing else may be read."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('TimeZone', %s, true)", [zone])
        yield
        cursor.execute("SELECT set_config('TimeZone', 'UTC', true)")


@contextmanager
def _cursors_closed() -> Iterator[None]:
    """Cursors of the server end here, however little of them was read.

    Of a reading that broke off, generators stand still over a cursor. The garbage collector finds them some time later
    and has the server close a cursor that is long gone: an error inside whatever transaction is open by then.
    """
    opened: list[ServerCursor[Any]] = []

    def noted(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        cursor = context["cursor"].cursor
        if isinstance(cursor, ServerCursor):
            opened.append(cursor)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(noted):
        try:
            yield
        finally:
            for cursor in opened:
                _close(cursor)


def _close(cursor: ServerCursor[Any]) -> None:
    """Where it broke off with the connection, or with an error, there is nothing left to close."""
    try:
        with connection.wrap_database_errors:
            cursor.close()
    except Error:
        connection.needs_rollback = True
