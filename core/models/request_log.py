from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ApiRequest(models.Model):
    """One request to the API and how it was answered; bodies of writes are kept with secrets masked."""

    request_id = models.CharField(_("request id"), max_length=64, db_index=True)
    method = models.CharField(_("method"), max_length=8)
    path = models.CharField(_("path"), max_length=300)
    query = models.CharField(_("query"), max_length=500, blank=True)
    status = models.PositiveSmallIntegerField(_("status"))
    caller = models.CharField(_("caller"), max_length=200, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True)
    milliseconds = models.PositiveIntegerField(_("milliseconds"))
    body = models.JSONField(_("body"), null=True)
    error_code = models.CharField(_("error code"), max_length=60, blank=True)
    created_at = models.DateTimeField(_("at"))

    class Meta:
        ordering = ["-id"]
        verbose_name = _("API request")
        verbose_name_plural = _("API requests")
        indexes = [
            # Written in order of time, so a day is found by a range of blocks and writing stays cheap.
            BrinIndex(fields=["created_at"], name="core_apirequest_day", autosummarize=True),
            # What one caller asked, newest first.
            models.Index(fields=["caller", "-id"], name="core_apirequest_caller"),
            # Refusals are few: listing them must not read the rest.
            models.Index(
                fields=["error_code", "-id"], name="core_apirequest_refused", condition=~Q(error_code="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"
