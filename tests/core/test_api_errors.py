import json

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import path
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api import errors
from core.api.parsers import MAX_BYTES
from core.api_settings import ApiPage
from core.exceptions import Conflict, InvalidInput
from tests.factories import UserFactory


class Echo(APIView):
    permission_classes = [AllowAny]
    authentication_classes: list = []

    def get(self, request):
        if request.GET["how"] == "ended":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        raise {"conflict": Conflict("state", "Not now."), "boom": RuntimeError("the password is 123")}[
            request.GET["how"]
        ]

    def post(self, request):
        if isinstance(request.data, dict) and "refuse" in request.data:
            raise InvalidInput("bad", "Both are wrong.", errors={"a": ["no"], "b": ["no"]})
        return Response({"seen": repr(request.data)})


urlpatterns = [path("api/echo/", Echo.as_view())]
handler400, handler404, handler500 = errors.bad_request, errors.not_found, errors.server_error

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


def send(client, body, content_type="application/json"):
    return client.post("/api/echo/", body, content_type=content_type)


def code(response, status):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = json.loads(response.content)
    assert {"type", "title", "status", "detail", "code", "error", "request_id"} <= set(body)
    return body["code"]


def test_a_refusal_has_its_code_and_every_field(client):
    response = send(client, '{"refuse": true}')
    assert code(response, 400) == "bad"
    assert response.json()["errors"] == {"a": ["no"], "b": ["no"]}
    assert code(client.get("/api/echo/?how=conflict"), 409) == "state"


def test_what_nobody_foresaw_is_a_500_that_tells_nothing(client, caplog):
    response = client.get("/api/echo/?how=boom")
    assert code(response, 500) == "server_error"
    assert b"123" not in response.content


def test_unknown_addresses_methods_and_types_are_problems_too(client):
    assert code(client.get("/api/nothing/"), 404) == "not_found"
    assert code(client.delete("/api/echo/"), 405) == "method_not_allowed"
    assert code(send(client, "<a/>", "application/xml"), 415) == "unsupported_media_type"
    assert code(client.post("/api/echo/", "{}", content_type="application/json", HTTP_ACCEPT="text/xml"), 406)


@pytest.mark.parametrize(
    "body",
    ["{", "", "nul", '{"a": NaN}', '{"a": -Infinity}', '{"a": 1e2}', '{"a": 1E400}', "[" * 100_000,
     '{"a": ' + "9" * 50 + "}", b"\xff\xfe", '{"a": "\ud800"}'.encode("utf-8", "surrogatepass")],
)  # fmt: skip
def test_what_is_not_strict_json_is_400(client, body):
    assert code(send(client, body or " "), 400)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"name": "a\\u0000b"}', "name"),
        ('{"a": {"b": ["\\u0000"]}}', "a.b"),
        ('{"x": "\\ud83d"}', "x"),
        ('{"\\u0000": 1}', "body"),
    ],
)
def test_text_that_cannot_be_stored_names_its_field(client, body, field):
    response = send(client, body)
    assert code(response, 400) == "invalid_text"
    assert list(response.json()["errors"]) == [field]


def test_numbers_stay_exact(client):
    assert "Decimal('0.1')" in send(client, '{"a": 0.1}').json()["seen"]


def test_a_body_past_the_limit_is_413(client):
    assert code(send(client, json.dumps({"a": "x" * MAX_BYTES})), 413) == "body_too_large"


@pytest.mark.parametrize("address", ["/api/echo/?how=%00", "/api/%00/", "/api/echo/?a=b%00c&how=conflict"])
def test_nul_bytes_in_an_address_are_400(client, address):
    assert code(client.get(address), 400) == "invalid_text"


def test_a_page_refuses_them_as_well(client):
    assert client.get("/admin/login/?next=%00").status_code == 400


@pytest.mark.parametrize(
    ("given", "kept"),
    [("abc-1.Z_9", True), ("a" * 64, True), ("a" * 65, False), ("", False), ("a b", False), ("é", False)],
)
def test_a_request_id_is_taken_if_it_is_harmless_and_made_if_not(client, given, kept):
    answered = client.get("/api/nothing/", HTTP_X_REQUEST_ID=given)["X-Request-Id"]
    assert (answered == given) is kept
    assert answered


def test_callers_are_slowed_down_by_address_and_told_how_long(client, in_force):
    in_force(ApiPage, rate_address=5)
    answers = [send(client, "{}") for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    assert code(answers[-1], 429) == "throttled"
    assert 0 < int(answers[-1]["Retry-After"]) <= 61


def test_two_processes_share_the_count(client, in_force):
    from core.api import throttles

    in_force(ApiPage, rate_address=4)
    for _request in range(4):
        throttles._bundles = throttles._Bundles()
        assert send(client, "{}").status_code == 200
    throttles._bundles = throttles._Bundles()
    assert send(client, "{}").status_code == 429


def test_a_cache_that_is_gone_slows_nobody_down(client, in_force, monkeypatch):
    import redis

    def gone(*args, **kwargs):
        raise redis.ConnectionError

    in_force(ApiPage, rate_address=2)
    monkeypatch.setattr(type(cache._cache), "get_client", gone)
    assert [send(client, "{}").status_code for _ in range(5)] == [200] * 5


def test_a_session_without_a_csrf_token_changes_nothing(client, settings):
    from rest_framework.authentication import SessionAuthentication

    class WithSession(Echo):
        authentication_classes = [SessionAuthentication]

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(UserFactory())
    urlpatterns.append(path("api/session/", WithSession.as_view()))
    try:
        response = strict.post("/api/session/", "{}", content_type="application/json")
    finally:
        urlpatterns.pop()
    assert response.status_code in (403, 404)


@pytest.mark.django_db(transaction=True)
@pytest.mark.urls("project.urls")
def test_without_a_database_a_caller_is_told_to_come_again(client, tmp_path):
    """After a kill -9 of PostgreSQL nothing listens where it was."""
    where = connection.settings_dict["HOST"]
    connection.close()
    connection.settings_dict["HOST"] = str(tmp_path)
    headers = {"Authorization": "Api-Key tl_live_x"}
    try:
        response = client.post("/api/orders/", "{}", content_type="application/json", headers=headers)
    finally:
        connection.close()
        connection.settings_dict["HOST"] = where
    assert code(response, 503) == "unavailable"
    assert response["Retry-After"] == "1"
    assert str(tmp_path) not in response.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_ends_under_a_request_is_503_and_the_next_one_has_another(client):
    assert code(client.get("/api/echo/?how=ended"), 503) == "unavailable"
    # What Django does between two requests.
    connection.close_if_unusable_or_obsolete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
