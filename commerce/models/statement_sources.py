"""Who sends statements, and their files line by line: what a provider, a gateway or a bank says of our days."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models.origins import TracedRecords
from core.money import MoneyField, currency_choices, default_currency


class StatementSource(models.Model):
    """Who sends statements, in one currency, and how to read and match them."""

    class Kind(models.TextChoices):
        PROVIDER = "provider", _("Provider")
        GATEWAY = "gateway", _("Payment gateway")
        BANK = "bank", _("Bank")

    class DateOrder(models.TextChoices):
        YMD = "ymd", _("2026-11-21")
        DMY = "dmy", _("21.11.2026 or 21/11/2026")
        MDY = "mdy", _("11/21/2026")

    # What it stands for.
    IDENTITY = ("kind", "provider_id", "gateway", "currency")

    class Decimals(models.TextChoices):
        POINT = "point", _("1,234.56")
        COMMA = "comma", _("1.234,56")

    name = models.CharField(_("name"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    provider = models.ForeignKey(
        "commerce.Provider",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("provider"),
    )
    gateway = models.CharField(_("gateway"), max_length=40, blank=True)
    currency = models.CharField(
        _("currency"), max_length=3, choices=currency_choices, default=default_currency
    )
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", help_text=_("In which its days begin and end.")
    )
    columns = models.JSONField(
        _("columns"),
        default=dict,
        blank=True,
        editable=False,
        help_text=_("Which column of the file is what."),
    )
    date_order = models.CharField(
        _("dates look like"), max_length=3, choices=DateOrder, default=DateOrder.YMD
    )
    decimals = models.CharField(
        _("amounts look like"), max_length=5, choices=Decimals, default=Decimals.POINT
    )
    opposite_sign = models.BooleanField(
        _("signs are the other way round"),
        default=False,
        help_text=_("For us a provider's charge, and money that comes in, is above zero."),
    )
    done_words = models.CharField(
        _("words for done"),
        max_length=300,
        default="done, ok, success, successful, delivered, completed, paid",
    )
    failed_words = models.CharField(
        _("words for failed"), max_length=300, default="failed, error, rejected, cancelled, declined"
    )
    reversed_words = models.CharField(
        _("words for reversed"), max_length=300, default="reversed, refunded, refund, chargeback"
    )
    by_amount = models.BooleanField(
        _("then by amount and day"),
        default=False,
        help_text=_("Lines whose references fit nothing are matched by their amount and day."),
    )
    amount_tolerance = MoneyField(
        _("amounts may differ by"), default=0, validators=[MinValueValidator(0), MaxValueValidator(1000)]
    )
    day_tolerance = models.PositiveSmallIntegerField(
        _("days may differ by"), default=1, validators=[MaxValueValidator(7)]
    )
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    history = TracedRecords()

    class Meta:
        ordering = ["name"]
        verbose_name = _("statement source")
        verbose_name_plural = _("statement sources")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="provider", provider__isnull=False, gateway="")
                | Q(kind="gateway", provider=None) & ~Q(gateway="")
                | Q(kind="bank", provider=None, gateway=""),
                name="commerce_source_of_its_kind",
                violation_error_message=_("Name the provider of a provider, the gateway of a gateway."),
            ),
            # Two sources that stand for the same money would both miss what the other's statement has.
            models.UniqueConstraint(
                fields=["kind", "provider", "gateway", "currency"],
                nulls_distinct=False,
                name="commerce_source_once",
                violation_error_message=_("There is a source of this kind in this currency already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Breaks are booked by what a source stands for: from its first line on that stays, as the database says."""
        super().clean()
        kept = StatementSource.objects.filter(pk=self.pk).values(*self.IDENTITY).first()
        mine = {name: getattr(self, name) for name in self.IDENTITY}
        if kept and kept != mine and StatementLine.objects.filter(source=self).exists():
            raise ValidationError(
                _("It has statements already: add another source, and switch this one off.")
            )


