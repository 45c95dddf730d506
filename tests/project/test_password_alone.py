"""A session or a token on a password alone, of somebody who needs a code besides: nobody's, at every address."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver
from rest_framework_simplejwt.tokens import AccessToken

from core.security_settings import SecurityPage
from tests.factories import UserFactory
from tests.phones import give_phone
from tests.project.test_rights import _plain

pytestmark = pytest.mark.django_db
# Open to everybody, signed in or not.
DOORS = re.compile(r"/admin/(login|logout|second-factor|password-reset)/")


def paths(resolver: URLResolver | None = None, before: str = "/") -> Iterator[str]:
    """Every address there is, with numbers of nothing in it."""
    for found in (resolver or get_resolver()).url_patterns:
        path = before + re.sub(r"<(?:(\w+):)?\w+>", _filled, _plain(str(found.pattern)))
        if isinstance(found, URLResolver):
            yield from paths(found, path)
        else:
            yield path


def _filled(match: re.Match[str]) -> str:
    return "00000000-0000-0000-0000-000000000000" if match[1] == "uuid" else "1"


@pytest.fixture(params=["has a phone", "must have one"])
def person(request, in_force):
    if request.param == "must have one":
        in_force(SecurityPage, second_factor_roles=("super_admin",))
        return UserFactory(staff="super_admin")
    user = UserFactory(staff="super_admin")
    give_phone(user)
    return user


def test_every_page_of_the_admin_is_refused(person):
    client = Client()
    client.force_login(person, backend="core.authentication.EmailOrUsernameBackend")
    walked, open_ = 0, []
    for path in sorted({path for path in paths() if path.startswith("/admin/") and not DOORS.match(path)}):
        for answer in (client.get(path), client.post(path, {"_form_submitted": "True", "reason": "x"})):
            walked += 1
            if answer.status_code != 302 or not answer["Location"].startswith("/admin/login/?next="):
                open_.append(f"{path} {answer.status_code} {answer.headers.get('Location')}")
    assert not open_
    assert walked > 400


def test_the_api_and_the_figures_answer_such_a_session_as_they_answer_nobody(person, settings):
    settings.API_RATE_ADDRESS = 100_000
    nobody, half = Client(), Client()
    half.force_login(person, backend="core.authentication.EmailOrUsernameBackend")
    walked, differ = 0, []
    for path in sorted({path for path in paths() if path.startswith(("/api/", "/metrics"))}):
        for method in ("get", "post"):
            walked += 1
            expected, got = (getattr(client, method)(path).status_code for client in (nobody, half))
            if got != expected:
                differ.append(f"{method} {path} {got}, not {expected}")
    assert not differ
    assert walked > 100


def test_the_api_refuses_such_a_token_everywhere(person, settings):
    settings.API_RATE_ADDRESS = 100_000
    nobody, half = Client(), Client(headers={"authorization": f"Bearer {AccessToken.for_user(person)}"})
    refused, open_ = 0, []
    for path in sorted({path for path in paths() if path.startswith("/api/")}):
        if nobody.get(path).status_code != 401:
            continue
        answer = half.get(path)
        refused += 1
        if answer.status_code != 401 or answer.json()["code"] != "second_factor_required":
            open_.append(f"{path} {answer.status_code}")
    assert not open_
    assert refused > 40


def test_the_same_session_is_let_in_once_the_code_is_given(client, person, in_force):
    """The walk above would be green, too, if nobody were let in at all."""
    in_force(SecurityPage, second_factor_roles=())
    person.second_factor_at = None
    person.save()
    client.force_login(person, backend="core.authentication.EmailOrUsernameBackend")
    assert client.get("/admin/").status_code == 200
    assert client.get("/api/auth/user/").status_code == 200
