from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CommerceConfig(AppConfig):
    """What is sold, to whom, and the money."""

    name = "commerce"
    verbose_name = _("Commerce")

    def ready(self) -> None:
        """Fill the registries: each import registers what its module plugs in."""
        from commerce import registrations  # noqa: F401
        from commerce.schedules import make_schedules

        post_migrate.connect(make_schedules, sender=self, dispatch_uid="commerce.make_schedules")