class ImportedStatement(models.Model):
    """A file of a source. What it holds is emptied once its lines are read; its digest stays."""

    class Status(models.TextChoices):
        UPLOADED = "uploaded", _("Columns to choose")
        READING = "reading", _("Being read")
        MATCHED = "matched", _("Matched")
        REFUSED = "refused", _("Not readable")
        DISCARDED = "discarded", _("Taken back")

    source = models.ForeignKey(
        StatementSource, models.PROTECT, related_name="statements", verbose_name=_("source")
    )
    file_name = models.CharField(_("file"), max_length=150)
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    content = models.BinaryField(_("content"))
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.UPLOADED)
    first_day = models.DateField(_("from"), null=True, blank=True)
    last_day = models.DateField(_("to"), null=True, blank=True)
    lines = models.PositiveIntegerField(_("lines"), default=0)
    repeated = models.PositiveIntegerField(
        _("known already"), default=0, help_text=_("Lines that an earlier statement had.")
    )
    left_out = models.PositiveIntegerField(
        _("left out"), default=0, help_text=_("Rows without a date or reference, such as sums.")
    )
    matched = models.PositiveIntegerField(_("matched"), default=0)
    total = MoneyField(_("total"), default=0)
    problems = models.JSONField(_("problems"), default=list)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("handed in"), auto_now_add=True)
    touched_at = models.DateTimeField(_("last sign of life"), auto_now_add=True)
    matched_at = models.DateTimeField(_("matched at"), null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        permissions = [("import_statement", _("Can hand in statements"))]
        constraints = [
            # Taken back, it may be handed in again.
            models.UniqueConstraint(
                fields=["digest"], condition=~Q(status="discarded"), name="commerce_statement_file_once"
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class StatementLine(models.Model):
    """A line of a statement: never changed, but for what it was matched with.

    `amount` is signed as we see it: a provider's charge and money that came in are above zero, a reversal and money
    that went out below; a line that says “failed” moved nothing.
    """

    class Status(models.TextChoices):
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        REVERSED = "reversed", _("Reversed")

    class Rule(models.TextChoices):
        NONE = "", _("Not matched")
        OUR_ID = "our_id", _("By our id")
        REFERENCE = "reference", _("By their reference")
        ORDER = "order", _("By the order's number")
        AMOUNT = "amount", _("By amount and day")

    statement = models.ForeignKey(
        ImportedStatement, models.PROTECT, related_name="rows", db_index=False, verbose_name=_("statement")
    )
    source = models.ForeignKey(
        StatementSource, models.PROTECT, related_name="+", db_index=False, verbose_name=_("source")
    )
    row = models.PositiveIntegerField(_("row"))
    key = models.CharField(_("key"), max_length=64, editable=False)
    day = models.DateField(_("day"))
    reference = models.CharField(_("their reference"), max_length=120, blank=True)
    our_reference = models.CharField(_("our reference"), max_length=120, blank=True)
    order_number = models.CharField(_("order number"), max_length=40, blank=True)
    amount = MoneyField(_("amount"))
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.DONE)
    description = models.CharField(_("text"), max_length=300, blank=True)
    rule = models.CharField(_("matched"), max_length=9, choices=Rule, blank=True, default=Rule.NONE)
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

    class Meta:
        ordering = ["statement", "row"]
        verbose_name = _("statement line")
        verbose_name_plural = _("statement lines")
        constraints = [
            # The same line in two files is one line; in one file it is told apart by how often it stands there.
            models.UniqueConstraint(fields=["source", "key"], name="commerce_line_once"),
            models.UniqueConstraint(fields=["statement", "row"], name="commerce_line_row"),
            # What we have once is charged once, fails once and is given back once.
            models.UniqueConstraint(
                fields=["attempt", "status"],
                condition=Q(attempt__isnull=False),
                name="commerce_line_attempt_once",
            ),
            models.UniqueConstraint(
                fields=["payment", "status"],
                condition=Q(payment__isnull=False),
                name="commerce_line_payment_once",
            ),
            models.UniqueConstraint(
                fields=["transfer"], condition=Q(transfer__isnull=False), name="commerce_line_transfer_once"
            ),
        ]
        indexes = [
            models.Index(fields=["source", "day"], name="commerce_line_by_day"),
            models.Index(fields=["reference"], name="commerce_line_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.statement} · {self.row}"
