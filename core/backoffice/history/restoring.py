"""Putting back what a change replaced: through the form a person would have typed it into, or not at all.

Only fields that an admin names, only for those who may change the object, only where nobody changed them since.
Money, limits and statuses are named nowhere: they are moved by services.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.backoffice import actions
from core.backoffice.actions import ReasonForm
from core.backoffice.history import reading, values
from core.backoffice.history.entries import Undo
from core.backoffice.history.reading import Change
from core.events import record
from core.exceptions import Conflict, InvalidInput
from core.history import because
from core.typed_forms import typed


@dataclass(slots=True)
class Undoing:
    """A change, the row it is of, and the fields of it that may be put back."""

    change: Change
    row: Model
    inline: Any
    fields: list[str]


class RestoreForm(ReasonForm):
    """Which of the change's fields go back to what they were."""

    fields_back = forms.MultipleChoiceField(
        label=gettext_lazy("Put back"), widget=forms.CheckboxSelectMultiple
    )

    def prepare(self) -> None:
        undoing: Undoing = self.request.__dict__["_undoing"]
        chosen: Any = self.fields["fields_back"]
        chosen.choices = list(described(undoing, self.request.user))
        chosen.initial = undoing.fields


def parent_field(model: type[Model], parent: type[Model]) -> str:
    """The column of an inline's model that names the object it stands on."""
    return next(field.attname for field in model._meta.fields if field.related_model is parent)  # type: ignore[attr-defined]


def links(admin: Any, request: HttpRequest, obj: Model | None) -> Undo | None:
    """For the page: the address of the dialog for a change that may be put back."""
    if obj is None or not admin.has_change_permission(request, obj):
        return None
    allowed = {admin.model: set(admin.restorable)}
    allowed |= {inline.model: set(inline.restorable) for inline in admin.kept_inlines()}

    def link(change: Change, fields: list[str]) -> str:
        if change.type != "~" or not allowed.get(change.model, set()) & set(fields):
            return ""
        base = reverse(f"admin:{admin.opts.app_label}_{admin.opts.model_name}_restore", args=[obj.pk])
        return f"{base}?change={change.model._meta.model_name}-{change.number}"

    return link


def view(admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """The dialog and what it does."""
    obj = admin.get_object(request, object_id)
    title = _("Put back")
    if obj is None:
        return actions.refuse(request, title, _("This no longer exists. Somebody may have removed it."), 404)
    if not admin.has_change_permission(request, obj) or not admin.has_view_history_permission(request, obj):
        raise PermissionDenied
    undoing = _found(admin, request, obj)
    if undoing is None:
        return actions.refuse(
            request, title, _("Nothing of this change can be put back; change it on its page."), 409
        )
    request.__dict__["_undoing"] = undoing
    dialog = {
        "title": title,
        "description": _("These fields go back to what they were before the change. Everything else stays."),
        "form_class": RestoreForm,
        "form_submit_text": title,
        "variant": "primary",
    }

    def act(_admin: Any, request: HttpRequest, obj: Model, given: dict[str, Any]) -> str:
        restore(admin, request, obj, undoing, names=given["fields_back"], reason=given["reason"])
        return _("Put back as it was before.")

    return actions.answer(admin, request, obj, act, dialog)


def _found(admin: Any, request: HttpRequest, obj: Model) -> Undoing | None:
    """The change that the address names, where it is of this object and something of it may go back."""
    kind, _sign, number = request.GET.get("change", "").partition("-")
    if not (number.isascii() and number.isdigit() and len(number) < 18):
        raise Http404
    homes = [(admin.model, None), *((inline.model, inline) for inline in admin.kept_inlines())]
    model, inline = next((home for home in homes if home[0]._meta.model_name == kind), (None, None))
    if model is None:
        raise Http404
    own = (
        Q(**{model._meta.pk.attname: obj.pk})
        if inline is None
        else Q(**{parent_field(model, admin.model): obj.pk})
    )
    change = next(iter(reading.changes([(model, own & Q(history_id=int(number)))], limit=1)), None)
    if change is None:
        raise Http404
    row = obj if inline is None else model._default_manager.filter(pk=change.subject_id).first()
    if row is None or change.type != "~":
        return None
    restorable = (admin if inline is None else inline).restorable
    changed = values.changed_fields(values.told_fields(model, request.user), change.before, change.after)
    names = [field.name for field in changed if field.name in restorable]
    return Undoing(change, row, inline, names) if names else None


def described(undoing: Undoing, user: Any) -> Iterable[tuple[str, str]]:
    """Each field as the dialog names it: what it would hold again, and what it holds now."""
    change, model = undoing.change, type(undoing.row)
    names = values.Names()
    fields: list[Any] = [model._meta.get_field(name) for name in undoing.fields]
    for field in fields:
        names.want(field, change.before.get(field.attname))
    names.load()
    for field in fields:
        before = values.shown(field, change.before.get(field.attname), change.before, names)
        yield (
            field.name,
            _("%(label)s: back to “%(before)s”") % {"label": values.label_of(field), "before": before},
        )


@transaction.atomic
def restore(
    admin: Any, request: HttpRequest, obj: Model, undoing: Undoing, *, names: list[str], reason: str
) -> None:
    """Write the old values as if somebody typed them.

    Raises:
        Conflict: `changed_since`. InvalidInput: `no_longer_valid`, with the form's words.
    """
    row = type(undoing.row)._default_manager.select_for_update(of=("self",)).get(pk=undoing.row.pk)
    _require_unchanged(row, undoing.change, names)
    form = _form(admin, request, obj, row, undoing, names)
    require_valid(form)
    with because(reason, user=request.user):
        if undoing.inline is None:
            admin.put_back(request, form.save(commit=False), form)
        else:
            undoing.inline(admin.model, admin.admin_site).save_row(form.save(commit=False))
    # The form's object is the one the page was read from.
    request.__dict__.pop("_admin_objects", None)
    record(
        "history.restored",
        subject=row,
        data={"fields": names, "change": undoing.change.number, "reason": reason},
    )


def _require_unchanged(row: Model, change: Change, names: list[str]) -> None:
    for name in names:
        field: Any = row._meta.get_field(name)
        left = change.after.get(field.attname)
        held = getattr(row, field.attname)
        if held != (field.to_python(left) if left is not None else None):
            raise changed_since(values.label_of(field))


def _form(
    admin: Any, request: HttpRequest, obj: Model, row: Model, undoing: Undoing, names: list[str]
) -> Any:
    """The form of the page, bound to what the row holds with the old values in their places."""
    if undoing.inline is None:
        made = admin.get_form(request, row, change=True)
    else:
        inline = undoing.inline(admin.model, admin.admin_site)
        made = inline.get_formset(request, obj).form
    old = {name: undoing.change.before.get(row._meta.get_field(name).attname) for name in names}  # type: ignore[union-attr]

    missing = [name for name in names if name not in made.base_fields]
    if missing:
        raise PermissionDenied
    return typed(made, old)(data={}, instance=row)


def require_valid(form: Any) -> None:
    """Raises InvalidInput: `no_longer_valid`, with the form's words."""
    if form.is_valid():
        return
    told = []
    for name, texts in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        told += [f"{label}: {text}" if label else str(text) for text in texts]
    raise InvalidInput("no_longer_valid", _("It cannot be put back: %(why)s") % {"why": " ".join(told)})


def changed_since(label: Any) -> Conflict:
    text = _("“%(label)s” was changed again since. Undo the newer change first, or change it on its page.")
    return Conflict("changed_since", text % {"label": label})
