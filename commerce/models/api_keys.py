"""Keys of resellers' servers. Only a hash is kept; the key itself is shown once."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from commerce.models.resellers import Reseller


class ApiKey(models.Model):
    """`tl_live_…` or `tl_test_…`: looked up by its SHA-256, shown by prefix and last four characters."""

    class Mode(models.TextChoices):
        LIVE = "live", _("Live")
        TEST = "test", _("Test")

    class Scope(models.TextChoices):
        READ = "read", _("Read")
        ORDER = "order", _("Place and cancel orders")

    reseller = models.ForeignKey(
        Reseller, models.CASCADE, related_name="api_keys", verbose_name=_("reseller")
    )
    name = models.CharField(_("name"), max_length=80)
    mode = models.CharField(_("mode"), max_length=4, choices=Mode, default=Mode.LIVE)
    digest = models.CharField(_("digest"), max_length=64, unique=True, editable=False)
    prefix = models.CharField(_("prefix"), max_length=16, editable=False)
    last_four = models.CharField(_("last four"), max_length=4, editable=False)
    scopes = ArrayField(
        models.CharField(max_length=20, choices=Scope), verbose_name=_("scopes"), default=list
    )
    allowed_ips = ArrayField(
        models.CharField(max_length=43),
        verbose_name=_("allowed addresses"),
        default=list,
        blank=True,
        help_text=_("Addresses or networks, such as 203.0.113.0/24; empty allows all."),
    )
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True, editable=False)
    rotated_to = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="rotated_from", editable=False
    )
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        permissions = [
            ("issue_apikey", _("Can issue API keys")),
            ("revoke_apikey", _("Can revoke API keys")),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}…{self.last_four}"
