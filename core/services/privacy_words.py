"""People in the words of others: approvals, broadcasts, announcements, saved views, and why something was changed."""

import re
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.db.models import Q

from core.backoffice.history.reading import has_history
from core.events import record
from core.models import Approval, SavedView
from core.services.privacy import Column, Holder, Person, execute, holders, patterns, spellings

# Where staff write as they like, about anything. Shorter than any name that is looked for, so it fits everywhere.
MARK = "***"
WORDS = {
    "core.broadcast": ("subject", "text", "reason"),
    "core.announcement": ("title", "text"),
    "core.quicklink": ("title", "url"),
    "core.messagetemplate": ("subject", "body"),
    "core.failedtask": ("reason",),
    "admin.logentry": ("object_repr", "change_message"),
}
# The database lets go of a decided approval's words once this event says so; see migration `erased_approvals`.
APPROVAL_ERASED = "approval.erased"


@holders.register("approvals")
class ApprovalHolder(Holder):
    """What two people decided about their money. That it was, when and how much stays; the words do not."""

    def told(self, person: Person) -> Any:
        rows = Approval.objects.filter(about(person)).order_by("id")
        return list(rows.values("requested_at", "kind", "amount", "currency", "status", "decided_at"))

    def erase(self, person: Person) -> None:
        decided = Approval.objects.exclude(status=Approval.Status.PENDING)
        for approval in decided.filter(about(person) | Q(pk__in=_naming(person))).order_by("pk"):
            record(APPROVAL_ERASED, subject=approval)
            Approval.objects.filter(pk=approval.pk).update(payload={"erased": True}, reason="", note="")


@holders.register("saved_views")
class SavedViewHolder(Holder):
    """Lists that staff look for them by: once they are erased, nothing is found so."""

    def told(self, person: Person) -> Any:
        return None

    def erase(self, person: Person) -> None:
        found = naming("core_savedview", ("title", "filters"), person)
        SavedView.objects.filter(pk__in=found).delete()


@holders.register("words")
class WordsHolder(Holder):
    """Texts that are about something else and name them: the name is taken out, the rest stays."""

    def told(self, person: Person) -> Any:
        return None

    def erase(self, person: Person) -> None:
        names = spellings(person.names)
        if not names:
            return
        given = {
            "patterns": patterns(person.names),
            "any": "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)),
            "mark": MARK,
        }
        for table, column, kind in _columns():
            new = f"regexp_replace({column}::text, %(any)s, %(mark)s, 'gi')::{kind}"
            execute(
                f"UPDATE {table} SET {column} = {new} WHERE {Column.any_of(column)}",  # noqa: S608  # nosec B608
                given,
            )


def waiting_about(person: Person) -> bool:
    """Whether somebody still has to decide something about them, or in words that name them."""
    waiting = Approval.objects.filter(status=Approval.Status.PENDING)
    return waiting.filter(about(person) | Q(pk__in=_naming(person))).exists()


def about(person: Person) -> Q:
    wanted = Q(pk__in=[])
    for kind, ids in person.things.items():
        wanted |= Q(subject_kind=kind, subject_id__in=ids)
    return wanted


def naming(table: str, columns: tuple[str, ...], person: Person) -> list[int]:
    """Ids of rows whose columns name them."""
    statement = f"SELECT id FROM {table} WHERE {Column.any_of(*columns)}"  # noqa: S608  # nosec B608
    with connection.cursor() as cursor:
        cursor.execute(statement, {"patterns": patterns(person.names)})
        return [number for (number,) in cursor.fetchall()]


def _naming(person: Person) -> list[int]:
    return naming("core_approval", ("payload", "reason", "note", "subject_label"), person)


def _columns() -> Iterable[tuple[str, str, str]]:
    """Table, column and type of all these texts, those of their histories, and of every reason for a change."""
    for model in apps.get_models():
        names = WORDS.get(model._meta.label_lower, ())
        yield from _of(model, names)
        if has_history(model) and not model._meta.proxy:
            kept: Any = model.history  # type: ignore[attr-defined]
            yield from _of(kept.model, (*names, "history_change_reason"))


def _of(model: type[models.Model], names: Iterable[str]) -> Iterable[tuple[str, str, str]]:
    for name in names:
        field: Any = model._meta.get_field(name)
        kind = "jsonb" if isinstance(field, models.JSONField) else "text"
        yield f'"{model._meta.db_table}"', f'"{field.column}"', kind
