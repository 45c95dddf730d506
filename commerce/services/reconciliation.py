"""Statements: handing one in, saying which column is what, reading its lines, and taking it back."""

import hashlib
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.models import ImportedStatement, ReconciliationBreak, StatementSource
from commerce.services import matching, statement_files
from commerce.services.constraints import SIGNED_OFF, retried, sqlstate, violated
from commerce.services.statement_files import Reading
from core.backoffice.importing.files import Sheet
from core.events import record
from core.exceptions import Conflict, InvalidInput
from core.models import User

# A larger file is read by a worker.
AT_ONCE = 256 * 1024
LOST_AFTER = timedelta(minutes=10)
_S = ImportedStatement.Status
STAGE = """
CREATE TEMP TABLE staged (
    row int, day date, amount numeric(12, 2), status text, reference text, our_reference text, order_number text,
    description text
) ON COMMIT DROP
"""
COPY = "COPY pg_temp.staged (row, day, amount, status, reference, our_reference, order_number, description) FROM STDIN"
# What stands twice in one file happened twice; what stands in two files is the same line.
KEEP = """
INSERT INTO commerce_statementline (statement_id, source_id, row, key, day, reference, our_reference, order_number,
    amount, status, description, rule)
SELECT %(statement)s, %(source)s, s.row,
       encode(sha256(convert_to(concat_ws(chr(31), s.said, row_number() OVER (PARTITION BY s.said ORDER BY s.row)),
                                'UTF8')), 'hex'),
       s.day, s.reference, s.our_reference, s.order_number, s.amount, s.status, s.description, ''
FROM (
    SELECT *, concat_ws(chr(31), day, amount, status, reference, our_reference, order_number, description) AS said
    FROM pg_temp.staged
) s
ORDER BY s.row
ON CONFLICT (source_id, key) DO NOTHING
"""


@transaction.atomic
def hand_in(*, source: StatementSource, name: str, content: bytes, by: User | None) -> ImportedStatement:
    """Keep a file of a source; it is read once its columns are known.

    Raises:
        InvalidInput: no table, too large, packed to unpack to too much; `import_file`.
        Conflict: `same_file`, `source_inactive`.
    """
    if not source.active:
        raise Conflict("source_inactive", _("This source is switched off."))
    statement_files.sheet_of(name, content)
    statement = ImportedStatement(
        source=source,
        file_name=name[-150:],
        digest=hashlib.sha256(content).hexdigest(),
        content=content,
        uploaded_by=by,
    )
    try:
        with transaction.atomic():
            statement.save(force_insert=True)
    except IntegrityError as error:
        if violated(error) != "commerce_statement_file_once":
            raise
        raise _same_file(statement.digest) from error
    record(
        "statement.handed_in", subject=statement, data={"source": str(source), "file": statement.file_name}
    )
    return statement


def preview(statement: ImportedStatement, most: int = 8) -> Sheet:
    """The first rows of a statement that is not read yet.

    Raises:
        InvalidInput: as `hand_in`. Conflict: `already_read`.
    """
    _require_unread(statement)
    sheet = statement_files.sheet_of(statement.file_name, bytes(statement.content))
    return Sheet(sheet.headers, sheet.rows[:most])


@transaction.atomic
def choose_columns(*, statement: ImportedStatement, columns: dict[str, str]) -> StatementSource:
    """Say which column is what, for this file and the source's next ones.

    Raises:
        InvalidInput: naming the field. Conflict: `already_read`.
    """
    sheet = preview(statement)
    chosen = statement_files.check_columns(columns, sheet.headers)
    source = StatementSource.objects.select_for_update(no_key=True).get(pk=statement.source_id)
    if source.columns != chosen:
        source.columns = chosen
        source.save(update_fields=["columns"])
    return source


def is_known(statement: ImportedStatement, headers: list[str]) -> bool:
    """Whether the source's columns are those of this file, so that nobody has to be asked."""
    columns = statement.source.columns
    return bool(columns) and set(columns.values()) <= set(headers)


def start(statement: ImportedStatement) -> ImportedStatement:
    """Read a statement: at once, or a large one by a worker."""
    if len(statement.content) <= AT_ONCE:
        return read(statement_id=statement.pk)
    from commerce.tasks import read_statement

    _touch(statement, _S.READING)
    transaction.on_commit(lambda: read_statement.delay(statement.pk), robust=True)
    return statement


def is_lost(statement: ImportedStatement) -> bool:
    """A worker that reads it would have said something by now."""
    return statement.status == _S.READING and statement.touched_at < timezone.now() - LOST_AFTER


