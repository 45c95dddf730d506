"""What a worker's tasks share: the connection to the database, as long as it works."""

import psycopg
import pytest
from celery import signals
from celery.fixups.django import DjangoWorkerFixup
from django.db import connection

from project.celery import app

pytestmark = pytest.mark.django_db(transaction=True)


def _backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _between_two_tasks(fixup: DjangoWorkerFixup) -> None:
    """What Celery does to connections after one task and before the next, and what we do."""
    fixup.close_database()
    fixup.close_database()
    for receiver, _answer in signals.task_prerun.send(sender=None):
        assert receiver


def test_a_connection_outlives_the_task_that_opened_it():
    first = _backend()
    fixup = DjangoWorkerFixup(app)
    for _task in range(3):
        _between_two_tasks(fixup)
        assert _backend() == first


def test_a_connection_that_the_server_ended_is_opened_again_before_the_next_task(monkeypatch):
    # As outside of tests; read when a connection is opened.
    monkeypatch.setitem(connection.settings_dict, "CONN_HEALTH_CHECKS", True)
    connection.close()
    first = _backend()
    parameters = connection.get_connection_params()
    with psycopg.connect(
        host=parameters.get("host"), user=parameters.get("user"), dbname=parameters["dbname"], autocommit=True
    ) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [first])
    _between_two_tasks(DjangoWorkerFixup(app))
    assert _backend() != first
