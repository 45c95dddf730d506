"""The browsers somebody is signed in with: seen, remembered, and signed out from elsewhere."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from rest_framework_simplejwt.tokens import RefreshToken

from core import tasks
from core.agents import device
from core.models import Event, SignInSession, User
from core.services import sign_in_sessions
from tests.factories import PASSWORD, UserFactory
from tests.phones import give_phone

pytestmark = pytest.mark.django_db
LOGIN, ACCOUNT = "/admin/login/", "/admin/account/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(autouse=True)
def _worker(monkeypatch):
    monkeypatch.setattr(tasks.send_security_mail, "delay", tasks.send_security_mail)


@pytest.fixture
def person():
    return UserFactory(staff="support", username="ada")


def browser(agent: str = FIREFOX, address: str = "198.51.100.7", **more: str) -> Client:
    client = Client(HTTP_USER_AGENT=agent, REMOTE_ADDR=address)
    client.post(LOGIN, {"username": "ada", "password": PASSWORD, **more})
    return client


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def a_minute_later() -> None:
    cache.clear()


def test_a_sign_in_is_listed_with_its_browser_and_address(person):
    client = browser()
    page = client.get(ACCOUNT).content.decode()
    assert "Firefox on Windows" in page and "198.51.100.7" in page and "This one" in page


def test_one_is_signed_out_from_another_at_once(person):
    here, there = browser(), browser(address="203.0.113.9")
    row = SignInSession.objects.get(address="203.0.113.9")

    answer = here.post(f"/admin/account/sessions/{row.pk}/end/", {"_form_submitted": "True"})

    assert answer["HX-Redirect"] == ACCOUNT
    assert not is_in(there)
    assert is_in(here)


def test_nobody_signs_out_another_persons_browser_from_their_own_account(person):
    UserFactory(staff="support", username="bea")
    theirs = Client()
    theirs.post(LOGIN, {"username": "bea", "password": PASSWORD})
    row = SignInSession.objects.get()
    answer = browser().post(f"/admin/account/sessions/{row.pk}/end/", {"_form_submitted": "True"})
    assert "HX-Redirect" not in answer
    assert is_in(theirs)


def test_all_others_and_the_api_are_signed_out_together(person):
    here, others = browser(), [browser(), browser()]
    refresh = str(RefreshToken.for_user(person))
    here.post("/admin/account/sessions/end/", {"_form_submitted": "True"})
    assert is_in(here) and not any(is_in(other) for other in others)
    answer = Client().post("/api/token/refresh/", {"refresh": refresh}, content_type="application/json")
    assert answer.status_code == 401


def test_a_super_admin_signs_somebody_out(client, person):
    theirs, phone = browser(), browser()
    client.force_login(UserFactory(staff="super_admin"))
    row = SignInSession.objects.filter(user=person).first()
    assert "Firefox on Windows" in client.get(f"/admin/core/user/{person.pk}/change/").content.decode()
    client.post(f"/admin/core/signinsession/{row.pk}/end/", {"_form_submitted": "True"})
    assert sorted([is_in(theirs), is_in(phone)]) == [False, True]
    client.post(f"/admin/core/user/{person.pk}/sign-out/", {"_form_submitted": "True"})
    assert not is_in(theirs) and not is_in(phone)
    assert Event.objects.filter(kind="user.tokens_ended").exists()


def test_signing_out_takes_the_row_away(person):
    client = browser()
    client.post("/admin/logout/")
    assert not SignInSession.objects.exists()


def test_changing_ones_password_signs_out_everywhere_else(
    person, mailoutbox, django_capture_on_commit_callbacks
):
    here, there = browser(), browser()
    with django_capture_on_commit_callbacks(execute=True):
        answer = here.post(
            "/admin/password_change/",
            {
                "old_password": PASSWORD,
                "new_password1": "something new 77",
                "new_password2": "something new 77",
            },
        )
    assert answer.status_code == 302
    assert is_in(here) and not is_in(there)
    assert SignInSession.objects.count() == 1
    assert "password of your account was changed" in mailoutbox[-1].body


def test_deactivating_somebody_takes_their_rows_away(client, person):
    browser()
    client.force_login(UserFactory(staff="super_admin"))
    client.post(f"/admin/core/user/{person.pk}/deactivate/", {"_form_submitted": "True", "reason": "left us"})
    assert not SignInSession.objects.filter(user=person).exists()


def test_without_remember_the_cookie_ends_with_the_window_and_the_session_with_the_day(person):
    client = browser()
    assert client.cookies["sessionid"]["max-age"] == ""
    row = SignInSession.objects.get()
    assert timedelta(hours=11) < row.expires_at - timezone.now() <= timedelta(hours=12)
    SignInSession.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    a_minute_later()
    assert not is_in(client)


def test_remember_keeps_the_browser_for_days_and_no_longer(person):
    client = browser(remember="on")
    assert client.cookies["sessionid"]["max-age"] == 14 * 86_400
    row = SignInSession.objects.get()
    assert row.remembered and row.expires_at > timezone.now() + timedelta(days=13)
    before = row.expires_at
    a_minute_later()
    assert is_in(client)
    row.refresh_from_db()
    assert row.expires_at == before and row.last_seen_at > row.created_at


def test_remember_lasts_over_the_second_step(person):
    phone = give_phone(person)
    client = browser(remember="on")
    client.post("/admin/second-factor/", {"code": phone.code()})
    row = SignInSession.objects.get()
    assert row.remembered and row.with_code
    assert client.cookies["sessionid"]["max-age"] == 14 * 86_400


def test_whoever_owes_the_code_is_listed_so(person):
    phone = give_phone(person)
    browser(address="203.0.113.9")
    mine = browser()
    mine.post("/admin/second-factor/", {"code": phone.code()})
    sessions = {row.address: row.with_code for row in SignInSession.objects.all()}
    assert sessions == {"203.0.113.9": False, "198.51.100.7": True}


def test_a_sight_is_written_once_a_minute(person):
    client = browser()
    is_in(client)
    seen = SignInSession.objects.get().last_seen_at
    is_in(client)
    assert SignInSession.objects.get().last_seen_at == seen
    a_minute_later()
    is_in(client)
    assert SignInSession.objects.get().last_seen_at > seen


def test_a_session_from_before_there_were_rows_goes_on(person):
    client = browser()
    session = client.session
    del session[sign_in_sessions.ROW]
    session.save()
    SignInSession.objects.all().delete()
    assert is_in(client)
    assert SignInSession.objects.count() == 1


def test_housekeeping_forgets_what_ended(person):
    browser()
    live = SignInSession.objects.get().pk
    browser()
    SignInSession.objects.exclude(pk=live).update(expires_at=timezone.now() - timedelta(hours=1))
    tasks.forget_old()
    assert list(SignInSession.objects.values_list("pk", flat=True)) == [live]


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile "
            "Safari/537.36",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge on Linux",
        ),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "Unknown browser"),
    ],
)
def test_a_browser_is_called_as_people_call_it(agent, words):
    assert device(agent) == words


def test_createsuperuser_makes_a_super_admin(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--noinput", username="root", email="root@example.com", stdout=StringIO())
    made = User.objects.get(username="root")
    assert (made.role, made.is_staff, made.is_superuser) == ("super_admin", True, True)
    assert [group.name for group in made.groups.all()] == ["super_admin"]
