"""What stands beside every object: notes of staff, and the switch by which one watches it."""

from dataclasses import dataclass
from typing import Any

from django.contrib.admin.utils import quote
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.enums import ActionVariant

from core.backoffice import objects
from core.backoffice.parts import Tab
from core.models import Note
from core.services import notes, watching
from core.services.subjects import subject_of

# More are on a page of their own.
SHOWN = 10
NOTES_TAB = "notes"


@dataclass(frozen=True, slots=True)
class ShownNote:
    """A note, and where its author changes or removes it; empty for anybody else."""

    note: Note
    change_url: str = ""
    remove_url: str = ""


@dataclass(frozen=True, slots=True)
class Beside:
    """The newest notes about an object, and what this person may do; addresses are empty where they may not."""

    notes: list[ShownNote]
    all_url: str
    add_url: str
    watch_url: str
    watched: bool

    @property
    def count(self) -> str:
        """As the notes' tab tells it."""
        return f"{SHOWN}+" if self.all_url else str(len(self.notes) or "")

    @property
    def add(self) -> dict[str, Any]:
        """The button on top of the page."""
        return {"icon": "sticky_note_2", "variant": ActionVariant.DEFAULT, "dialog": True}


def beside(request: HttpRequest, obj: Model) -> Beside | None:
    """None where nobody writes notes about such an object, nor watches it."""
    subject, user = subject_of(obj), request.user
    view: Any = objects.admin_of(subject[0])
    has_notes, can_watch = getattr(view, "has_notes", False), getattr(view, "can_watch", False)
    if not has_notes and not can_watch:
        return None
    path = [subject[0], quote(subject[1])]
    found = list(notes.about(subject)[: SHOWN + 1]) if has_notes else []
    may_write = has_notes and user.has_perm(notes.WRITE)
    return Beside(
        notes=shown(request, found[:SHOWN]),
        all_url=reverse("admin:notes", args=path) if len(found) > SHOWN else "",
        add_url=reverse("admin:note-add", args=path) if may_write else "",
        watch_url=reverse("admin:watch", args=path) if can_watch else "",
        watched=can_watch and watching.watches(user, subject),
    )


def shown(request: HttpRequest, found: list[Note]) -> list[ShownNote]:
    return [
        ShownNote(
            note,
            reverse("admin:note-change", args=[note.pk]),
            reverse("admin:note-remove", args=[note.pk]),
        )
        if notes.may_change(user=request.user, note=note)
        else ShownNote(note)
        for note in found
    ]


def with_tab(tabs: list[Tab], found: Beside) -> list[Tab]:
    """An object's tabs with that of its notes, beside the first."""
    return [*tabs[:1], Tab(NOTES_TAB, _("Notes"), found.count or None), *tabs[1:]]
