"""Keeping what history pages show: which tables are kept, and the one way to empty words in them.

Triggers do the keeping, whoever writes (`core/sql/kept_history.sql`); the audit chain seals it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from core.backoffice.history.reading import has_history
from core.events import record

ERASED, KEPT_ANEW = "history.erased", "history.kept_anew"
# Of all rows that an event had changed: how many, and a digest that names each with what it said and says.
CHANGED = """
count(*)::text, encode(sha256(convert_to(string_agg(
    concat_ws(' ', x.table_name, x.history_id, encode(x.before, 'hex'), encode(x.after, 'hex')), ',' ORDER BY x.id
), 'UTF8')), 'hex')
"""


def tables() -> dict[str, type[models.Model]]:
    """Every table of history, and the model whose changes it has."""
    kept = [model for model in apps.get_models() if has_history(model) and not model._meta.proxy]
    return {model.history.model._meta.db_table: model for model in kept}  # type: ignore[attr-defined]


def note_columns(**_kwargs: Any) -> None:
    """After migrations the columns of every table are noted. Else the first who writes would, in a transaction of any
    length, for whose end all others who write would wait."""
    if _asked("SELECT to_regprocedure('core_history_columns(regclass, text)')") is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT core_history_columns(to_regclass(name), name) FROM unnest(%s::text[]) AS name"
            " WHERE to_regclass(name) IS NOT NULL",
            [sorted(tables())],
        )


@contextmanager
def emptying(subject: models.Model) -> Iterator[None]:
    """Inside the block, all or nothing of which is done, words may be emptied in rows of history.

    An event at its end says for whom, and names what was changed: whatever else was is found.
    """
    with transaction.atomic():
        number = _asked("SELECT nextval('core_event_id_seq')")
        _asked("SELECT set_config('core.history_change', %s, true)", str(number))
        yield
        _asked("SELECT set_config('core.history_change', '', true)")
        _told(number, ERASED, subject, {})


@transaction.atomic
def keep_anew(table: str, *, reason: str) -> None:
    """What rows say after a column of theirs was dropped or got another type: a migration that does that calls this.

    From then on they are compared with what they say now. Run `check_audit` before.
    """
    number = _asked("SELECT nextval('core_event_id_seq')")
    with connection.cursor() as cursor:
        cursor.execute("SELECT core_keep_anew(%s::regclass, %s)", [table, number])
    _told(number, KEPT_ANEW, (tables()[table]._meta.label_lower, ""), {"list": table, "reason": reason})


def keep_rest(table: str) -> None:
    """Keep rows that were loaded while triggers were off, such as a demo's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT core_keep_rest(%s::regclass)", [table])


def _told(number: int, kind: str, subject: models.Model | tuple[str, str], data: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {CHANGED} FROM core_changedhistory x WHERE x.event_id = %s",  # noqa: S608  # nosec B608
            [number],
        )
        count, digest = cursor.fetchone() or ("0", "")
    if count == "0":
        return
    record(kind, subject=subject, data={"rows": count, "digest": digest, **data}, number=number)


def _asked(statement: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    return row[0] if row else None
