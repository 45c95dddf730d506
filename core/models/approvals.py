from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.money import MoneyField


class Approval(models.Model):
    """A change that waits for a second person, with what was shown when it was asked for.

    The database keeps what matters by itself (migration `approvals`): a row begins pending, what was asked for never
    changes, a decided row never changes, nobody decides their own, and what has expired is never approved.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")
        EXPIRED = "expired", _("Expired")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    # Whoever asked takes it back, and time runs out by itself; these two alone are some other person's doing.
    DECIDED = (Status.APPROVED, Status.REFUSED)

    kind = models.CharField(_("kind"), max_length=40)
    subject_kind = models.CharField(_("subject"), max_length=64)
    subject_id = models.CharField(_("subject id"), max_length=64)
    subject_label = models.CharField(_("what"), max_length=200)
    payload = models.JSONField(_("asked for"), default=dict, encoder=DjangoJSONEncoder)
    state = models.JSONField(_("must still be so"), default=dict, encoder=DjangoJSONEncoder)
    before = models.JSONField(_("before"), default=dict, encoder=DjangoJSONEncoder)
    after = models.JSONField(_("after"), default=dict, encoder=DjangoJSONEncoder)
    fingerprint = models.CharField(_("fingerprint"), max_length=64, editable=False)
    amount = MoneyField(_("amount"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    limit = models.CharField(_("above the limit of"), max_length=40, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    requested_at = models.DateTimeField(_("asked at"))
    expires_at = models.DateTimeField(_("expires at"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        permissions = [
            ("decide_approval", _("Can approve or refuse what others ask for")),
            ("withdraw_approval", _("Can take back what they asked for")),
            ("change_approval_settings", _("Can change what needs a second person")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("requested_by")),
                name="core_approval_second_person",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["approved", "refused"], decided_by__isnull=False)
                | Q(status__in=["pending", "expired", "withdrawn"], decided_by=None),
                name="core_approval_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(status="pending", decided_at=None)
                | ~Q(status="pending") & Q(decided_at__isnull=False),
                name="core_approval_decided_at",
            ),
            # Asked for twice by a double click or a repeated request, it waits once.
            models.UniqueConstraint(
                fields=["fingerprint"], condition=Q(status="pending"), name="core_approval_waits_once"
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-id"], name="core_approval_by_status"),
            # The sweep looks at those that wait alone.
            models.Index(fields=["expires_at"], condition=Q(status="pending"), name="core_approval_due"),
            models.Index(fields=["subject_kind", "subject_id"], name="core_approval_of_subject"),
        ]

    def __str__(self) -> str:
        return f"A{self.pk} · {self.subject_label}"
