"""Money that resellers owe: days of credit, and reminding those who are late."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commerce.models.ledger import Account
from core.money import MoneyField


class CreditTerms(models.Model):
    """What a reseller has of its own: other days of credit than the settings say, or reminders that are paused."""

    reseller = models.OneToOneField(
        "commerce.Reseller", models.PROTECT, related_name="credit_terms", verbose_name=_("reseller")
    )
    days = models.PositiveSmallIntegerField(_("days of credit"), null=True, blank=True)
    paused_at = models.DateTimeField(_("reminders paused at"), null=True, blank=True)
    paused_by = models.CharField(_("paused by"), max_length=150, blank=True)
    pause_reason = models.CharField(_("reason of the pause"), max_length=300, blank=True)

    class Meta:
        default_permissions = ("view",)
        verbose_name = _("credit terms")
        verbose_name_plural = _("credit terms")
        permissions = [("work_debt", _("Can set days of credit, and pause reminders"))]

    def __str__(self) -> str:
        return str(self.reseller)


class DunningCase(models.Model):
    """A reseller is late with a wallet: from the first day something of it is overdue until nothing is."""

    account = models.ForeignKey(
        "commerce.Account", models.PROTECT, related_name="dunning", db_index=False, verbose_name=_("wallet")
    )
    reseller = models.ForeignKey(
        "commerce.Reseller", models.PROTECT, related_name="dunning", verbose_name=_("reseller")
    )
    currency = models.CharField(_("currency"), max_length=3)
    began_at = models.DateTimeField(_("late since"))
    ended_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    # Only what this rule suspended, it lifts again.
    suspended_at = models.DateTimeField(_("suspended at"), null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        default_permissions = ("view",)
        verbose_name = _("late payment")
        verbose_name_plural = _("late payments")
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(ended_at=None), name="commerce_dunning_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.reseller} · {self.currency}"


class DunningNotice(models.Model):
    """One step that was taken against a late payer, once for each time it was late."""

    class Step(models.TextChoices):
        REMINDER = "reminder", _("Reminder")
        SECOND = "second", _("Second reminder")
        FINAL = "final", _("Final reminder")
        SUSPENSION = "suspension", _("Suspension")

    case = models.ForeignKey(
        DunningCase, models.PROTECT, related_name="notices", verbose_name=_("late payment")
    )
    step = models.CharField(_("step"), max_length=10, choices=Step)
    days_late = models.PositiveIntegerField(_("days late"))
    overdue = MoneyField(_("overdue"))
    owed = MoneyField(_("owed"))
    # Empty where no address was known.
    sent_to = models.EmailField(_("sent to"), blank=True)
    created_at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        default_permissions = ("view",)
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [models.UniqueConstraint(fields=["case", "step"], name="commerce_dunning_step_once")]

    def __str__(self) -> str:
        return f"{self.get_step_display()} · {self.case}"


class OwingWallet(Account):
    """A reseller's wallet below zero, as the list of credit ageing shows it. No rights but those of accounts."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("credit in use")
        verbose_name_plural = _("credit ageing")
