"""Codes sent to a customer's e-mail or phone, to prove that it is theirs."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class VerificationCode(models.Model):
    """One code: its fingerprint, where it was sent, and how often it was tried. Only the newest counts."""

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        PHONE = "phone", _("Phone")

    customer = models.ForeignKey(
        "commerce.Customer", models.CASCADE, related_name="codes", verbose_name=_("customer")
    )
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    target = models.CharField(_("sent to"), max_length=254)
    code_hash = models.CharField(_("fingerprint"), max_length=64)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    created_at = models.DateTimeField(_("sent at"))
    expires_at = models.DateTimeField(_("works until"))
    used_at = models.DateTimeField(_("used at"), null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("verification code")
        verbose_name_plural = _("verification codes")
        default_permissions = ()
        indexes = [
            models.Index(fields=["customer", "channel", "-id"], name="commerce_code_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.created_at:%Y-%m-%d %H:%M}"
