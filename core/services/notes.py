"""Notes of staff beside any object: internal, and their author's alone to change or take away.

An event says that one was written, never what: the words may have to be forgotten, and events stay.
"""

from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.events import record
from core.exceptions import InvalidInput, NotAllowed
from core.models import Note, User
from core.services.privacy import Column, Holder, Person, execute, holders, patterns
from core.services.subjects import Subject

WRITE = "core.add_note"
LONGEST = 2_000


def about(subject: Subject) -> models.QuerySet[Note]:
    """The newest first."""
    return Note.objects.filter(subject_kind=subject[0], subject_id=subject[1]).order_by("-id")


def may_change(*, user: Any, note: Note) -> bool:
    return bool(note.author_id == user.pk and user.has_perm(WRITE))


@transaction.atomic
def add(*, subject: Subject, text: str, author: User) -> Note:
    """Write a note. Raises InvalidInput: `empty_note`, `note_too_long`."""
    note = Note.objects.create(
        subject_kind=subject[0],
        subject_id=subject[1],
        text=_checked(text),
        author=author,
        author_label=str(author)[:150],
    )
    record("note.added", subject=subject, data={"note": note.pk})
    return note


@transaction.atomic
def change(*, note: Note, text: str, user: User) -> Note:
    """Write it otherwise. Raises NotAllowed: `not_yours`; InvalidInput as of `add`."""
    _require_author(user, note)
    words = _checked(text)
    if words != note.text:
        note.text, note.changed_at = words, timezone.now()
        note.save(update_fields=["text", "changed_at"])
        record("note.changed", subject=(note.subject_kind, note.subject_id), data={"note": note.pk})
    return note


@transaction.atomic
def remove(*, note: Note, user: User) -> None:
    """Take a note away. Raises NotAllowed: `not_yours`."""
    _require_author(user, note)
    record("note.removed", subject=(note.subject_kind, note.subject_id), data={"note": note.pk})
    note.delete()


def _checked(text: str) -> str:
    text = text.strip()
    if not text:
        raise InvalidInput("empty_note", _("Write what others should know."), field="text")
    if len(text) > LONGEST:
        message = _("A note has up to %(most)s characters.") % {"most": LONGEST}
        raise InvalidInput("note_too_long", message, field="text")
    return text


def _require_author(user: User, note: Note) -> None:
    if not may_change(user=user, note=note):
        raise NotAllowed("not_yours", _("This note is somebody else's."))


@holders.register("notes")
class NoteHolder(Holder):
    """What staff noted beside what is theirs. The words are among those who work here, as those in tickets are."""

    def told(self, person: Person) -> Any:
        return list(self._beside(person).order_by("id").values("created_at", "subject_kind"))

    def erase(self, person: Person) -> None:
        self._beside(person).delete()
        # Beside something else, and naming them.
        execute(
            f"DELETE FROM core_note WHERE {Column.any_of('text')}",  # noqa: S608  # nosec B608
            {"patterns": patterns(person.names)},
        )

    def _beside(self, person: Person) -> models.QuerySet[Note]:
        wanted = models.Q(pk__in=[])
        for kind, ids in person.things.items():
            wanted |= models.Q(subject_kind=kind, subject_id__in=ids)
        return Note.objects.filter(wanted)
