"""Loading rows in bulk by COPY. The database's triggers are off meanwhile: `check_ledger` proves what came of it."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models
from psycopg import sql

from commerce.demo.orders import COLUMNS as ORDER_COLUMNS
from commerce.models import Attempt, Delivery, Hold, Order, Payment, SandboxDelivery, Transfer, WebhookMessage
from core.models import Event

# A buffer of so many lines is sent: tens of megabytes at most.
SENT_AT = 40_000

COLUMNS: dict[type[models.Model], tuple[str, ...]] = {
    Order: ORDER_COLUMNS,
    Hold: ("order_id", "account_id", "amount", "currency", "status", "created_at", "settled_at"),
    Attempt: (
        "id", "order_id", "number", "offer_id", "provider_id", "cost", "currency", "request", "status", "provider_reference",
        "response", "error_code", "error_message", "checks", "started_at", "last_checked_at", "finished_at",
    ),
    Transfer: (
        "id", "group", "kind", "debit_account_id", "credit_account_id", "amount", "currency", "debit_balance_after",
        "credit_balance_after", "order_id", "payment_id", "external_reference", "reason", "actor_kind", "actor_id",
        "actor_label", "created_at",
    ),
    Event: (
        "kind", "subject_kind", "subject_id", "actor_kind", "actor_id", "actor_label", "data", "request_id", "created_at",
    ),
    Payment: (
        "id", "order_id", "customer_id", "transaction_type", "amount", "currency", "payment_method", "gateway",
        "payment_gateway_response", "status", "gateway_transaction_id", "needs_decision", "created_at", "updated_at",
        "completed_at",
    ),
    WebhookMessage: ("gateway", "message_id", "payment_id", "body", "outcome", "received_at"),
    Delivery: (
        "order_id", "status", "sim_type", "delivery_address", "courier", "assignee_id", "delivery_tracking_number", "iccid",
        "notes", "created_at", "updated_at", "dispatched_at", "delivered_at", "activated_at",
    ),
    SandboxDelivery: (
        "key", "provider_code", "sku", "recipient", "amount", "outcome", "error_code", "reference", "submissions",
        "known_at", "reversed_at", "created_at",
    ),
}  # fmt: skip


def without_triggers() -> None:
    """Until this transaction ends, no trigger fires: neither the money rules' nor those of foreign keys.

    Raises:
        django.db.ProgrammingError: where the database's user is no superuser.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")


class Lines:
    """Rows as COPY lines, by table; sent when there are many. Everything here is text with its line feed."""

    def __init__(self) -> None:
        self.of: dict[type[models.Model], list[str]] = {model: [] for model in COLUMNS}

    def send(self, *, all_of_them: bool = False) -> None:
        for model, lines in self.of.items():
            if lines and (all_of_them or len(lines) >= SENT_AT):
                _copy(model, COLUMNS[model], "".join(lines))
                lines.clear()


def copy_objects(objects: Sequence[models.Model]) -> None:
    """Unsaved objects with their ids and dates as they are; `save` would date them now."""
    if not objects:
        return
    fields = objects[0]._meta.concrete_fields
    with connection.cursor() as cursor, cursor.copy(_statement(type(objects[0]), [f.column for f in fields])) as copy:
        for each in objects:
            copy.write_row([field.get_db_prep_save(getattr(each, field.attname), connection) for field in fields])


def settle_in(written: Iterable[type[models.Model]]) -> None:
    """Go on numbering behind what was loaded, and tell the planner what is there."""
    with connection.cursor() as cursor:
        for model in written:
            table, key = model._meta.db_table, model._meta.pk
            if key is not None and isinstance(key, models.AutoField):
                cursor.execute(
                    sql.SQL(
                        "SELECT setval(pg_get_serial_sequence({name}, {column}), coalesce(max({id}), 0) + 1, false) FROM {table}"
                    ).format(name=table, column=key.column, id=sql.Identifier(key.column), table=sql.Identifier(table))
                )
            cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))


def _statement(model: type[models.Model], columns: Sequence[str]) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(model._meta.db_table), names)


def _copy(model: type[models.Model], columns: Sequence[str], lines: str) -> Any:
    with connection.cursor() as cursor, cursor.copy(_statement(model, columns)) as copy:
        copy.write(lines)
