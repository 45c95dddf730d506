"""System checks of the admin run before there is a database: `migrate` on a fresh one starts with them."""

from django.core.checks import run_checks

from core.backoffice.actions import dialog_action
from core.backoffice.base import BaseAdmin
from core.backoffice.site import site
from core.models import User


def test_checks_ask_no_database() -> None:
    # Without the django_db mark any query fails.
    assert [
        error for error in run_checks(include_deployment_checks=False) if error.id and "topline" in error.id
    ] == []


def test_a_permission_nobody_declares_is_an_error() -> None:
    class WrongAdmin(BaseAdmin):
        actions_detail = ["launch"]

        @dialog_action("Launch", permission="core.launch_rockets")
        def launch(self, request: object, obj: object, data: object) -> str:
            return ""

    errors = WrongAdmin(User, site).check()
    assert [error.id for error in errors] == ["topline.E001"]
