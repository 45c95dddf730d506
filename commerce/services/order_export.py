"""Orders as CSV, written by the database: a million rows cost the process no more memory than ten."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from commerce.models import Order
from core.actors import Actor, current_actor
from core.documents.delimited import BOM
from core.events import record
from core.models import Event

# Bytes handed to the server at once.
PORTION = 64 * 1024
# As long as a slow reader may take; the usual limit is for what a page asks.
LONGEST_SECONDS = 900
# The same rule as core.documents.formulas, for the database.
FORMULA = r"^(?:[\t\r\n]|[\s\u00a0\ufeff\u200b-\u200f\u2060]*[=+@＝＋－＠\-])"
PHONE = r"^\+[0-9]{4,15}$"

TEXT = (
    "CASE WHEN {0}::text ~ %(formula)s AND {0}::text !~ %(phone)s THEN '''' || {0}::text ELSE {0}::text END"
)
PLAIN = "{0}"
TIME = """to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""
FLAG = "CASE WHEN {0} THEN 'true' ELSE 'false' END"

type Columns = Sequence[tuple[str, str, str]]

# Its name in the file, where it is read, how it is written.
ORDERS: Columns = (
    ("order_number", "order_number", TEXT),
    ("reference", "reference", TEXT),
    ("created_at", "created_at", TIME),
    ("status", "status", TEXT),
    ("payment_status", "payment_status", TEXT),
    ("source", "source", TEXT),
    ("reseller", "reseller__business_name", TEXT),
    ("client", "client__name", TEXT),
    ("customer", "customer__full_name", TEXT),
    ("category", "category_code", TEXT),
    ("brand", "brand_name", TEXT),
    ("product", "product_name", TEXT),
    ("sku", "sku", TEXT),
    ("recipient", "recipient_key", TEXT),
    ("quantity", "quantity", PLAIN),
    ("face_value", "face_value", PLAIN),
    ("unit_price", "unit_price", PLAIN),
    ("price", "price", PLAIN),
    ("service_fee", "service_fee", PLAIN),
    ("delivery_fee", "delivery_fee", PLAIN),
    ("tax", "tax", PLAIN),
    ("total", "total", PLAIN),
    ("commission", "commission", PLAIN),
    ("captured", "captured_amount", PLAIN),
    ("refunded", "refunded_amount", PLAIN),
    ("currency", "currency", TEXT),
    ("paid_at", "paid_at", TIME),
    ("finished_at", "finished_at", TIME),
)
FAILURES: Columns = (
    *(
        column
        for column in ORDERS
        if column[0] not in ("paid_at", "service_fee", "delivery_fee", "commission")
    ),
    ("failure_code", "failure_code", TEXT),
    ("failure_message", "failure_message", TEXT),
    ("may_be_tried_again", "failure_retryable", FLAG),
)
COST: Columns = (("cost", "cost", PLAIN),)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asked for; both days belong to the range and are the company's."""

    name: str
    columns: Columns
    statuses: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    filters: dict[str, str] = field(default_factory=dict)

    def rows(self) -> QuerySet[Order]:
        """Newest first, without test mode."""
        orders = Order.objects.filter(is_test=False).order_by("-created_at", "-id")
        if self.statuses:
            orders = orders.filter(status__in=self.statuses)
        if self.first:
            orders = orders.filter(created_at__gte=_begin(self.first))
        if self.last:
            orders = orders.filter(created_at__lt=_begin(self.last + timedelta(days=1)))
        return orders


def export(wanted: Wanted, *, bom: bool = False) -> Generator[bytes]:
    """The CSV file in portions; what was asked is written down now, how much went out at the end."""
    event = record(
        "orders.exported",
        subject=("commerce.order", wanted.name),
        data={"format": "csv", "filters": wanted.filters, "columns": [name for name, _, _ in wanted.columns]},
    )
    return _portions(event, _copied(statement(wanted)), current_actor(), bom)


def statement(wanted: Wanted) -> str:
    """The whole COPY, with its values in it."""
    names = [name for name, _, _ in wanted.columns]
    quoted = ", ".join(f'"{name}"' for name in names)
    written = ", ".join(how.format(f'o."{name}"') + f' AS "{name}"' for name, _, how in wanted.columns)
    sources = [source for _, source, _ in wanted.columns]
    try:
        inner, params = wanted.rows().values_list(*sources).query.sql_with_params()
    except EmptyResultSet:
        inner, params = wanted.rows().filter(pk__isnull=True).values_list(*sources).query.sql_with_params()
    rows = connection.ops.compose_sql(inner, params)  # type: ignore[attr-defined]
    how = connection.ops.compose_sql(written, {"formula": FORMULA, "phone": PHONE})  # type: ignore[attr-defined]
    return f"COPY (SELECT {how} FROM ({rows}) AS o({quoted})) TO STDOUT WITH (FORMAT csv, HEADER)"  # noqa: S608  # nosec B608


def _copied(sql: str) -> Generator[bytes]:
    """A row at a time, as the database sends them."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = %s", [f"{LONGEST_SECONDS}s"])
        with cursor.copy(sql) as copy:
            for row in copy:
                yield bytes(row)


def _portions(event: Event, rows: Generator[bytes], actor: Actor, bom: bool) -> Generator[bytes]:
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
            "orders.export_ended",
            subject=(event.subject_kind, event.subject_id),
            # The first line is the header.
            data={"export": event.pk, "rows": max(lines - 1, 0), "complete": complete},
            actor=actor,
        )


def _begin(day: date) -> datetime:
    return datetime.combine(day, time.min, timezone.get_default_timezone())
