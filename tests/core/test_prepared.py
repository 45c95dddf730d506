"""Statements by the short way answer, refuse and recover as by a cursor."""

from typing import Any

import psycopg
import pytest
from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.models import IdempotencyKey
from core.prepared import Statement, prepared_cursor
from tests.databases import database_url

pytestmark = pytest.mark.django_db(transaction=True)
ECHO = Statement("SELECT %s::text, %s::bigint, %s::jsonb, NULL::text, 7::smallint")
INSERT = Statement(
    "INSERT INTO core_idempotencykey (scope, key, request_hash, created_at) VALUES (%s, %s, '', now()) RETURNING key"
)


def end_connection() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    with psycopg.connect(database_url(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 2000)", [pid])


@pytest.mark.parametrize(
    "values",
    [
        ["", 0, "{}"],
        ["O'Hara \\ %s $1 “سلام” \U0001f600", -(2**63), '["a", {"b": null}]'],
        [None, None, None],
        ["x" * 100_000, 2**63 - 1, "1"],
    ],
)
def test_both_ways_give_the_same_row(values: list[Any]) -> None:
    short = ECHO.row(values)
    with CaptureQueriesContext(connection) as asked:
        long = ECHO.row(values)

    assert len(asked) == 1
    assert short == long
    assert short is not None
    assert short[:2] == tuple(values[:2])


def test_no_row_is_none() -> None:
    assert Statement("SELECT 1 WHERE %s::text = 'b'").row(["a"]) is None


def test_a_refusal_names_its_constraint() -> None:
    assert INSERT.row(["s", "k"]) == ("k",)
    with pytest.raises(IntegrityError) as refused:
        INSERT.row(["s", "k"])

    cause: Any = refused.value.__cause__
    assert (cause.sqlstate, cause.diag.constraint_name) == ("23505", "core_idempotency_scope_key")
    assert INSERT.row(["s", "l"]) == ("l",)
    assert IdempotencyKey.objects.count() == 2


def test_within_a_transaction_it_is_part_of_it() -> None:
    INSERT.row(["s", "before"])
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        INSERT.row(["s", "within"])
        raise ZeroDivisionError
    INSERT.row(["s", "after"])

    assert set(IdempotencyKey.objects.values_list("key", flat=True)) == {"before", "after"}


def test_what_the_server_has_forgotten_is_prepared_again() -> None:
    INSERT.row(["s", "a"])
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")

    assert INSERT.row(["s", "b"]) == ("b",)
    assert IdempotencyKey.objects.count() == 2


def test_a_text_is_never_cut_at_a_nul() -> None:
    with pytest.raises(DataError):
        ECHO.row(["a\x00b", 1, "1"])


def test_a_wrong_statement_says_so() -> None:
    with pytest.raises(Exception, match="nowhere"):
        Statement("SELECT * FROM nowhere WHERE 1 = %s").row([1])


def test_behind_a_pooler_nothing_is_prepared(settings: Any) -> None:
    settings.DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
    try:
        assert ECHO.row(["a", 1, "1"]) == ("a", 1, "1", None, 7)
    finally:
        settings.DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = False


@pytest.mark.parametrize("way", ["statement", "cursor"])
def test_a_connection_that_died_since_the_last_request_is_opened_again(way: str) -> None:
    end_connection()
    # As at the beginning of a request.
    connection.health_check_enabled, connection.health_check_done = True, False
    if way == "statement":
        assert ECHO.row(["a", 1, "1"]) is not None
    else:
        with prepared_cursor() as cursor:
            cursor.execute("SELECT %s::text", ["a"])
            assert cursor.fetchone() == ("a",)


def test_one_that_dies_within_a_request_is_an_error_once() -> None:
    end_connection()
    connection.health_check_done = True
    with pytest.raises(OperationalError):
        ECHO.row(["a", 1, "1"])
    connection.close_if_unusable_or_obsolete()

    assert ECHO.row(["a", 1, "1"]) is not None
