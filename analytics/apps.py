from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AnalyticsConfig(AppConfig):
    """Reads commerce; writes only its own tables."""

    name = "analytics"
    verbose_name = _("Analytics")

    def ready(self) -> None:
        """Fill the registries."""
        from analytics import registrations  # noqa: F401
        from analytics.schedules import make_schedules

        post_migrate.connect(make_schedules, sender=self, dispatch_uid="analytics.make_schedules")
