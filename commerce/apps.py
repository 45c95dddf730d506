from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommerceConfig(AppConfig):
    """What is sold, to whom, and the money."""

    name = "commerce"
    verbose_name = _("Commerce")

    def ready(self) -> None:
        """Fill the registries: each import registers what its module plugs in."""
        from commerce import registrations  # noqa: F401
