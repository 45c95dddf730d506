"""Orders. Everything that decided the price is copied here when the order is placed and never changes."""

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.crypto import EncryptedTextField
from core.money import MoneyField


class Order(models.Model):
    """One order of one product for one recipient, paid from one wallet.

    total = price + service fee + delivery fee + tax, in `currency`; `price` is unit price × quantity, before tax.
    `cost` is what the delivering offer charges us. `captured_amount` and `refunded_amount` are kept by the database as
    transfers are written. `lease_until`, `generation` and `next_check_at` belong to the delivery engine.
    """

    class Status(models.TextChoices):
        CREATED = "created", _("Created")
        PROCESSING = "processing", _("Processing")
        FULFILLED = "fulfilled", _("Fulfilled")
        FAILED = "failed", _("Failed")
        UNKNOWN = "unknown", _("Unknown")
        CANCELLED = "cancelled", _("Cancelled")
        REVERSED = "reversed", _("Reversed")

    class PaymentStatus(models.TextChoices):
        PENDING = "pending", _("Pending")
        HELD = "held", _("Held")
        CAPTURED = "captured", _("Captured")
        RELEASED = "released", _("Released")
        REFUNDED = "refunded", _("Refunded")
        PARTIALLY_REFUNDED = "partially_refunded", _("Partially refunded")
        FAILED = "failed", _("Failed")

    class Source(models.TextChoices):
        """Brief 4's order types."""

        APP_USER = "app_user", _("App user")
        RESELLER_CLIENT = "reseller_client", _("Reseller")

    class Channel(models.TextChoices):
        API = "api", _("API")
        BULK = "bulk", _("Bulk")
        TOPUP = "topup", _("Top-up")
        CHARGE = "charge", _("Charge")
        ADMIN = "admin", _("Admin")

    # Foreign keys without a constraint in the database are copies of what was so when the order was placed, checked by
    # the service; the wallet, party and product have theirs. Each one costs every order placed.
    OPEN_STATUSES = (Status.CREATED, Status.PROCESSING, Status.UNKNOWN)
    FINAL_STATUSES = (Status.FULFILLED, Status.FAILED, Status.CANCELLED, Status.REVERSED)

    id = models.UUIDField(primary_key=True)
    # db_collation="C": one plain index then serves equality and prefixes alike.
    order_number = models.CharField(_("order number"), max_length=20, db_collation="C")
    reference = models.CharField(_("reference"), max_length=64, blank=True, db_collation="C")
    source = models.CharField(_("source"), max_length=16, choices=Source)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    is_test = models.BooleanField(_("test mode"), default=False)
    reseller = models.ForeignKey(
        "commerce.Reseller",
        models.PROTECT,
        null=True,
        related_name="orders",
        db_index=False,
        verbose_name=_("reseller"),
    )
    client = models.ForeignKey(
        "commerce.Client",
        models.PROTECT,
        null=True,
        db_constraint=False,
        related_name="orders",
        db_index=False,
        verbose_name=_("client"),
    )
    customer = models.ForeignKey(
        "commerce.Customer",
        models.PROTECT,
        null=True,
        related_name="orders",
        db_index=False,
        verbose_name=_("customer"),
    )
    account = models.ForeignKey(
        "commerce.Account", models.PROTECT, related_name="orders", db_index=False, verbose_name=_("wallet")
    )
    product = models.ForeignKey(
        "commerce.Product", models.PROTECT, related_name="orders", db_index=False, verbose_name=_("product")
    )
    brand = models.ForeignKey(
        "commerce.Brand",
        models.PROTECT,
        db_constraint=False,
        related_name="orders",
        db_index=False,
        verbose_name=_("brand"),
    )
    api_key = models.ForeignKey(
        "commerce.ApiKey",
        models.SET_NULL,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("API key"),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("created by"),
    )
    retry_of = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="retries",
        verbose_name=_("placed again from"),
    )
    product_name = models.CharField(_("product name"), max_length=120)
    brand_name = models.CharField(_("brand name"), max_length=120)
    category_code = models.CharField(_("category"), max_length=40)
    sku = models.CharField(_("SKU"), max_length=60)
    face_value = MoneyField(_("face value"), null=True)
    ingame_currency = models.CharField(_("in-game currency"), max_length=40, blank=True)
    ingame_amount = models.PositiveIntegerField(_("in-game amount"), null=True)
    quantity = models.PositiveSmallIntegerField(_("quantity"), default=1)
    recipient = models.JSONField(_("recipient"), default=dict)
    recipient_key = models.CharField(_("recipient key"), max_length=128, blank=True, db_collation="C")
    user_email = models.EmailField(_("buyer's e-mail"), blank=True)
    unit_price = MoneyField(_("unit price"))
    price = MoneyField(_("price"))
    cost = MoneyField(_("cost"), default=0)
    service_fee = MoneyField(_("service fee"), default=0)
    delivery_fee = MoneyField(_("delivery fee"), default=0)
    tax = MoneyField(_("tax"), default=0)
    commission = MoneyField(_("commission"), default=0)
    total = MoneyField(_("total"))
    currency = models.CharField(_("currency"), max_length=3)
    price_explanation = models.JSONField(_("how the price came about"), default=list)
    quote_id = models.UUIDField(_("quote"), null=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.CREATED)
    payment_status = models.CharField(
        _("payment status"), max_length=18, choices=PaymentStatus, default=PaymentStatus.PENDING
    )
    captured_amount = MoneyField(_("captured"), default=0)
    refunded_amount = MoneyField(_("refunded"), default=0)
    failure_code = models.CharField(_("failure code"), max_length=40, blank=True)
    failure_message = models.CharField(_("failure"), max_length=300, blank=True)
    failure_retryable = models.BooleanField(_("may be tried again"), default=False)
    provider_reference = models.CharField(_("provider's reference"), max_length=120, blank=True)
    delivered_code = EncryptedTextField(_("delivered code"), blank=True)
    notes = models.TextField(_("notes"), blank=True)
    request_id = models.CharField(_("request id"), max_length=64, blank=True)
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))
    paid_at = models.DateTimeField(_("paid at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    expires_at = models.DateTimeField(_("unpaid until"), null=True)
    lease_until = models.DateTimeField(_("leased until"), null=True, editable=False)
    generation = models.PositiveIntegerField(_("generation"), default=0, editable=False)
    next_check_at = models.DateTimeField(_("next check"), null=True, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        permissions = [
            ("place_order", _("Can place orders for resellers")),
            ("cancel_order", _("Can cancel orders")),
            ("refund_order", _("Can refund orders")),
            ("retry_order", _("Can retry orders")),
            ("resolve_order", _("Can resolve unknown outcomes")),
            ("message_order", _("Can send messages about orders")),
            ("show_activation_code", _("Can see activation codes of eSIMs")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["order_number"], name="commerce_order_number_once"),
            # Money rule 6. The reference comes first so that staff find an order by it alone.
            models.UniqueConstraint(
                fields=["reference", "reseller", "is_test"],
                condition=Q(reseller__isnull=False) & ~Q(reference=""),
                name="commerce_order_reference_once",
            ),
            models.CheckConstraint(
                condition=Q(reseller=None, customer__isnull=False, source="app_user")
                | Q(reseller__isnull=False, customer=None, source="reseller_client"),
                name="commerce_order_one_party",
            ),
            models.CheckConstraint(
                condition=Q(total=F("price") + F("service_fee") + F("delivery_fee") + F("tax")),
                name="commerce_order_total",
            ),
            models.CheckConstraint(
                condition=Q(
                    price__gt=0,
                    cost__gte=0,
                    service_fee__gte=0,
                    delivery_fee__gte=0,
                    tax__gte=0,
                    commission__gte=0,
                )
                & Q(commission__lte=F("price"), quantity__gte=1, unit_price__gt=0),
                name="commerce_order_amounts",
            ),
            # Money rule 5: captured once, and never refunded beyond that.
            models.CheckConstraint(
                condition=Q(captured_amount__lte=F("total")), name="commerce_order_captured"
            ),
            models.CheckConstraint(
                condition=Q(refunded_amount__gte=0, refunded_amount__lte=F("captured_amount")),
                name="commerce_order_refunded",
            ),
            models.CheckConstraint(
                condition=~Q(payment_status__in=["captured", "refunded", "partially_refunded"])
                | Q(captured_amount=F("total")),
                name="commerce_order_paid_in_full",
            ),
            models.CheckConstraint(
                condition=~Q(status="fulfilled")
                | Q(payment_status__in=["captured", "refunded", "partially_refunded"]),
                name="commerce_order_fulfilled_is_paid",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["failed", "cancelled"])
                | Q(payment_status__in=["released", "failed"]),
                name="commerce_order_failed_is_released",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="commerce_order_newest"),
            models.Index(fields=["status", "-created_at", "-id"], name="commerce_order_by_status"),
            models.Index(fields=["reseller", "-created_at", "-id"], name="commerce_order_by_reseller"),
            models.Index(fields=["recipient_key", "-created_at"], name="commerce_order_by_recipient"),
            models.Index(fields=["product", "-created_at"], name="commerce_order_by_product"),
            models.Index(
                fields=["customer", "-created_at"],
                condition=Q(customer__isnull=False),
                name="commerce_order_by_customer",
            ),
            models.Index(
                fields=["client", "-created_at"],
                condition=Q(client__isnull=False),
                name="commerce_order_by_client",
            ),
            # Brief 2's charge sales, newest first, among a million other orders.
            models.Index(
                fields=["-created_at", "-id"], condition=Q(channel="charge"), name="commerce_order_charges"
            ),
            # What staff look for among a million others, and few orders ever become: nothing to pay on the way in.
            models.Index(
                fields=["payment_status", "-created_at", "-id"],
                condition=Q(payment_status__in=["released", "refunded", "partially_refunded", "failed"]),
                name="commerce_order_by_payment",
            ),
            models.Index(
                fields=["-created_at", "-id"], condition=Q(is_test=True), name="commerce_order_in_tests"
            ),
            models.Index(
                fields=["-created_at", "-id"], condition=Q(channel="admin"), name="commerce_order_by_staff"
            ),
            # The sweep and the dispatcher read only what is in flight, which is little at any time.
            models.Index(
                fields=["created_at"],
                condition=Q(status__in=["created", "processing", "unknown"]),
                name="commerce_order_open",
            ),
            # What changed of late, an old order among them: a few pages to read, and nothing to pay on the way in.
            BrinIndex(
                fields=["updated_at"], name="commerce_order_changed", pages_per_range=32, autosummarize=True
            ),
        ]

    def __str__(self) -> str:
        return self.order_number

    @property
    def is_final(self) -> bool:
        return self.status in self.FINAL_STATUSES

    @property
    def margin(self):  # type: ignore[no-untyped-def]  # Decimal, as the fields are
        """price − cost − commission, in `currency`: what stays with us of the goods themselves."""
        return self.price - self.cost - self.commission

    @property
    def refundable(self):  # type: ignore[no-untyped-def]  # Decimal, as the fields are
        return self.captured_amount - self.refunded_amount
