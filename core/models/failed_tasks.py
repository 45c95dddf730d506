from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class FailedTask(models.Model):
    """Work in the background that ended in an error, once for all times it failed alike until somebody settles it."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        RETRIED = "retried", _("Retried")
        DISMISSED = "dismissed", _("Dismissed")

    name = models.CharField(_("task"), max_length=200)
    task_id = models.CharField(_("task id"), max_length=64)
    arguments = models.JSONField(_("arguments"), default=dict, encoder=DjangoJSONEncoder)
    # With a part of them hidden or cut it cannot be sent again.
    is_whole = models.BooleanField(_("arguments are whole"), default=True)
    exception = models.CharField(_("error"), max_length=200)
    message = models.TextField(_("message"), blank=True)
    traceback = models.TextField(_("traceback"), blank=True)
    fingerprint = models.CharField(_("fingerprint"), max_length=64, editable=False)
    times = models.PositiveIntegerField(_("times"), default=1)
    retries = models.PositiveIntegerField(_("retries"), default=0)
    worker = models.CharField(_("worker"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    first_at = models.DateTimeField(_("first failed"))
    last_at = models.DateTimeField(_("last failed"))
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("settled by"),
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("failed task")
        verbose_name_plural = _("failed tasks")
        permissions = [("retry_failedtask", _("Can retry and dismiss failed tasks"))]
        indexes = [
            models.Index(fields=["-last_at", "-id"], name="core_failedtask_latest"),
            models.Index(fields=["state", "-last_at", "-id"], name="core_failedtask_by_state"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["fingerprint"], condition=Q(state="open"), name="core_failedtask_open_once"
            )
        ]

    def __str__(self) -> str:
        return self.name
