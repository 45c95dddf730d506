"""Connections that live long are found dead before they are used, at no cost."""

from unittest import mock

import psycopg
import pytest
from django.db import connection
from django.db.backends.postgresql import base

from tests.databases import database_url


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_ended_is_not_usable() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    with psycopg.connect(database_url(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 2000)", [pid])
    assert not connection.is_usable()
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


@pytest.mark.django_db
def test_a_living_connection_is_usable_without_asking_the_server() -> None:
    connection.ensure_connection()
    with mock.patch.object(base.DatabaseWrapper, "is_usable") as asked:
        assert connection.is_usable()
    asked.assert_not_called()


@pytest.mark.django_db
def test_where_something_waits_to_be_read_the_server_is_asked() -> None:
    with connection.cursor() as cursor:
        cursor.execute("LISTEN topline_test")
    with psycopg.connect(database_url(), autocommit=True) as other:
        other.execute("NOTIFY topline_test")
    assert connection.is_usable()
