from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import uuid7


class ImportRun(models.Model):
    """A file that somebody hands in: first checked without writing anything, then imported.

    The file is kept in the row, so that any worker can go on where another was killed, and emptied at the end.
    `done` moves together with what was written, in one transaction.
    """

    class Status(models.TextChoices):
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Checked")
        IMPORTING = "importing", _("Being imported")
        DONE = "done", _("Imported")
        STOPPED = "stopped", _("Stopped")
        DISCARDED = "discarded", _("Discarded")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resource = models.CharField(_("what"), max_length=60)
    file_name = models.CharField(_("file"), max_length=150)
    content = models.BinaryField(_("content"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("imported by"),
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.CHECKING)
    only_good = models.BooleanField(_("without the rows that are wrong"), default=False)
    in_background = models.BooleanField(_("in the background"), default=False)
    total = models.PositiveIntegerField(_("rows"), default=0)
    done = models.PositiveIntegerField(_("rows done"), default=0)
    new = models.PositiveIntegerField(_("new"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    refused = models.PositiveIntegerField(_("wrong"), default=0)
    result = models.JSONField(_("result"), default=dict, help_text=_("What is wrong, and what changes."))
    generation = models.PositiveIntegerField(_("start"), default=1, help_text=_("Counts the starts."))
    touched_at = models.DateTimeField(_("last sign of life"), auto_now_add=True)
    created_at = models.DateTimeField(_("handed in"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        default_permissions = ()
        indexes = [models.Index(fields=["resource", "-created_at"], name="core_importrun_recent")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def problems(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.result.get("problems", [])
        return found

    @property
    def differences(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.result.get("differences", [])
        return found
