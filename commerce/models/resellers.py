"""Those who buy on a prepaid wallet: resellers, the people who act for them, their clients and saved numbers."""

from decimal import Decimal
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, FilteredRelation, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from commerce.models.catalog import Brand
from commerce.models.finding import any_case, as_written, by_words
from commerce.models.pricing import PriceList
from core.models.origins import TracedRecords
from core.money import currency_choices, default_currency


class ResellerQuerySet(models.QuerySet["Reseller"]):
    """Reads of resellers."""

    def with_wallet(self, *, is_test: bool = False) -> Self:
        """Each with `wallet_balance`, `wallet_held`, `wallet_limit` and `wallet_available`, by one join."""
        wallet = FilteredRelation(
            "accounts",
            condition=Q(accounts__kind="wallet", accounts__is_test=is_test, accounts__currency=F("currency")),
        )
        return self.annotate(
            wallet=wallet,
            wallet_balance=F("wallet__balance"),
            wallet_held=F("wallet__held"),
            wallet_limit=F("wallet__credit_limit"),
            wallet_available=F("wallet__balance") + F("wallet__credit_limit") - F("wallet__held"),
        )


ResellerManager = models.Manager.from_queryset(ResellerQuerySet)


class Reseller(models.Model):
    """A business that sells on. Its money is its wallet (an Account), never a column here.

    Brief 4's `current_balance` and `credit_limit` are the wallet's `balance` and `credit_limit`.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        PENDING = "pending", _("Pending")
        CLOSED = "closed", _("Closed")

    business_name = models.CharField(_("business name"), max_length=200)
    contact_person = models.CharField(_("contact person"), max_length=100, blank=True)
    # Null only for sellers opened by brief 2's path, which knows no e-mail: NULLs do not clash, empty texts would.
    email = models.EmailField(_("e-mail"), unique=True, null=True, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    address = models.TextField(_("address"), blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    state = models.CharField(_("state"), max_length=100, blank=True)
    country = models.CharField(
        _("country"), max_length=100, blank=True, help_text=_("ISO 3166 code, such as US.")
    )
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.PENDING)
    status_reason = models.CharField(_("reason of the status"), max_length=300, blank=True)
    currency = models.CharField(
        _("wallet currency"), max_length=3, choices=currency_choices, default=default_currency
    )
    commission_rate = models.DecimalField(
        _("commission, %"),
        max_digits=5,
        decimal_places=2,
        default=Decimal("0"),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    price_list = models.ForeignKey(
        PriceList,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="resellers",
        verbose_name=_("price list"),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    history = TracedRecords()
    objects = ResellerManager()

    class Meta:
        ordering = ["business_name", "id"]
        verbose_name = _("reseller")
        verbose_name_plural = _("resellers")
        constraints = [
            models.CheckConstraint(
                condition=Q(commission_rate__gte=0, commission_rate__lte=100),
                name="commerce_reseller_commission",
            ),
            models.UniqueConstraint(Lower("email"), name="commerce_reseller_email_once"),
        ]
        indexes = [
            models.Index(fields=["business_name", "id"], name="commerce_reseller_by_name"),
            any_case("business_name", "commerce_reseller_name"),
            by_words("business_name", "commerce_reseller_words"),
            any_case("email", "commerce_reseller_email"),
            as_written("phone", "commerce_reseller_phone"),
        ]
        permissions = [
            ("suspend_reseller", _("Can suspend, reactivate and close resellers")),
            ("see_cost", _("Can see costs and margins")),
        ]

    def __str__(self) -> str:
        return self.business_name


class Membership(models.Model):
    """Ties a user to a reseller with a role."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        DEVELOPER = "developer", _("Developer")
        CLERK = "clerk", _("Clerk")
        VIEWER = "viewer", _("Viewer")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships", verbose_name=_("user")
    )
    reseller = models.ForeignKey(
        Reseller, models.CASCADE, related_name="memberships", verbose_name=_("reseller")
    )
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.OWNER)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    history = TracedRecords()

    class Meta:
        ordering = ["reseller", "id"]
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            # The API acts for one party: a user who could act for two would have to say so in every call.
            models.UniqueConstraint(fields=["user"], name="commerce_membership_one_reseller"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.reseller}"


