"""A page of history as people read it: one entry for what one person did to one thing in one go."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.urls import NoReverseMatch, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.backoffice.history import values, wording
from core.backoffice.history.reading import Change, time_of
from core.backoffice.history.values import AnyField
from core.masking import MASK
from core.models import Event, SiteSettings, User
from core.models.origins import Source

# Rows written without a request belong together when they were written at once.
AT_ONCE = timedelta(seconds=2)
ADDED, DELETED = "+", "-"
SOURCE_ICONS = {
    Source.ADMIN: "desktop_windows",
    Source.API: "api",
    Source.IMPORT: "upload_file",
    Source.TASK: "settings_suggest",
    Source.COMMAND: "terminal",
}
type Undo = Callable[[Change, list[str]], str]


@dataclass(frozen=True, slots=True)
class Difference:
    """A field's name with what it held before and after, in words."""

    label: str
    before: str
    after: str

    @property
    def held(self) -> bool:
        """Whether there was anything before, or it is known."""
        return self.before not in (values.NOTHING, _("not kept"))


@dataclass(slots=True)
class Entry:
    """What one line of the page says."""

    at: datetime
    title: str
    tone: str = "neutral"
    who: str = ""
    who_link: str = ""
    source: str = ""
    icon: str = ""
    address: str = ""
    request_id: str = ""
    kind: str = ""
    about: str = ""
    link: str = ""
    text: str = ""
    reason: str = ""
    differences: list[Difference] = field(default_factory=list)
    undo: str = ""


class Story:
    """Turns rows into entries for one person, with two queries for names besides one a kind of thing named."""

    def __init__(self, user: Any, *, undo: Undo | None = None) -> None:
        self.user, self.undo = user, undo
        self.names = values.Names()
        self.people: dict[int, User] = {}

    def tell(self, rows: Sequence[Change | Event]) -> list[Entry]:
        groups = grouped(rows)
        told = [(group, self._fields(group[0])) for group in groups]
        self._load(groups, told)
        return [entry for group, fields in told if (entry := self._entry(group, fields))]

    def _fields(self, row: Change | Event) -> list[AnyField]:
        if isinstance(row, Event):
            return []
        return values.changed_fields(values.told_fields(row.model, self.user), row.before, row.after)

    def _load(self, groups: Any, told: Any) -> None:
        for (row, *_rest), fields in told:
            model, key = subject_of(row)
            if model is not None:
                self.names.want_row(model, key)
            for one in fields:
                self.names.want(one, row.before.get(one.attname))
                self.names.want(one, row.after.get(one.attname))
        self.names.load()
        ids = {row.user_id for group in groups for row in group if isinstance(row, Change) and row.user_id}
        self.people = User.objects.in_bulk(ids) if ids else {}

    def _entry(self, group: list[Change | Event], fields: list[AnyField]) -> Entry | None:
        row = group[0]
        happened = [one for one in group if isinstance(one, Event)]
        entry = Entry(at=time_of(row), title="")
        self._subject(entry, row)
        if isinstance(row, Change):
            if row.type not in (ADDED, DELETED):
                entry.differences = self._differences(row, _known(row, fields, happened))
                if not entry.differences and not happened and row.before:
                    return None
            self._verb(entry, row)
        self._happened(entry, happened, subject_of(row)[0])
        self._origin(entry, group)
        if isinstance(row, Change) and row.before and self.undo and entry.differences:
            entry.undo = self.undo(row, [one.name for one in fields])
        return entry

    def _verb(self, entry: Entry, row: Change) -> None:
        verbs = {ADDED: (_("Added"), "success"), DELETED: (_("Deleted"), "danger")}
        entry.title, entry.tone = verbs.get(row.type, (_("Changed"), "neutral"))
        entry.reason = row.reason
        person = self.people.get(row.user_id or 0)
        if person is not None:
            entry.who = str(person)
            entry.who_link = link_of(User, str(person.pk)) if self.user.has_perm("core.view_user") else ""

    def _happened(self, entry: Entry, happened: list[Event], model: type[Model] | None) -> None:
        for event in reversed(happened):
            entry.title, entry.tone = wording.titled(event.kind)
            entry.text = wording.told(event.data, self.user, model=model, untold=self._untold(entry, event))
            entry.reason = str(event.data.get("reason") or entry.reason)
            entry.who = entry.who or event.who
            if not entry.who_link and event.actor_kind in ("staff", "customer") and event.actor_id:
                seen = self.user.has_perm("core.view_user")
                entry.who_link = link_of(User, event.actor_id) if seen else ""

    def _untold(self, entry: Entry, event: Event) -> set[str]:
        """Members of the event's data that a difference beside it tells better."""
        guarded = not wording.may_see("before", self.user)
        if (
            not entry.differences
            and not guarded
            and (moved := wording.moved(event.data, model_of(event.subject_kind)))
        ):
            entry.differences = [Difference(moved[0] or entry.title, moved[1], moved[2])]
        fields = {"fields"} if entry.differences else set()
        return {"reason", "changed", "before", "after"} | fields

    def _origin(self, entry: Entry, group: list[Change | Event]) -> None:
        for row in group:
            source = row.source or _guess(row)
            if source and not entry.source:
                entry.source = str(Source(source).label)
                entry.icon = SOURCE_ICONS[Source(source)]
            entry.address = entry.address or str(row.address or "")
            entry.request_id = entry.request_id or row.request_id
        entry.who = entry.who or _("Nobody signed in")

    def _subject(self, entry: Entry, row: Change | Event) -> None:
        model, key = subject_of(row)
        if model is None:
            entry.kind = row.subject_kind if isinstance(row, Event) else ""
            return
        entry.kind = str(capfirst(model._meta.verbose_name))
        snapshot = (row.after or row.before) if isinstance(row, Change) else {}
        held = next((snapshot[name] for name in ("name", "title", "label", "code") if snapshot.get(name)), "")
        # A whole list was taken: its subject is no row; named in the reader's language, not the taker's.
        whole = isinstance(row, Event) and row.kind == "list.exported"
        taken = capfirst(model._meta.verbose_name_plural) if whole else ""
        entry.about = self.names.known(model, key) or str(held) or str(taken) or key
        if issubclass(model, SiteSettings):
            entry.about = str(entry.about or key)
        if self.names.known(model, key) and self.user.has_perm(view_right(model)):
            entry.link = link_of(model, key)

    def _differences(self, row: Change, fields: list[AnyField]) -> list[Difference]:
        told: list[Difference] = []
        for one in fields:
            before, after = row.before.get(one.attname), row.after.get(one.attname)  # type: ignore[attr-defined]
            if isinstance(after, dict) and isinstance(before or {}, dict) and not values.is_secret(one):
                told.extend(self._members(row, before or {}, after))
                continue
            was = values.shown(one, before, row.before, self.names) if row.before else _("not kept")
            told.append(
                Difference(values.label_of(one), was, values.shown(one, after, row.after, self.names))
            )
        return told

    def _members(self, row: Change, before: dict[str, Any], after: dict[str, Any]) -> list[Difference]:
        told = []
        for key in [*after, *(key for key in before if key not in after)]:
            if before.get(key) == after.get(key):
                continue
            pair = [
                MASK if values.secret_key(key) else values.plain(side.get(key)) for side in (before, after)
            ]
            told.append(Difference(values.member_label(row.model, row.after, key), pair[0], pair[1]))
        return told


