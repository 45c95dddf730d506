from django.contrib.postgres.indexes import BrinIndex
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models.origins import Source
from core.models.users import User


class Event(models.Model):
    """Something that happened to something, by whom and in which request. Never changed, never deleted."""

    kind = models.CharField(_("kind"), max_length=64)
    subject_kind = models.CharField(_("subject"), max_length=64)
    subject_id = models.CharField(_("subject id"), max_length=64)
    actor_kind = models.CharField(_("by"), max_length=16)
    actor_id = models.CharField(_("actor id"), max_length=64, blank=True)
    actor_label = models.CharField(_("actor"), max_length=150)
    data = models.JSONField(_("data"), default=dict, encoder=DjangoJSONEncoder)
    request_id = models.CharField(_("request id"), max_length=64, blank=True)
    source = models.CharField(_("from"), max_length=8, choices=Source, blank=True, db_default="")
    address = models.GenericIPAddressField(_("address"), null=True)
    created_at = models.DateTimeField(_("at"))

    class Meta:
        ordering = ["-id"]
        verbose_name = _("event")
        verbose_name_plural = _("events")
        permissions = [
            ("see_all_history", _("Can see the whole history")),
            ("export_audit", _("Can take the history and the sign-ins as files")),
        ]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "id"], name="core_event_of_subject"),
            # Rows arrive in order of time: this finds a day for next to nothing, and placing an order pays
            # for it nothing.
            BrinIndex(fields=["created_at"], name="core_event_day", autosummarize=True),
            # What people did, all of them or one, by time as history is: few rows among those of keys, which
            # pay nothing for it.
            models.Index(fields=["-created_at"], name="core_event_by_staff", condition=Q(actor_kind="staff")),
            models.Index(
                fields=["actor_id", "-created_at"],
                name="core_event_by_person",
                condition=Q(actor_kind="staff"),
            ),
            models.Index(
                fields=["-created_at"],
                name="core_event_by_parties",
                condition=Q(actor_kind__in=["customer", "reseller"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"

    @property
    def who(self) -> str:
        """Who acted. An event whose personal part was erased still has the number of the staff who acted."""
        if self.actor_label or self.actor_kind != "staff" or not self.actor_id.isdecimal():
            return self.actor_label
        person = User.objects.filter(pk=int(self.actor_id)).first()
        return str(person) if person else ""
