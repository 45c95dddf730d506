"""What staff write beside any object."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Note(models.Model):
    """A few words about any object, for those who work here.

    Attributes:
        subject_kind: what it is about, as events name it: `commerce.order`.
        author_label: who wrote it, when their account is gone.
        changed_at: when the author last wrote it otherwise.
    """

    subject_kind = models.CharField(_("about"), max_length=64)
    subject_id = models.CharField(_("about, id"), max_length=64)
    text = models.TextField(_("text"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    author_label = models.CharField(_("written by"), max_length=150)
    created_at = models.DateTimeField(_("written at"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed at"), null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        default_permissions = ("add",)
        indexes = [models.Index(fields=["subject_kind", "subject_id", "-id"], name="core_note_about")]

    def __str__(self) -> str:
        return self.text[:60]
