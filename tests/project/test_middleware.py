"""What every answer carries, and what a machine's request is spared."""

import io
import json
import logging
import logging.config

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
KEY = {"Authorization": "Api-Key tl_test_nobody"}


def test_the_request_id_is_taken_made_and_returned(client: Client) -> None:
    assert (
        client.get("/health/", headers={"X-Request-Id": "from-the-caller.1"})["X-Request-Id"]
        == "from-the-caller.1"
    )
    made = client.get("/health/", headers={"X-Request-Id": "not one\nof ours"})["X-Request-Id"]
    assert made != "not one\nof ours"
    assert len(made) == 36


def test_every_log_line_is_json_and_carries_the_request_id(client: Client) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    configured = logging.config.DictConfigurator(settings.LOGGING)  # type: ignore[arg-type]
    handler.setFormatter(configured.configure_formatter(settings.LOGGING["formatters"]["json"]))
    handler.addFilter(configured.configure_filter(settings.LOGGING["filters"]["context"]))
    logger = logging.getLogger("django.request")
    logger.addHandler(handler)
    try:
        client.get("/nowhere/", headers={"X-Request-Id": "story-7"})
    finally:
        logger.removeHandler(handler)
    line = json.loads(written.getvalue().splitlines()[-1])
    assert line["request_id"] == "story-7"
    assert line["level"] == "WARNING"
    assert line["logger"] == "django.request"
    assert "/nowhere/" in line["message"]


def test_a_refusal_is_logged_without_its_traceback_and_a_failure_with_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger = logging.getLogger("django.request")
    try:
        raise PermissionError
    except PermissionError as error:
        logger.warning("Forbidden", exc_info=error)
        logger.error("Internal Server Error", exc_info=error)
    assert [bool(record.exc_info) for record in caplog.records] == [False, True]


def test_pages_carry_the_policy_and_may_be_framed_by_ourselves_only(client: Client) -> None:
    response = client.get("/admin/login/")
    policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'self'",
        "script-src": "'self' 'unsafe-eval'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'self'",
        "form-action": "'self'",
    }
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"


def test_a_machine_gets_neither_session_nor_policy(client: Client) -> None:
    response = client.get("/api/orders/", headers=KEY)
    assert response.status_code == 401
    assert "Content-Security-Policy" not in response
    assert not hasattr(response.wsgi_request, "session")
    assert not response.cookies


def test_a_key_opens_no_page(client: Client) -> None:
    """Only under /api/ is anything skipped: a page with the header is an ordinary page."""
    response = client.get("/admin/", headers=KEY)
    assert response.status_code == 302
    assert hasattr(response.wsgi_request, "session")


def test_a_machine_does_not_inherit_the_language_of_the_request_before(client: Client) -> None:
    translation.activate("fa")
    client.get("/api/orders/", headers=KEY)
    assert translation.get_language() == "en"


def test_no_other_site_may_call_the_api(client: Client) -> None:
    response = client.get("/api/brands/", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in response


def test_the_root_leads_to_the_admin(client: Client) -> None:
    assert client.get("/")["Location"] == "/admin/"


def test_a_file_tells_the_page_that_waits_for_it_that_it_came(client: Client) -> None:
    client.force_login(UserFactory(staff="super_admin"), "core.authentication.EmailOrUsernameBackend")
    client.cookies["tl-waits"] = "1"
    page = client.get("/admin/commerce/category/")
    assert "tl-waits" not in page.cookies
    file = client.get("/admin/commerce/category/document/csv/")
    assert file.cookies["tl-waits"].value == "" and file.cookies["tl-waits"]["max-age"] == 0
