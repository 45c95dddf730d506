"""Orders as CSV: all of them, or those that failed, with why."""

from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from commerce.models import Order
from commerce.services import csv_copy
from commerce.services.csv_copy import FLAG, PLAIN, TEXT, TIME, Columns
from core.events import record

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
            orders = orders.filter(created_at__gte=begin(self.first))
        if self.last:
            orders = orders.filter(created_at__lt=begin(self.last + timedelta(days=1)))
        return orders


def export(wanted: Wanted, *, bom: bool = False) -> Generator[bytes]:
    """The CSV file in portions; what was asked is written down now, how much went out at the end."""
    told = record(
        "orders.exported",
        subject=("commerce.order", wanted.name),
        data={"format": "csv", "filters": wanted.filters, "columns": [name for name, _, _ in wanted.columns]},
    )
    return csv_copy.export(wanted.rows(), wanted.columns, told=told, ended="orders.export_ended", bom=bom)


def begin(day: date) -> datetime:
    """The moment a day begins where the company is."""
    return datetime.combine(day, time.min, timezone.get_default_timezone())
