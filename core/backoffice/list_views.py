"""Tabs above a list: what people ask of it every day, and the views they saved; and what such a view changes in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast
from urllib.parse import urlencode

from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import label_for_field
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from unfold.enums import ActionVariant

from core.backoffice import view_addresses
from core.backoffice.quick_views import QuickView
from core.backoffice.view_addresses import VIEW_VAR
from core.models import SavedView, User
from core.services import saved_views

# More do not fit above a list.
MOST_TABS = 60


@dataclass(frozen=True, slots=True)
class ViewTab:
    """One tab above a list.

    Attributes:
        changed: filters or order are not as they were saved.
    """

    title: Any
    link: str
    on: bool = False
    changed: bool = False
    shared: bool = False
    first: bool = False


class ListViewsMixin:
    """For admins: columns by right and by choice, tabs, and the menu that saves the list as it is.

    Attributes:
        quick_views: what everybody asks of this list, as tabs.
        more_columns: names of columns that a view may show besides those of `list_display`. A foreign key is joined
            by itself; anything else must cost no query a row. Nobody orders by them: no index would answer.
        column_permissions: what one must hold to see a column, wherever it is shown.
    """

    quick_views: ClassVar[tuple[QuickView, ...]] = ()
    more_columns: ClassVar[tuple[str, ...]] = ()
    column_permissions: ClassVar[dict[str, str]] = {}
    opts: Any
    model: Any
    list_display_links: Any

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        view = in_use(request, self.opts.label_lower)
        return self.columns_for(request, view.columns if view else ())

    def columns_for(self, request: HttpRequest, wanted: Sequence[str]) -> list[Any]:
        """The columns that a view names and this person may see; the list's own where that is none."""
        own = self._own_columns(request)
        offered = {str(name): name for name in [*own, *self._more_columns(request)]}
        chosen = [offered[name] for name in wanted if name in offered]
        if not chosen:
            return own
        links = self._links(own)
        # Without the column that leads to a row's page, nothing would.
        return chosen if not links or set(links) & set(chosen) else [links[0], *chosen]

    def offered_columns(self, request: HttpRequest) -> dict[str, str]:
        """Every column this person may have, with its title: the list's own first."""
        names, this = [*self._own_columns(request), *self._more_columns(request)], cast(Any, self)
        return {
            str(name): capfirst(str(label_for_field(name, self.model, model_admin=this))) for name in names
        }

    def get_list_display_links(self, request: HttpRequest, list_display: Sequence[Any]) -> Any:
        links = self._links(self._own_columns(request))
        return [name for name in list_display if name in links] or self.list_display_links

    def get_sortable_by(self, request: HttpRequest) -> Any:
        more = set(self.more_columns)
        return [name for name in super().get_sortable_by(request) if name not in more]  # type: ignore[misc]

    def _own_columns(self, request: HttpRequest) -> list[Any]:
        own = super().get_list_display(request)  # type: ignore[misc]
        return [name for name in own if self._may_see_column(request, name)]

    def _more_columns(self, request: HttpRequest) -> list[str]:
        return [name for name in self.more_columns if self._may_see_column(request, name)]

    def _may_see_column(self, request: HttpRequest, name: Any) -> bool:
        wanted = self.column_permissions.get(str(name), "")
        return not wanted or request.user.has_perm(wanted)

    def _links(self, own: Sequence[Any]) -> list[Any]:
        """The columns that lead to a row's page."""
        if self.list_display_links is None:
            return []
        return [name for name in own if name in self.list_display_links] or list(own[:1])

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Opened without a word in its address, the list is the person's first view of it."""
        if request.method == "GET" and not request.GET and self.has_view_or_change_permission(request):  # type: ignore[attr-defined]
            first = next((one for one in seen(request, self.opts.label_lower) if one.is_first), None)
            if first is not None:
                return HttpResponseRedirect(view_addresses.address(self, request, first))
        response: HttpResponse = super().changelist_view(request, extra_context)  # type: ignore[misc]
        context = getattr(response, "context_data", None)
        if context and "cl" in context and not context.get("is_popup"):
            context["list_tabs"] = tabs(self, request)
            context["actions_list"] = [*context.get("actions_list", ()), _menu(self, request)]
        return response


def seen(request: HttpRequest, list_name: str) -> list[SavedView]:
    """The views of a list that this person sees: at most one query a request."""
    kept = request.__dict__.setdefault("_saved_views", {})
    if list_name not in kept:
        user = cast(User, request.user)
        kept[list_name] = saved_views.seen_of(user=user, list_name=list_name, most=MOST_TABS)
    found: list[SavedView] = kept[list_name]
    return found


def in_use(request: HttpRequest, list_name: str) -> SavedView | None:
    """The view that the address names, where it is this list's and this person sees it."""
    given = request.GET.get(VIEW_VAR, "")
    if not given.isascii() or not given.isdecimal() or IS_POPUP_VAR in request.GET:
        return None
    return next((view for view in seen(request, list_name) if str(view.pk) == given), None)


def tabs(admin: Any, request: HttpRequest) -> list[ViewTab]:
    """The list as it comes, what everybody asks of it, what this person saved or is shown; none where nothing is."""
    views = seen(request, admin.opts.label_lower)
    if not views and not admin.quick_views:
        return []
    used = in_use(request, admin.opts.label_lower)
    query, today = request.GET.urlencode(), timezone.localdate()
    # Named, where the bare address would open another view.
    whole = f"?{VIEW_VAR}=0" if any(view.is_first for view in views) else "?"
    found = [ViewTab(_("All"), whole, on=query in ("", f"{VIEW_VAR}=0"))]
    for quick in admin.quick_views:
        link = urlencode(quick.filters(today))
        found.append(ViewTab(quick.title, f"?{link}", on=link == query))
    for view in views:
        on = view is used
        found.append(
            ViewTab(
                view.title,
                reverse("admin:list-view", args=[view.pk]),
                on=on,
                changed=on and view_addresses.is_changed(admin, request, view),
                shared=view.is_shared,
                first=view.is_first,
            )
        )
    return found


def _menu(admin: Any, request: HttpRequest) -> dict[str, Any]:
    """Saving the list as it is, and what can be done to the view in use."""
    name, query = admin.opts.label_lower, f"?{request.GET.urlencode()}"
    used = in_use(request, name)
    items = [_item(_("Save this view"), "bookmark_add", reverse("admin:list-view-save", args=[name]) + query)]
    if used is not None and saved_views.may_change(user=request.user, view=used):
        change = reverse("admin:list-view-change", args=[used.pk])
        items.append(_item(_("Change “%(view)s”") % {"view": used}, "edit", change + query))
        remove = reverse("admin:list-view-remove", args=[used.pk])
        items.append(_item(_("Remove “%(view)s”") % {"view": used}, "delete", remove, ActionVariant.DANGER))
    if seen(request, name):
        items.append(
            _item(
                _("What opens first"),
                "vertical_align_top",
                reverse("admin:list-view-first", args=[name]) + query,
            )
        )
    return {"title": _("View"), "icon": "bookmarks", "variant": ActionVariant.DEFAULT, "items": items}


def _item(title: str, icon: str, path: str, variant: Any = ActionVariant.DEFAULT) -> dict[str, Any]:
    return {"title": title, "icon": icon, "path": path, "variant": variant, "dialog": True}
