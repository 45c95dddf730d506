"""Who changed what: every change and event, whatever it is of, within the rights of who reads."""

from collections.abc import Generator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _

from core.admin import history_filter
from core.admin.history_rights import EXPORT, PERMISSION
from core.backoffice import pages
from core.backoffice.history import reading, values
from core.backoffice.history.entries import Entry, Story
from core.backoffice.history.pages import address_of, cut_of
from core.backoffice.page_files import PageFile, answer
from core.directions import from_to
from core.documents.tables import Column, Kind, Row
from core.site_settings import settings_pages

# A file of more than these would take the server minutes.
MOST_ENTRIES, ENTRIES_AT_ONCE = 20_000, 500


def _settings_label(snapshot: dict[str, Any], key: str) -> Any:
    """A setting by the label of its form."""
    page = dict(settings_pages.items()).get(snapshot.get("page", ""))
    field = page.form_class.base_fields.get(key) if page else None
    return field.label if field else ""


values.label_keys("core.sitesettings", _settings_label)


@pages.page("history/", name="history", permission=PERMISSION)
def history_page(request: HttpRequest) -> HttpResponse:
    """What people, keys and the product itself changed, newest first."""
    form = history_filter.FilterForm(history_filter.with_days(request.GET), user=request.user)
    found: dict[str, Any] = {"entries": [], "older": ""}
    if form.is_valid():
        found = _found(request, form.cleaned_data)
    return pages.render(
        request,
        "admin/core/history/people.html",
        title=_("Who changed what"),
        form=form,
        media=form.media,
        query=_without_place(request.GET),
        newest=f"?{_without_place(request.GET)}" if cut_of(request) else "",
        may_export=request.user.has_perm(EXPORT),
        **found,
    )


@pages.page("history/file/<slug:kind>/", name="history-file", permission=EXPORT)
def history_file(request: HttpRequest, kind: str) -> HttpResponse:
    """The same as a file. Changes nothing, and is written down."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    form = history_filter.FilterForm(history_filter.with_days(request.GET), user=request.user)
    if not form.is_valid():
        raise Http404
    file = PageFile(
        title=_("Who changed what"),
        subject=("core.event", "history"),
        columns=[
            Column(_("At"), Kind.DATETIME),
            Column(_("By")),
            Column(_("What")),
            Column(_("Kind")),
            Column(_("About")),
            Column(_("Before and after")),
            Column(_("More")),
            Column(_("Reason")),
            Column(_("From")),
            Column(_("Address")),
            Column(_("Request id")),
        ],
        rows=_rows(request, form.cleaned_data),
        filters=[
            (str(field.label), str(form.cleaned_data[field.name]))
            for field in form
            if form.cleaned_data.get(field.name)
        ],
        most=MOST_ENTRIES,
    )
    return answer(request, file, kind)


def _rows(request: HttpRequest, chosen: dict[str, Any]) -> Generator[Row]:
    cut: reading.Cut | None = None
    story = Story(request.user)
    while True:
        changed = reading.changes(history_filter.scopes(request.user, chosen), cut=cut, limit=ENTRIES_AT_ONCE)
        happened = reading.events(history_filter.events(request.user, chosen), cut=cut, limit=ENTRIES_AT_ONCE)
        rows, cut = reading.page_of(changed, happened, cut=cut, limit=ENTRIES_AT_ONCE)
        for entry in story.tell(rows):
            yield _row(entry)
        if cut is None:
            return


def _row(entry: Entry) -> Row:
    told = "; ".join(f"{one.label}: {from_to(one.before, one.after)}" for one in entry.differences)
    return (
        entry.at,
        entry.who,
        str(entry.title),
        entry.kind,
        entry.about,
        told,
        entry.text,
        entry.reason,
        entry.source,
        entry.address,
        entry.request_id,
    )


def _found(request: HttpRequest, chosen: dict[str, Any]) -> dict[str, Any]:
    cut = cut_of(request)
    changed = reading.changes(history_filter.scopes(request.user, chosen), cut=cut)
    happened = reading.events(history_filter.events(request.user, chosen), cut=cut)
    rows, following = reading.page_of(changed, happened, cut=cut)
    return {"entries": Story(request.user).tell(rows), "older": address_of(following)}


def _without_place(query: QueryDict) -> str:
    kept = query.copy()
    kept.pop("until", None)
    text = kept.urlencode()
    return f"{text}&" if text else ""
