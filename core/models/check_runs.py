from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class CheckRun(models.Model):
    """One run of a proof, such as that of the books: what was looked at, how long it took and what was found."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for a worker")
        RUNNING = "running", _("Running")
        RIGHT = "right", _("Right")
        WRONG = "wrong", _("Something is wrong")
        FAILED = "failed", _("Did not finish")

    kind = models.CharField(_("check"), max_length=40)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    asked_by = models.CharField(_("asked by"), max_length=150)
    asked_at = models.DateTimeField(_("asked at"))
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    # [{"name", "title", "count", "seconds", "findings": [[subject, expected, found], …]}, …]
    results = models.JSONField(_("results"), default=list, encoder=DjangoJSONEncoder)
    figures = models.JSONField(_("figures"), default=dict, encoder=DjangoJSONEncoder)
    found = models.PositiveIntegerField(_("findings"), default=0)
    error = models.CharField(_("error"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("check")
        verbose_name_plural = _("checks")
        permissions = [
            ("run_checks", _("Can run checks")),
            ("see_operations", _("Can see the operations page")),
        ]
        indexes = [models.Index(fields=["kind", "-id"], name="core_checkrun_latest")]
        constraints = [
            # Two at once would read everything twice.
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(state__in=["waiting", "running"]),
                name="core_checkrun_one_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
