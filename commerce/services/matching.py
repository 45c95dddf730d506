"""Matching a statement with our books, and writing down what does not fit: in the database, a set at a time.

Rules in their order: our own id, their reference, the order's number, and (where the source wants it) amount and day.
A line that has found its match keeps it. Run again, it finds what has changed since and says nothing twice.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from commerce import sql
from commerce.models import ImportedStatement, ReconciliationBreak, StatementSource
from commerce.services.constraints import retried
from core.events import record
from core.zones import zone_named

# References are looked for this far around a statement; our own id and order numbers, wherever they are.
AROUND = timedelta(days=31)
LONGEST_SECONDS = 300
SUBJECTS = {"provider": "attempt", "gateway": "payment", "bank": "transfer"}
# What is ours and may still change its status; a transfer has none.
CHANGING = {"attempt": "commerce_attempt", "payment": "commerce_payment"}
RULES = {
    # The number of a transfer may be any number of theirs, so what fits otherwise is asked first.
    "our_id": "t.our_reference <> '' AND o.key = t.our_reference AND (o.status <> 'booked' OR o.amount = t.amount)",
    # Money that went back is often named by the payment it gives back, which is not what it is matched with.
    "refunded": "t.reference <> '' AND t.amount < 0 AND t.reference = o.other_reference",
    "reference": "t.reference <> '' AND t.reference = o.reference",
    "given_reference": "t.our_reference <> '' AND t.our_reference = lower(o.reference)",
    "order": "t.order_number <> '' AND t.order_number = o.order_number",
    "order_as_ours": "t.our_reference <> '' AND upper(t.our_reference) = o.order_number",
    "our_number": "t.our_reference <> '' AND o.key = t.our_reference AND o.status = 'booked'",
}
SHOWN_AS = {
    "our_id": "our_id", "reference": "reference", "given_reference": "reference", "refunded": "reference",
    "order": "order", "order_as_ours": "order", "our_number": "our_id",
}  # fmt: skip
FREE = """
    NOT EXISTS (SELECT 1 FROM pg_temp.pairs p WHERE p.line_id = t.id)
    AND NOT EXISTS (SELECT 1 FROM pg_temp.pairs p WHERE p.n = o.n AND p.status = t.status)
"""
# A line takes what fits it best, and what two lines want goes to the first.
BY_RULE = """
INSERT INTO pg_temp.pairs (line_id, n, status, rule)
SELECT line_id, n, status, %(rule)s FROM (
    SELECT *, row_number() OVER (PARTITION BY n, status ORDER BY line_id) AS turn FROM (
        SELECT t.id AS line_id, o.n, t.status, row_number() OVER (
            PARTITION BY t.id
            ORDER BY (o.amount < 0) = (t.amount < 0) DESC, o.due = (t.status = 'done') DESC,
                     abs(o.amount - t.amount), o.n DESC
        ) AS best
        FROM pg_temp.theirs t JOIN pg_temp.ours o ON {condition}
        WHERE {free}
    ) each WHERE best = 1
) taken WHERE turn = 1
"""
# The first line of an amount and a day with the first of ours, the second with the second.
BY_AMOUNT = """
INSERT INTO pg_temp.pairs (line_id, n, status, rule)
SELECT t.id, o.n, 'done', 'amount' FROM (
    SELECT t.id, t.amount, t.day, row_number() OVER (PARTITION BY t.amount, t.day ORDER BY t.id) AS turn
    FROM pg_temp.theirs t
    WHERE t.status = 'done' AND NOT EXISTS (SELECT 1 FROM pg_temp.pairs p WHERE p.line_id = t.id)
) t JOIN (
    SELECT o.n, o.amount, o.day, row_number() OVER (PARTITION BY o.amount, o.day ORDER BY o.n) AS turn
    FROM pg_temp.ours o
    WHERE o.due AND NOT EXISTS (SELECT 1 FROM pg_temp.pairs p WHERE p.n = o.n)
) o ON o.amount = t.amount AND o.day + %(offset)s = t.day AND o.turn = t.turn
"""
# Amounts that differ by little: each other's nearest.
BY_NEAR_AMOUNT = """
INSERT INTO pg_temp.pairs (line_id, n, status, rule)
SELECT line_id, n, 'done', 'amount' FROM (
    SELECT t.id AS line_id, o.n,
           row_number() OVER (PARTITION BY t.id ORDER BY abs(t.amount - o.amount), abs(t.day - o.day), o.n) AS best,
           row_number() OVER (PARTITION BY o.n ORDER BY abs(t.amount - o.amount), abs(t.day - o.day), t.id) AS turn
    FROM pg_temp.theirs t
    JOIN pg_temp.ours o ON o.due AND o.amount BETWEEN t.amount - %(tolerance)s AND t.amount + %(tolerance)s
        AND o.day BETWEEN t.day - %(days)s AND t.day + %(days)s
    WHERE t.status = 'done' AND {free}
) near WHERE best = 1 AND turn = 1
"""
KEPT = """
INSERT INTO pg_temp.pairs (line_id, n, status, rule)
SELECT l.id, o.n, l.status, l.rule
FROM pg_temp.ours o JOIN commerce_statementline l ON l.{subject}_id = o.subject::{type}
"""
# A difference that was booked for want of a line is ours no more: the line that comes after all finds it missing.
BOOKED = """
UPDATE pg_temp.ours o SET booked = b.booked
FROM commerce_reconciliationbreak b
WHERE b.source_id = %(source)s AND b.kind = 'ours_only' AND b.booked <> 0 AND b.{subject}_id = o.subject::{type}
"""
WRITE_MATCHES = """
UPDATE commerce_statementline l SET rule = f.rule, {subject}_id = f.subject::{type}
FROM pg_temp.found f WHERE l.id = f.line_id AND f.n IS NOT NULL AND f.rule_before = ''
"""
# What was wrong and is no more; or is wrong in another way.
CLOSE = """
UPDATE commerce_reconciliationbreak b
SET status = 'closed', resolution = CASE b.kind WHEN 'theirs_only' THEN 'matched' ELSE 'corrected' END,
    closed_at = %(now)s, difference = 0
