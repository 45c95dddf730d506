"""What every admin of ours starts from: fast on millions of rows, safe by default, an object shown as a story."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import ForeignKey, ManyToManyField, Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin
from unfold.admin import StackedInline as UnfoldStackedInline
from unfold.admin import TabularInline as UnfoldTabularInline

from core.approvals import ApprovalNeeded
from core.backoffice import panels, waiting
from core.backoffice.actions import add_domain_error
from core.backoffice.beside import beside, with_tab
from core.backoffice.checks import AdminChecks
from core.backoffice.history.pages import HistoryPages
from core.backoffice.list_documents import ListDocumentsMixin
from core.backoffice.list_views import ListViewsMixin
from core.backoffice.paginator import BoundedPaginator, FirstPageList
from core.backoffice.parts import Way
from core.exceptions import DomainError

EDIT = "edit"


class SearchedSelect(AutocompleteSelect):
    """What was sent that is no key of anything is left out when the form is shown again: Django's fails on it."""

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        return super().optgroups(name, [one for one in value if self._is_key(one)], attr)

    def _is_key(self, value: Any) -> bool:
        target = self.field.target_field
        try:
            target.run_validators(target.to_python(value))
        except (ValidationError, ValueError, OverflowError):
            return False
        return True


class AutocompleteMixin:
    """Foreign keys to what has a searchable admin are searched for, not listed."""

    model: Any
    admin_site: Any
    raw_id_fields: Any
    radio_fields: Any
    autocomplete_fields: Any

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        names = list(self.autocomplete_fields)
        for field in (*self.model._meta.fields, *self.model._meta.many_to_many):
            if field.name not in names and self._is_searchable(field):
                names.append(field.name)
        return names

    def _is_searchable(self, field: Any) -> bool:
        if not isinstance(field, ForeignKey | ManyToManyField):
            return False
        if field.name in self.raw_id_fields or field.name in self.radio_fields:
            return False
        admin = self.admin_site._registry.get(field.related_model)
        return bool(admin and admin.search_fields)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if "widget" not in kwargs and db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = SearchedSelect(db_field, self.admin_site, using=kwargs.get("using"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]


class BaseAdmin(ListViewsMixin, ListDocumentsMixin, AutocompleteMixin, ModelAdmin):
    """Our defaults. Lists count up to a bound, join what their columns need, and never offer to delete in bulk.

    Attributes:
        page_template: set it to show an object as a page of its own instead of Django's form; it extends
            `admin/object_page.html`. Those who may change it get an “Edit” button that opens the form.
        empty_hint: what to do next, shown where a list is empty.
        empty_way: a link to where that is done, where it is another page.
        heading: what the list is called, where it is not the model's plural.
        phone_columns: names of `list_display` that stay on a phone; all of them where it is empty.
        has_notes: whether staff write notes about its objects.
        can_watch: whether somebody may be told of what happens to one.
        tells_changes: whether that are changes of its rows, because no events are recorded when they are saved.
    """

    checks_class = AdminChecks
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    paginator = BoundedPaginator
    list_filter_submit = True
    list_fullwidth = True
    warn_unsaved_form = True
    # Unfold asks for these once a row or a field; missing, each question costs a search through the whole class.
    list_sections: tuple[Any, ...] = ()
    conditional_fields: dict[str, str] = {}
    page_template: str = ""
    empty_hint: Any = ""
    empty_way: Way | None = None
    heading: Any = ""
    phone_columns: tuple[str, ...] = ()
    has_notes: bool = True
    can_watch: bool = True
    tells_changes: bool = False

    def page_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """What `page_template` draws besides the admin's own context."""
        return {}

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Read once a request, whoever asks: buttons, dialogs, the page."""
        kept = request.__dict__.setdefault("_admin_objects", {})
        key = (self.model, str(object_id), from_field)
        if key not in kept:
            kept[key] = super().get_object(request, object_id, from_field)
        return kept[key]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Bulk deletion cascades into history; other actions are for those with their permission."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return {
            name: action
            for name, action in actions.items()
            if not (wanted := getattr(action[0], "permission", "")) or request.user.has_perm(wanted)
        }

    def _filter_unfold_actions_by_permissions(
        self, request: HttpRequest, actions: list[Any], object_id: int | str | None = None
    ) -> list[Any]:
        allowed = super()._filter_unfold_actions_by_permissions(request, actions, object_id)
        return [action for action in allowed if request.user.has_perm(action.method.permission)]

    def get_actions_detail(self, request: HttpRequest, object_id: int | str) -> list[Any]:
        """Only what is possible for this object now."""
        actions = super().get_actions_detail(request, object_id)
        if not any(_visible(action) for action in actions):
            return actions
        obj = self.get_object(request, unquote(str(object_id)))
        return [action for action in actions if obj is None or not (test := _visible(action)) or test(obj)]

    def get_list_select_related(self, request: HttpRequest) -> Any:
        """Joins the foreign keys that are columns, besides those a subclass names."""
        if self.list_select_related is True:
            return True
        columns = set(self.get_list_display(request))
        joined = [
            field.name
            for field in self.model._meta.fields
            if isinstance(field, ForeignKey) and field.name in columns
        ]
        return [*dict.fromkeys([*(self.list_select_related or ()), *joined])]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[FirstPageList]:
        return FirstPageList

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        changelist.empty_way = self.empty_way.for_whom(request) if self.empty_way else None
        return changelist

    def get_paginator(self, request: HttpRequest, *args: Any, **kwargs: Any) -> BoundedPaginator:
        paginator: BoundedPaginator = super().get_paginator(request, *args, **kwargs)
        if (known := request.__dict__.get("_all_rows")) is not None:
            paginator.__dict__["_counted"] = known
        return paginator

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(request, {"heading": self.heading, **(extra_context or {})})

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        refused = request.__dict__.get("_refused")
        return _refusing(form, refused) if refused else form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A service that `save_model` calls may refuse: the form is shown again with its words at their fields."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except ApprovalNeeded as needed:
            waiting.ask(request, needed)
            return HttpResponseRedirect(request.path)
        except DomainError as error:
            request.__dict__["_refused"] = error
            request.__dict__.pop("_admin_objects", None)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, change: bool = False, **kwargs: Any
    ) -> HttpResponse:
        if change and self.page_template:
            # Saving leads back to the page, which is where one goes on.
            context |= {"show_save_and_continue": False, "show_save_and_add_another": False}
        if change and kwargs.get("obj") is not None and not context.get("is_popup"):
            context["beside"] = beside(request, kwargs["obj"])
        return super().render_change_form(request, context, *args, change=change, **kwargs)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None if waiting.note_changes(request, message) else super().log_change(request, obj, message)

    def message_user(
        self, request: HttpRequest, message: Any, level: Any = messages.INFO, *more: Any, **named: Any
    ) -> None:
        """What waits for a second person is not told to be done."""
        told = waiting.success(request, message) if level == messages.SUCCESS else message
        if told:
            super().message_user(request, told, level, *more, **named)

    def put_back(self, request: HttpRequest, obj: Any, form: Any) -> None:
        """Save what somebody takes from history, all of it or nothing."""
        self.save_model(request, obj, form, True)

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self._back_to_page(request, obj) or super().response_post_save_add(request, obj)

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self._back_to_page(request, obj) or super().response_post_save_change(request, obj)

    def _back_to_page(self, request: HttpRequest, obj: Any) -> HttpResponse | None:
        if not self.page_template or not self.has_view_permission(request, obj):
            return None
        return HttpResponseRedirect(
            reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[obj.pk])
        )

    def _changeform_view(
        self, request: HttpRequest, object_id: str | None, form_url: str, extra_context: dict[str, Any] | None
    ) -> HttpResponse:
        shown = self.page_template and object_id and request.method == "GET" and EDIT not in request.GET
        if not shown:
            return super()._changeform_view(request, object_id, form_url, extra_context)
        obj = self.get_object(request, unquote(object_id or ""))
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return self._object_page(request, obj, extra_context or {})

    def _object_page(self, request: HttpRequest, obj: Model, extra: dict[str, Any]) -> HttpResponse:
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        context = {
            **self.admin_site.each_context(request),
            "title": str(obj),
            "opts": self.opts,
            "original": obj,
            "object": obj,
            "edit_url": f"?{EDIT}=1" if self.has_change_permission(request, obj) else "",
            "history_url": self._history_url(request, obj),
            "crumbs": [(self.heading or capfirst(self.opts.verbose_name_plural), self._list_url())],
            **extra,
            **panels.drawn(request, obj),
            **self.page_context(request, obj),
        }
        if (found := beside(request, obj)) is not None:
            context["beside"] = found
            if self.has_notes and context.get("tabs"):
                context["tabs"] = with_tab(context["tabs"], found)
        return TemplateResponse(request, self.page_template, context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """For those who read what happened: Django's own asks for no more than the right to see the object."""
        if not request.user.has_perm("core.view_event"):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)

    def _list_url(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def _history_url(self, request: HttpRequest, obj: Model) -> str:
        if not isinstance(self, SimpleHistoryAdmin) or not self.has_view_history_permission(request, obj):
            return ""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_history", args=[obj.pk])


def _refusing(form: type[Any], error: DomainError) -> type[Any]:
    """The form, knowing what the service answered when its values were saved."""

    def full_clean(self: Any) -> None:
        form.full_clean(self)
        if self.is_bound:
            add_domain_error(self, error)

    return type(form.__name__, (form,), {"full_clean": full_clean})


def _visible(action: Any) -> Callable[[Any], bool] | None:
    return getattr(action.method, "visible", None)


class ReadOnlyAdmin(BaseAdmin):
    """Rows that only services write: looked at, never added, changed or deleted here."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class HistoryAdmin(HistoryPages, SimpleHistoryAdmin, BaseAdmin):
    """With who changed what, before and after: for those who may see the object and read what happened."""

    def has_view_history_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request, obj) and request.user.has_perm("core.view_event")

    def has_change_history_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RestorableRows:
    """Names of fields that may be put back from history, and how a row is saved with them."""

    restorable: tuple[str, ...] = ()

    def save_row(self, row: Any) -> None:
        row.save()


class TabularInline(RestorableRows, AutocompleteMixin, UnfoldTabularInline):
    extra = 0
    show_change_link = True


class StackedInline(RestorableRows, AutocompleteMixin, UnfoldStackedInline):
    extra = 0
    show_change_link = True
