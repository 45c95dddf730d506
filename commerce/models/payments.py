"""Payments through a gateway, and the messages gateways sent about them. Brief 4's Transaction, brief 1's too."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.money import MoneyField


class Payment(models.Model):
    """Money coming in or going back through a gateway. Its UUID is the briefs' `transaction_id`.

    Commissions and credits, the other two of brief 4's transaction types, are transfers of the ledger; the read
    model of `/api/transactions/` shows all four as one list.
    """

    class TransactionType(models.TextChoices):
        PAYMENT = "payment", _("Payment")
        REFUND = "refund", _("Refund")
        COMMISSION = "commission", _("Commission")
        CREDIT = "credit", _("Credit")

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        COMPLETED = "completed", _("Completed")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    id = models.UUIDField(primary_key=True)
    order = models.ForeignKey(
        "commerce.Order", models.PROTECT, null=True, related_name="payments", verbose_name=_("order")
    )
    customer = models.ForeignKey(
        "commerce.Customer", models.PROTECT, null=True, related_name="payments", verbose_name=_("customer")
    )
    reseller = models.ForeignKey(
        "commerce.Reseller", models.PROTECT, null=True, related_name="payments", verbose_name=_("reseller")
    )
    transaction_type = models.CharField(
        _("type"), max_length=20, choices=TransactionType, default=TransactionType.PAYMENT
    )
    amount = MoneyField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    payment_method = models.CharField(_("payment method"), max_length=50, blank=True)
    gateway = models.CharField(_("gateway"), max_length=40, default="manual")
    payment_gateway_response = models.JSONField(_("gateway's reply"), default=dict, blank=True)
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.PENDING)
    gateway_transaction_id = models.CharField(_("gateway's id"), max_length=200, blank=True)
    refund_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="refunds",
        verbose_name=_("refund of"),
        help_text=_("The payment whose money goes back by this one."),
    )
    needs_decision = models.BooleanField(
        _("needs a decision"),
        default=False,
        help_text=_("Paid after its order had ended: the money waits in the wallet."),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="commerce_payment_amount"),
            models.UniqueConstraint(
                fields=["gateway", "gateway_transaction_id"],
                condition=~Q(gateway_transaction_id=""),
                name="commerce_payment_gateway_id_once",
            ),
            models.CheckConstraint(
                condition=Q(refund_of=None) | Q(transaction_type="refund"),
                name="commerce_payment_refund_of",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="commerce_payment_newest"),
            models.Index(fields=["status", "-created_at"], name="commerce_payment_by_status"),
            # Few wait at any time, and the sidebar counts them.
            models.Index(
                fields=["created_at"], condition=Q(needs_decision=True), name="commerce_payment_undecided"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class WebhookMessage(models.Model):
    """A message a gateway sent, by its id, so that the same message twice does nothing twice."""

    gateway = models.CharField(_("gateway"), max_length=40)
    message_id = models.CharField(_("message id"), max_length=200)
    payment = models.ForeignKey(
        Payment, models.PROTECT, null=True, related_name="messages", verbose_name=_("payment")
    )
    body = models.JSONField(_("body"), default=dict)
    outcome = models.CharField(_("what it did"), max_length=40)
    received_at = models.DateTimeField(_("received at"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("gateway message")
        verbose_name_plural = _("gateway messages")
        constraints = [
            models.UniqueConstraint(fields=["gateway", "message_id"], name="commerce_webhookmessage_once"),
        ]

    def __str__(self) -> str:
        return self.message_id
