"""Schedules: what runs by itself, for whom, when and to whom it is mailed; and each time it did."""

from datetime import time
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from analytics.services.asking import Span


class ReportSchedule(models.Model):
    """A standard or composed report that is run with its owner's rights at certain times.

    `next_at` is the truth of when: a worker that finds it passed takes it, and moves it on in the same transaction.
    The beat's row of the same schedule only wakes one at the right moment.
    """

    class Kind(models.TextChoices):
        PACK = "pack", _("Standard report")
        REPORT = "report", _("Report")

    class Frequency(models.TextChoices):
        DAILY = "daily", _("Every day")
        WEEKLY = "weekly", _("Every week")
        MONTHLY = "monthly", _("Every month")
        CRON = "cron", _("As a crontab says")

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    # Days told by the moment it is due; chosen ones would be the same each time.
    SPANS = [(value, label) for value, label in Span.choices if value != Span.CHOSEN]
    LAST_DAY = 0

    title = models.CharField(_("title"), max_length=160)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="report_schedules",
        verbose_name=_("owner"),
        help_text=_("It runs with this person's rights."),
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    key = models.CharField(_("of"), max_length=120)
    # Of a pack's own form, or of a report's filters that ask, by their ids.
    answers = models.JSONField(_("asked for"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    span = models.CharField(_("days"), max_length=10, choices=SPANS, default=Span.YESTERDAY)
    frequency = models.CharField(_("how often"), max_length=8, choices=Frequency, default=Frequency.DAILY)
    at = models.TimeField(_("at"), default=time(7))
    weekday = models.PositiveSmallIntegerField(_("on"), choices=Weekday, default=Weekday.MONDAY)
    month_day = models.PositiveSmallIntegerField(
        _("day of the month"),
        default=1,
        validators=[MaxValueValidator(28)],
    )
    cron = models.CharField(_("crontab"), max_length=100, blank=True)
    zone = models.CharField(_("time zone"), max_length=64)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    formats = models.JSONField(_("formats"), default=list)
    people = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="+", blank=True, verbose_name=_("to staff")
    )
    # One a line.
    addresses = models.TextField(_("to addresses"), blank=True)
    only_if_rows = models.BooleanField(_("only if there are rows"), default=False)
    with_cost = models.BooleanField(_("with cost and margin"), default=False)
    active = models.BooleanField(_("active"), default=True)
    failures = models.PositiveSmallIntegerField(_("failures in a row"), default=0)
    why_off = models.CharField(_("why it is off"), max_length=500, blank=True)
    next_at = models.DateTimeField(_("next time"), null=True)
    last_at = models.DateTimeField(_("last time"), null=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        ordering = ["title", "id"]
        verbose_name = _("schedule of a report")
        verbose_name_plural = _("schedules of reports")
        permissions = [("change_report_settings", _("Can change settings of reports"))]
        indexes = [
            models.Index(fields=["owner", "title"], name="analytics_schedule_of_owner"),
            models.Index(fields=["next_at"], condition=Q(active=True), name="analytics_schedule_due"),
        ]

    def __str__(self) -> str:
        return self.title


class ScheduleRun(models.Model):
    """A time a schedule ran. One row a moment it was due: the database keeps a second from being written."""

    class Status(models.TextChoices):
        MAKING = "making", _("Being made")
        SENT = "sent", _("Done")
        EMPTY = "empty", _("No rows, not sent")
        FAILED = "failed", _("Failed")

    schedule = models.ForeignKey(
        ReportSchedule, models.CASCADE, related_name="runs", verbose_name=_("schedule")
    )
    due_at = models.DateTimeField(_("due at"))
    # Empty: by the clock.
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    status = models.CharField(_("status"), max_length=6, choices=Status, default=Status.MAKING)
    error = models.CharField(_("what went wrong"), max_length=500, blank=True)
    # Whom it was not sent to, and why; one a line, as “who: why”.
    skipped = models.TextField(_("left out"), blank=True)
    # How often mails of it were written; each to an address once a time.
    letters = models.PositiveSmallIntegerField(default=0)
    # Whether the files went with the mails, else a link did.
    enclosed = models.BooleanField(default=False)
    started_at = models.DateTimeField(_("started at"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        ordering = ["-due_at", "-id"]
        verbose_name = _("time a schedule ran")
        verbose_name_plural = _("times schedules ran")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["schedule", "due_at"], name="analytics_schedule_once_a_moment"),
        ]
        indexes = [
            models.Index(
                fields=["started_at"], condition=Q(status="making"), name="analytics_schedule_run_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.schedule} · {self.due_at:%Y-%m-%d %H:%M}"

    @property
    def files(self) -> Any:
        """Its runs, a format each."""
        return self.made.order_by("created_at", "id")
