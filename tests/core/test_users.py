import pytest
from django.contrib.auth.models import Permission
from rest_framework_simplejwt.tokens import RefreshToken

from core.exceptions import Conflict, InvalidInput, NotAllowed
from core.models import Event, User
from core.services import users
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return UserFactory(staff="super_admin")


def test_a_role_brings_its_group_and_makes_staff(owner):
    user = users.create_user(username="new", email="New@Example.com", by=owner, role="finance")
    assert user.is_staff and not user.is_superuser
    assert [group.name for group in user.groups.all()] == ["finance"]
    assert user.email == "new@example.com"
    assert not user.has_usable_password()


def test_another_role_replaces_the_first_and_keeps_groups_of_the_owners_own(owner):
    from django.contrib.auth.models import Group

    user = UserFactory(staff="support")
    own = Group.objects.create(name="night shift")
    user.groups.add(own)
    users.set_role(user=user, role="admin", by=owner, reason="promoted")
    assert {group.name for group in user.groups.all()} == {"admin", "night shift"}
    user.refresh_from_db()
    assert user.role == "admin"
    event = Event.objects.get(kind="user.role_changed", subject_id=str(user.pk))
    assert event.data == {"before": "support", "after": "admin", "reason": "promoted"}


def test_without_a_role_nobody_is_staff(owner):
    user = UserFactory(staff="admin")
    users.set_role(user=user, role="", by=owner, reason="left")
    user.refresh_from_db()
    assert not user.is_staff and not user.is_superuser and not user.groups.exists()


def test_super_admins_have_every_right_and_lose_it_with_the_role(owner):
    user = users.create_user(username="second", email="s@example.com", by=owner, role="super_admin")
    assert user.is_superuser
    users.set_role(user=user, role="auditor", by=owner, reason="handover")
    assert not User.objects.get(pk=user.pk).is_superuser


@pytest.mark.parametrize("role", ["admin", "moderator", "finance", "support", "auditor"])
def test_nobody_but_a_super_admin_gives_roles_or_touches_staff(role):
    by = UserFactory(staff=role)
    by.user_permissions.add(Permission.objects.get(codename="change_user"))
    target = UserFactory(staff="support")
    for attempt in (
        lambda: users.set_role(user=target, role="super_admin", by=by, reason="please"),
        lambda: users.set_role(user=by, role="super_admin", by=by, reason="please"),
        lambda: users.create_user(username="x", email="x@example.com", by=by, role="auditor"),
        lambda: users.set_password(user=target, password="a brand new password", by=by),
        lambda: users.set_active(user=target, active=False, by=by, reason="x"),
        lambda: users.change_profile(user=target, by=by, email="mine@example.com"),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert User.objects.get(pk=target.pk).check_password(PASSWORD)


def test_with_the_permission_staff_may_change_people_who_are_no_staff():
    by = UserFactory(staff="support")
    buyer = UserFactory()
    with pytest.raises(NotAllowed):
        users.set_active(user=buyer, active=False, by=by, reason="fraud")
    by = UserFactory(staff="support")
    by.user_permissions.add(Permission.objects.get(codename="change_user"))
    users.set_active(user=buyer, active=False, by=by, reason="fraud")
    assert not User.objects.get(pk=buyer.pk).is_active


def test_one_super_admin_always_remains_and_nobody_changes_their_own_role(owner):
    with pytest.raises(Conflict, match="Somebody else"):
        users.set_role(user=owner, role="admin", by=owner, reason="tired")
    with pytest.raises(Conflict):
        users.set_active(user=owner, active=False, by=owner, reason="tired")
    # A super admin whose own account was switched off underneath cannot take the last one along.
    ghost = UserFactory(staff="super_admin", is_active=False)
    with pytest.raises(Conflict) as refused:
        users.set_role(user=owner, role="admin", by=ghost, reason="coup")
    assert refused.value.code == "last_super_admin"


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_reason_is_required(owner, reason):
    with pytest.raises(InvalidInput) as refused:
        users.set_role(user=UserFactory(), role="support", by=owner, reason=reason)
    assert list(refused.value.errors) == ["reason"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"username": "Taken", "email": "free@example.com"}, "username"),
        ({"username": "free", "email": "TAKEN@example.com"}, "username"),
        ({"username": "a b", "email": "free@example.com"}, "username"),
        ({"username": "free", "email": "no address"}, "email"),
        ({"username": "free", "email": "f@example.com", "password": "1234"}, "password"),
        ({"username": "free", "email": "f@example.com", "is_superuser": True}, "is_superuser"),
    ],
)
def test_bad_values_name_their_field_and_make_nobody(owner, values, field):
    UserFactory(username="taken", email="taken@example.com")
    before = User.objects.count()
    with pytest.raises(InvalidInput) as refused:
        users.create_user(by=owner, **values)
    assert field in refused.value.errors
    assert User.objects.count() == before


def test_locking_somebody_out_ends_their_tokens(owner, api):
    user = UserFactory(staff="support")
    refresh = str(RefreshToken.for_user(user))
    users.set_active(user=user, active=False, by=owner, reason="left")
    users.set_active(user=user, active=True, by=owner, reason="back")
    assert api.post("/api/token/refresh/", {"refresh": refresh}, format="json").status_code == 401


def test_everybody_may_change_their_own_password_and_profile():
    user = UserFactory(staff="support")
    users.set_password(user=user, password="a brand new password", by=user)
    users.change_profile(user=user, by=user, first_name="Mina", timezone="Asia/Tehran")
    user.refresh_from_db()
    assert user.check_password("a brand new password") and user.first_name == "Mina"


def test_history_keeps_changes_but_no_password(owner):
    user = UserFactory()
    users.set_role(user=user, role="support", by=owner, reason="hired")
    newest = user.history.first()
    assert newest.role == "support" and newest.history_change_reason == "hired"
    assert not hasattr(newest, "password")
