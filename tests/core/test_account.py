"""My account: what people look after themselves."""

import re
from datetime import UTC, datetime

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone, translation

from core import tasks
from core.models import Event, User
from core.services import email_change
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
ACCOUNT, EMAIL, PROFILE = "/admin/account/", "/admin/account/email/", "/admin/account/profile/"


@pytest.fixture(autouse=True)
def _worker(monkeypatch):
    for task in (tasks.send_security_mail, tasks.send_email_change):
        monkeypatch.setattr(task, "delay", task)
    yield
    translation.activate("en")


@pytest.fixture
def person(client):
    user = UserFactory(staff="support", username="ada", email="ada@example.com")
    client.force_login(user)
    return user


def send(client, url, **given):
    return client.post(url, {"_form_submitted": "True", **given})


@pytest.fixture
def link(client, person, django_capture_on_commit_callbacks) -> str:
    """The path of the message that went to the new address."""
    with django_capture_on_commit_callbacks(execute=True):
        send(client, EMAIL, email="Ada@New.example", password=PASSWORD)
    [message] = mail.outbox
    assert message.to == ["ada@new.example"]
    return re.search(r"http://testserver(/admin/account/email/\S+)", message.body)[1]


def test_it_is_a_click_away_on_every_page(client, person):
    assert f'href="{ACCOUNT}"' in client.get("/admin/").content.decode()


def test_one_changes_what_one_is_called(client, person):
    answer = send(client, PROFILE, first_name="Ada", last_name="Byron", phone_number="+14155550123")
    assert answer["HX-Redirect"] == ACCOUNT
    person.refresh_from_db()
    assert (person.get_full_name(), person.phone_number) == ("Ada Byron", "+14155550123")
    assert "Ada Byron" in client.get(ACCOUNT).content.decode()


@pytest.mark.parametrize("given", [{"language": "xx"}, {"timezone": "Mars/Base"}, {"first_name": "x" * 151}])
def test_what_cannot_be_is_refused_at_its_field(client, person, given):
    answer = send(client, PROFILE, **given)
    assert "HX-Redirect" not in answer and answer.status_code == 200


def test_nothing_but_the_profile_is_changed_there(client, person):
    send(client, PROFILE, first_name="Ada", role="super_admin", is_superuser="1", email="x@example.com")
    person.refresh_from_db()
    assert (person.role, person.is_superuser, person.email) == ("support", False, "ada@example.com")


def test_pages_speak_ones_language_and_tell_the_time_where_one_is(client, person):
    send(client, PROFILE, language="fa", timezone="Asia/Tehran")
    page = client.get(ACCOUNT).content.decode()
    assert 'lang="fa"' in page and 'dir="rtl"' in page
    moment = datetime(2026, 1, 5, 22, 0, tzinfo=UTC)
    User.objects.filter(pk=person.pk).update(last_login=moment, language="")
    client.force_login(UserFactory(staff="super_admin", timezone="Asia/Tehran"))
    assert "6 Jan 2026, 01:30" in client.get(f"/admin/core/user/{person.pk}/change/").content.decode()
    assert timezone.get_current_timezone_name() == "UTC"


def test_a_zone_that_is_none_breaks_no_page(client, person):
    User.objects.filter(pk=person.pk).update(timezone="Nowhere/At_all", language="xx")
    assert client.get(ACCOUNT).status_code == 200


def test_an_address_is_changed_once_its_mailbox_was_shown_to_be_theirs(
    client, person, link, django_capture_on_commit_callbacks
):
    assert "ada@new.example" in client.get(link).content.decode()
    person.refresh_from_db()
    assert person.email == "ada@example.com"
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(link)["Location"] == ACCOUNT
    person.refresh_from_db()
    assert person.email == "ada@new.example"
    assert mail.outbox[-1].to == ["ada@example.com"]
    assert "changed to another one" in mail.outbox[-1].body
    client.post(link)
    assert Event.objects.filter(kind="user.changed").count() == 1


def test_the_link_is_of_one_person(client, person, link):
    other = UserFactory(staff="support")
    client.force_login(other)
    assert client.post(link)["Location"] == ACCOUNT
    other.refresh_from_db()
    assert other.email != "ada@new.example"


@pytest.mark.parametrize("spoilt", [lambda link: link[:-2] + "x/", lambda _link: f"{EMAIL}x/"])
def test_a_spoilt_link_changes_nothing(client, person, link, spoilt):
    client.post(spoilt(link))
    person.refresh_from_db()
    assert person.email == "ada@example.com"


def test_a_link_is_good_for_three_days(client, person, link, settings):
    settings.PASSWORD_RESET_TIMEOUT = -1
    client.post(link)
    person.refresh_from_db()
    assert person.email == "ada@example.com"


@pytest.mark.parametrize(
    ("email", "password", "words"),
    [
        ("bea@example.com", PASSWORD, "in use"),
        ("ADA@example.com", PASSWORD, "your address already"),
        ("new@example.com", "wrong", "not your password"),
        ("no address", PASSWORD, "valid email"),
    ],
)
def test_an_address_that_will_not_do_is_refused(client, person, email, password, words):
    UserFactory(email="bea@example.com")
    assert words in send(client, EMAIL, email=email, password=password).content.decode()
    assert not mail.outbox


def test_an_address_taken_meanwhile_is_refused(client, person):
    token = email_change.token_for(person, "late@example.com")
    UserFactory(email="late@example.com")
    answer = client.post(reverse("admin:account-email-new", args=[token]), follow=True)
    assert "in use" in answer.content.decode()