class Client(models.Model):
    """A reseller's own customer. Brief 4's `client_name`, `client_email`, `client_phone` are name, email, phone."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        INACTIVE = "inactive", _("Inactive")
        SUSPENDED = "suspended", _("Suspended")

    reseller = models.ForeignKey(Reseller, models.PROTECT, related_name="clients", verbose_name=_("reseller"))
    name = models.CharField(_("name"), max_length=100)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    plan_type = models.CharField(_("plan"), max_length=50, blank=True)
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.ACTIVE)
    status_reason = models.CharField(_("reason of the status"), max_length=300, blank=True)
    monthly_limit = models.PositiveIntegerField(
        _("orders a month"), default=0, help_text=_("0 means no limit.")
    )
    current_usage = models.PositiveIntegerField(_("orders this month"), default=0, editable=False)
    usage_month = models.DateField(_("month counted"), null=True, blank=True, editable=False)
    # The day of the last order counted: the database measures the count by the limit of that day.
    usage_day = models.DateField(_("day counted"), null=True, blank=True, editable=False)
    limit_override = models.PositiveIntegerField(
        _("orders a month for now"), null=True, blank=True, editable=False
    )
    limit_override_until = models.DateField(_("until"), null=True, blank=True, editable=False)
    limit_override_reason = models.CharField(
        _("reason of the other limit"), max_length=300, blank=True, editable=False
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    history = TracedRecords(excluded_fields=["current_usage", "usage_month", "usage_day"])

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        indexes = [
            any_case("name", "commerce_client_name"),
            by_words("name", "commerce_client_words"),
            models.Index(fields=["plan_type", "-id"], name="commerce_client_by_plan"),
            any_case("email", "commerce_client_email"),
            as_written("phone", "commerce_client_phone"),
        ]
        permissions = [
            ("block_client", _("Can block clients")),
            ("override_client_limit", _("Can override a client's monthly limit")),
        ]
        constraints = [
            models.CheckConstraint(
                # A limit for now counts on the days it lasts, another on the rest; a NULL would let all pass.
                condition=Q(
                    Q(
                        limit_override__isnull=False,
                        limit_override_until__isnull=False,
                        usage_day__isnull=False,
                    )
                    & Q(usage_day__lte=F("limit_override_until"))
                    & (Q(limit_override=0) | Q(current_usage__lte=F("limit_override")))
                )
                | Q(
                    (
                        Q(limit_override__isnull=True)
                        | Q(usage_day__isnull=True)
                        | Q(usage_day__gt=F("limit_override_until"))
                    )
                    & (Q(monthly_limit=0) | Q(current_usage__lte=F("monthly_limit")))
                ),
                name="commerce_client_monthly_limit",
            ),
            models.CheckConstraint(
                condition=Q(limit_override__isnull=True, limit_override_until__isnull=True)
                | Q(limit_override__isnull=False, limit_override_until__isnull=False),
                name="commerce_client_override_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def used_this_month(self) -> int:
        """Orders counted in the month that is now; the database starts anew with the first order of a month."""
        today = timezone.now().date()
        return self.current_usage if self.usage_month == today.replace(day=1) else 0

    @property
    def is_overridden(self) -> bool:
        """Whether another limit than `monthly_limit` counts today; it ends by itself."""
        until = self.limit_override_until
        return until is not None and timezone.now().date() <= until

    @property
    def limit_now(self) -> int:
        """Orders a month as of today; 0 means no limit."""
        return (self.limit_override or 0) if self.is_overridden else self.monthly_limit


class PhoneNumber(models.Model):
    """A saved recipient (E.164), unique per owner; deleting one never touches an order."""

    reseller = models.ForeignKey(
        Reseller,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="phone_numbers",
        verbose_name=_("reseller"),
    )
    customer = models.ForeignKey(
        "commerce.Customer",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="phone_numbers",
        verbose_name=_("customer"),
    )
    number = models.CharField(_("number"), max_length=20)
    label = models.CharField(_("label"), max_length=80, blank=True)
    operator = models.ForeignKey(Brand, models.SET_NULL, null=True, blank=True, verbose_name=_("operator"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("phone number")
        verbose_name_plural = _("phone numbers")
        constraints = [
            models.UniqueConstraint(
                fields=["reseller", "number"],
                condition=Q(reseller__isnull=False),
                name="commerce_phonenumber_reseller_once",
            ),
            models.UniqueConstraint(
                fields=["customer", "number"],
                condition=Q(customer__isnull=False),
                name="commerce_phonenumber_customer_once",
            ),
            models.CheckConstraint(
                condition=Q(reseller=None, customer__isnull=False) | Q(reseller__isnull=False, customer=None),
                name="commerce_phonenumber_one_owner",
            ),
        ]

    def __str__(self) -> str:
        return self.number
