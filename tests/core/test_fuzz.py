"""Hostile requests to the accounts API, made from its own schema: nothing undocumented, no 5xx."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from project.wsgi import application

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
PATHS = [
    "/api/token/",
    "/api/token/refresh/",
    "/api/token/verify/",
    "/api/auth/login/",
    "/api/auth/logout/",
    "/api/auth/user/",
    "/api/auth/password/reset/",
    "/api/auth/password/reset/confirm/",
]


@pytest.fixture
def one_connection():
    """As Django's own test client does: the requests stay in the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.django_db
@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize("path", PATHS)
def test_nothing_undocumented_and_no_server_errors(path):
    schema = schemathesis.openapi.from_wsgi("/api/schema/", application).include(path=path)
    [operation] = [found.ok() for found in schema.get_all_operations()]

    @given(case=operation.as_strategy())
    @settings(max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def hostile(case):
        case.validate_response(case.call(), checks=CHECKS)

    hostile()
