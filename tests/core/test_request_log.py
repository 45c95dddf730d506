import pytest
from rest_framework.test import APIClient

from core.masking import masked
from core.models import ApiRequest
from core.request_log import request_log
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty():
    request_log.waiting.clear()


def logged(expected=1):
    assert request_log.flush() == expected
    return ApiRequest.objects.order_by("id").last()


def test_a_write_is_logged_with_its_masked_body_and_how_it_was_answered(api):
    UserFactory(username="ada")
    answer = api.post("/api/token/", {"username": "ada", "password": PASSWORD}, format="json")
    line = logged()
    assert (line.method, line.path, line.status) == ("POST", "/api/token/", 200)
    assert line.request_id == answer["X-Request-Id"]
    assert line.body == {"username": "ada", "password": "•••"}
    assert line.address == "127.0.0.1"


def test_a_refusal_is_logged_with_its_code(api):
    api.get("/api/auth/user/?page=2")
    line = logged()
    assert (line.error_code, line.status, line.query, line.body) == ("not_authenticated", 401, "page=2", None)


def test_who_asked_is_named(api):
    user = UserFactory(staff="finance")
    api.force_login(user)
    api.get("/api/auth/user/")
    assert logged().caller == f"staff {user.pk} {user}"


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe",
        b"{",
        b'{"a": "\\u0000"}',
        b'{"a": "\\ud800"}',
        b"[" * 5000,
        b"1" * 30_000,
        b"NaN",
        b'{"a": -1e999}',
    ],
)
def test_no_body_can_break_the_log(api, body):
    api.post("/api/token/", body, content_type="application/json")
    assert logged().status in (400, 413)


def test_pages_are_not_logged():
    APIClient().get("/")
    assert request_log.flush() == 0


def test_what_cannot_be_written_yet_stays_bounded():
    assert request_log.waiting.maxlen


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"new_password": "x", "pin": 1234, "a": 1}, {"new_password": "•••", "pin": "•••", "a": 1}),
        ({"recipient": {"id_document_number": "A1"}}, {"recipient": {"id_document_number": "•••"}}),
        ({"tokens": [{"value": "x"}]}, {"tokens": [{"value": "•••"}]}),
        (["a" * 500], ["a" * 300]),
        ({"secret": None}, {"secret": None}),
    ],
)
def test_secrets_are_masked_by_their_names_at_any_depth(value, shown):
    assert masked(value) == shown