FROM pg_temp.found f WHERE b.line_id = f.line_id AND b.status = 'open' AND f.kind IS NULL
"""
# What fitted by now, or was closed by somebody who saw another picture, and is wrong again.
REOPEN = """
UPDATE commerce_reconciliationbreak b
SET status = 'open', resolution = '', reason = '', closed_by = '', closed_at = NULL
FROM pg_temp.found f
WHERE b.line_id = f.line_id AND b.status = 'closed' AND f.kind IS NOT NULL
  AND (b.closed_by = '' AND b.resolution IN ('matched', 'corrected')
       OR (b.kind, b.ours, b.our_status) IS DISTINCT FROM (f.kind, f.ours, coalesce(f.our_status, '')))
RETURNING b.id
"""
CHANGE = """
UPDATE commerce_reconciliationbreak b
SET kind = f.kind, ours = f.ours, theirs = f.theirs, difference = f.theirs - coalesce(f.ours, 0),
    our_status = coalesce(f.our_status, ''), {subject}_id = f.subject::{type}, order_id = f.order_id
FROM pg_temp.found f
WHERE b.line_id = f.line_id AND b.status = 'open' AND f.kind IS NOT NULL
  AND (b.kind, b.ours, b.our_status, b.difference)
      IS DISTINCT FROM (f.kind, f.ours, coalesce(f.our_status, ''), f.theirs - coalesce(f.ours, 0))
"""
CLOSE_OURS = """
UPDATE commerce_reconciliationbreak b SET status = 'closed', resolution = 'matched', closed_at = %(now)s
WHERE b.source_id = %(source)s AND b.kind = 'ours_only' AND b.status = 'open'
  AND EXISTS (SELECT 1 FROM commerce_statementline l WHERE l.{subject}_id = b.{subject}_id)
  AND NOT EXISTS (
      SELECT 1 FROM commerce_signoff s WHERE s.source_id = b.source_id AND b.day BETWEEN s.first_day AND s.last_day
  )
"""
# They were right not to know of it: by now it is no charge of ours either.
CLOSE_UNDONE = """
UPDATE commerce_reconciliationbreak b SET status = 'closed', resolution = 'corrected', closed_at = %(now)s
FROM {table} o
WHERE b.source_id = %(source)s AND b.kind = 'ours_only' AND b.status = 'open' AND b.booked = 0
  AND o.id = b.{subject}_id AND o.status <> b.our_status
  AND NOT EXISTS (
      SELECT 1 FROM commerce_signoff s WHERE s.source_id = b.source_id AND b.day BETWEEN s.first_day AND s.last_day
  )
