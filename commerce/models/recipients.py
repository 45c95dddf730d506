"""The questions a brand asks about who receives: player id and zone, phone, meter, wallet address, e-mail."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from commerce.models.catalog import Brand
from commerce.recipients.patterns import MAX_PATTERN, validate_pattern
from core.models.origins import TracedRecords


class RecipientField(models.Model):
    """One question. The same row yields the admin form, the API's validation and the JSON Schema.

    The required field with the lowest position is the recipient's key, by which orders are found.
    """

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="recipient_fields", verbose_name=_("brand"))
    key = models.CharField(
        _("key"),
        max_length=40,
        validators=[
            RegexValidator(r"^[a-z][a-z0-9_]*\Z", _("Use lower-case letters, digits and underscore."))
        ],
    )
    kind = models.CharField(_("kind"), max_length=40, help_text=_("How an answer is checked and normalised."))
    label = models.CharField(_("label"), max_length=80)
    help_text = models.CharField(_("help"), max_length=200, blank=True)
    required = models.BooleanField(_("required"), default=True)
    choices = models.TextField(
        _("choices"), blank=True, help_text=_("One a line; only for the kind “choice”.")
    )
    pattern = models.CharField(
        _("pattern"),
        max_length=MAX_PATTERN,
        blank=True,
        validators=[validate_pattern],
        help_text=_("A regular expression the whole answer must match."),
    )
    sensitive = models.BooleanField(
        _("sensitive"), default=False, help_text=_("Masked in logs and to those who need not see it.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    history = TracedRecords()

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("recipient field")
        verbose_name_plural = _("recipient fields")
        constraints = [
            models.UniqueConstraint(fields=["brand", "key"], name="commerce_recipientfield_key_once")
        ]

    def __str__(self) -> str:
        return self.label
