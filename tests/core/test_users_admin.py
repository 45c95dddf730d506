"""People in the admin: nobody reaches above their own rights, whatever they send."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessLog
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken

from core.models import Event, User
from core.security_settings import SecurityPage
from core.services import failed_tasks
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
REASON = {"_form_submitted": "True", "reason": "As agreed"}
NEW = {
    "username": "newcomer",
    "email": "Newcomer@Example.com",
    "first_name": "New",
    "last_name": "Comer",
    "phone_number": "",
    "language": "",
    "timezone": "Asia/Tehran",
    "role": "support",
    "new_password": "",
}


def client_of(role: str) -> Client:
    client = Client()
    client.force_login(UserFactory(staff=role), backend="core.authentication.EmailOrUsernameBackend")
    return client


def action(name: str, user: User) -> str:
    return reverse(f"admin:core_user_{name}", args=[user.pk])


def change(user: User) -> str:
    return reverse("admin:core_user_change", args=[user.pk])


def test_a_super_admin_adds_a_person_with_a_role():
    client_of("super_admin").post(reverse("admin:core_user_add"), NEW)
    user = User.objects.get(username="newcomer")
    assert (user.role, user.is_staff, user.is_superuser) == ("support", True, False)
    assert user.email == "newcomer@example.com"
    assert [group.name for group in user.groups.all()] == ["support"]
    assert not user.has_usable_password()
    assert Event.objects.filter(kind="user.created", subject_id=str(user.pk)).exists()


def test_a_weak_password_is_refused_at_its_field_and_what_was_typed_stays():
    answer = client_of("super_admin").post(reverse("admin:core_user_add"), NEW | {"new_password": "1234"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "too short" in page
    assert 'value="newcomer"' in page
    assert not User.objects.filter(username="newcomer").exists()


def test_an_address_in_use_is_refused():
    UserFactory(email="newcomer@example.com")
    answer = client_of("super_admin").post(reverse("admin:core_user_add"), NEW)
    assert "in use" in answer.content.decode()


def test_flags_and_groups_cannot_be_sent_along():
    user = UserFactory(staff="support")
    permission = Permission.objects.first()
    sent = {
        "email": user.email,
        "first_name": "Renamed",
        "is_superuser": "on",
        "is_staff": "on",
        "role": "super_admin",
        "groups": [Group.objects.get(name="super_admin").pk],
        "user_permissions": [permission.pk],
        "password": "x",
    }
    client_of("super_admin").post(change(user), sent)
    user.refresh_from_db()
    assert user.first_name == "Renamed"
    assert (user.role, user.is_superuser) == ("support", False)
    assert [group.name for group in user.groups.all()] == ["support"]
    assert not user.user_permissions.exists()


@pytest.mark.parametrize("role", ["admin", "moderator", "finance", "support", "auditor"])
def test_nobody_else_adds_or_changes_people(role):
    client, user = client_of(role), UserFactory()
    assert client.get(reverse("admin:core_user_add")).status_code == 403
    assert client.post(reverse("admin:core_user_add"), NEW).status_code == 403
    assert client.post(change(user), {"email": "taken@example.com"}).status_code == 403
    for name in ("set_role", "set_password", "deactivate", "sign_out"):
        sent = REASON | {"role": "super_admin", "password": "a long enough password"}
        assert client.post(action(name, user), sent).status_code == 403
    user.refresh_from_db()
    assert (user.role, user.is_active, user.is_superuser) == ("", True, False)


def test_with_the_change_right_alone_staff_stay_out_of_reach():
    """A group of the owner's own may give `change_user`; it does not reach those with a role."""
    moderator = UserFactory(staff="moderator")
    moderator.user_permissions.add(*Permission.objects.filter(codename__in=["change_user", "view_user"]))
    client = Client()
    client.force_login(moderator, backend="core.authentication.EmailOrUsernameBackend")
    owner, buyer = UserFactory(staff="super_admin"), UserFactory()
    sent = REASON | {"role": "super_admin", "password": "a long enough password"}
    for name in ("set_role", "set_password", "deactivate", "sign_out"):
        answer = client.post(action(name, owner), sent)
        assert "beyond yours" in answer.content.decode(), name
    assert "beyond yours" in client.post(action("set_role", moderator), sent).content.decode()
    assert client.post(change(owner), {"email": "mine@example.com"}).status_code == 403
    assert "HX-Redirect" in client.post(action("deactivate", buyer), REASON)
    owner.refresh_from_db()
    moderator.refresh_from_db()
    assert owner.check_password("a long enough password") is True  # the factory's own, unchanged
    assert owner.is_active
    assert not moderator.is_superuser


