"""Roles as groups of the same name. Each app says what its permissions give to whom."""

from collections import defaultdict
from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed
from django.contrib.auth.management import create_permissions

from core.models import User

STAFF_ROLES: tuple[str, ...] = tuple(User.Role.values)

_grants: dict[str, set[str]] = defaultdict(set)


def grant(role: str, *permissions: str) -> None:
    """Give a role permissions, as `app.codename`. The super admin has all of them without being told."""
    _grants[role].update(permissions)


def granted(role: str) -> frozenset[str]:
    return frozenset(_grants[role])


def sync_roles(app_config: AppConfig | None = None, **_kwargs: Any) -> None:
    """After the last app's migrations: each role's group has exactly what the code grants it.

    Groups with other names are the owner's own and are left alone.
    """
    if app_config is not None and app_config.label != _last_app():
        return
    from django.contrib.auth.models import Group, Permission

    for config in installed.get_app_configs():
        create_permissions(config, verbosity=0)
    known = {
        f"{app}.{codename}": pk
        for pk, app, codename in Permission.objects.values_list("pk", "content_type__app_label", "codename")
    }
    for role in STAFF_ROLES:
        group, _created = Group.objects.get_or_create(name=role)
        wanted = known.values() if role == User.Role.SUPER_ADMIN else [known[name] for name in _grants[role]]
        group.permissions.set(wanted)


def _last_app() -> str:
    return [config for config in installed.get_app_configs() if config.models_module][-1].label


def _view_and(*models: str, actions: tuple[str, ...]) -> list[str]:
    return [f"{model.split('.')[0]}.{action}_{model.split('.')[1]}" for model in models for action in actions]


def crud(*models: str) -> list[str]:
    """Every right on models named as `app.model`."""
    return _view_and(*models, actions=("view", "add", "change", "delete"))


def view(*models: str) -> list[str]:
    return _view_and(*models, actions=("view",))


grant(
    "admin",
    *view("core.apirequest", "core.event", "core.user"),
    "core.view_sitesettings",
    "core.change_branding",
    "core.change_retention",
    "core.change_general",
    "core.change_notifications",
    "core.change_api",
    "core.change_operations",
)
grant(
    "auditor", *view("core.apirequest", "core.event", "core.user", "core.sitesettings", "axes.accessattempt")
)
grant("finance", "core.view_event")
# Staff, roles, schedules: the auditor sees them.
grant(
    "auditor", *view("auth.group", "axes.accesslog", "core.signinsession", "django_celery_beat.periodictask")
)
# How the product itself is doing; the books are proved by those who keep them.
grant("admin", "core.see_operations")
grant("auditor", *view("core.failedtask", "core.checkrun"), "core.see_operations", "core.see_all_history")
grant("auditor", "core.export_audit")
grant("finance", *view("core.checkrun"), "core.see_operations", "core.run_checks")
# What we tell people, and what was told; words are settings, but support sends a message again.
TEMPLATES = "core.messagetemplate"
grant("admin", *view("core.message", TEMPLATES), "core.change_messagetemplate", "core.resend_message")
grant("admin", "core.send_broadcast")
grant("support", *view("core.message"), "core.resend_message")
grant("auditor", *view("core.message", TEMPLATES))
# Those who work with money and prices ask, and decide what others ask for; the right to the thing itself they need too.
for role in ("admin", "finance"):
    grant(role, *view("core.approval"), "core.decide_approval", "core.withdraw_approval")
grant("auditor", *view("core.approval"))
# Everybody saves views of lists for themselves.
grant("admin", "core.share_views")
grant("finance", "core.share_views")
# Notes beside objects are by those who work with them; the auditor reads them.
for role in ("admin", "moderator", "finance", "support"):
    grant(role, "core.add_note")
# What stands on the first page.
grant("admin", *crud("core.announcement", "core.quicklink"))
grant("auditor", *view("core.announcement", "core.quicklink"))
