"""Support: brief 4's tickets with the conversation, its files, and answers kept ready."""

import re
from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models.origins import TracedRecords

PLACEHOLDERS: tuple[str, ...] = ("customer", "ticket_number", "order_number", "subject", "agent")
# Words as they are written: tickets come in many languages.
SUBJECT_WORDS = SearchVector("subject", config="simple")
NAMED = re.compile(r"\{([^{}\n]*)\}")


class SupportTicket(models.Model):
    """A question of one party, worked on by staff along `commerce.transitions.TICKET`.

    `due_at` is what the clock shows and lists are ordered by: the first answer while there is none, then the
    resolution, and nothing while we wait for the party or the ticket is done.
    """

    class Priority(models.TextChoices):
        LOW = "low", _("Low")
        MEDIUM = "medium", _("Medium")
        HIGH = "high", _("High")
        URGENT = "urgent", _("Urgent")

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        IN_PROGRESS = "in_progress", _("In progress")
        RESOLVED = "resolved", _("Resolved")
        CLOSED = "closed", _("Closed")

    WORKED_ON = (Status.OPEN, Status.IN_PROGRESS)

    ticket_number = models.CharField(_("number"), max_length=50, unique=True, editable=False)
    customer = models.ForeignKey(
        "commerce.Customer",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        verbose_name=_("customer"),
    )
    reseller = models.ForeignKey(
        "commerce.Reseller",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        verbose_name=_("reseller"),
    )
    order = models.ForeignKey(
        "commerce.Order",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        verbose_name=_("order"),
    )
    subject = models.CharField(_("subject"), max_length=200)
    description = models.TextField(_("description"))
    priority = models.CharField(_("priority"), max_length=20, choices=Priority, default=Priority.MEDIUM)
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.OPEN)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("assigned to"),
    )
    opened_by = models.CharField(_("opened by"), max_length=150, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    last_activity_at = models.DateTimeField(_("last activity"), editable=False)
    # The clock runs from opening, or from opening again.
    clock_from = models.DateTimeField(editable=False)
    first_answer_due_at = models.DateTimeField(_("first answer due"), null=True, editable=False)
    first_answered_at = models.DateTimeField(_("first answered at"), null=True, editable=False)
    resolution_due_at = models.DateTimeField(_("resolution due"), null=True, editable=False)
    due_at = models.DateTimeField(_("due"), null=True, editable=False)
    # Set while it is the party's turn; what passes meanwhile is given back to the resolution's time.
    waiting_since = models.DateTimeField(null=True, editable=False)
    waited = models.DurationField(default=timedelta, editable=False)

    class Meta:
        ordering = ["-last_activity_at", "-id"]
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        permissions = [
            ("work_supportticket", _("Can answer tickets and move them along")),
            ("change_support_settings", _("Can change how soon tickets are due")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(customer=None) | Q(reseller=None), name="commerce_ticket_of_one_party"
            ),
        ]
        indexes = [
            models.Index(fields=["-last_activity_at", "-id"], name="commerce_ticket_active"),
            models.Index(fields=["status", "-last_activity_at"], name="commerce_ticket_by_status"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="commerce_ticket_due"),
            models.Index(
                fields=["id"],
                condition=Q(status="open", assigned_to__isnull=True),
                name="commerce_ticket_nobodys",
            ),
            GinIndex(SUBJECT_WORDS, name="commerce_ticket_words"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_number} · {self.subject}"

    @property
    def party(self) -> models.Model | None:
        """The reseller or the customer whose ticket it is."""
        return self.reseller or self.customer

    @property
    def is_worked_on(self) -> bool:
        return self.status in self.WORKED_ON


class TicketMessage(models.Model):
    """A public reply or a note among staff. The database keeps it as it was written."""

    class Author(models.TextChoices):
        STAFF = "staff", _("Staff")
        CUSTOMER = "customer", _("Customer")
        RESELLER = "reseller", _("Reseller")

    ticket = models.ForeignKey(SupportTicket, models.PROTECT, related_name="messages")
    is_internal = models.BooleanField(_("internal note"), default=False)
    author_kind = models.CharField(_("author"), max_length=10, choices=Author)
    author_id = models.CharField(max_length=64, blank=True)
    author_label = models.CharField(max_length=150)
    text = models.TextField(_("text"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("ticket message")
        verbose_name_plural = _("ticket messages")
        constraints = [
            models.CheckConstraint(
                condition=Q(is_internal=False) | Q(author_kind="staff"), name="commerce_note_is_staffs"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.author_label}: {self.text[:60]}"


class TicketAttachment(models.Model):
    """A file of a message, in private storage under a random name; `services.attachments` says which are taken."""

    message = models.ForeignKey(TicketMessage, models.PROTECT, related_name="attachments")
    name = models.CharField(_("name"), max_length=120)
    content_type = models.CharField(_("type"), max_length=40)
    size = models.PositiveIntegerField(_("size"))
    path = models.CharField(max_length=100, unique=True)
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("ticket attachment")
        verbose_name_plural = _("ticket attachments")

    def __str__(self) -> str:
        return self.name


def known_placeholders(text: str) -> None:
    """Refuse words in braces that nobody fills in."""
    unknown = sorted({name for name in NAMED.findall(text) if name not in PLACEHOLDERS})
    if unknown:
        raise ValidationError(
            _("“%(name)s” is no placeholder. Known: %(known)s."),
            code="unknown_placeholder",
            params={
                "name": "{" + unknown[0] + "}",
                "known": ", ".join("{" + name + "}" for name in PLACEHOLDERS),
            },
        )


class CannedAnswer(models.Model):
    """A text kept ready; its placeholders are filled in when it is chosen."""

    title = models.CharField(_("title"), max_length=100)
    text = models.TextField(_("text"), max_length=5000, validators=[known_placeholders])
    language = models.CharField(_("language"), max_length=10, default="en")
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    history = TracedRecords()

    class Meta:
        ordering = ["title", "id"]
        verbose_name = _("canned answer")
        verbose_name_plural = _("canned answers")
        constraints = [
            models.UniqueConstraint(fields=["language", "title"], name="commerce_canned_title_once"),
        ]

    def __str__(self) -> str:
        return self.title