def test_a_role_is_changed_with_a_reason_that_is_kept():
    user = UserFactory(staff="support")
    answer = client_of("super_admin").post(action("set_role", user), REASON | {"role": "finance"})
    assert "HX-Redirect" in answer
    user.refresh_from_db()
    assert user.role == "finance"
    assert [group.name for group in user.groups.all()] == ["finance"]
    assert Event.objects.get(kind="user.role_changed", subject_id=str(user.pk)).data["reason"] == "As agreed"


def test_nobody_is_deleted_here():
    user = UserFactory()
    client = client_of("super_admin")
    assert client.post(reverse("admin:core_user_delete", args=[user.pk]), {"post": "yes"}).status_code == 403


def test_the_page_tells_the_story_and_never_the_password():
    user = UserFactory(staff="support")
    page = client_of("auditor").get(change(user)).content.decode()
    assert user.email in page
    assert user.password not in page
    assert "What happened" in page


def test_saving_leads_back_to_the_page():
    user = UserFactory()
    answer = client_of("super_admin").post(
        change(user) + "?edit=1", {"email": user.email, "first_name": "Ada"}
    )
    assert answer["Location"] == change(user)


def test_history_is_for_those_who_may_read_what_happened():
    user = UserFactory()
    history = reverse("admin:core_user_history", args=[user.pk])
    assert client_of("auditor").get(history).status_code == 200
    assert client_of("support").get(history).status_code == 403


def test_tokens_have_no_page():
    assert not admin.site.is_registered(OutstandingToken)


@pytest.mark.parametrize("role", ["super_admin", "auditor"])
def test_roles_are_read_and_nothing_else(role):
    client = client_of(role)
    group = Group.objects.get(name="finance")
    page = reverse("admin:auth_group_change", args=[group.pk])
    assert "Rights" in client.get(page).content.decode()
    assert client.post(page, {"name": "owned"}).status_code == 403
    assert client.get(reverse("admin:auth_group_add")).status_code == 403


TASK = {
    "name": "Every hour",
    "task": "core.forget_old",
    "enabled": "on",
    "interval": "",
    "crontab": "",
    "args": "[]",
    "kwargs": "{}",
    "description": "",
    "expire_seconds": "",
}


@pytest.fixture
def hourly() -> IntervalSchedule:
    return IntervalSchedule.objects.create(every=1, period="hours")


@pytest.fixture
def task(hourly) -> PeriodicTask:
    return PeriodicTask.objects.create(name="Every hour", task="core.forget_old", interval=hourly)


def test_a_super_admin_adds_a_task_of_ours(hourly):
    client_of("super_admin").post(
        reverse("admin:django_celery_beat_periodictask_add"), TASK | {"interval": hourly.pk}
    )
    assert PeriodicTask.objects.get(name="Every hour").task == "core.forget_old"


@pytest.mark.parametrize(
    "wrong",
    [{"task": "os.system"}, {"args": "{}"}, {"kwargs": "rm"}, {"interval": ""}],
    ids=lambda one: next(iter(one)),
)
def test_a_task_that_is_not_ours_or_ill_formed_is_refused(wrong, hourly):
    sent = TASK | {"interval": hourly.pk} | wrong
    answer = client_of("super_admin").post(reverse("admin:django_celery_beat_periodictask_add"), sent)
    assert answer.status_code == 200
    assert not PeriodicTask.objects.filter(name="Every hour").exists()


@pytest.mark.parametrize("role", ["admin", "moderator", "finance", "support", "auditor"])
def test_only_super_admins_touch_the_schedule(role, task):
    client = client_of(role)
    assert client.get(reverse("admin:django_celery_beat_periodictask_add")).status_code == 403
    page = reverse("admin:django_celery_beat_periodictask_change", args=[task.pk])
    assert client.post(page, TASK | {"task": "commerce.sweep"}).status_code == 403
    for name in ("run_now", "switch_off"):
        url = reverse(f"admin:django_celery_beat_periodictask_{name}", args=[task.pk])
        assert client.post(url, REASON).status_code == 403


def test_a_task_is_switched_off_and_on(task):
    client = client_of("super_admin")
    client.post(reverse("admin:django_celery_beat_periodictask_switch_off", args=[task.pk]), REASON)
    task.refresh_from_db()
    assert not task.enabled
    client.post(reverse("admin:django_celery_beat_periodictask_switch_on", args=[task.pk]), REASON)
    task.refresh_from_db()
    assert task.enabled


def test_a_task_is_run_now(task, settings):
    answer = client_of("super_admin").post(
        reverse("admin:django_celery_beat_periodictask_run_now", args=[task.pk]), REASON
    )
    assert "HX-Redirect" in answer
    assert Event.objects.filter(kind="schedule.run_now").exists()