def _known(row: Change, fields: list[AnyField], happened: list[Event]) -> list[AnyField]:
    """Without the row before, only what an event names is known to have changed."""
    if row.before:
        return fields
    named = {name for event in happened for name in event.data.get("fields", [])}
    return [field for field in fields if field.name in named]


def grouped(rows: Sequence[Change | Event]) -> list[list[Change | Event]]:
    """Events beside the change of the same thing in the same request, the change first."""
    groups: list[list[Change | Event]] = [[row] for row in rows if isinstance(row, Change)]
    for event in (row for row in rows if isinstance(row, Event)):
        home = next((group for group in groups if _belongs(event, group[0])), None)
        if home is not None:
            home.append(event)
        else:
            groups.append([event])
    return sorted(groups, key=lambda group: time_of(group[0]), reverse=True)


def _belongs(event: Event, row: Change | Event) -> bool:
    if isinstance(row, Event) or row.subject_id != event.subject_id:
        return False
    if row.model._meta.label_lower != event.subject_kind:
        return False
    if row.request_id or event.request_id:
        return row.request_id == event.request_id
    return abs(row.at - event.created_at) <= AT_ONCE


def _guess(row: Change | Event) -> str:
    """Rows from before the source was kept."""
    return Source.API if isinstance(row, Event) and row.actor_kind == "key" else ""


def subject_of(row: Change | Event) -> tuple[type[Model] | None, str]:
    if isinstance(row, Change):
        return row.model, row.subject_id
    return model_of(row.subject_kind), row.subject_id


def model_of(label: str) -> type[Model] | None:
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None


def view_right(model: type[Model]) -> str:
    return f"{model._meta.app_label}.view_{model._meta.model_name}"


def link_of(model: type[Model], key: str) -> str:
    """The page of a thing; empty where it has none."""
    try:
        if issubclass(model, SiteSettings):
            return reverse("admin:settings")
        if model not in admin.site._registry:
            return ""
        model._meta.pk.to_python(key)  # type: ignore[union-attr]
        return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[key])
    except (NoReverseMatch, ValidationError):
        return ""
