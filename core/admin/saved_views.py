"""The dialogs that save a list as somebody set it up, and the addresses of what they saved."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.backoffice import actions, pages, view_addresses
from core.backoffice.column_choice import ColumnsField
from core.backoffice.dialog_forms import ActionForm, RolesField
from core.backoffice.list_filters import stated
from core.backoffice.list_views import in_use, seen
from core.models import SavedView, User
from core.services import saved_views
from core.services.saved_views import Setup

PAGE_SIZES = (25, 50, 100)
# Stands for the list as it comes.
PLAIN = "0"

type Act = Callable[[Any, HttpRequest, dict[str, Any]], HttpResponse]


class ViewForm(ActionForm):
    """What a view is called, shows and does; its filters and order are those of the list behind the dialog."""

    admin: Any = None
    view: SavedView | None = None

    title = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    columns = ColumnsField(
        label=gettext_lazy("Columns"), help_text=gettext_lazy("The ticked ones are shown, in this order.")
    )
    page_size = forms.TypedChoiceField(label=gettext_lazy("Rows a page"), coerce=int)
    as_now = forms.BooleanField(
        label=gettext_lazy("Take the filters and the order as they are now"), required=False
    )
    moves = forms.BooleanField(
        label=gettext_lazy("Days move with time"),
        help_text=gettext_lazy("What is filtered for today or yesterday today is so on any day."),
        required=False,
        initial=True,
    )
    first = forms.BooleanField(label=gettext_lazy("Open the list with this view"), required=False)
    groups = RolesField(
        label=gettext_lazy("Shared with"),
        queryset=Group.objects.order_by("pk"),
        required=False,
        help_text=gettext_lazy(
            "They find it above the list; each sees no more of it than their role allows."
        ),
    )

    def prepare(self) -> None:
        titles = self.admin.offered_columns(self.request)
        self.fields["columns"].choices = list(titles.items())  # type: ignore[attr-defined]
        shown = [str(name) for name in self.admin.get_list_display(self.request)]
        size = self.admin.list_per_page
        self.fields["page_size"].choices = [(one, one) for one in sorted({*PAGE_SIZES, size})]  # type: ignore[attr-defined]
        used = in_use(self.request, self.admin.opts.label_lower)
        if self.view is None:
            del self.fields["as_now"]
            self.initial |= {"page_size": (used.page_size if used else 0) or size}
        else:
            shown = [str(name) for name in self.admin.columns_for(self.request, self.view.columns)]
            self.initial |= {
                "title": self.view.title,
                "page_size": self.view.page_size or size,
                "as_now": used == self.view and view_addresses.is_changed(self.admin, self.request, used),
                "first": self.view.is_first,
                "moves": self.view.days_from is not None,
                "groups": self.view.groups.all(),
            }
        self.initial["columns"] = shown
        if not self._has_days():
            del self.fields["moves"]
        if not self.request.user.has_perm(saved_views.SHARE):
            del self.fields["groups"]

    def _has_days(self) -> bool:
        kept = self.view.filters if self.view else {}
        filters = {**kept, **view_addresses.filters_in(self.admin, self.request)}
        return bool(view_addresses.days_in(self.admin, self.request, filters))


@pages.page("views/<str:key>/save/", name="list-view-save")
def save_view(request: HttpRequest, key: str) -> HttpResponse:
    """The list as it is now, under a name."""
    owner = _admin_of(request, key)

    def act(_admin: Any, request: HttpRequest, given: dict[str, Any]) -> HttpResponse:
        view = saved_views.save(user=_user(request), list_name=key, setup=_setup(owner, request, given))
        return _saved(owner, request, view, given, _("Saved. You find it above the list."))

    dialog = _dialog(_("Save this view"), _filtered(owner, request), _form(owner, None), _("Save"))
    return actions.answer(owner, request, None, act, dialog)


@pages.page("views/<int:number>/change/", name="list-view-change")
def change_view(request: HttpRequest, number: int) -> HttpResponse:
    view, owner = _view(request, number)
    _require_change(request, view)

    def act(_admin: Any, request: HttpRequest, given: dict[str, Any]) -> HttpResponse:
        setup = _setup(owner, request, given, kept=None if given["as_now"] else view)
        changed = saved_views.change(user=_user(request), view=view, setup=setup)
        return _saved(owner, request, changed, given, _("Changed."))

    title = _("Change “%(view)s”") % {"view": view}
    return actions.answer(
        owner, request, None, act, _dialog(title, _filtered(owner, request), _form(owner, view), _("Save"))
    )


@pages.page("views/<int:number>/remove/", name="list-view-remove")
def remove_view(request: HttpRequest, number: int) -> HttpResponse:
    view, owner = _view(request, number)
    _require_change(request, view)

    def act(_admin: Any, request: HttpRequest, _given: dict[str, Any]) -> HttpResponse:
        saved_views.remove(user=_user(request), view=view)
        messages.success(request, _("The view is removed; the list itself is as it was."))
        return HttpResponse(headers={"HX-Redirect": view_addresses.list_url(owner)})

    explain = _("Those it is shared with lose it, too.") if view.is_shared else ""
    dialog = _dialog(_("Remove “%(view)s”") % {"view": view}, explain, ActionForm, _("Remove"))
    return actions.answer(owner, request, None, act, {**dialog, "variant": "danger"})


@pages.page("views/<str:key>/first/", name="list-view-first")
def first_view(request: HttpRequest, key: str) -> HttpResponse:
    """What the list opens with."""
    owner = _admin_of(request, key)
    views = {str(view.pk): view for view in seen(request, key)}
    chosen = next((number for number, view in views.items() if view.is_first), PLAIN)

    class FirstForm(ActionForm):
        view = forms.ChoiceField(
            label=_("View"),
            widget=forms.RadioSelect,
            choices=[
                (PLAIN, _("The list as it comes")),
                *((number, one.title) for number, one in views.items()),
            ],
            initial=chosen,
        )

    def act(_admin: Any, request: HttpRequest, given: dict[str, Any]) -> HttpResponse:
        view = views.get(given["view"])
        saved_views.open_first(user=_user(request), list_name=key, view=view)
        messages.success(request, _("From now on the list opens with it."))
        return _go(owner, request, view)

    explain = _("For you alone. Others choose for themselves.")
    dialog = _dialog(_("What opens first"), explain, FirstForm, _("Save"))
    return actions.answer(owner, request, None, act, dialog)


@pages.page("views/<int:number>/", name="list-view")
def open_view(request: HttpRequest, number: int) -> HttpResponse:
    """The address of a view: it leads to the list as the view has it today."""
    view, owner = _view(request, number)
    return HttpResponseRedirect(view_addresses.address(owner, request, view))


def _admin_of(request: HttpRequest, key: str) -> Any:
    """The admin of a list that this person may open."""
    found = next((one for model, one in admin.site._registry.items() if model._meta.label_lower == key), None)
    if found is None:
        raise Http404
    if not found.has_view_or_change_permission(request):
        raise PermissionDenied
    return found


def _view(request: HttpRequest, number: int) -> tuple[SavedView, Any]:
    """A view this person sees, of a list they may open; what they do not see is not there."""
    view = SavedView.objects.seen_by(request.user).filter(pk=min(number, 2**63 - 1)).first()
    if view is None:
        raise Http404
    return view, _admin_of(request, view.list_name)


def _require_change(request: HttpRequest, view: SavedView) -> None:
    if not saved_views.may_change(user=request.user, view=view):
        raise PermissionDenied


def _setup(owner: Any, request: HttpRequest, given: dict[str, Any], kept: SavedView | None = None) -> Setup:
    """What the form says, with the filters and order of the list behind it, or of the view that keeps its own."""
    filters = view_addresses.filters_in(owner, request) if kept is None else kept.filters
    days_from = timezone.localdate() if kept is None else kept.days_from or timezone.localdate()
    groups, own = given.get("groups"), [str(name) for name in owner.columns_for(request, ())]
    return Setup(
        title=given["title"],
        # The list's own may grow with the next release.
        columns=[] if given["columns"] == own else given["columns"],
        filters=filters,
        ordering=view_addresses.order_in(owner, request) if kept is None else kept.ordering,
        page_size=given["page_size"],
        days_from=days_from if given.get("moves") else None,
        groups=None if groups is None else list(groups),
    )


def _saved(
    owner: Any, request: HttpRequest, view: SavedView, given: dict[str, Any], words: str
) -> HttpResponse:
    """Where it opens first for this person, or no longer; and on to the list."""
    before = next((one for one in seen(request, view.list_name) if one.is_first), None)
    if given["first"]:
        saved_views.open_first(user=_user(request), list_name=view.list_name, view=view)
    elif before == view:
        saved_views.open_first(user=_user(request), list_name=view.list_name, view=None)
    messages.success(request, words)
    return _go(owner, request, view)


def _go(owner: Any, request: HttpRequest, view: SavedView | None) -> HttpResponse:
    link = view_addresses.address(owner, request, view) if view else view_addresses.list_url(owner)
    return HttpResponse(headers={"HX-Redirect": link})


def _filtered(owner: Any, request: HttpRequest) -> str:
    """The search and the filters of the list behind the dialog, in words."""
    try:
        told = stated(request, owner.get_changelist_instance(request))
    except (IncorrectLookupParameters, DisallowedModelAdminLookup):
        told = []
    words = " · ".join(f"{name}: {value}" for name, value in told)
    return words or _("The list is not filtered.")


def _form(owner: Any, view: SavedView | None) -> type[ViewForm]:
    return type("OneViewForm", (ViewForm,), {"admin": owner, "view": view})


def _dialog(title: str, description: str, form: type[ActionForm], submit: str) -> dict[str, Any]:
    return {
        "title": title,
        "description": description,
        "form_class": form,
        "form_submit_text": submit,
        "variant": "primary",
    }


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101
    return request.user
