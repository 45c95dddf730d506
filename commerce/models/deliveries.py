"""The shipment of an order that goes by courier: brief 4's SIM order."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models.origins import TracedRecords


class Delivery(models.Model):
    """Beside its order; moves along `commerce.transitions.DELIVERY`. Brief 4's order_type is the order's `source`,
    plan_name and plan_price its product name and price, network_provider its brand name."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        CONFIRMED = "confirmed", _("Confirmed")
        DISPATCHED = "dispatched", _("Dispatched")
        DELIVERED = "delivered", _("Delivered")
        ACTIVATED = "activated", _("Activated")
        CANCELLED = "cancelled", _("Cancelled")

    order = models.OneToOneField(
        "commerce.Order", models.PROTECT, related_name="delivery", verbose_name=_("order")
    )
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.PENDING)
    sim_type = models.CharField(_("SIM type"), max_length=20, blank=True)
    delivery_address = models.TextField(_("delivery address"))
    city = models.CharField(_("city"), max_length=100, blank=True)
    courier = models.CharField(_("courier"), max_length=80, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("assigned to"),
    )
    delivery_tracking_number = models.CharField(_("tracking number"), max_length=100, blank=True)
    iccid = models.CharField(_("ICCID"), max_length=22, blank=True)
    notes = models.TextField(_("notes"), blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    dispatched_at = models.DateTimeField(_("dispatched at"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    activated_at = models.DateTimeField(_("activated at"), null=True, blank=True)
    history = TracedRecords()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        permissions = [("move_delivery", _("Can move deliveries along their steps"))]
        constraints = [
            # A SIM that never went out, its delivery cancelled, may go to somebody else.
            models.UniqueConstraint(
                fields=["iccid"],
                condition=~Q(iccid="") & ~Q(status="cancelled"),
                name="commerce_delivery_iccid_once",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-id"], name="commerce_delivery_by_status"),
            models.Index(fields=["courier", "-id"], name="commerce_delivery_by_courier"),
            models.Index(fields=["city", "-id"], name="commerce_delivery_by_city"),
            models.Index(fields=["assignee", "-id"], name="commerce_delivery_by_assignee"),
            models.Index(fields=["-created_at"], name="commerce_delivery_newest"),
            models.Index(fields=["iccid"], condition=~Q(iccid=""), name="commerce_delivery_by_iccid"),
            models.Index(
                fields=["delivery_tracking_number"],
                condition=~Q(delivery_tracking_number=""),
                name="commerce_delivery_by_tracking",
            ),
        ]

    def __str__(self) -> str:
        return str(self.order)
