"""The Security page: every rule is in force at once."""

from datetime import timedelta

import pytest
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from core import site_settings
from core.models import SignInSession
from core.security_settings import SecurityPage
from core.services.sign_in_sessions import REMEMBERED
from core.sign_in_rules import second_factor_required
from core.site_settings import load, save
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
PAGE, HOUR = "/admin/settings/security/", 3600
SENT = {
    "second_factor_roles": ["finance"],
    "session_hours": "2",
    "remember_days": "3",
    "lockout_tries": "3",
    "lockout_tries_anywhere": "10",
    "lockout_minutes": "7",
    "password_min_length": "14",
}


def staff(role: str = "super_admin") -> Client:
    client = Client()
    client.force_login(UserFactory(staff=role), backend="core.authentication.EmailOrUsernameBackend")
    return client


def signed_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def grow_older(seconds: float) -> None:
    SignInSession.objects.update(created_at=timezone.now() - timedelta(seconds=seconds))
    # What was seen a moment ago is not asked again for a minute.
    cache.clear()


@pytest.mark.parametrize(
    ("role", "may_open", "may_change"),
    [("super_admin", 200, 302), ("admin", 200, 403), ("auditor", 200, 403), ("finance", 403, 403)],
)
def test_only_the_super_admin_changes_it(role, may_open, may_change):
    client = staff(role)
    assert client.get(PAGE).status_code == may_open
    assert client.post(PAGE, SENT).status_code == may_change
    assert (load(SecurityPage).session_hours == 2) is (may_change == 302)


def test_who_needs_a_second_factor_is_a_matter_of_role():
    staff().post(PAGE, SENT)
    assert load(SecurityPage).second_factor_roles == ("finance",)
    assert second_factor_required(UserFactory(staff="finance"))
    assert not second_factor_required(UserFactory(staff="support"))
    assert not second_factor_required(UserFactory())
    save(SecurityPage, {"second_factor_roles": ("super_admin",)}, user=None)
    assert second_factor_required(UserFactory(is_superuser=True, role=""))


def test_the_environment_fixes_who_needs_one(settings):
    settings.SETTINGS_FROM_ENVIRONMENT = {"SECOND_FACTOR_ROLES": "admin,support"}
    site_settings.forget()
    staff().post(PAGE, SENT)
    assert load(SecurityPage).second_factor_roles == ("admin", "support")
    assert load(SecurityPage).session_hours == 2


def test_a_shorter_length_ends_the_sign_ins_there_are():
    client = staff()
    signed_in(client)
    grow_older(3 * HOUR)
    assert signed_in(client)
    save(SecurityPage, {"session_hours": 2}, user=None)
    cache.clear()
    assert not signed_in(client)


def test_who_is_remembered_stays_for_the_days_of_the_settings():
    client = staff()
    session = client.session
    session[REMEMBERED] = True
    session.save()
    signed_in(client)
    SignInSession.objects.update(remembered=True, expires_at=timezone.now() + timedelta(days=14))
    grow_older(13 * 24 * HOUR)
    assert signed_in(client)
    save(SecurityPage, {"remember_days": 12}, user=None)
    cache.clear()
    assert not signed_in(client)


def test_a_caller_without_a_session_is_given_none():
    assert not Client().get("/api/settings/").cookies


def test_locks_follow_the_settings(client):
    save(SecurityPage, {"lockout_tries": 3, "lockout_minutes": 7}, user=None)
    UserFactory(username="ada", staff="support")
    for _try in range(3):
        last = client.post("/admin/login/", {"username": "ada", "password": "wrong"})
    assert last.status_code == 429
    assert "7 minutes" in last.content.decode() and last["Retry-After"] == "420"
    save(SecurityPage, {"lockout_tries": 5}, user=None)
    assert client.post("/admin/login/", {"username": "ada", "password": PASSWORD}).status_code == 302


def test_a_shorter_lock_ends_those_there_are(client):
    from axes.models import AccessAttempt

    UserFactory(username="ada", staff="support")
    for _try in range(5):
        client.post("/admin/login/", {"username": "ada", "password": "wrong"})
    for attempt in AccessAttempt.objects.all():
        attempt.attempt_time -= timedelta(minutes=8)
        attempt.save()
    assert client.post("/admin/login/", {"username": "ada", "password": PASSWORD}).status_code == 429
    save(SecurityPage, {"lockout_minutes": 7}, user=None)
    assert client.post("/admin/login/", {"username": "ada", "password": PASSWORD}).status_code == 302


def test_new_passwords_are_as_long_as_the_settings_say():
    validate_password("k3yb0ard-10")
    save(SecurityPage, {"password_min_length": 14}, user=None)
    with pytest.raises(ValidationError, match="at least 14"):
        validate_password("k3yb0ard-10")
    assert any("14 characters" in text for text in password_validators_help_texts())


def test_locks_everywhere_come_no_sooner_than_at_one_address():
    answer = staff().post(PAGE, SENT | {"lockout_tries": "20", "lockout_tries_anywhere": "10"})
    assert "At least as many as at one address." in answer.content.decode()
