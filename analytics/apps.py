from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnalyticsConfig(AppConfig):
    """Reads commerce; writes only its own tables."""

    name = "analytics"
    verbose_name = _("Analytics")

    def ready(self) -> None:
        """Fill the registries."""
        from analytics.widgets import today  # noqa: F401
