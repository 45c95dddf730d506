"""Where a change came from, kept on every row of history."""

from functools import cache
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.manager import HistoryManager
from simple_history.models import HistoricalRecords


class Source(models.TextChoices):
    """The way by which somebody changed something."""

    ADMIN = "admin", _("Back office")
    API = "api", _("API")
    IMPORT = "import", _("Import")
    TASK = "task", _("Background work")
    COMMAND = "command", _("Command line")


class HistoryOrigin(models.Model):
    """Columns of a history table. Named so that no model's own column is called the same."""

    history_source = models.CharField(_("from"), max_length=8, choices=Source, blank=True, db_default="")
    history_address = models.GenericIPAddressField(_("address"), null=True)
    history_request = models.CharField(_("request id"), max_length=64, blank=True, db_default="")

    class Meta:
        abstract = True


class HistoryOfOneClass(HistoryManager):
    """Whoever asks for `.history` gets a manager, as each write of a history row does; Django's history app makes a
    class for each of them, out of all methods of a queryset, where one for all is the same."""

    @classmethod
    @cache
    def from_queryset(cls, queryset_class: type, class_name: str | None = None) -> Any:
        return super().from_queryset(queryset_class, class_name)


class TracedRecords(HistoricalRecords):
    """History whose rows say where the change came from; `core.history` fills them in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, bases=(HistoryOrigin,), history_manager=HistoryOfOneClass, **kwargs)
