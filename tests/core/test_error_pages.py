"""Pages that cannot be shown say why and where to go on, and never fail themselves."""

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.test import Client, RequestFactory

from core import error_pages
from core.api import errors
from tests.factories import UserFactory

PAGES = [
    (error_pages.bad_request, 400),
    (error_pages.forbidden, 403),
    (error_pages.outdated, 403),
    (error_pages.not_found, 404),
    (error_pages.server_error, 500),
]


@pytest.mark.parametrize(("page", "status"), PAGES)
def test_each_says_what_happened_and_leads_on_without_the_database(page, status, rf):
    response = page(rf.get("/admin/x/"))

    text = response.content.decode()
    assert response.status_code == status
    assert response["Cache-Control"] == "no-store"
    assert text.count("<h1>") == 1
    assert "<main>" in text
    assert 'href="/admin/"' in text


@pytest.mark.django_db
def test_an_address_that_is_none_is_answered_by_our_page(client: Client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))

    response = client.get("/admin/there-is-no-such-page/")

    assert response.status_code == 404
    assert "There is no such page" in response.content.decode()


@pytest.mark.django_db
def test_staff_without_the_right_are_told_whom_to_ask(client: Client):
    client.force_login(UserFactory(is_staff=True))

    response = client.get("/admin/core/user/")

    assert response.status_code == 403
    assert "Ask a super admin" in response.content.decode()


@pytest.mark.django_db
def test_a_form_of_an_older_session_says_that_nothing_was_saved():
    response = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "a", "password": "b"})

    assert response.status_code == 403
    assert "Nothing was saved" in response.content.decode()


def test_the_page_of_a_fault_names_the_request_to_quote(rf: RequestFactory, monkeypatch):
    monkeypatch.setattr(error_pages, "request_id", lambda: "0198-quoted")

    assert "0198-quoted" in errors.server_error(rf.get("/admin/")).content.decode()


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (lambda request: errors.forbidden(request, PermissionDenied()), 403),
        (lambda request: errors.outdated(request), 403),
        (lambda request: errors.bad_request(request, SuspiciousOperation()), 400),
        (lambda request: errors.server_error(request), 500),
    ],
)
def test_the_api_gets_problems_instead(answer, status, rf: RequestFactory):
    response = answer(rf.get("/api/orders/"))

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
