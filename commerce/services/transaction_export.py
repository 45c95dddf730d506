"""Transactions as CSV, with the names of whose money it is."""

from collections.abc import Generator
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from commerce.models import Transaction
from commerce.services import csv_copy
from commerce.services.csv_copy import PLAIN, TEXT, TIME, Columns
from core.events import record

COLUMNS: Columns = (
    ("transaction_id", "transaction_id", TEXT),
    ("created_at", "created_at", TIME),
    ("transaction_type", "transaction_type", TEXT),
    ("status", "status", TEXT),
    ("amount", "amount", PLAIN),
    ("currency", "currency", TEXT),
    ("payment_method", "payment_method", TEXT),
    ("gateway_transaction_id", "gateway_transaction_id", TEXT),
    ("order_number", "order__order_number", TEXT),
    ("reseller", "reseller_name", TEXT),
    ("user", "customer_name", TEXT),
)


def export(found: QuerySet[Transaction], *, filters: dict[str, Any], bom: bool = False) -> Generator[bytes]:
    """The CSV file in portions, newest first; what was asked is written down now, how much went out at the end.

    Args:
        filters: what was asked for, to be written down. Rows of one party or order are few and better sorted.
    """
    told = record(
        "transactions.exported",
        subject=("commerce.transaction", "transactions"),
        data={"format": "csv", "filters": filters, "columns": [name for name, _, _ in COLUMNS]},
    )
    named = found.annotate(
        reseller_name=Coalesce("reseller__business_name", "account__reseller__business_name"),
        customer_name=Coalesce("customer__full_name", "account__customer__full_name"),
    )
    return csv_copy.export(
        named.order_by("-created_at"),
        COLUMNS,
        told=told,
        ended="transactions.export_ended",
        bom=bom,
        along_indexes=not {"reseller", "user", "order"} & filters.keys(),
    )
