"""The public's buyers: brief 4's PublicUser."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from commerce.models.finding import any_case, as_written, by_words
from core.crypto import EncryptedTextField
from core.models.origins import TracedRecords


class Customer(models.Model):
    """A person who buys directly and pays through a gateway; has a user to sign in with, or none.

    Birth date and identity document are encrypted and never in history.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        BLOCKED = "blocked", _("Blocked")
        PENDING_VERIFICATION = "pending_verification", _("Pending verification")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="customer",
        verbose_name=_("user"),
    )
    full_name = models.CharField(_("full name"), max_length=100)
    email = models.EmailField(_("e-mail"), unique=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    address = models.TextField(_("address"), blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    state = models.CharField(_("state"), max_length=100, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    country = models.CharField(
        _("country"), max_length=2, blank=True, help_text=_("ISO 3166 code, such as US.")
    )
    date_of_birth = EncryptedTextField(_("date of birth"), blank=True, help_text=_("YYYY-MM-DD"))
    id_document_type = models.CharField(_("identity document"), max_length=50, blank=True)
    id_document_number = EncryptedTextField(_("document number"), blank=True)
    preferred_game = models.CharField(_("preferred game"), max_length=120, blank=True)
    status = models.CharField(_("status"), max_length=30, choices=Status, default=Status.PENDING_VERIFICATION)
    status_reason = models.CharField(_("reason of the status"), max_length=300, blank=True)
    email_verified_at = models.DateTimeField(_("e-mail verified at"), null=True, blank=True)
    phone_verified_at = models.DateTimeField(_("phone verified at"), null=True, blank=True)
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    # Kept by a trigger as orders are placed (commerce/sql/last_product.sql): the list is filtered by it.
    last_product = models.ForeignKey(
        "commerce.Product",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("last product"),
    )
    last_order_at = models.DateTimeField(_("last ordered at"), null=True, blank=True, editable=False)
    history = TracedRecords(
        excluded_fields=["date_of_birth", "id_document_number", "last_product", "last_order_at"]
    )

    class Meta:
        ordering = ["full_name", "id"]
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="commerce_customer_email_once"),
            # A phone is optional (brief 1's registration), so only real ones are unique.
            models.UniqueConstraint(
                fields=["phone"], condition=~Q(phone=""), name="commerce_customer_phone_once"
            ),
        ]
        permissions = [
            ("block_customer", _("Can block customers")),
            ("verify_customer", _("Can send codes and mark contacts as verified")),
            ("reveal_document", _("Can see a customer's birth date and document")),
            ("take_customer_data", _("Can take a customer's data as a file")),
            ("record_consent", _("Can write down what customers agree to")),
            ("erase_customer", _("Can erase customers for ever")),
        ]
        indexes = [
            models.Index(fields=["city", "-id"], name="commerce_customer_by_city"),
            models.Index(fields=["-created_at", "-id"], name="commerce_customer_newest"),
            models.Index(fields=["status", "-id"], name="commerce_customer_by_status"),
            models.Index(
                fields=["last_product", "-id"],
                condition=Q(last_product__isnull=False),
                name="commerce_customer_by_product",
            ),
            any_case("city", "commerce_customer_city"),
            any_case("full_name", "commerce_customer_name"),
            by_words("full_name", "commerce_customer_words"),
            any_case("email", "commerce_customer_email"),
            as_written("phone", "commerce_customer_phone"),
        ]

    def __str__(self) -> str:
        return self.full_name
