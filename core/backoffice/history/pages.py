"""The history of one object as a page of its own, with what belongs to it."""

from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.backoffice.history import reading, restoring
from core.backoffice.history.entries import Story
from core.backoffice.history.reading import Cut, Scope
from core.models import Event


class HistoryPages:
    """Mixed into an admin with simple-history.

    Attributes:
        restorable: names of fields that those with the right to change may put back; an inline has its own.
    """

    model: Any
    opts: Any
    admin_site: Any
    inlines: Any
    heading: Any
    restorable: tuple[str, ...] = ()

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.restore_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_restore"
        return [path("<path:object_id>/history/restore/", view, name=name), *super().get_urls()]  # type: ignore[misc]

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, *args: Any
    ) -> HttpResponse:
        """simple-history's own form of an old version; ours shows every version on one page."""
        return HttpResponseRedirect(self.url_of("history", object_id))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        key = unquote(object_id)
        obj: Any = self.get_object(request, key)  # type: ignore[attr-defined]
        scopes = self.history_scopes(obj, key)
        cut = cut_of(request)
        changed = reading.changes(scopes, cut=cut)
        happened = reading.events(self.history_events(key), cut=cut)
        if obj is None and not changed:
            raise Http404
        if not self.has_view_history_permission(request, obj):  # type: ignore[attr-defined]
            raise PermissionDenied
        rows, following = reading.page_of(changed, happened, cut=cut)
        story = Story(request.user, undo=restoring.links(self, request, obj))
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        context = {
            **self.admin_site.each_context(request),
            "title": _("History"),
            "heading": _("History"),
            "about": str(obj or key),
            "opts": self.opts,
            "own_kind": capfirst(str(self.opts.verbose_name)),
            "entries": story.tell(rows),
            "older": address_of(following),
            "newest": "?" if cut else "",
            "crumbs": [
                (self.heading or capfirst(self.opts.verbose_name_plural), self.url_of("changelist")),
                *([(str(obj), self.url_of("change", object_id))] if obj else []),
            ],
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/core/history/object.html", context)

    def history_scopes(self, obj: Model | None, key: str) -> list[Scope]:
        """Its own rows and those of its inlines."""
        pk = self.model._meta.pk
        scopes: list[Scope] = [(self.model, Q(**{pk.attname: pk.to_python(key)}))]
        if obj is not None:
            for inline in self.kept_inlines():
                parent = restoring.parent_field(inline.model, self.model)
                scopes.append((inline.model, Q(**{parent: obj.pk})))
        return scopes

    def kept_inlines(self) -> list[Any]:
        return [inline for inline in self.inlines if reading.has_history(inline.model)]

    def history_events(self, key: str) -> Any:
        return Event.objects.filter(subject_kind=self.model._meta.label_lower, subject_id=key)

    def restore_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return restoring.view(self, request, unquote(object_id))

    def url_of(self, view: str, *args: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{view}", args=args)


def cut_of(request: HttpRequest) -> Cut | None:
    """Where the page begins, as the link before it said; anything else is the newest."""
    text, _sign, skip = request.GET.get("until", "").partition("~")
    try:
        at = parse_datetime(text)
    except ValueError:
        return None
    if at is None or at.tzinfo is None:
        return None
    return Cut(at, int(skip) if skip.isascii() and skip.isdigit() and len(skip) < 6 else 0)


def address_of(cut: Cut | None) -> str:
    return f"{cut.at.isoformat().replace('+00:00', 'Z')}~{cut.skip}" if cut else ""
