"""What customers agreed to, and took back. Rows are added, never changed: the newest of a purpose counts."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Consent(models.Model):
    """One yes or no of a customer to one purpose: when, by which way, to which text."""

    class Purpose(models.TextChoices):
        TERMS = "terms", _("Terms of use")
        PRIVACY = "privacy", _("Privacy notice")
        OFFERS_EMAIL = "offers_email", _("Offers by e-mail")
        OFFERS_SMS = "offers_sms", _("Offers by text message")

    customer = models.ForeignKey(
        "commerce.Customer", models.CASCADE, related_name="consents", verbose_name=_("customer")
    )
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose)
    given = models.BooleanField(_("agreed"))
    how = models.CharField(
        _("how they said so"), max_length=200, help_text=_("Such as “on the phone” or “at registration”.")
    )
    version = models.CharField(
        _("version of the text"), max_length=40, blank=True, help_text=_("Such as 2026-05.")
    )
    recorded_by = models.CharField(_("by"), max_length=150)
    said_at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        # Read on the customer's page by whoever reads the customer; written by those with `record_consent`.
        default_permissions = ()
        indexes = [models.Index(fields=["customer", "purpose", "-id"], name="commerce_consent_newest")]

    def __str__(self) -> str:
        return self.get_purpose_display()
