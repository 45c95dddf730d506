import re
from datetime import timedelta

import pytest
from django.core import mail
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from core.models import User
from core.security_settings import SecurityPage
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


def sign_in(api, path="/api/token/", **body):
    return api.post(path, body, format="json")


def problem(response, status, code):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["code"] == code
    assert body["error"] == body["detail"]
    assert body["status"] == status
    assert body["request_id"] == response["X-Request-Id"]
    return body


@pytest.fixture
def person():
    return UserFactory(username="ada", email="ada@example.com")


def test_a_user_name_and_password_give_a_pair_that_opens_the_api(api, person):
    tokens = sign_in(api, username="ada", password=PASSWORD).json()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens['access']}")
    me = api.get("/api/auth/user/").json()
    assert me["id"] == person.pk
    assert me["party"] is None and me["permissions"] == [] and me["role"] == ""


@pytest.mark.parametrize(
    "body", [{"username": "ADA@example.com"}, {"email": "ada@example.com"}, {"username": "Ada"}]
)
def test_an_address_or_another_case_of_letters_signs_in_too(api, person, body):
    assert sign_in(api, **body, password=PASSWORD).status_code == 200


def test_login_answers_with_the_user_and_remembers_when(api, person):
    answer = sign_in(api, "/api/auth/login/", username="ada", password=PASSWORD).json()
    assert answer["user"]["username"] == "ada"
    assert {"access", "refresh", "user"} == set(answer)
    person.refresh_from_db()
    assert person.last_login is not None
    assert person.history.count() == 1  # signing in is no change of the person


def test_staff_see_their_role_and_permissions(api):
    api.force_authenticate(UserFactory(staff="auditor"))
    me = api.get("/api/auth/user/").json()
    assert me["role"] == "auditor" and me["is_staff"] is True
    assert "core.view_event" in me["permissions"]


@pytest.mark.parametrize("name", ["ada", "ada@example.com", "nobody", "x" * 254, "ada' OR 1=1"])
def test_wrong_names_and_wrong_passwords_get_the_same_answer(api, person, name):
    problem(sign_in(api, username=name, password="wrong"), 401, "sign_in_failed")


def test_somebody_inactive_is_refused_in_the_same_words(api):
    UserFactory(username="gone", is_active=False)
    problem(sign_in(api, username="gone", password=PASSWORD), 401, "sign_in_failed")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"password": "x"}, "username"),
        ({"username": "ada"}, "password"),
        ({"username": 5, "password": "x"}, "username"),
        ({"username": ["ada"], "password": "x"}, "username"),
        ({"username": "ada", "password": {}}, "password"),
        ({"username": "a" * 255, "password": "x"}, "username"),
        ({"username": "a\x00b", "password": "x"}, "username"),
    ],
)
def test_bad_bodies_name_their_field(api, body, field):
    answer = sign_in(api, **body)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]


def test_five_failures_lock_the_name_at_this_address_and_say_how_long(api, person):
    for _try in range(5):
        last = sign_in(api, username="ada", password="wrong")
    problem(last, 429, "locked_out")
    locked = sign_in(api, username="ada", password=PASSWORD)
    problem(locked, 429, "locked_out")
    assert int(locked["Retry-After"]) > 800
    assert sign_in(api, username="ADA@example.com", password=PASSWORD).status_code == 429
    api.defaults["REMOTE_ADDR"] = "198.51.100.7"
    assert sign_in(api, username="ada", password=PASSWORD).status_code == 200


def test_a_forwarded_address_is_not_believed_without_a_counted_proxy(api, person):
    answers = [
        api.post(
            "/api/token/",
            {"username": "ada", "password": "no"},
            format="json",
            HTTP_X_FORWARDED_FOR=f"203.0.113.{n}",
        )
        for n in range(8)
    ]
    assert [answer.status_code for answer in answers][-3:] == [429, 429, 429]


def test_a_name_guessed_at_from_everywhere_is_locked_everywhere(api, person, in_force):
    in_force(SecurityPage, lockout_tries_anywhere=6)
    for number in range(6):
        api.defaults["REMOTE_ADDR"] = f"198.51.100.{number}"
        sign_in(api, username="ada", password="wrong")
    api.defaults["REMOTE_ADDR"] = "198.51.100.99"
    problem(sign_in(api, username="ada", password=PASSWORD), 429, "locked_out")


def test_the_page_locks_together_with_the_api_and_says_how_long(api, client, person):
    for _try in range(5):
        sign_in(api, username="ada", password="wrong")
    page = client.post("/admin/login/", {"username": "ada", "password": PASSWORD})
    assert page.status_code == 429
    assert "15 minutes" in page.content.decode()
    assert int(page["Retry-After"]) == 900
    assert client.get("/admin/login/").status_code == 200


def test_a_success_forgets_the_failures_before_it(api, person):
    for _round in range(2):
        for _try in range(4):
            sign_in(api, username="ada", password="wrong")
        assert sign_in(api, username="ada", password=PASSWORD).status_code == 200


