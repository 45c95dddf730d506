"""Who delivers: providers, what they offer at which cost, and every call made to them."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.crypto import EncryptedJSONField
from core.models.origins import TracedRecords
from core.money import MoneyField, currency_choices, default_currency


class Provider(models.Model):
    """A company that delivers, reached through an adapter of the registry `commerce.providers.base`."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    adapter = models.CharField(_("adapter"), max_length=40)
    options = EncryptedJSONField(
        _("options"), default=dict, blank=True, help_text=_("The adapter's own settings.")
    )
    currency = models.CharField(
        _("float currency"), max_length=3, choices=currency_choices, default=default_currency
    )
    timeout_seconds = models.PositiveSmallIntegerField(
        _("answer within, seconds"), default=10, validators=[MinValueValidator(1), MaxValueValidator(30)]
    )
    low_float = MoneyField(
        _("low float"), default=0, help_text=_("Warn when our prepaid balance falls below.")
    )
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    history = TracedRecords(excluded_fields=["options"])

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("provider")
        verbose_name_plural = _("providers")

    def __str__(self) -> str:
        return self.name


class Offer(models.Model):
    """One provider's version of a product. The lowest `priority` is tried first, then the lowest cost.

    `cost` is per unit in the product's currency; a range product costs `cost_percent` per cent of the amount.
    """

    product = models.ForeignKey(
        "commerce.Product", models.CASCADE, related_name="offers", verbose_name=_("product")
    )
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="offers", verbose_name=_("provider"))
    provider_sku = models.CharField(_("provider's SKU"), max_length=80, blank=True)
    cost = MoneyField(_("cost"), null=True, blank=True, validators=[MinValueValidator(0)])
    cost_percent = models.DecimalField(
        # xgettext:no-python-format
        _("cost, % of the amount"),
        max_digits=7,
        decimal_places=3,
        default=Decimal("100"),
        validators=[MinValueValidator(0)],
    )
    priority = models.PositiveSmallIntegerField(_("priority"), default=10)
    active = models.BooleanField(_("active"), default=True)
    history = TracedRecords()

    class Meta:
        ordering = ["product", "priority", "id"]
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        constraints = [
            models.UniqueConstraint(fields=["product", "provider"], name="commerce_offer_once"),
            models.CheckConstraint(condition=Q(cost=None) | Q(cost__gte=0), name="commerce_offer_cost"),
        ]

    def __str__(self) -> str:
        return f"{self.product} · {self.provider}"


class Attempt(models.Model):
    """One call to one provider for one order. Its id is the key by which the provider knows a repeated call."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Failed")
        UNKNOWN = "unknown", _("Unknown")
        REVERSED = "reversed", _("Reversed")

    id = models.UUIDField(primary_key=True)
    order = models.ForeignKey(
        "commerce.Order", models.PROTECT, related_name="attempts", db_index=False, verbose_name=_("order")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    offer = models.ForeignKey(
        Offer, models.SET_NULL, null=True, db_index=False, related_name="+", verbose_name=_("offer")
    )
    provider = models.ForeignKey(
        Provider, models.PROTECT, related_name="attempts", db_index=False, verbose_name=_("provider")
    )
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.PENDING)
    cost = MoneyField(_("cost"), default=0)
    currency = models.CharField(_("currency"), max_length=3)
    provider_reference = models.CharField(_("provider's reference"), max_length=120, blank=True)
    request = models.JSONField(_("request"), default=dict, help_text=_("As sent, secrets masked."))
    response = models.JSONField(_("reply"), default=dict, help_text=_("As received, secrets masked."))
    error_code = models.CharField(_("error code"), max_length=40, blank=True)
    error_message = models.CharField(_("error"), max_length=300, blank=True)
    checks = models.PositiveSmallIntegerField(_("times asked again"), default=0)
    started_at = models.DateTimeField(_("started at"))
    last_checked_at = models.DateTimeField(_("last asked"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        ordering = ["order", "number"]
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="commerce_attempt_number_once"),
            # Never two calls open for one order, never two deliveries of one order.
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(status__in=["pending", "unknown"]),
                name="commerce_attempt_one_open",
            ),
            models.UniqueConstraint(
                fields=["order"], condition=Q(status="delivered"), name="commerce_attempt_one_delivered"
            ),
        ]
        indexes = [models.Index(fields=["provider", "-started_at"], name="commerce_attempt_by_provider")]

    def __str__(self) -> str:
        return f"{self.order} · {self.number}"


class SandboxDelivery(models.Model):
    """The sandbox provider's own books: what it was asked to do, by the caller's key, and when it will say so.

    Kept apart from ours on purpose, as a real provider's are, so that the two can be compared.
    """

    class Outcome(models.TextChoices):
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Failed")

    key = models.CharField(_("caller's key"), max_length=64, unique=True)
    provider_code = models.CharField(_("provider"), max_length=40)
    sku = models.CharField(_("SKU"), max_length=80, blank=True)
    recipient = models.CharField(_("recipient"), max_length=128)
    amount = MoneyField(_("amount"), null=True)
    outcome = models.CharField(_("outcome"), max_length=9, choices=Outcome)
    error_code = models.CharField(_("error code"), max_length=40, blank=True)
    reference = models.CharField(_("reference"), max_length=40)
    submissions = models.PositiveIntegerField(_("times submitted"), default=1)
    known_at = models.DateTimeField(_("answers from"))
    reversed_at = models.DateTimeField(_("reverses at"), null=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("sandbox delivery")
        verbose_name_plural = _("sandbox deliveries")
        indexes = [
            # The sweep asks for reversals every few seconds; hardly any delivery has one.
            models.Index(
                fields=["provider_code", "reversed_at"],
                condition=Q(reversed_at__isnull=False),
                name="commerce_sandbox_reversals",
            ),
        ]

    def __str__(self) -> str:
        return self.reference
