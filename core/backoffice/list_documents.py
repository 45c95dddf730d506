"""“This list as PDF, Excel, CSV”: on every list of ours, with the rows, columns and rights of who asks."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.admin.options import IS_POPUP_VAR, IncorrectLookupParameters
from django.contrib.admin.views.main import ALL_VAR, ERROR_FLAG, PAGE_VAR, ChangeList
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.http import HttpResponseNotAllowed as NotAllowedMethod
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.enums import ActionVariant

from core.backoffice.list_columns import ListColumn, columns_of, typed
from core.backoffice.list_filters import stated
from core.backoffice.list_objects import objects
from core.backoffice.list_runs import LongList, start
from core.backoffice.list_streams import streamed_csv
from core.documents import pdf, spreadsheet
from core.documents.tables import MOST_PRINTED_ROWS, Document, Row
from core.events import record
from core.exceptions import Conflict, DomainError
from core.zones import zone_named

MOST_ROWS = MOST_PRINTED_ROWS
# So many rows are looked at to know what a column holds.
SAMPLED_ROWS = 200
ROWS_AT_ONCE = 500
BUSY_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Format:
    title: Any
    of_selected: Any
    icon: str
    content_type: str = ""
    draw: Callable[[Document], bytes] | None = None


FORMATS = {
    "pdf": Format(
        gettext_lazy("This list as PDF"),
        gettext_lazy("Selected rows as PDF"),
        "picture_as_pdf",
        pdf.CONTENT_TYPE,
        pdf.pdf,
    ),
    "xlsx": Format(
        gettext_lazy("This list as Excel"),
        gettext_lazy("Selected rows as Excel"),
        "table_view",
        spreadsheet.CONTENT_TYPE,
        spreadsheet.workbook,
    ),
    "csv": Format(gettext_lazy("This list as CSV"), gettext_lazy("Selected rows as CSV"), "csv"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A list, or its ticked rows, in a format."""

    format: str
    changelist: ChangeList
    rows: QuerySet[Any]
    selected: bool = False


