"""Proving that rows of history say what they said when they were written; see `core.services.audit_history`.

What was kept of them is proved by the chain: here the rows are compared with that.
"""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from core.models import KeptHistory
from core.services.audit_history import CHANGED, ERASED, KEPT_ANEW, tables

TITLES = {
    "history": _("Each change that history pages show says what it said when it was written"),
    "history_gone": _("No change was removed from the history"),
    "history_added": _("No change was put into the history by hand"),
    "history_erased": _("What was emptied in the history was emptied by an erasure that says so"),
}
# In one walk along a table: the digest a row must have is what was kept, or what an erasure left.
COMPARED = """
WITH later AS (
    SELECT c.id, core_later_columns({name}::regclass, c.id) AS columns
    FROM core_historycolumns c WHERE c.table_name = {name}
), changed AS (
    SELECT DISTINCT ON (x.history_id) x.history_id, x.columns_id, x.after
    FROM core_changedhistory x WHERE x.table_name = {name} ORDER BY x.history_id, x.id DESC
), kept AS (
    SELECT k.history_id, k.salt, coalesce(x.after, k.digest) AS digest, coalesce(l.columns, '{{}}') AS later
    FROM core_history_in({name}) k LEFT JOIN changed x ON x.history_id = k.history_id
    LEFT JOIN later l ON l.id = coalesce(x.columns_id, k.columns_id)
), compared AS (
    SELECT coalesce(k.history_id, t.history_id) AS id, k.digest,
           CASE WHEN t.history_id IS NOT NULL AND k.history_id IS NOT NULL
                THEN sha256(k.salt || convert_to((to_jsonb(t) - k.later)::text, 'UTF8')) END AS now,
           t.history_id IS NULL AS gone, k.history_id IS NULL AS added
    FROM kept k FULL JOIN {table} t ON t.history_id = k.history_id
)
SELECT id, encode(digest, 'hex'), encode(now, 'hex'), gone, added FROM compared
WHERE gone OR added OR now IS DISTINCT FROM digest ORDER BY id
"""
# Of a row's changes the first must begin with what was kept, and each of the next where the one before ended.
STEPS = """
SELECT x.table_name, x.history_id FROM (
    SELECT c.*, lag(c.after) OVER (PARTITION BY c.table_name, c.history_id ORDER BY c.id) AS ended
    FROM core_changedhistory c
) x WHERE x.before IS DISTINCT FROM coalesce(x.ended, (
    SELECT substring(k.digests FROM array_position(k.ids, x.history_id) * 32 - 31 FOR 32) FROM core_kepthistory k
    WHERE k.table_name = x.table_name AND k.last_id >= x.history_id AND x.history_id = ANY (k.ids)
    ORDER BY k.last_id LIMIT 1
)) ORDER BY x.id
"""
CAUSES = f"""
SELECT x.event_id, {CHANGED},
    min(e.data->>'rows') FILTER (WHERE e.kind = ANY (%(kinds)s)),
    min(e.data->>'digest') FILTER (WHERE e.kind = ANY (%(kinds)s))
FROM core_changedhistory x LEFT JOIN core_event e ON e.id = x.event_id GROUP BY x.event_id ORDER BY 1
"""  # noqa: S608  # nosec B608
type Add = Callable[[str, object, object, object], None]


def compare(add: Add) -> int:
    """Compare every row that history pages show; how many were kept.

    Args:
        add: takes the question, and (subject, expected, found).
    """
    known = tables()
    for table, model in known.items():
        _table(table, str(capfirst(model._meta.verbose_name)), add)
    names = KeptHistory.objects.values_list("table_name", flat=True).distinct()
    for name in sorted({*names} - {*known}):
        add("history_gone", name, _("a table"), _("gone"))
    _steps(add)
    _causes(add)
    [(count,)] = _rows("SELECT coalesce(sum(cardinality(ids)), 0) FROM core_kepthistory")
    return int(count)


def _table(table: str, called: str, add: Add) -> None:
    for number, kept, now, gone, added in _rows(COMPARED.format(name=f"'{table}'", table=f'"{table}"')):
        subject = _("%(what)s: change %(number)s") % {"what": called, "number": number}
        if gone:
            add("history_gone", subject, kept[:16], _("gone"))
        elif added:
            add("history_added", subject, _("a record of it"), _("none"))
        else:
            add("history", subject, kept[:16], now[:16])


def _steps(add: Add) -> None:
    for table, number in _rows(STEPS):
        add("history_erased", f"{table} {number}", _("what was kept"), _("something else"))


def _causes(add: Add) -> None:
    for event, count, digest, told_count, told_digest in _rows(CAUSES, {"kinds": [ERASED, KEPT_ANEW]}):
        if (count, digest) != (told_count, told_digest):
            add("history_erased", _("Erasure %d") % event, told_count or _("no erasure"), count)


def _rows(statement: str, parameters: dict[str, Any] | None = None) -> list[Any]:
    with connection.cursor() as cursor:
        # Times are compared as the text they were in this zone.
        cursor.execute("SET LOCAL timezone = 'UTC'")
        cursor.execute(statement, parameters)
        return cursor.fetchall()
