import pytest
from django.contrib.auth.models import Group, Permission

from core.models import User
from core.roles import STAFF_ROLES, granted, sync_roles

pytestmark = pytest.mark.django_db


def names(group):
    pairs = Group.objects.get(name=group).permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in pairs}


def test_migrating_makes_a_group_of_every_role_with_exactly_what_code_grants():
    for role in STAFF_ROLES:
        if role != User.Role.SUPER_ADMIN:
            assert names(role) == granted(role), role
    assert Group.objects.get(name="super_admin").permissions.count() == Permission.objects.count()


def test_every_granted_permission_exists():
    known = {
        f"{app}.{code}" for app, code in Permission.objects.values_list("content_type__app_label", "codename")
    }
    for role in STAFF_ROLES:
        assert granted(role) <= known, role


def test_what_was_added_by_hand_to_a_roles_group_is_taken_back_and_other_groups_are_left_alone():
    right = Permission.objects.get(codename="delete_user")
    Group.objects.get(name="support").permissions.add(right)
    own = Group.objects.create(name="the owner's own")
    own.permissions.add(right)
    sync_roles()
    assert "core.delete_user" not in names("support")
    assert "core.delete_user" in names("the owner's own")


@pytest.mark.parametrize("role", ["admin", "moderator", "finance", "support", "auditor"])
def test_nobody_but_the_super_admin_may_change_staff_roles_or_schedules(role):
    dangerous = (
        "user",
        "group",
        "permission",
        "periodictask",
        "intervalschedule",
        "crontabschedule",
        "logentry",
        "session",
    )
    for right in granted(role):
        action, _sep, model = right.split(".", 1)[1].partition("_")
        assert not (model in dangerous and action in ("add", "change", "delete")), right


def test_an_auditor_changes_nothing():
    for right in granted("auditor"):
        assert right.split(".", 1)[1].startswith(("view_", "see_", "export_", "run_")), right