class ListDocumentsMixin:
    """For admins: a “Download” menu above the list, and the same for ticked rows.

    Attributes:
        list_documents: False where a list is no document.
        document_totals: names of the columns that add up to something; all columns of money where it is None.
    """

    list_documents: ClassVar[bool] = True
    document_totals: ClassVar[tuple[str, ...] | None] = None
    opts: Any
    admin_site: Any

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.document_view)
        return [path("document/<slug:kind>/", view, name=_url_name(self)), *super().get_urls()]  # type: ignore[misc]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)  # type: ignore[misc]
        if self.list_documents and IS_POPUP_VAR not in request.GET:
            actions |= SELECTED
        return actions  # type: ignore[no-any-return]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)  # type: ignore[misc]
        context = getattr(response, "context_data", None)
        if context and "cl" in context and self.list_documents and not context.get("is_popup"):
            context["actions_list"] = [*context.get("actions_list", ()), _menu(self, request)]
        return response  # type: ignore[no-any-return]

    def document_view(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """The whole list with its search, filters and order. Changes nothing, and is written down."""
        if request.method not in ("GET", "HEAD"):
            return NotAllowedMethod(["GET", "HEAD"])
        if kind not in FORMATS or not self.list_documents:
            raise Http404
        if not self.has_view_or_change_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        request.GET = _without(request, PAGE_VAR, ALL_VAR, ERROR_FLAG)  # type: ignore[assignment]
        try:
            changelist = self.get_changelist_instance(request)  # type: ignore[attr-defined]
        except IncorrectLookupParameters:
            messages.error(request, _("The filters of this list could not be read. Choose them again."))
            return HttpResponseRedirect(_list_url(self))
        return _answer(self, request, Wanted(kind, changelist, changelist.queryset))


def selected_as(kind: str) -> tuple[Any, str, Any]:
    """The bulk action for a format, as `get_actions` wants it."""

    def action(admin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponseBase:
        if not admin.has_view_or_change_permission(request):
            raise PermissionDenied
        changelist = admin.get_changelist_instance(request)
        whole = request.POST.get("select_across") == "1"
        return _answer(admin, request, Wanted(kind, changelist, queryset, selected=not whole))

    # What our test of all actions reads: this one checks the right, and changes nothing.
    action.is_guarded = True  # type: ignore[attr-defined]
    action.short_description = FORMATS[kind].of_selected  # type: ignore[attr-defined]
    return action, f"document_{kind}", FORMATS[kind].of_selected


SELECTED = {f"document_{kind}": selected_as(kind) for kind in FORMATS}


def _answer(admin: Any, request: HttpRequest, wanted: Wanted) -> HttpResponseBase:
    """The file, the page where a long one is followed, or back to the list with the reason why not."""
    try:
        if _is_long(wanted) and (page := start(request, _long_list(admin, request, wanted))):
            messages.info(
                request,
                _("More than %(most)s rows are made in the background. A message tells you when it is ready.")
                % {"most": intcomma(MOST_ROWS)},
            )
            return HttpResponseRedirect(page)
        if wanted.format == "csv":
            return _csv(admin, request, wanted)
        return _file(admin, request, wanted)
    except DomainError as error:
        messages.error(request, error.message)
        query = request.GET.urlencode()
        return HttpResponseRedirect(_list_url(admin) + (f"?{query}" if query else ""))


def _is_long(wanted: Wanted) -> bool:
    """Ticked rows are never many: a form has a thousand fields at most."""
    return not wanted.selected and wanted.changelist.result_count > MOST_ROWS


def _long_list(admin: Any, request: HttpRequest, wanted: Wanted) -> LongList:
    return LongList(
        name=admin.opts.label_lower,
        title=title_of(admin),
        format=wanted.format,
        query=_without(request, PAGE_VAR, ALL_VAR, ERROR_FLAG).urlencode(),
        columns=tuple(column.name for column in columns_of(admin, request)),
    )


def _file(admin: Any, request: HttpRequest, wanted: Wanted) -> HttpResponse:
    chosen = FORMATS[wanted.format]
    assert chosen.draw is not None  # noqa: S101
    # Told from one row too many: how long a list of millions is costs more than the file.
    keys = wanted.rows.order_by()[: MOST_ROWS + 1].count()
    if keys > MOST_ROWS:
        raise _too_long(wanted)
    with _one_at_a_time(request), timezone.override(zone_of(request)):
        columns = columns_of(admin, request)
        rows = list(_rows(wanted.rows, columns))
        document = _document(admin, request, wanted, columns, rows, rows)
        content = chosen.draw(document)
    _write_down(request, wanted, document, len(rows))
    return HttpResponse(content, content_type=chosen.content_type, headers=_headers(document, wanted.format))


def _csv(admin: Any, request: HttpRequest, wanted: Wanted) -> HttpResponseBase:
    """Any number of rows: they are read and sent some hundred at a time."""
    columns = columns_of(admin, request)
    zone = zone_of(request)
    with timezone.override(zone):
        rows = _rows(wanted.rows, columns)
        sample = list(islice(rows, SAMPLED_ROWS))
        document = _document(admin, request, wanted, columns, sample, chain(sample, rows))
    whole = len(sample) if len(sample) < SAMPLED_ROWS else None
    event = _write_down(request, wanted, document, whole)
    return streamed_csv(document, rows, event=event, headers=_headers(document, "csv"))


def _rows(queryset: QuerySet[Any], columns: Sequence[ListColumn]) -> Generator[Row]:
    """Read by a cursor of the server: a list of a million rows is never in memory."""
    readers = [column.read for column in columns]
    with transaction.atomic():
        for obj in objects(queryset, at_once=ROWS_AT_ONCE):
            yield [read(obj) for read in readers]


def _document(
    admin: Any,
    request: HttpRequest,
    wanted: Wanted,
    columns: Sequence[ListColumn],
    sample: Sequence[Row],
    rows: Any,
) -> Document:
    user: Any = request.user
    filters = stated(request, wanted.changelist)
    if wanted.selected:
        filters.append((_("Selection"), _("Ticked rows only")))
    return Document(
        title=title_of(admin),
        columns=typed(columns, sample, admin.document_totals),
        rows=rows,
        made_by=user.get_full_name() or user.get_username(),
        made_at=timezone.now(),
        zone=zone_of(request),
        filters=filters,
    )


def title_of(admin: Any) -> str:
    return capfirst(str(getattr(admin, "heading", "") or admin.opts.verbose_name_plural))


def zone_of(request: HttpRequest) -> ZoneInfo:
    """The person's own, while a file is written long after the request."""
    return zone_named(getattr(request.user, "timezone", ""))


def _too_long(wanted: Wanted) -> DomainError:
    counted = wanted.changelist.paginator
    number = counted.count if not wanted.selected else wanted.rows.order_by().count()
    more = not wanted.selected and getattr(counted, "has_more_than_counted", False)
    shown = _("more than %(count)s") % {"count": intcomma(number)} if more else intcomma(number)
    return Conflict(
        "too_many_rows",
        _(
            "This list has %(number)s rows; a PDF or Excel file takes up to %(most)s. Narrow it by a filter or a"
            " search, or take it as CSV, which has every row."
        )
        % {"number": shown, "most": intcomma(MOST_ROWS)},
    )


class _one_at_a_time:  # noqa: N801
    """One file a person: each keeps a thread of the server busy for seconds."""

    def __init__(self, request: HttpRequest) -> None:
        self.key = f"list-document:{request.user.pk}"

    def __enter__(self) -> None:
        if not cache.add(self.key, 1, BUSY_SECONDS):
            raise Conflict("busy", _("A file of yours is being made. Ask for this one when it has arrived."))

    def __exit__(self, *_args: object) -> None:
        cache.delete(self.key)


def _write_down(request: HttpRequest, wanted: Wanted, document: Document, rows: int | None) -> Any:
    options = wanted.changelist.opts
    return record(
        "list.exported",
        subject=(options.label_lower, "list"),
        data={
            "list": document.title,
            "format": wanted.format,
            "rows": rows,
            "selected": wanted.selected,
            "filters": [f"{label}: {value}" for label, value in document.filters],
            "columns": [column.title for column in document.columns],
        },
    )


def _headers(document: Document, extension: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="{document.filename(extension)}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }


def _menu(admin: Any, request: HttpRequest) -> dict[str, Any]:
    query = _without(request, PAGE_VAR, ALL_VAR, ERROR_FLAG).urlencode()
    return {
        "title": _("Download"),
        "icon": "download",
        "variant": ActionVariant.DEFAULT,
        "items": [
            {
                "title": chosen.title,
                "icon": chosen.icon,
                "path": reverse(f"admin:{_url_name(admin)}", args=[kind]) + (f"?{query}" if query else ""),
            }
            for kind, chosen in FORMATS.items()
        ],
    }


def _without(request: HttpRequest, *names: str) -> Any:
    query = request.GET.copy()
    for name in names:
        query.pop(name, None)
    return query


def _url_name(admin: Any) -> str:
    return f"{admin.opts.app_label}_{admin.opts.model_name}_document"


def _list_url(admin: Any) -> str:
    return reverse(f"admin:{admin.opts.app_label}_{admin.opts.model_name}_changelist")
