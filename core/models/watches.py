"""Who wants to be told of what happens to which object."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Watch(models.Model):
    """Somebody is told of events of an object, as events name it, from `created_at` on."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="watches")
    subject_kind = models.CharField(_("about"), max_length=64)
    subject_id = models.CharField(_("about, id"), max_length=64)
    created_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("watch")
        verbose_name_plural = _("watches")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["user", "subject_kind", "subject_id"], name="core_watch_once")
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_id}"


class WatchMark(models.Model):
    """Up to where everybody has been told; one row, locked by whoever tells.

    Attributes:
        event_id: the last event.
        changed_until: rows of history up to this moment.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    event_id = models.BigIntegerField()
    changed_until = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("mark of watching")
        verbose_name_plural = _("marks of watching")
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="core_watchmark_one")]

    def __str__(self) -> str:
        return str(self.event_id)
