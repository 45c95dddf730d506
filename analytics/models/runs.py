"""Runs of reports: who asked for what, how far it is, and the file it made."""

from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ids import uuid7


class Format(models.TextChoices):
    PDF = "pdf", _("PDF")
    XLSX = "xlsx", _("Excel")
    CSV = "csv", _("CSV")
    JSON = "jsonl", _("JSON lines")


class ReportRun(models.Model):
    """One file somebody asked for.

    A worker takes a waiting run as its own, reads everything in one snapshot and gives a sign of life twice a second; a
    run that gives none any more is marked as failed by the sweep. The file stands in private storage under a random
    name, complete or not at all.
    """

    class Kind(models.TextChoices):
        PACK = "pack", _("Standard report")
        REPORT = "report", _("Report")
        LIST = "list", _("List")

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        EXPIRED = "expired", _("No longer kept")

    OPEN = (Status.WAITING, Status.RUNNING)

    class Phase(models.TextChoices):
        NONE = "", ""
        READING = "reading", _("Reading")
        WRITING = "writing", _("Writing rows")
        DRAWING = "drawing", _("Drawing pages")
        SAVING = "saving", _("Saving the file")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    key = models.CharField(_("of"), max_length=120)
    title = models.CharField(_("title"), max_length=200)
    asked = models.JSONField(_("asked for"), default=dict, encoder=DjangoJSONEncoder)
    format = models.CharField(_("format"), max_length=5, choices=Format)
    zone = models.CharField(_("time zone"), max_length=64)
    language = models.CharField(_("language"), max_length=10)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="report_runs",
        verbose_name=_("asked by"),
    )
    # The time of a schedule that it is of.
    occasion = models.ForeignKey(
        "analytics.ScheduleRun",
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="made",
        verbose_name=_("schedule"),
    )
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.WAITING)
    phase = models.CharField(_("step"), max_length=8, choices=Phase, default=Phase.NONE, blank=True)
    rows = models.PositiveBigIntegerField(_("rows"), default=0)
    expected = models.PositiveBigIntegerField(_("rows in all"), null=True)
    with_cost = models.BooleanField(_("with cost and margin"), default=False)
    # Whether what it adds up to is what the ledger says; none where it does not ask.
    ties = models.BooleanField(_("ties to the ledger"), null=True)
    # What the file says of itself: lines of [label, value], and proofs.
    stated = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    error = models.CharField(_("what went wrong"), max_length=500, blank=True)
    cancel_asked = models.BooleanField(default=False)
    file_name = models.CharField(_("file"), max_length=120, blank=True)
    path = models.CharField(max_length=120, blank=True, editable=False)
    size = models.PositiveBigIntegerField(_("size"), default=0)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    created_at = models.DateTimeField(_("asked at"), default=timezone.now)
    started_at = models.DateTimeField(_("started at"), null=True)
    touched_at = models.DateTimeField(_("last sign of life"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("run of a report")
        verbose_name_plural = _("runs of reports")
        permissions = [
            ("run_report", _("Can run reports")),
            ("see_all_reports", _("Can see everybody's reports")),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="analytics_run_of_user"),
            models.Index(fields=["-created_at", "-id"], name="analytics_run_newest"),
            # The sweep looks for those that stand still; they are few.
            models.Index(
                fields=["touched_at"],
                condition=Q(status__in=["waiting", "running"]),
                name="analytics_run_open",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def percent(self) -> int | None:
        """How far it is, where it is known how many rows there are."""
        return min(100, 100 * self.rows // self.expected) if self.expected else None

    @property
    def seconds(self) -> float:
        if self.started_at is None:
            return 0.0
        return ((self.finished_at or timezone.now()) - self.started_at).total_seconds()

    def told(self, name: str) -> Any:
        return self.stated.get(name) or []