@pytest.fixture
def locked() -> AccessAttempt:
    return AccessAttempt.objects.create(
        username="ada",
        ip_address="192.0.2.7",
        user_agent="x",
        failures_since_start=5,
        attempt_time=timezone.now(),
    )


def test_a_super_admin_unlocks_somebody(locked):
    client = client_of("super_admin")
    assert "Locked" in client.get(reverse("admin:axes_accessattempt_changelist")).content.decode()
    answer = client.post(reverse("admin:axes_accessattempt_unlock", args=[locked.pk]), REASON)
    assert "HX-Redirect" in answer
    assert not AccessAttempt.objects.exists()
    assert Event.objects.get(kind="sign_in.unlocked").data["reason"] == "As agreed"


def test_the_auditor_sees_who_is_locked_out_and_unlocks_nobody(locked):
    client = client_of("auditor")
    assert client.get(reverse("admin:axes_accessattempt_changelist")).status_code == 200
    assert (
        client.post(reverse("admin:axes_accessattempt_unlock", args=[locked.pk]), REASON).status_code == 403
    )


def test_a_task_says_how_it_went_last(task):
    client, page = client_of("super_admin"), reverse("admin:django_celery_beat_periodictask_changelist")
    assert "Never run" in client.get(page).content.decode()
    PeriodicTask.objects.filter(pk=task.pk).update(last_run_at=timezone.now())
    assert "Went well" in client.get(page).content.decode()
    failed = failed_tasks.keep(name=task.task, task_id="1", args=[], kwargs={}, error=ValueError("broken"))
    shown = client.get(page).content.decode()
    assert reverse("admin:core_failedtask_change", args=[failed.pk]) in shown
    assert "Went well" not in shown
    failed_tasks.dismiss(failed=failed, by=UserFactory(staff="super_admin"), reason="Seen to")
    assert "Went well" in client.get(page).content.decode()


def test_a_paused_task_says_so(task):
    client = client_of("super_admin")
    client.post(reverse("admin:django_celery_beat_periodictask_switch_off", args=[task.pk]), REASON)
    assert (
        "Paused" in client.get(reverse("admin:django_celery_beat_periodictask_changelist")).content.decode()
    )


def test_a_name_guessed_from_everywhere_shows_as_locked_and_is_unlocked_on_the_persons_page(in_force):
    in_force(SecurityPage, lockout_tries_anywhere=6)
    person, client = UserFactory(username="ada"), client_of("super_admin")
    for number in range(3):
        AccessAttempt.objects.create(
            username="ada",
            ip_address=f"192.0.2.{number}",
            user_agent="x",
            failures_since_start=2,
            attempt_time=timezone.now(),
        )
    page = client.get(reverse("admin:axes_accessattempt_changelist")).content.decode()
    assert page.count("Locked</span>") == 3
    assert "Unlock sign-in" in client.get(change(person)).content.decode()
    assert client_of("auditor").post(action("unlock", person), REASON).status_code == 403
    assert "HX-Redirect" in client.post(action("unlock", person), REASON)
    assert not AccessAttempt.objects.exists()
    assert client.post(action("unlock", person), REASON).status_code == 409


def test_an_old_lock_has_passed(locked):
    client = client_of("super_admin")  # signing in sweeps old tries away
    locked.attempt_time = timezone.now() - timedelta(hours=1)
    locked.save(force_insert=not AccessAttempt.objects.filter(pk=locked.pk).exists())
    page = client.get(reverse("admin:axes_accessattempt_changelist")).content.decode()
    assert "May try" in page
    assert "Locked</span>" not in page


def test_deactivating_ends_sessions_and_tokens_at_once():
    person = UserFactory(staff="support")
    session, api = Client(), Client()
    session.force_login(person, backend="core.authentication.EmailOrUsernameBackend")
    tokens = RefreshToken.for_user(person)
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {tokens.access_token}"}
    assert session.get("/admin/").status_code == 200
    assert api.get("/api/auth/user/", **bearer).status_code == 200
    client_of("super_admin").post(action("deactivate", person), REASON)
    assert session.get("/admin/").status_code == 302
    assert api.get("/api/auth/user/", **bearer).status_code == 401
    client_of("super_admin").post(action("activate", person), REASON)
    assert (
        api.post("/api/auth/token/refresh/", {"refresh": str(tokens)}, "application/json").status_code == 401
    ), "an old token stays dead"


def test_a_sign_in_is_read_as_people_write_times_and_names():
    entry = AccessLog.objects.create(username="nadia", ip_address="10.0.0.7", user_agent="Firefox")
    page = client_of("super_admin").get(reverse("admin:axes_accesslog_change", args=[entry.pk])).text
    assert "Access Log for" not in page
    assert f"{entry.attempt_time:%Y-%m-%d}" not in page
    assert date_format(timezone.localtime(entry.attempt_time), "DATETIME_FORMAT") in page
