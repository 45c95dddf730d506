"""Papers of all resellers at once: which, of which month, how far it is. One at a time of a kind and month."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class DocumentBatch(models.Model):
    """A run over every live wallet of a reseller. `last_wallet` is where it goes on after a worker has died."""

    class Kind(models.TextChoices):
        STATEMENT = "statement", _("Statements")
        INVOICE = "invoice", _("Invoices")

    class Status(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")

    kind = models.CharField(_("kind"), max_length=9, choices=Kind)
    month = models.DateField(_("month"), help_text=_("Its first day."))
    zone = models.CharField(_("time zone"), max_length=64, editable=False)
    mail = models.BooleanField(_("sent by mail"), default=False)
    by_policy = models.BooleanField(_("by the settings"), default=False)
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.RUNNING)
    wallets = models.PositiveIntegerField(_("wallets"), default=0)
    looked_at = models.PositiveIntegerField(_("looked at"), default=0)
    issued = models.PositiveIntegerField(_("issued"), default=0)
    known = models.PositiveIntegerField(_("issued before"), default=0)
    empty = models.PositiveIntegerField(_("nothing to issue"), default=0)
    sent = models.PositiveIntegerField(_("mails"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)
    problems = models.JSONField(_("problems"), default=list)
    last_wallet = models.BigIntegerField(default=0, editable=False)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("started at"), auto_now_add=True)
    touched_at = models.DateTimeField(_("last sign of life"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("documents of all resellers")
        verbose_name_plural = _("documents of all resellers")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "month"], condition=Q(status="running"), name="commerce_batch_one_runs"
            ),
            # The settings have each month done once, however often the beat comes by.
            models.UniqueConstraint(
                fields=["kind", "month"], condition=Q(by_policy=True), name="commerce_batch_policy_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.month:%Y-%m}"

    @property
    def is_running(self) -> bool:
        return self.status == self.Status.RUNNING
