"""What keeps the rows that history pages show; triggers write all of it, see `core/sql/kept_history.sql`."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class KeptHistory(models.Model):
    """The rows of history that one statement wrote, each with its digest; the chain seals it like an event.

    A table of its own, because it says nothing to people: no page, feed, watch or file of events has to leave it out.

    Attributes:
        id: from the numbers of events.
        columns_id: which columns the rows had. No foreign key: every change of anything would pay for it.
        digests: 32 bytes for each of `ids`, over its salt and what the row says.
        salts: 16 bytes for each; another one once the row's words were emptied. Not sealed.
    """

    id = models.BigIntegerField(primary_key=True)
    table_name = models.CharField(_("table"), max_length=63)
    columns_id = models.IntegerField()
    ids = ArrayField(models.BigIntegerField(), verbose_name=_("rows"))
    digests = models.BinaryField()
    salts = models.BinaryField()
    last_id = models.BigIntegerField()
    created_at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("kept history")
        verbose_name_plural = _("kept history")
        default_permissions = ()
        indexes = [models.Index(fields=["table_name", "last_id"], name="core_kepthistory_of_row")]

    def __str__(self) -> str:
        return str(self.id)


class HistoryColumns(models.Model):
    """The columns that a table of history had when rows were written: those that came later say nothing of them."""

    id = models.AutoField(primary_key=True)
    table_name = models.CharField(_("table"), max_length=63)
    columns = ArrayField(models.TextField(), verbose_name=_("columns"))

    class Meta:
        verbose_name = _("columns of history")
        verbose_name_plural = _("columns of history")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["table_name", "columns"], name="core_historycolumns_one")
        ]

    def __str__(self) -> str:
        return self.table_name


class ChangedHistory(models.Model):
    """A row of history whose words were emptied, or whose table was changed.

    Attributes:
        before: the digest of what it said, which must be what was kept. `after`: of what it says since.
        event_id: the event that says who had it done and why; it names all of its rows.
    """

    table_name = models.CharField(_("table"), max_length=63)
    history_id = models.BigIntegerField(_("row"))
    before = models.BinaryField()
    after = models.BinaryField()
    columns_id = models.IntegerField()
    event_id = models.BigIntegerField(db_index=True)

    class Meta:
        verbose_name = _("changed history")
        verbose_name_plural = _("changed history")
        default_permissions = ()
        indexes = [models.Index(fields=["table_name", "history_id"], name="core_changedhistory_of_row")]

    def __str__(self) -> str:
        return f"{self.table_name} {self.history_id}"
