"""Signing in, and a password that is forgotten."""

import re
from typing import Any
from unittest import mock

from django.core import mail
from django.test import Client, TestCase
from django.urls import reverse

from core import tasks
from tests.factories import PASSWORD, UserFactory
from tests.project.screens.desk import Desk, Screen, shows

NEW_PASSWORD = "quite another long password"


def _signs_in(desk: Desk, name: str) -> None:
    desk.client = Client()
    page = desk.see("admin:login")
    assert {"username", "password"} <= set(page.form)
    wrong = desk.post(reverse("admin:login"), {"username": name, "password": "not it"})
    assert wrong.status_code == 200 and "_auth_user_id" not in desk.client.session
    answer = desk.post(reverse("admin:login"), {"username": name, "password": PASSWORD})
    assert answer.status_code == 302 and "_auth_user_id" in desk.client.session
    assert desk.see("admin:index")


@shows("sign-in by e-mail")
def by_email(desk: Desk) -> None:
    _signs_in(desk, desk.user.email)


@shows("sign-in by username")
def by_username(desk: Desk) -> None:
    _signs_in(desk, desk.user.username)


@shows("forgotten password link")
def leads_to_the_reset(desk: Desk) -> None:
    desk.client = Client()
    assert reverse("admin:password-reset") in desk.see("admin:login").links


@shows("jwt")
def gives_a_token_that_opens_the_api(desk: Desk) -> None:
    desk.client = Client()
    secret = {"username": desk.user.email, "password": PASSWORD}
    tokens = desk.post("/api/auth/login/", secret, content_type="application/json").json()
    asked = desk.client.get("/api/auth/user/", headers={"authorization": f"Bearer {tokens['access']}"})
    assert asked.json()["email"] == desk.user.email


@shows("private routes")
def sends_strangers_to_the_sign_in(desk: Desk) -> None:
    desk.client = Client()
    for name in ("index", "commerce_reseller_changelist", "core_user_add"):
        url = reverse(f"admin:{name}")
        answer = desk.get(url)
        assert answer.status_code == 302 and answer["Location"] == f"{reverse('admin:login')}?next={url}"
    desk.client.force_login(UserFactory(), backend="core.authentication.EmailOrUsernameBackend")
    assert desk.get(reverse("admin:index")).status_code == 302


def _ask(desk: Desk, email: str) -> Any:
    """As somebody who waits until the worker has sent it."""
    at_once = mock.patch.object(tasks.send_password_reset, "delay", tasks.send_password_reset)
    with at_once, TestCase.captureOnCommitCallbacks(execute=True):
        return desk.post(reverse("admin:password-reset"), {"email": email})


def _link(desk: Desk) -> str:
    """The link of the message that is sent to whoever forgot."""
    desk.client = Client()
    assert "email" in desk.see("admin:password-reset").form
    answer = _ask(desk, desk.user.email)
    sent = Screen(desk.get(answer["Location"]))
    assert "mailbox" in sent.words
    found = re.search(r"https?://[^/\s]+(/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


@shows("password asked for")
def sends_a_link_and_says_so(desk: Desk) -> None:
    assert _link(desk).startswith("/admin/password-reset/")
    strangers = _ask(desk, "nobody@example.com")
    assert strangers["Location"] == reverse("admin:password-reset-sent") and len(mail.outbox) == 1


@shows("password set anew")
def sets_the_password(desk: Desk) -> None:
    form = desk.get(_link(desk))["Location"]
    assert {"new_password1", "new_password2"} <= set(Screen(desk.get(form)).form)
    other = desk.post(form, {"new_password1": NEW_PASSWORD, "new_password2": "no"})
    assert other.status_code == 200
    assert desk.post(form, {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}).status_code == 302
    desk.user.refresh_from_db()
    assert desk.user.check_password(NEW_PASSWORD)


@shows("token checked")
def takes_a_link_once_and_no_invented_one(desk: Desk) -> None:
    link = _link(desk)
    form = desk.get(link)["Location"]
    desk.post(form, {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD})
    for path in (link, re.sub(r"[^/]+/$", "abc-0123456789/", link)):
        desk.client = Client()
        page = Screen(desk.get(path))
        assert "new_password1" not in page.text, "It still asks for a password"
