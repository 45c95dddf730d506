"""Rows as CSV, written by the database: a million of them cost the process no more memory than ten."""

from collections.abc import Generator, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet

from core.actors import Actor, current_actor
from core.documents.delimited import BOM
from core.events import record
from core.models import Event

# Bytes handed to the server at once.
PORTION = 64 * 1024
# As long as a slow reader may take; the usual limit is for what a page asks.
LONGEST_SECONDS = 900
ALONG_INDEXES = """
SELECT set_config('enable_sort', 'off', true), set_config('enable_hashjoin', 'off', true),
       set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true)
"""
# The same rule as core.documents.formulas, for the database.
FORMULA = r"^(?:[\t\r\n]|[\s\u0001-\u001f\u00a0\ufeff\u200b-\u200f\u2060\ufffe\uffff]*[=+@＝＋－＠\-])"
PHONE = r"^\+[0-9]{4,15}$"

# A letter or a digit at its beginning says it at a fraction of the cost: of most texts nothing else is asked.
PLAIN_START = "ascii({0}::text) BETWEEN 65 AND 126 OR ascii({0}::text) BETWEEN 48 AND 57"
TEXT = (
    f"CASE WHEN {PLAIN_START} THEN {{0}}::text"
    " WHEN {0}::text ~ %(formula)s AND {0}::text !~ %(phone)s THEN '''' || {0}::text ELSE {0}::text END"
)
PLAIN = "{0}"
TIME = """to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""
FLAG = "CASE WHEN {0} THEN 'true' ELSE 'false' END"

# Of each its name in the file, where it is read, how it is written.
type Columns = Sequence[tuple[str, str, str]]


def export(
    rows: QuerySet[Any],
    columns: Columns,
    *,
    told: Event,
    ended: str,
    bom: bool = False,
    along_indexes: bool = False,
) -> Generator[bytes]:
    """The file in portions.

    Args:
        told: the event that says what was asked for.
        ended: the kind of the event that says at the end how much went out.
        along_indexes: read rows in the order of an index and look the rest up row by row. The planner, which is told
            of no limit, would read all, join and sort it before the first byte.
    """
    return _portions(told, ended, _copied(statement(rows, columns), along_indexes), current_actor(), bom)


def statement(rows: QuerySet[Any], columns: Columns) -> str:
    """The whole COPY, with its values in it."""
    names = [name for name, _, _ in columns]
    quoted = ", ".join(f'"{name}"' for name in names)
    written = ", ".join(how.format(f'o."{name}"') + f' AS "{name}"' for name, _, how in columns)
    sources = [source for _, source, _ in columns]
    asking = rows.values_list(*sources)
    try:
        inner, params = asking.query.sql_with_params()
    except EmptyResultSet:
        # The header alone: of what can find nothing there is no SQL.
        asking.query.clear_where()
        inner, params = asking.filter(pk__isnull=True).query.sql_with_params()
    asked = connection.ops.compose_sql(inner, params)  # type: ignore[attr-defined]
    how = connection.ops.compose_sql(written, {"formula": FORMULA, "phone": PHONE})  # type: ignore[attr-defined]
    return f"COPY (SELECT {how} FROM ({asked}) AS o({quoted})) TO STDOUT WITH (FORMAT csv, HEADER)"  # noqa: S608  # nosec B608


def _copied(sql: str, along_indexes: bool) -> Generator[bytes]:
    """A row at a time, as the database sends them."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = %s", [f"{LONGEST_SECONDS}s"])
        if along_indexes:
            cursor.execute(ALONG_INDEXES)
        with cursor.copy(sql) as copy:
            for row in copy:
                yield bytes(row)


def _portions(event: Event, ended: str, rows: Generator[bytes], actor: Actor, bom: bool) -> Generator[bytes]:
    lines, complete, portion = 0, False, bytearray(BOM.encode() if bom else b"")
    try:
        for row in rows:
            lines += 1
            portion += row
            if len(portion) >= PORTION:
                yield bytes(portion)
                portion.clear()
        yield bytes(portion)
        complete = True
    finally:
        # The reading transaction ends first, so that what is written down stands by itself.
        rows.close()
        record(
            ended,
            subject=(event.subject_kind, event.subject_id),
            # The first line is the header.
            data={"export": event.pk, "rows": max(lines - 1, 0), "complete": complete},
            actor=actor,
        )
