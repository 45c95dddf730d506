"""Papers of the books: statements, receipts, invoices and credit notes, each numbered without a gap and frozen.

A paper is written once and never changed: whom it is for, its lines, amounts, language and letterhead are copied onto
it, so that it prints the same for ever. What is wrong on an invoice is corrected by a credit note. The database numbers
them itself and refuses a gap, a change and a sum that is not the ledger's (`commerce/sql/documents.sql`).
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.money import MoneyField


class DocumentSeries(models.Model):
    """The last number given out of a kind of paper in a year; the row is locked while the next one is written."""

    kind = models.CharField(_("kind"), max_length=12)
    year = models.PositiveSmallIntegerField(_("year"))
    last = models.PositiveIntegerField(_("last number"))
    last_at = models.DateTimeField(_("given out at"))

    class Meta:
        verbose_name = _("series of documents")
        verbose_name_plural = _("series of documents")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["kind", "year"], name="commerce_documentseries_once"),
            models.CheckConstraint(condition=Q(last__gte=1), name="commerce_documentseries_counts"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}"


class DocumentLetterhead(models.Model):
    """How we called ourselves and looked when papers were issued: one row for all of them until it changes."""

    digest = models.CharField(_("digest"), max_length=64, unique=True)
    content = models.JSONField(_("content"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("letterhead")
        verbose_name_plural = _("letterheads")
        default_permissions = ()

    def __str__(self) -> str:
        return self.digest[:12]


class Document(models.Model):
    """One paper. `amount` is what it says: an invoice's total, a receipt's amount, a statement's closing balance.

    `number`, `year`, `sequence` and `issued_at` are written by the database. `party` alone may be emptied, where a
    customer was erased; `content` holds lines, taxes and movements, with amounts as text.
    """

    class Kind(models.TextChoices):
        STATEMENT = "statement", _("Statement")
        RECEIPT = "receipt", _("Receipt")
        INVOICE = "invoice", _("Invoice")
        CREDIT_NOTE = "credit_note", _("Credit note")

    # Whose amounts are those of transfers, one by one.
    BOOKED = (Kind.INVOICE, Kind.CREDIT_NOTE)

    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    year = models.PositiveSmallIntegerField(_("year"), editable=False)
    sequence = models.PositiveIntegerField(_("sequence"), editable=False)
    number = models.CharField(_("number"), max_length=24, unique=True, editable=False, db_collation="C")
    code = models.CharField(_("verification code"), max_length=24, unique=True, editable=False)
    reseller = models.ForeignKey(
        "commerce.Reseller",
        models.PROTECT,
        null=True,
        related_name="documents",
        db_index=False,
        verbose_name=_("reseller"),
    )
    customer = models.ForeignKey(
        "commerce.Customer",
        models.PROTECT,
        null=True,
        related_name="documents",
        db_index=False,
        verbose_name=_("customer"),
    )
    account = models.ForeignKey(
        "commerce.Account", models.PROTECT, related_name="+", db_index=False, verbose_name=_("wallet")
    )
    order = models.ForeignKey(
        "commerce.Order", models.PROTECT, null=True, related_name="documents", verbose_name=_("order")
    )
    payment = models.ForeignKey(
        "commerce.Payment", models.PROTECT, null=True, related_name="documents", verbose_name=_("payment")
    )
    transfer = models.ForeignKey(
        "commerce.Transfer",
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("transfer"),
        help_text=_("Of a receipt: the transfer that brought the money."),
    )
    corrects = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="credit_notes", verbose_name=_("corrects")
    )
    cancels = models.BooleanField(_("cancels it"), default=False)
    since = models.DateTimeField(_("from"), null=True)
    until = models.DateTimeField(_("to"), null=True)
    zone = models.CharField(_("time zone"), max_length=64)
    language = models.CharField(_("language"), max_length=12)
    currency = models.CharField(_("currency"), max_length=3)
    amount = MoneyField(_("amount"))
    tax = MoneyField(_("tax"), default=0)
    opening = MoneyField(_("opening balance"), null=True)
    party = models.JSONField(_("party"), default=dict)
    content = models.JSONField(_("content"), default=dict)
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    letterhead = models.ForeignKey(
        DocumentLetterhead, models.PROTECT, related_name="+", db_index=False, verbose_name=_("letterhead")
    )
    actor_kind = models.CharField(_("by"), max_length=16, blank=True)
    actor_label = models.CharField(_("issued by"), max_length=150, blank=True)
    issued_at = models.DateTimeField(_("issued at"), editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        default_permissions = ("view",)
        permissions = [
            ("issue_document", _("Can issue and send documents")),
            ("change_document_settings", _("Can change what stands on documents")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "year", "sequence"], name="commerce_document_sequence_once"
            ),
            models.CheckConstraint(condition=Q(sequence__gte=1), name="commerce_document_sequence"),
            models.CheckConstraint(
                condition=Q(reseller=None, customer__isnull=False) | Q(reseller__isnull=False, customer=None),
                name="commerce_document_one_party",
            ),
            models.CheckConstraint(
                condition=Q(kind="statement") | Q(amount__gt=0, tax__gte=0, tax__lte=F("amount")),
                name="commerce_document_amounts",
            ),
            models.CheckConstraint(
                condition=Q(kind="statement", opening__isnull=False) | ~Q(kind="statement") & Q(opening=None),
                name="commerce_document_statement_opens",
            ),
            models.CheckConstraint(
                condition=Q(kind="credit_note", corrects__isnull=False)
                | ~Q(kind="credit_note") & Q(corrects=None, cancels=False),
                name="commerce_document_credit_note_corrects",
            ),
            # An invoice is cancelled once; a receipt of the same money is given once.
            models.UniqueConstraint(
                fields=["corrects"], condition=Q(cancels=True), name="commerce_document_cancelled_once"
            ),
            models.UniqueConstraint(
                fields=["transfer"], condition=Q(kind="receipt"), name="commerce_document_receipt_once"
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "-id"], name="commerce_document_by_kind"),
            models.Index(fields=["issued_at"], name="commerce_document_issued"),
            models.Index(
                fields=["reseller", "-id"],
                condition=Q(reseller__isnull=False),
                name="commerce_document_by_reseller",
            ),
            models.Index(
                fields=["customer", "-id"],
                condition=Q(customer__isnull=False),
                name="commerce_document_by_customer",
            ),
            # The same statement asked for again is the same paper.
            models.Index(
                fields=["account", "since", "until"],
                condition=Q(kind="statement"),
                name="commerce_document_statements",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def owner(self):  # type: ignore[no-untyped-def]  # Reseller | Customer, as the fields are
        return self.reseller or self.customer


class DocumentTransfer(models.Model):
    """Which transfers an invoice or a credit note stands for: each is on one paper, and the database says so.

    `turn` is 0 for the first invoice of a transfer, and one more for each that was cancelled before.
    """

    document = models.ForeignKey(Document, models.PROTECT, related_name="entries", verbose_name=_("document"))
    # Transfers are never deleted, and these rows are copied from them: a foreign key would lock each of them.
    transfer = models.ForeignKey(
        "commerce.Transfer",
        models.PROTECT,
        related_name="papers",
        db_index=False,
        db_constraint=False,
        verbose_name=_("transfer"),
    )
    turn = models.PositiveSmallIntegerField(_("turn"), default=0)

    class Meta:
        verbose_name = _("transfer of a document")
        verbose_name_plural = _("transfers of documents")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["transfer", "turn"], name="commerce_documenttransfer_once"),
        ]

    def __str__(self) -> str:
        return f"{self.document_id} · T{self.transfer_id}"
