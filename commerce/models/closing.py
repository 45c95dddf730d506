"""Months whose books are closed: what they added up to, and that no transfer is dated in them any more."""

import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _


class ClosedUntil(models.Model):
    """One row: the end of the last closed month. Kept by the database as months are closed and reopened.

    Whoever dates a transfer back locks it shared, whoever closes a month alone: so neither misses the other.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    until = models.DateTimeField(_("closed until"), null=True)

    class Meta:
        default_permissions = ()
        verbose_name = _("closed until")
        verbose_name_plural = _("closed until")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="commerce_closeduntil_one")]

    def __str__(self) -> str:
        return str(self.until or "–")


class ClosedMonth(models.Model):
    """A month of the company's zone that was closed.

    The database itself takes the figures as the row is inserted (`commerce/sql/closing.sql`): by mode, currency and
    kind of account what was debited and credited in the month and the balance at its end, and a digest of them and of
    the month before. Nothing of a row changes but that it is reopened, once, by two people.
    """

    year = models.PositiveSmallIntegerField(_("year"))
    month = models.PositiveSmallIntegerField(_("month"))
    zone = models.CharField(_("time zone"), max_length=64)
    begins_at = models.DateTimeField(_("from"), editable=False)
    ends_at = models.DateTimeField(_("to"), editable=False)
    figures = models.JSONField(_("control totals"), default=list, encoder=DjangoJSONEncoder, editable=False)
    transfers = models.BigIntegerField(_("transfers"), default=0, editable=False)
    last_transfer = models.BigIntegerField(_("highest transfer"), default=0, editable=False)
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    open_items = models.JSONField(_("open when it was closed"), default=dict, encoder=DjangoJSONEncoder)
    reason = models.CharField(_("reason"), max_length=300)
    closed_by = models.CharField(_("closed by"), max_length=150)
    closed_at = models.DateTimeField(_("closed at"), default=timezone.now)
    approval = models.ForeignKey(
        "core.Approval",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("approval"),
    )
    reopened_by = models.CharField(_("reopened by"), max_length=150, blank=True)
    reopen_reason = models.CharField(_("reason of reopening"), max_length=300, blank=True)
    reopened_at = models.DateTimeField(_("reopened at"), null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("closed month")
        verbose_name_plural = _("closed months")
        permissions = [
            ("close_month", _("Can close months, and reopen the latest with a second person")),
            ("change_closing_settings", _("Can change the settings of closing and dunning")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(month__gte=1, month__lte=12, year__gte=2000), name="commerce_month_exists"
            ),
            # Reopened, a month is closed again by another row.
            models.UniqueConstraint(
                fields=["year", "month"], condition=Q(reopened_at=None), name="commerce_month_closed_once"
            ),
            models.CheckConstraint(
                condition=Q(reopened_at=None, approval=None)
                | Q(reopened_at__isnull=False, approval__isnull=False),
                name="commerce_month_reopened_by_two",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """As people say it: March 2026."""
        return date_format(datetime.date(self.year, self.month, 1), "F Y")

    @property
    def is_closed(self) -> bool:
        return self.reopened_at is None

    @property
    def live(self) -> list[dict[str, Any]]:
        """The figures without those of play money."""
        return [row for row in self.figures if not row["is_test"]]
