from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models.origins import TracedRecords


class SiteSettings(models.Model):
    """The values of one settings page, as its form cleaned them."""

    page = models.CharField(_("page"), max_length=40, unique=True)
    values = models.JSONField(_("values"), default=dict)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("changed by"),
    )
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)
    history = TracedRecords()

    class Meta:
        verbose_name = _("settings")
        verbose_name_plural = _("settings")
        permissions = [
            ("change_branding", _("Can change the branding")),
            ("change_retention", _("Can change for how long things are kept")),
            ("change_general", _("Can change the general settings")),
            ("change_notifications", _("Can change the notification settings")),
            ("change_api", _("Can change the API and webhook settings")),
            ("change_security", _("Can change the security settings")),
            ("change_operations", _("Can change the operations settings")),
        ]

    def __str__(self) -> str:
        return self.page
