"""Notes beside any object: written by whoever sees it, changed and removed by their author alone."""

from typing import Any

from django import forms
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.admin.account import me
from core.backoffice import actions, objects, pages
from core.backoffice.beside import shown
from core.backoffice.dialog_forms import ActionForm
from core.models import Note
from core.services import notes
from core.services.subjects import Subject

A_PAGE = 30


class NoteForm(ActionForm):
    """What colleagues should know. As `instance` it has what the note is about."""

    note: Note | None = None

    text = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=notes.LONGEST,
        widget=forms.Textarea,
        help_text=gettext_lazy("For those who work here. Customers and resellers never see it."),
    )

    def prepare(self) -> None:
        self.initial["text"] = self.note.text if self.note else ""


@pages.page("notes/<str:kind>/<str:object_id>/all/", name="notes")
def all_notes(request: HttpRequest, kind: str, object_id: str) -> HttpResponse:
    """Every note about an object, for those who see it."""
    view, obj = _seen(request, (kind, unquote(object_id)))
    page = Paginator(notes.about((kind, str(obj.pk))), A_PAGE).get_page(request.GET.get("p"))
    return pages.render(
        request,
        "admin/core/notes.html",
        title=_("Notes"),
        crumbs=[
            (view.heading or capfirst(view.opts.verbose_name_plural), view._list_url()),
            (str(obj), objects.page_of(obj)),
        ],
        page=page,
        notes=shown(request, list(page)),
    )


@pages.page("notes/<str:kind>/<str:object_id>/add/", name="note-add", permission=notes.WRITE)
def add_note(request: HttpRequest, kind: str, object_id: str) -> HttpResponse:
    view, obj = _seen(request, (kind, unquote(object_id)))

    def act(_admin: Any, request: HttpRequest, _obj: Any, given: dict[str, Any]) -> str:
        notes.add(subject=(kind, str(obj.pk)), text=given["text"], author=me(request))
        return _("The note is written.")

    return actions.answer(view, request, obj, act, _dialog(_("Add a note"), NoteForm, _("Save")))


@pages.page("notes/<int:number>/change/", name="note-change", permission=notes.WRITE)
def change_note(request: HttpRequest, number: int) -> HttpResponse:
    note, view, obj = _own(request, number)

    def act(_admin: Any, request: HttpRequest, _obj: Any, given: dict[str, Any]) -> str:
        notes.change(note=note, text=given["text"], user=me(request))
        return _("Saved.")

    form = type("OneNoteForm", (NoteForm,), {"note": note})
    return actions.answer(view, request, obj, act, _dialog(_("Change the note"), form, _("Save")))


@pages.page("notes/<int:number>/remove/", name="note-remove", permission=notes.WRITE)
def remove_note(request: HttpRequest, number: int) -> HttpResponse:
    note, view, obj = _own(request, number)

    def act(_admin: Any, request: HttpRequest, _obj: Any, _given: dict[str, Any]) -> str:
        notes.remove(note=note, user=me(request))
        return _("The note is removed.")

    dialog = _dialog(_("Remove the note"), ActionForm, _("Remove"))
    return actions.answer(
        view, request, obj, act, {**dialog, "variant": "danger", "description": note.text[:200]}
    )


def _seen(request: HttpRequest, subject: Subject) -> tuple[Any, Model]:
    view, obj = objects.seen_or_refused(request, subject)
    if not view.has_notes:
        raise Http404
    return view, obj


def _own(request: HttpRequest, number: int) -> tuple[Note, Any, Model]:
    """A note of this person about something they still see."""
    note = Note.objects.filter(pk=min(number, 2**63 - 1)).first()
    if note is None:
        raise Http404
    view, obj = _seen(request, (note.subject_kind, note.subject_id))
    if not notes.may_change(user=request.user, note=note):
        raise PermissionDenied
    return note, view, obj


def _dialog(title: str, form: type[ActionForm], submit: str) -> dict[str, Any]:
    return {
        "title": title,
        "description": "",
        "form_class": form,
        "form_submit_text": submit,
        "variant": "primary",
    }
