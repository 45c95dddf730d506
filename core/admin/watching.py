"""Being told of what happens to an object: switched on its page, and listed for everybody who watches something."""

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.admin.account import me
from core.backoffice import objects, pages
from core.exceptions import DomainError
from core.models import Watch
from core.services import watching


@pages.page("watching/", name="watching")
def watched(request: HttpRequest) -> HttpResponse:
    """What I watch, as far as I may still see it."""
    return pages.render(
        request,
        "admin/core/watching.html",
        title=_("What I watch"),
        crumbs=[(_("Inbox"), reverse("admin:inbox"))],
        rows=_rows(request, list(watching.of(request.user))),
    )


@pages.page("watch/<str:kind>/<str:object_id>/", name="watch")
def watch(request: HttpRequest, kind: str, object_id: str) -> HttpResponse:
    """`on=1` watches it, anything else stops; what is gone can only be stopped."""
    subject = (kind, unquote(object_id))
    if request.POST.get("on") != "1" and watching.watches(request.user, subject):
        if request.method == "POST":
            watching.stop(user=me(request), subject=subject)
            messages.success(request, _("You are no longer told of it."))
        return _back(request, reverse("admin:watching"))
    view, obj = objects.seen_or_refused(request, subject)
    if not view.can_watch:
        raise Http404
    if request.POST.get("on") == "1":
        try:
            watching.start(user=me(request), subject=(kind, str(obj.pk)))
            messages.success(request, _("You find it in your inbox when somebody else does something to it."))
        except DomainError as error:
            messages.error(request, error.message)
    return _back(request, objects.page_of(obj))


def _back(request: HttpRequest, other: str) -> HttpResponse:
    """Where they came from, where that is a page of ours."""
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, None) and wanted.startswith(reverse("admin:index"))
    return HttpResponseRedirect(wanted if ours else other)


def _rows(request: HttpRequest, rows: list[Watch]) -> list[dict[str, Any]]:
    """Each with its object's name and page, read by one query a kind."""
    ids = defaultdict(list)
    for row in rows:
        ids[row.subject_kind].append(row.subject_id)
    found = {kind: objects.seen_many(request, kind, keys) for kind, keys in ids.items()}
    return [_row(row, found[row.subject_kind].get(row.subject_id)) for row in rows]


def _row(row: Watch, obj: Any) -> dict[str, Any]:
    view = objects.admin_of(row.subject_kind)
    return {
        "kind": capfirst(view.opts.verbose_name) if view else row.subject_kind,
        "name": str(obj) if obj is not None else "",
        "link": objects.page_of(obj) if obj is not None else "",
        "since": row.created_at,
        "stop_url": reverse("admin:watch", args=[row.subject_kind, quote(row.subject_id)]),
    }
