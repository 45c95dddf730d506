"""Comparing our books with what providers, gateways and banks say of the same days.

A source's statement is imported line by line; each line is matched with an attempt, a payment or a transfer of ours.
What does not fit is a break, which somebody works off. A period without open breaks is signed off by a second person,
and frozen from then on: `commerce/sql/reconciliation.sql` holds what the database enforces by itself.
"""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from commerce.models.statement_sources import ImportedStatement, StatementLine, StatementSource
from core.money import MoneyField


class ReconciliationBreak(models.Model):
    """A difference between a source's statement and our books. `difference` is theirs less ours."""

    class Kind(models.TextChoices):
        OURS_ONLY = "ours_only", _("Only ours")
        THEIRS_ONLY = "theirs_only", _("Only theirs")
        AMOUNT = "amount", _("Amount differs")
        STATUS = "status", _("Status differs")

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    class Resolution(models.TextChoices):
        MATCHED = "matched", _("Found its match")
        BOOKED = "booked", _("Difference booked")
        CORRECTED = "corrected", _("Corrected")
        EXPLAINED = "explained", _("Explained")

    source = models.ForeignKey(
        StatementSource, models.PROTECT, related_name="breaks", db_index=False, verbose_name=_("source")
    )
    statement = models.ForeignKey(
        ImportedStatement, models.PROTECT, related_name="breaks", verbose_name=_("statement")
    )
    line = models.ForeignKey(
        StatementLine, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("line")
    )
    kind = models.CharField(_("kind"), max_length=11, choices=Kind)
    day = models.DateField(_("day"))
    attempt = models.ForeignKey(
        "commerce.Attempt",
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("attempt"),
    )
    payment = models.ForeignKey(
        "commerce.Payment",
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("payment"),
    )
    transfer = models.ForeignKey(
        "commerce.Transfer",
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("transfer"),
    )
    order = models.ForeignKey(
        "commerce.Order",
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("order"),
    )
    reference = models.CharField(_("reference"), max_length=120, blank=True)
    ours = MoneyField(_("ours"), null=True)
    theirs = MoneyField(_("theirs"), null=True)
    difference = MoneyField(_("difference"))
    # Opened again, it still counts: our books have it.
    booked = MoneyField(_("difference booked"), default=0, db_default=0, editable=False)
    our_status = models.CharField(_("our status"), max_length=20, blank=True)
    their_status = models.CharField(_("their status"), max_length=8, choices=StatementLine.Status, blank=True)
    status = models.CharField(_("state"), max_length=6, choices=Status, default=Status.OPEN)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("assigned to"),
    )
    resolution = models.CharField(_("how it ended"), max_length=9, choices=Resolution, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    closed_by = models.CharField(_("closed by"), max_length=150, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True)
    created_at = models.DateTimeField(_("found at"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("break")
        verbose_name_plural = _("breaks")
        permissions = [
            ("work_break", _("Can assign and close breaks")),
            ("correct_break", _("Can correct breaks through the ledger")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["line"], condition=Q(line__isnull=False), name="commerce_break_line_once"
            ),
            *(
                models.UniqueConstraint(
                    fields=[name],
                    condition=Q(kind="ours_only", **{f"{name}__isnull": False}),
                    name=f"commerce_break_{name}_once",
                )
                for name in ("attempt", "payment", "transfer")
            ),
            models.CheckConstraint(
                condition=Q(status="open", closed_at=None, resolution="")
                | Q(status="closed", closed_at__isnull=False) & ~Q(resolution=""),
                name="commerce_break_closed",
            ),
        ]
        indexes = [
            models.Index(fields=["source", "day"], name="commerce_break_by_day"),
            # Few are open beside all there ever were.
            models.Index(fields=["kind", "-id"], condition=Q(status="open"), name="commerce_break_open"),
        ]

    def __str__(self) -> str:
        return f"B{self.pk} · {self.reference or self.day}"


class SignOff(models.Model):
    """A period of a source that two people found in order. Its lines and breaks are frozen, and so is this row."""

    source = models.ForeignKey(
        StatementSource, models.PROTECT, related_name="sign_offs", verbose_name=_("source")
    )
    first_day = models.DateField(_("from"))
    last_day = models.DateField(_("to"))
    figures = models.JSONField(_("figures"), default=dict, encoder=DjangoJSONEncoder)
    note = models.CharField(_("note"), max_length=300, blank=True)
    prepared_by = models.CharField(_("prepared by"), max_length=150)
    signed_by = models.CharField(_("signed by"), max_length=150)
    created_at = models.DateTimeField(_("signed at"))

    class Meta:
        ordering = ["-id"]
        verbose_name = _("sign-off")
        verbose_name_plural = _("sign-offs")
        permissions = [("sign_off", _("Can sign a period of a source off"))]
        constraints = [
            models.UniqueConstraint(fields=["source", "first_day"], name="commerce_signoff_once"),
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="commerce_signoff_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} · {self.first_day:%Y-%m-%d} – {self.last_day:%Y-%m-%d}"
