"""A forgotten password, from the log-in page to signing in with a new one."""

import re

import pytest
from django.core import mail
from django.test import Client

from core import tasks
from core.api_settings import ApiPage
from core.models import User
from core.services import passwords
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
ASK = "/admin/password-reset/"
NEW = "something quite new 7"


@pytest.fixture(autouse=True)
def _worker(monkeypatch):
    monkeypatch.setattr(tasks.send_password_reset, "delay", tasks.send_password_reset)


@pytest.fixture
def person():
    return UserFactory(staff="support", email="ada@example.com")


@pytest.fixture
def link(client, person, django_capture_on_commit_callbacks) -> str:
    """The path of the message's link."""
    with django_capture_on_commit_callbacks(execute=True):
        client.post(ASK, {"email": person.email})
    [message] = mail.outbox
    return re.search(r"http://testserver(/admin/password-reset/\S+)", message.body)[1]


def set_password(client: Client, link: str, password: str, again: str | None = None):
    form = client.get(link, follow=True)
    path = form.redirect_chain[-1][0]
    return client.post(path, {"new_password1": password, "new_password2": again or password})


def test_the_log_in_page_leads_there(client):
    assert f'href="{ASK}"' in client.get("/admin/login/").content.decode()


def test_the_messages_link_sets_a_new_password_once(client, person, link):
    answer = set_password(client, link, NEW)

    assert (answer.status_code, answer["Location"]) == (302, "/admin/login/")
    assert "The password is set" in client.get("/admin/login/").content.decode()
    assert User.objects.get(pk=person.pk).check_password(NEW)
    assert "does not work any more" in client.get(link, follow=True).content.decode()


def test_the_token_is_not_in_the_address_of_the_form(client, link):
    form = client.get(link, follow=True)

    assert form.redirect_chain[-1][0].endswith("/set-password/")
    assert "no-store" in form["Cache-Control"]


def test_the_answer_does_not_tell_whether_the_address_is_known(
    client, person, django_capture_on_commit_callbacks
):
    answers = []
    for email in (person.email, "nobody@example.com"):
        with django_capture_on_commit_callbacks(execute=True):
            answers.append(client.post(ASK, {"email": email}, follow=True))
    known, unknown = answers
    tidy = re.compile(r'nonce="[^"]*"|value="[A-Za-z0-9]{64}"')
    assert known.redirect_chain == unknown.redirect_chain
    assert tidy.sub("", known.content.decode()) == tidy.sub("", unknown.content.decode())
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(("password", "again"), [("1234", None), (NEW, "something else 7")])
def test_a_password_that_will_not_do_is_refused_and_the_link_stays_good(
    client, person, link, password, again
):
    refused = set_password(client, link, password, again)

    assert refused.status_code == 200
    assert "errors" in refused.content.decode()
    assert User.objects.get(pk=person.pk).check_password(PASSWORD)
    assert set_password(client, link, NEW).status_code == 302


@pytest.mark.parametrize("uid", ["x", "MQ", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk", "é"])
def test_a_made_up_link_says_to_ask_for_a_new_one(client, uid):
    page = client.get(f"{ASK}{uid}/c0ffee-0123/")

    assert page.status_code == 200
    assert "Ask for a new link" in page.content.decode()


def test_a_closed_account_gets_no_new_password(client, person, link):
    User.objects.filter(pk=person.pk).update(is_active=False)

    assert "does not work any more" in client.get(link, follow=True).content.decode()


def test_asking_and_setting_are_slowed_down_by_address(client, in_force):
    in_force(ApiPage, rate_sign_in=2)
    answers = [client.post(ASK, {"email": "nobody@example.com"}, REMOTE_ADDR="10.9.8.7") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert int(answers[-1]["Retry-After"]) <= 61


def test_the_pages_are_in_the_admins_look_and_run_no_inline_script(client, link):
    for path in (ASK, f"{ASK}sent/", link):
        page = client.get(path, follow=True)
        text = page.content.decode()
        assert "tl-door" in text
        assert not re.search(r"<script(?![^>]*(src|nonce|type=\"application/json\"))", text)
        assert not re.search(r"\son[a-z]+=", text)


def test_the_api_sends_the_same_link(client, person, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/api/auth/password/reset/", {"email": person.email}, content_type="application/json")

    assert f"/admin/password-reset/{passwords.uid_of(person)}/" in mail.outbox[0].body
