from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CoreAdminConfig(admin_apps.AdminConfig):
    """Django's admin with our own site."""

    default = False
    default_site = "core.backoffice.site.ToplineAdminSite"


class CoreConfig(AppConfig):
    """People, roles, settings, events and the admin's machinery; knows nothing of selling."""

    name = "core"
    verbose_name = _("Core")

    def ready(self) -> None:
        from core import registrations  # noqa: F401
        from core.roles import sync_roles
        from core.schedules import make_schedules
        from core.services import audit_history, sign_in_sessions

        sign_in_sessions.listen()
        # Permissions exist only after all migrations; granting is idempotent.
        post_migrate.connect(sync_roles, dispatch_uid="core.sync_roles")
        post_migrate.connect(make_schedules, sender=self, dispatch_uid="core.make_schedules")
        post_migrate.connect(audit_history.note_columns, sender=self, dispatch_uid="core.note_columns")