"""
# Those that only this statement's lines have closed.
REOPEN_OURS = """
UPDATE commerce_reconciliationbreak b SET status = 'open', resolution = '', closed_at = NULL
FROM commerce_statementline l
WHERE l.statement_id = %(statement)s AND b.source_id = l.source_id AND b.{subject}_id = l.{subject}_id
  AND b.kind = 'ours_only' AND b.status = 'closed' AND b.resolution = 'matched'
  AND NOT EXISTS (
      SELECT 1 FROM commerce_statementline m
      WHERE m.{subject}_id = l.{subject}_id AND m.statement_id <> l.statement_id
  )
RETURNING b.id
"""
ADD = """
INSERT INTO commerce_reconciliationbreak (source_id, statement_id, line_id, kind, day, {subject}_id, order_id,
    reference, ours, theirs, difference, our_status, their_status, status, resolution, reason, closed_by, created_at)
SELECT %(source)s, %(statement)s, f.line_id, f.kind, f.day, f.subject::{type}, f.order_id,
       coalesce(nullif(f.reference, ''), nullif(l.our_reference, ''), l.order_number), f.ours, f.theirs,
       f.theirs - coalesce(f.ours, 0), coalesce(f.our_status, ''), f.their_status, 'open', '', '', '', %(now)s
FROM pg_temp.found f JOIN commerce_statementline l ON l.id = f.line_id
WHERE f.kind IS NOT NULL
ORDER BY f.line_id
ON CONFLICT DO NOTHING
"""
ADD_OURS = """
INSERT INTO commerce_reconciliationbreak (source_id, statement_id, kind, day, {subject}_id, order_id, reference,
    ours, difference, our_status, their_status, status, resolution, reason, closed_by, created_at)
SELECT %(source)s, %(statement)s, 'ours_only', o.day, o.subject::{type}, o.order_id,
       coalesce(nullif(o.reference, ''), nullif(o.order_number, ''), o.key), o.amount, -o.amount, o.status, '', 'open',
       '', '', '', %(now)s
FROM pg_temp.ours o
WHERE o.due AND o.day BETWEEN %(first)s AND %(last)s
  AND NOT EXISTS (SELECT 1 FROM pg_temp.pairs p WHERE p.n = o.n)
  AND NOT EXISTS (
      SELECT 1 FROM commerce_signoff s WHERE s.source_id = %(source)s AND o.day BETWEEN s.first_day AND s.last_day
  )
ORDER BY o.n
ON CONFLICT DO NOTHING
"""
COUNT = """
UPDATE commerce_importedstatement SET status = 'matched', matched_at = %(now)s, touched_at = %(now)s,
    matched = (SELECT count(*) FROM commerce_statementline l WHERE l.statement_id = %(statement)s AND l.rule <> '')
WHERE id = %(statement)s
"""
# With a million rows around, a plan that was guessed for ten takes minutes.
SETTINGS = """
SELECT set_config('statement_timeout', %s, true), set_config('work_mem', '64MB', true), set_config('jit', 'off', true)
"""


@transaction.atomic
def match(statement: ImportedStatement, *, days: tuple[date, date] | None = None) -> None:
    """Match a statement whose lines are read, or match it again.

    What is signed off is left alone.

    Args:
        days: where ours without a line are looked for; else from the first to the last day of its lines.
    """
    # One at a time for a source: two would want the same of ours.
    source = StatementSource.objects.select_for_update(no_key=True).get(pk=statement.source_id)
    if statement.first_day is None or statement.last_day is None:
        return
    values = _values(source, statement, days or (statement.first_day, statement.last_day))
    with connection.cursor() as cursor:
        cursor.execute(SETTINGS, [f"{LONGEST_SECONDS}s"])
        _compare(cursor, source, values)
        reopened = _write(cursor, SUBJECTS[source.kind], values)
        cursor.execute("DROP TABLE pg_temp.theirs, pg_temp.ours, pg_temp.pairs, pg_temp.found")
    _tell_reopened(reopened)
    statement.refresh_from_db(fields=["status", "matched", "matched_at", "touched_at"])
    _tell(statement)


def reopen_ours(statement: ImportedStatement) -> None:
    """What this statement's lines have closed is open again, for its lines go."""
    source = StatementSource.objects.select_for_update(no_key=True).get(pk=statement.source_id)
    with connection.cursor() as cursor:
        cursor.execute(REOPEN_OURS.format(**_names(SUBJECTS[source.kind])), {"statement": statement.pk})
        reopened = [row[0] for row in cursor.fetchall()]
    _tell_reopened(reopened)