@retried
@transaction.atomic
def read(*, statement_id: int) -> ImportedStatement:
    """Read and match a statement; all of it or nothing. What cannot be understood is told by the statement.

    Raises:
        Conflict: `already_read`.
    """
    statement = ImportedStatement.objects.select_for_update(no_key=True, of=("self",)).get(pk=statement_id)
    _require_unread(statement)
    reading = _reading(statement)
    if reading.problems:
        return _refused(statement, reading.problems)
    try:
        with transaction.atomic():
            _keep(statement, reading)
    except DatabaseError as error:
        if sqlstate(error) != SIGNED_OFF:
            raise
        text = _("It has new lines of days that are signed off already.")
        return _refused(statement, [{"row": 0, "column": "", "text": text}])
    if not statement.lines:
        text = _("Every line of it is known from an earlier statement.")
        return _refused(statement, [{"row": 0, "column": "", "text": text}])
    matching.match(statement)
    return statement


@retried
@transaction.atomic
def match_again(*, statement_id: int) -> ImportedStatement:
    """Compare a statement with what the books say now.

    Raises:
        Conflict: `not_read`.
    """
    statement = ImportedStatement.objects.select_for_update(no_key=True, of=("self",)).get(pk=statement_id)
    if statement.status != _S.MATCHED:
        raise Conflict("not_read", _("This statement is not read yet."))
    matching.match(statement)
    return statement


@retried
@transaction.atomic
def take_back(*, statement_id: int, reason: str) -> ImportedStatement:
    """Undo a statement that was read wrongly: its lines and breaks go, as long as nobody has worked on them.

    Raises:
        InvalidInput: `reason_required`. Conflict: `worked_on`, `signed_off`, `already_discarded`.
    """
    if not reason.strip():
        raise InvalidInput("reason_required", _("Say why."), field="reason")
    statement = ImportedStatement.objects.select_for_update(no_key=True, of=("self",)).get(pk=statement_id)
    if statement.status == _S.DISCARDED:
        raise Conflict("already_discarded", _("This statement was taken back already."))
    # Locked first: nobody books one while it goes.
    if any(_was_worked_on(one) for one in statement.breaks.select_for_update(no_key=True)):
        raise Conflict("worked_on", _("Breaks of this statement were closed by people: it stays."))
    try:
        with transaction.atomic():
            statement.breaks.all().delete()
            matching.reopen_ours(statement)
            statement.rows.all().delete()
    except DatabaseError as error:
        if sqlstate(error) != SIGNED_OFF:
            raise
        raise Conflict("signed_off", _("Days of this statement are signed off: it stays.")) from error
    statement.content = b""
    statement.lines = statement.matched = 0
    _touch(statement, _S.DISCARDED, "content", "lines", "matched")
    record("statement.taken_back", subject=statement, data={"reason": reason.strip()})
    return statement


def _was_worked_on(found: ReconciliationBreak) -> bool:
    return bool(found.closed_by) or found.booked != 0


def _same_file(digest: str) -> Conflict:
    earlier = ImportedStatement.objects.filter(digest=digest).exclude(status=_S.DISCARDED).first()
    text = _("This very file was handed in already: %(name)s.") % {"name": earlier}
    return Conflict("same_file", text, field="import_file")


def _require_unread(statement: ImportedStatement) -> None:
    if statement.status not in (_S.UPLOADED, _S.READING, _S.REFUSED) or not statement.content:
        raise Conflict("already_read", _("This statement is read already."))


def _reading(statement: ImportedStatement) -> Reading:
    try:
        sheet = statement_files.sheet_of(statement.file_name, bytes(statement.content))
        statement_files.check_columns(statement.source.columns, sheet.headers)
    except InvalidInput as error:
        return Reading(problems=[{"row": 0, "column": "", "text": error.message}])
    return statement_files.read(statement.source, sheet)


def _refused(statement: ImportedStatement, problems: list[dict[str, Any]]) -> ImportedStatement:
    statement.problems = problems
    _touch(statement, _S.REFUSED, "problems")
    record("statement.refused", subject=statement, data={"problems": len(problems)})
    return statement


def _keep(statement: ImportedStatement, reading: Reading) -> None:
    """Write the lines, but for those that an earlier statement had."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.staged")
        cursor.execute(STAGE)
        with cursor.copy(COPY) as copy:
            for line in reading.lines:
                copy.write_row(
                    (line.row, line.day, line.amount, line.status, line.reference, line.our_reference,
                     line.order_number, line.description)
                )  # fmt: skip
        cursor.execute(KEEP, {"statement": statement.pk, "source": statement.source_id})
        statement.lines = cursor.rowcount
        cursor.execute("DROP TABLE pg_temp.staged")
        cursor.execute(
            "SELECT min(day), max(day), coalesce(sum(amount), 0) FROM commerce_statementline WHERE statement_id = %s",
            [statement.pk],
        )
        statement.first_day, statement.last_day, statement.total = cursor.fetchone()
    statement.repeated = len(reading.lines) - statement.lines
    statement.left_out = reading.left_out
    if statement.lines:
        statement.problems, statement.content = [], b""
        written = ("content", "problems", "lines", "repeated", "left_out", "first_day", "last_day", "total")
        _touch(statement, _S.READING, *written)


def _touch(statement: ImportedStatement, status: ImportedStatement.Status, *more: str) -> None:
    statement.status, statement.touched_at = status, timezone.now()
    statement.save(update_fields=["status", "touched_at", *more])