def test_refreshing_uses_the_token_up(api, person):
    first = sign_in(api, username="ada", password=PASSWORD).json()["refresh"]
    second = api.post("/api/token/refresh/", {"refresh": first}, format="json")
    assert second.status_code == 200 and set(second.json()) == {"access", "refresh"}
    problem(api.post("/api/auth/token/refresh/", {"refresh": first}, format="json"), 401, "token_not_valid")


def test_after_logging_out_the_refresh_token_is_dead_and_asking_again_is_no_error(api, person):
    refresh = sign_in(api, username="ada", password=PASSWORD).json()["refresh"]
    for _time in range(2):
        assert api.post("/api/auth/logout/", {"refresh": refresh}, format="json").status_code == 200
    problem(api.post("/api/token/refresh/", {"refresh": refresh}, format="json"), 401, "token_not_valid")


def test_tokens_of_people_who_are_gone_or_kept_out_do_not_refresh(api, person):
    refresh = str(RefreshToken.for_user(person))
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert api.post("/api/token/refresh/", {"refresh": refresh}, format="json").status_code == 401
    other = UserFactory()
    refresh = str(RefreshToken.for_user(other))
    User.objects.filter(pk=other.pk).delete()
    problem(api.post("/api/token/refresh/", {"refresh": refresh}, format="json"), 401, "token_not_valid")


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é" * 10, "eyJhbGciOiJub25lIn0.e30."])
def test_broken_tokens_are_refused_everywhere(api, token):
    for path, name in (("verify", "token"), ("refresh", "refresh")):
        assert api.post(f"/api/token/{path}/", {name: token}, format="json").status_code in (400, 401)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    assert api.get("/api/auth/user/").status_code == 401


def test_verify_tells_valid_from_expired(api, person):
    token = AccessToken.for_user(person)
    assert api.post("/api/token/verify/", {"token": str(token)}, format="json").json() == {}
    token.set_exp(lifetime=-timedelta(minutes=1))
    problem(api.post("/api/token/verify/", {"token": str(token)}, format="json"), 401, "token_not_valid")


def test_without_a_token_who_am_i_is_401_with_a_challenge(api):
    answer = api.get("/api/auth/user/")
    problem(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"]


def ask_for_link(api, email, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer = api.post("/api/auth/password/reset/", {"email": email}, format="json")
    assert answer.status_code == 200
    return answer.json()


@pytest.fixture
def link(monkeypatch, api, person, django_capture_on_commit_callbacks):
    from core import tasks

    monkeypatch.setattr(tasks.send_password_reset, "delay", tasks.send_password_reset)
    ask_for_link(api, person.email, django_capture_on_commit_callbacks)
    [message] = mail.outbox
    return {name: re.search(rf"{name}: (\S+)", message.body)[1] for name in ("uid", "token")}


def test_a_link_sets_a_new_password_once_and_ends_what_was_issued_before(api, person, link):
    old = sign_in(api, username="ada", password=PASSWORD).json()
    body = {**link, "new_password": "something quite new 7"}
    # A sign-in after the message makes the link stale: ask again is what its answer says.
    problem(api.post("/api/auth/password/reset/confirm/", body, format="json"), 400, "invalid_reset_link")
    from core.services import passwords

    link["token"] = passwords.default_token_generator.make_token(User.objects.get(pk=person.pk))
    body = {**link, "new_password": "something quite new 7"}
    assert api.post("/api/auth/password/reset/confirm/", body, format="json").status_code == 200
    problem(api.post("/api/auth/password/reset/confirm/", body, format="json"), 400, "invalid_reset_link")
    assert sign_in(api, username="ada", password="something quite new 7").status_code == 200
    assert api.post("/api/token/refresh/", {"refresh": old["refresh"]}, format="json").status_code == 401
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {old['access']}")
    assert api.get("/api/auth/user/").status_code == 401


def test_a_weak_new_password_is_refused_by_name_and_the_link_stays_good(api, person, link):
    body = {**link, "new_password": "1234"}
    answer = problem(
        api.post("/api/auth/password/reset/confirm/", body, format="json"), 400, "invalid_password"
    )
    assert "new_password" in answer["errors"]
    body["new_password"] = "something quite new 7"
    assert api.post("/api/auth/password/reset/confirm/", body, format="json").status_code == 200


@pytest.mark.parametrize("uid", ["", "!!!", "MQ", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "é", "x" * 100])
def test_foreign_links_are_refused(api, uid):
    body = {"uid": uid, "token": "x-y", "new_password": "something quite new 7"}
    assert api.post("/api/auth/password/reset/confirm/", body, format="json").status_code == 400


def test_asking_for_an_unknown_address_gets_the_same_answer_and_no_message(
    api, person, django_capture_on_commit_callbacks
):
    known = ask_for_link(api, "ada@example.com", django_capture_on_commit_callbacks)
    mail.outbox.clear()
    assert ask_for_link(api, "nobody@example.com", django_capture_on_commit_callbacks) == known
    assert mail.outbox == []