@retried
@transaction.atomic
def match_period(source_id: int, first: date, last: date) -> None:
    """Compare all statements of some days with what the books say now, and all of these days with the statements.

    Also on days that no statement has a line of, what is ours has to be theirs.
    """
    of_days = ImportedStatement.objects.filter(source_id=source_id, status=ImportedStatement.Status.MATCHED)
    known = of_days.filter(first_day__lte=last, last_day__gte=first).order_by("last_day", "pk")
    # Before their source, as everybody does.
    statements = list(known.defer("content").select_for_update(no_key=True))
    for statement in statements[:-1]:
        match(statement)
    for statement in statements[-1:]:
        begin, end = statement.first_day or first, statement.last_day or last
        match(statement, days=(min(first, begin), max(last, end)))


def _compare(cursor: Any, source: StatementSource, values: dict[str, Any]) -> None:
    """Pair theirs with ours, and find what is wrong about each line."""
    names = _names(SUBJECTS[source.kind])
    for part in ("match_begin", f"match_{source.kind}"):
        cursor.execute(sql.read(part), values)
    cursor.execute(BOOKED.format(**names), values)
    cursor.execute("ANALYZE pg_temp.ours")
    cursor.execute(KEPT.format(**names))
    _pair(cursor, source)
    cursor.execute("ANALYZE pg_temp.pairs")
    cursor.execute(sql.read("match_compare"), values)


def _write(cursor: Any, subject: str, values: dict[str, Any]) -> list[int]:
    """Write down what was found. Which breaks are open again."""
    names, reopened = _names(subject), []
    undone = [CLOSE_UNDONE] if subject in CHANGING else []
    for step in (WRITE_MATCHES, CLOSE, REOPEN, CHANGE, CLOSE_OURS, *undone, ADD, ADD_OURS, COUNT):
        cursor.execute(step.format(**names), values)
        if step == REOPEN:
            reopened = [row[0] for row in cursor.fetchall()]
    return reopened


def _names(subject: str) -> dict[str, str]:
    table = CHANGING.get(subject, "")
    return {"subject": subject, "table": table, "type": "uuid" if table else "bigint"}


def _pair(cursor: Any, source: StatementSource) -> None:
    for rule, condition in RULES.items():
        found = 1
        while found:
            cursor.execute("ANALYZE pg_temp.pairs")
            cursor.execute(BY_RULE.format(condition=condition, free=FREE), {"rule": SHOWN_AS[rule]})
            # Of two that gave the same amount of one payment back, the second line takes the second.
            found = cursor.rowcount if rule == "refunded" else 0
    if not source.by_amount:
        return
    for offset in _offsets(source.day_tolerance):
        cursor.execute("ANALYZE pg_temp.pairs")
        cursor.execute(BY_AMOUNT, {"offset": offset})
    if source.amount_tolerance > 0:
        near = {"tolerance": source.amount_tolerance, "days": source.day_tolerance}
        cursor.execute(BY_NEAR_AMOUNT.format(free=FREE), near)


def _offsets(days: int) -> Iterator[int]:
    """0, then a day later than ours, a day earlier, two days later."""
    yield 0
    for day in range(1, days + 1):
        yield from (day, -day)


def _values(source: StatementSource, statement: ImportedStatement, days: tuple[date, date]) -> dict[str, Any]:
    """For all of the statements; moments begin and end days of the source's zone."""
    zone = zone_named(source.time_zone)
    first, last = days

    def midnight(day: date) -> datetime:
        return datetime.combine(day, time.min, tzinfo=zone)

    slack = timedelta(days=source.day_tolerance if source.by_amount else 0)
    return {
        "statement": statement.pk,
        "source": source.pk,
        "kind": source.kind,
        "provider": source.provider_id,
        "gateway": source.gateway,
        "currency": source.currency,
        "zone": zone.key,
        "tolerance": source.amount_tolerance,
        "first": first,
        "last": last,
        "begin": midnight(first - slack),
        "end": midnight(last + slack + timedelta(days=1)),
        "early": midnight(first - AROUND),
        "late": midnight(last + AROUND),
        "now": timezone.now(),
    }


def _tell_reopened(breaks: list[int]) -> None:
    for pk in breaks:
        record("break.reopened", subject=(ReconciliationBreak._meta.label_lower, str(pk)))


def _tell(statement: ImportedStatement) -> None:
    left = statement.breaks.filter(status="open").count()
    data = {"lines": statement.lines, "matched": statement.matched, "breaks": left}
    record("statement.matched", subject=statement, data=data)
