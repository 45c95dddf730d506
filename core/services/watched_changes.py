"""Whoever watches what has history and no events, such as a product, is told that others changed it.

As with events a sweep looks through what is new. A row is looked at half a minute after it was written, when the
transaction that wrote it is over: a form or an API request is saved in less.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.backoffice import objects
from core.backoffice.history import restoring
from core.backoffice.history.entries import ADDED, DELETED
from core.models import User, Watch, WatchMark
from core.services import watching
from core.services.watching import News

SETTLED = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Changed:
    """A row of history: of the object itself, or of a part that belongs to it."""

    part: type[Model] | None
    type: str
    user_id: int | None
    at: datetime

    @property
    def words(self) -> str:
        verb = {ADDED: _("Added"), DELETED: _("Deleted")}.get(self.type, _("Changed"))
        return f"{capfirst(self.part._meta.verbose_name)}: {verb}" if self.part else verb


@transaction.atomic
def tell_watchers(*, until: datetime | None = None) -> int:
    """What the sweep does; how many messages were written.

    Args:
        until: no row appears any more that was written before.
    """
    watching.mark()
    row = WatchMark.objects.select_for_update(skip_locked=True).filter(pk=1).first()
    until = until or timezone.now() - SETTLED
    if row is None or row.changed_until >= until:
        return 0
    after, row.changed_until = row.changed_until, until
    row.save(update_fields=["changed_until"])
    told = 0
    for kind in Watch.objects.order_by().values_list("subject_kind", flat=True).distinct():
        view = objects.admin_of(kind)
        if view is not None and view.tells_changes:
            told += _tell_of(view, kind, after, until)
    return told


def _tell_of(view: Any, kind: str, after: datetime, until: datetime) -> int:
    """Tell those who watch one kind of objects."""
    news: dict[str, list[Changed]] = defaultdict(list)
    for key, changed in _changes(view, after, until):
        news[key].append(changed)
    if not news:
        return 0
    people = User.objects.in_bulk({one.user_id for many in news.values() for one in many if one.user_id})

    def news_of(watch: Watch) -> list[News]:
        others = [
            one
            for one in news[watch.subject_id]
            if one.user_id != watch.user_id and one.at >= watch.created_at
        ]
        return [News(lambda one=one: one.words, str(people.get(one.user_id or 0, ""))) for one in others]  # type: ignore[misc]

    rows = Watch.objects.filter(subject_kind=kind, subject_id__in=news).select_related("user").order_by("pk")
    told = ((watch, found) for watch in rows if (found := news_of(watch)))
    return watching.tell_all(told, key=f"changed:{until.timestamp()}")


def _changes(view: Any, after: datetime, until: datetime) -> Iterator[tuple[str, Changed]]:
    """Rows of history with the id of the object they belong to, the oldest first."""
    parents = {view.model: view.model._meta.pk.attname}
    for inline in view.kept_inlines():
        parents[inline.model] = restoring.parent_field(inline.model, view.model)
    for model, column in parents.items():
        rows = model.history.model.objects.filter(history_date__gt=after, history_date__lte=until)
        told = rows.order_by("history_date", "history_id").values_list(
            column, "history_type", "history_user_id", "history_date"
        )
        for key, kind, user_id, at in told.iterator():
            yield str(key), Changed(None if model is view.model else model, kind, user_id, at)
