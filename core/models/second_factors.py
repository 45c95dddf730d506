"""The phone (or whatever makes codes) that a person signs in with besides the password, and codes on paper for the
day it is lost.
"""

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device, ThrottlingMixin

from core.crypto import EncryptedTextField


class SecondFactor(ThrottlingMixin, Device):
    """A person's one secret from which codes are made (RFC 6238). After each wrong code the next try waits twice as
    long; see django-otp's mixin.

    Attributes:
        secret: in base32, as authenticator apps take it.
        last_step: the half minute of the last code taken: none of it or before is taken again.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("person")
    )
    secret = EncryptedTextField(_("secret"))
    last_step = models.BigIntegerField(_("last step"), default=-1)
    created_at = models.DateTimeField(_("set up at"), default=timezone.now)
    used_at = models.DateTimeField(_("last used at"), null=True)

    objects: ClassVar[models.Manager["SecondFactor"]] = models.Manager()

    class Meta:
        verbose_name = _("second factor")
        verbose_name_plural = _("second factors")

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.user_id}"

    def get_throttle_factor(self) -> int:
        """Seconds after the first wrong code."""
        return 1

    @property
    def locked_until(self) -> datetime | None:
        """When the next try is taken, if that is not now."""
        allowed, why = self.verify_is_allowed()
        answer: dict[str, Any] = why or {}
        return None if allowed else answer["locked_until"]


class RecoveryCode(models.Model):
    """Opens the account once where the phone is lost. Kept as a digest: nobody reads the code here."""

    factor = models.ForeignKey(
        SecondFactor, models.CASCADE, related_name="recovery_codes", verbose_name=_("second factor")
    )
    digest = models.CharField(_("digest"), max_length=64)
    used_at = models.DateTimeField(_("used at"), null=True)

    class Meta:
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")
        constraints = [
            models.UniqueConstraint(fields=["factor", "digest"], name="core_recoverycode_digest_once")
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
