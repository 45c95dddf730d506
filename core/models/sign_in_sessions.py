from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SignInSession(models.Model):
    """A browser in which somebody is signed in. The session names its row; without the row it is nobody's any more.

    Attributes:
        remembered: it was asked to outlive the browser's window.
        with_code: the code of the second factor was given in it.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="sign_in_sessions",
        verbose_name=_("person"),
    )
    address = models.GenericIPAddressField(_("address"), null=True)
    agent = models.CharField(_("browser"), max_length=300, blank=True)
    remembered = models.BooleanField(_("remembered"), default=False)
    with_code = models.BooleanField(_("with a code"), default=False)
    created_at = models.DateTimeField(_("signed in"), default=timezone.now)
    last_seen_at = models.DateTimeField(_("last seen"), default=timezone.now)
    expires_at = models.DateTimeField(_("ends"))

    class Meta:
        ordering = ["-last_seen_at", "-id"]
        verbose_name = _("signed-in browser")
        verbose_name_plural = _("signed-in browsers")
        indexes = [
            models.Index(fields=["-last_seen_at", "-id"], name="core_signinsession_latest"),
            models.Index(fields=["expires_at"], name="core_signinsession_ends"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
