"""Django's system checks for our admins, without asking the database: `migrate` runs them before there is one."""

from typing import Any

from django.apps import apps
from django.core import checks
from unfold.checks import UnfoldModelAdminChecks


class AdminChecks(UnfoldModelAdminChecks):
    """Unfold looks for an action's permission in a table; ours looks where permissions are declared."""

    def _check_unfold_action_permission_methods(self, obj: Any) -> list[checks.Error]:
        declared = _declared()
        actions = [
            *obj._get_base_actions_list(),
            *obj._get_base_actions_detail(),
            *obj._get_base_actions_row(),
            *obj._get_base_actions_submit_line(),
        ]
        return [
            checks.Error(
                f"{type(obj).__name__}.{action.path} wants the permission “{permission}”, which no model declares.",
                obj=type(obj),
                id="topline.E001",
            )
            for action in actions
            if (permission := getattr(action.method, "permission", "")) and permission not in declared
        ]


def _declared() -> set[str]:
    """Every permission of every model, as `app.codename`."""
    return {
        f"{model._meta.app_label}.{codename}"
        for model in apps.get_models()
        for codename in (
            *(f"{action}_{model._meta.model_name}" for action in model._meta.default_permissions),
            *(codename for codename, _name in model._meta.permissions),
        )
    }
