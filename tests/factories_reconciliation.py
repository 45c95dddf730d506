"""Statements of providers, gateways and banks for tests, handed in as a person would."""

from collections.abc import Sequence
from typing import Any

import factory
from factory.django import DjangoModelFactory

from commerce.models import ImportedStatement, Provider, ReconciliationBreak, StatementSource
from commerce.services import reconciliation

HEADERS = ("Date", "External id", "Transaction id", "Order", "Amount", "Status")
COLUMNS = {
    "day": "date",
    "our_reference": "external id",
    "reference": "transaction id",
    "order_number": "order",
    "amount": "amount",
    "status": "status",
}


class StatementSourceFactory(DjangoModelFactory[StatementSource]):
    class Meta:
        model = StatementSource

    name = factory.Sequence(lambda n: f"Source {n}")
    kind = "bank"
    columns = factory.LazyFunction(lambda: dict(COLUMNS))


def provider_source(provider: Provider, **values: Any) -> StatementSource:
    return StatementSourceFactory(kind="provider", provider=provider, currency="USD", **values)


def csv_of(rows: Sequence[Sequence[Any]], headers: Sequence[str] = HEADERS) -> bytes:
    return "\n".join(",".join(str(cell) for cell in row) for row in (headers, *rows)).encode()


def handed_in(
    source: StatementSource, rows: Sequence[Sequence[Any]], name: str = "july.csv"
) -> ImportedStatement:
    """A statement of rows in the order of HEADERS, read and matched."""
    statement = reconciliation.hand_in(source=source, name=name, content=csv_of(rows), by=None)
    return reconciliation.read(statement_id=statement.pk)


def kinds(statement: ImportedStatement) -> dict[str, int]:
    """How many open breaks there are of each kind."""
    found: dict[str, int] = {}
    for kind in ReconciliationBreak.objects.filter(statement=statement, status="open").values_list(
        "kind", flat=True
    ):
        found[kind] = found.get(kind, 0) + 1
    return found
