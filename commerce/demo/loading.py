"""Loading rows in bulk by COPY. The database's triggers are off meanwhile: `check_ledger` proves what came of it."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection, models
from psycopg import Connection, sql

from commerce.demo.orders import COLUMNS as ORDER_COLUMNS
from commerce.models import (
    Attempt,
    Delivery,
    Hold,
    Order,
    OrderMessage,
    Payment,
    SandboxDelivery,
    Transfer,
    WebhookMessage,
)
from core.models import Event

# A buffer of so many lines is sent: tens of megabytes at most.
SENT_AT = 40_000

COLUMNS: dict[type[models.Model], tuple[str, ...]] = {
    Order: ORDER_COLUMNS,
    Hold: ("order_id", "account_id", "amount", "currency", "status", "created_at", "settled_at"),
    Attempt: (
        "id", "order_id", "number", "offer_id", "provider_id", "cost", "currency", "request", "status",
        "provider_reference", "response", "error_code", "error_message", "checks", "started_at", "last_checked_at",
        "finished_at",
    ),
    Transfer: (
        "id", "group", "kind", "debit_account_id", "credit_account_id", "amount", "currency", "debit_balance_after",
        "credit_balance_after", "order_id", "payment_id", "external_reference", "reason", "actor_kind", "actor_id",
        "actor_label", "created_at",
    ),
    Event: (
        "kind", "subject_kind", "subject_id", "actor_kind", "actor_id", "actor_label", "data", "request_id",
        "created_at",
    ),
    Payment: (
        "id", "order_id", "customer_id", "transaction_type", "amount", "currency", "payment_method", "gateway",
        "payment_gateway_response", "status", "gateway_transaction_id", "needs_decision", "created_at", "updated_at",
        "completed_at",
    ),
    WebhookMessage: ("gateway", "message_id", "payment_id", "body", "outcome", "received_at"),
    Delivery: (
        "order_id", "status", "sim_type", "delivery_address", "city", "courier", "assignee_id",
        "delivery_tracking_number", "iccid", "notes", "created_at", "updated_at", "dispatched_at", "delivered_at",
        "activated_at",
    ),
    OrderMessage: (
        "id", "order_id", "kind", "to", "address", "subject", "body", "status", "tries", "author_label", "created_at",
        "sent_at",
    ),
    SandboxDelivery: (
        "key", "provider_code", "sku", "recipient", "amount", "outcome", "error_code", "reference", "submissions",
        "known_at", "reversed_at", "created_at",
    ),
}  # fmt: skip


@contextmanager
def without_triggers() -> Iterator[None]:
    """In this block, inside a transaction, no trigger fires: neither the money rules' nor those of foreign keys.

    Raises:
        django.db.ProgrammingError: where the database's user is no superuser.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
        yield
        cursor.execute("SET LOCAL session_replication_role = origin")


def without_indexes(tables: Iterable[type[models.Model]]) -> list[str]:
    """Drop what only makes reading fast, in this transaction: built at the end it costs a third. Constraints stay.

    Returns the statements that make the indexes again.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
            " WHERE i.indrelid = ANY (%s::regclass[]) AND NOT EXISTS"
            " (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)",
            [[model._meta.db_table for model in tables]],
        )
        found = cursor.fetchall()
        for name, _definition in found:
            cursor.execute(sql.SQL("DROP INDEX {}").format(sql.SQL(name)))
    return [definition for _name, definition in found]


def make_indexes(statements: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        for statement in statements:
            cursor.execute(statement)


class Lines:
    """Rows as COPY lines, by table, each text with its line feed; sent by a thread while the next are made.

    Between the first `send` and the last, nobody else may use the connection.
    """

    def __init__(self) -> None:
        self.of: dict[type[models.Model], list[str]] = {model: [] for model in COLUMNS}
        self._sender = ThreadPoolExecutor(1, "demo-copy")
        self._sent: list[Future[None]] = []

    def send(self) -> None:
        """Send the tables of which there are many rows, once what was sent before has arrived."""
        for model, lines in self.of.items():
            if len(lines) >= SENT_AT:
                self._send(model, lines)

    def finish(self) -> None:
        """Send everything that is left and wait for it."""
        for model, lines in self.of.items():
            if lines:
                self._send(model, lines)
        self._arrived()
        self._sender.shutdown()

    def _send(self, model: type[models.Model], lines: list[str]) -> None:
        self._arrived()
        statement = _statement(model, COLUMNS[model])
        self._sent.append(self._sender.submit(_copy, connection.connection, statement, "".join(lines)))
        lines.clear()

    def _arrived(self) -> None:
        while self._sent:
            self._sent.pop().result()


def copy_objects(objects: Sequence[models.Model]) -> None:
    """Unsaved objects with their ids and dates as they are; `save` would date them now."""
    if not objects:
        return
    fields = objects[0]._meta.concrete_fields
    with (
        connection.cursor() as cursor,
        cursor.copy(_statement(type(objects[0]), [str(field.column) for field in fields])) as copy,
    ):
        for each in objects:
            copy.write_row(
                [field.get_db_prep_save(getattr(each, field.attname), connection) for field in fields]
            )


# Never back to before a number that was given already: what is kept of history has its numbers from the events'.
_NUMBER_ON = sql.SQL(
    "SELECT setval(s.name, greatest(m.last + 1, nextval(s.name)), false)"
    " FROM (SELECT coalesce(max(id), 0) AS last FROM {1}) m, (SELECT pg_get_serial_sequence({0}, 'id') AS name) s"
)


def settle_in(written: Iterable[type[models.Model]]) -> None:
    """Go on numbering behind what was loaded, and tell the planner what is there."""
    with connection.cursor() as cursor:
        for model in written:
            table = sql.Identifier(model._meta.db_table)
            if isinstance(model._meta.pk, models.AutoField):
                cursor.execute(_NUMBER_ON.format(model._meta.db_table, table))
            cursor.execute(sql.SQL("ANALYZE {}").format(table))


def _statement(model: type[models.Model], columns: Sequence[str]) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(model._meta.db_table), names)


def _copy(to: Connection[Any], statement: sql.Composed, lines: str) -> None:
    with to.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(lines)
