"""The chain over events and what was kept of history: whatever is changed, removed, added or reordered shows.

`core.services.audit_chain` writes it.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.crypto import EncryptedTextField


class AuditSeal(models.Model):
    """A few or many events sealed at once: 32 bytes of `hashes` for each of `ids`, each over the one before it.

    Never changed, never deleted. Many events a row: the chain costs some 40 bytes an event, and no index of them.
    """

    number = models.BigIntegerField(_("number"), primary_key=True)
    ids = ArrayField(models.BigIntegerField(), verbose_name=_("events"))
    hashes = models.BinaryField(_("hashes"))
    last_id = models.BigIntegerField(_("last event"), db_index=True)
    sealed_at = models.DateTimeField(_("sealed at"))

    class Meta:
        ordering = ["number"]
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.number)


class AuditHead(models.Model):
    """Where the chain ends: one row. Its MAC is made with a key that is not in the database, so that nobody who can
    write there makes a chain of their own or cuts this one short.

    Events up to `settled` can no longer appear late. `watched` will be settled once every transaction that ran when
    `horizon` was noted has ended.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    # Mixed into what is told of people: without it nobody finds an erased name by trying names.
    salt = EncryptedTextField(_("salt"))
    number = models.BigIntegerField(_("seals"), default=0)
    events = models.BigIntegerField(_("events sealed"), default=0)
    hash = models.BinaryField(_("last hash"))
    settled = models.BigIntegerField(default=0)
    watched = models.BigIntegerField(null=True)
    horizon = models.BigIntegerField(null=True)
    mac = models.BinaryField()
    sealed_at = models.DateTimeField(_("sealed at"), null=True)

    class Meta:
        verbose_name = _("end of the chain")
        verbose_name_plural = _("end of the chain")
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="core_audithead_one")]

    def __str__(self) -> str:
        return str(self.number)


class ErasedEvent(models.Model):
    """An event whose personal part was erased; its digest stays, so that the chain still holds.

    Attributes:
        erasure_id: the event that says who had it erased, for whom and why; it names all of its events.
    """

    event_id = models.BigIntegerField(primary_key=True)
    digest = models.BinaryField()
    erasure_id = models.BigIntegerField(db_index=True)

    class Meta:
        verbose_name = _("erased event")
        verbose_name_plural = _("erased events")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.event_id)
