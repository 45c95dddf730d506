"""What staff wrote to a party about an order, and whether it went out."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class OrderMessage(models.Model):
    """One e-mail. Of an activation code only that it was sent: the code is never in `body`."""

    class Kind(models.TextChoices):
        MESSAGE = "message", _("Message")
        ACTIVATION_CODE = "activation_code", _("Activation code")

    class To(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        BUYER = "buyer", _("Buyer")
        CLIENT = "client", _("Client")
        RESELLER = "reseller", _("Reseller")

    class Status(models.TextChoices):
        QUEUED = "queued", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Not sent")

    order = models.ForeignKey(
        "commerce.Order", models.PROTECT, related_name="messages", db_index=False, verbose_name=_("order")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind, default=Kind.MESSAGE)
    to = models.CharField(_("to"), max_length=8, choices=To)
    address = models.EmailField(_("e-mail"))
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("message"), blank=True)
    status = models.CharField(_("status"), max_length=6, choices=Status, default=Status.QUEUED)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    # Of the dialog it was written in: sent twice, it is one message.
    key = models.UUIDField(_("key"), null=True, editable=False)
    author_label = models.CharField(_("by"), max_length=150)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent at"), null=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("message about an order")
        verbose_name_plural = _("messages about orders")
        # Read on the order's page by whoever reads the order; written by those with `message_order`.
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["order", "key"], condition=Q(key__isnull=False), name="commerce_message_once"
            )
        ]
        indexes = [
            models.Index(fields=["order", "-id"], name="commerce_message_by_order"),
            models.Index(fields=["id"], condition=Q(status="queued"), name="commerce_message_queued"),
        ]

    def __str__(self) -> str:
        return self.subject
