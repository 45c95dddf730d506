"""What all tests share."""

from collections.abc import Iterator
from unittest import mock

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations

_flush = DatabaseOperations.execute_sql_flush


def _flush_past_guards(self: DatabaseOperations, sql_list: list[str]) -> None:
    """Append-only tables refuse to be emptied, but between two tests that commit they must be."""
    _flush(self, ["SET session_replication_role = replica;", *sql_list, "SET session_replication_role = DEFAULT;"])


@pytest.fixture(scope="session", autouse=True)
def tables_can_be_emptied() -> Iterator[None]:
    with mock.patch.object(DatabaseOperations, "execute_sql_flush", _flush_past_guards):
        yield
