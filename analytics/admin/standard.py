"""A standard report's page: what it says, and the form it is run with."""

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from analytics.admin.run_form import RunForm, buttons
from analytics.admin.runs import RUN, badge_of, days_of, link_of, visible_to
from analytics.admin.schedule_form import may_schedule, schedule_this
from analytics.models import ReportRun
from analytics.packs.base import Pack, packs
from analytics.services import running
from core.backoffice import pages
from core.backoffice.actions import add_domain_error
from core.backoffice.dialog_forms import draw
from core.backoffice.parts import Column, Table
from core.exceptions import DomainError
from core.models import User

RECENT = 5


@pages.page("reports/standard/<slug:key>/", name="report-standard", permission=RUN)
def standard(request: HttpRequest, key: str) -> HttpResponse:
    """A GET draws the form; a POST has the file made and leads to its run."""
    if key not in packs:
        raise Http404
    pack = packs.get(key)
    if not pack.is_for(cast("User", request.user)):
        raise PermissionDenied
    data = request.POST if request.method == "POST" else None
    form, own = RunForm(request, data, span=pack.span), pack.form(data, prefix=None)
    draw(own)
    ready = data is not None and form.is_valid() and own.is_valid()
    if ready and (answer := _answer(request, pack, form, own)):
        return answer
    return pages.render(
        request,
        "admin/analytics/standard.html",
        title=str(pack.title),
        crumbs=[(_("Reports"), reverse("admin:reports"))],
        pack=pack,
        form=form,
        own=own,
        buttons=buttons(),
        may_schedule=may_schedule(request),
        table=_recent(request, key),
    )


def _answer(request: HttpRequest, pack: Pack, form: RunForm, own: Any) -> HttpResponse | None:
    """To its run, or to the form of a schedule; none where the form now says what is wrong."""
    if "schedule" in request.POST and may_schedule(request):
        return schedule_this((ReportRun.Kind.PACK, pack.key), form, own.cleaned_data)
    try:
        return HttpResponseRedirect(link_of(_ask(request, pack, form, own)))
    except DomainError as error:
        add_domain_error(form, error)
    return None


def _ask(request: HttpRequest, pack: Pack, form: RunForm, own: Any) -> ReportRun:
    values = {name: own.data.getlist(name) if _is_many(field) else own.data.get(name)
              for name, field in own.fields.items()}  # fmt: skip
    return running.ask(
        kind=ReportRun.Kind.PACK,
        key=pack.key,
        asked=form.asked() | {"values": values},
        format=request.POST.get("format", ""),
        zone=form.cleaned_data["zone"],
        language=form.cleaned_data["language"],
        user=cast("User", request.user),
    )


def _is_many(field: Any) -> bool:
    return getattr(field.widget, "allow_multiple_selected", False) is True


def _recent(request: HttpRequest, key: str) -> Table:
    table = Table(_("Days"), _("Format"), _("Status"), Column(_("Rows"), money=True), Column(_("By"), wide=True),
                  empty=_("Nobody has run it yet."))  # fmt: skip
    found = visible_to(request.user).filter(kind=ReportRun.Kind.PACK, key=key).select_related("user")
    for run in found.order_by("-created_at", "-id")[:RECENT]:
        table.add(days_of(run), run.get_format_display(), badge_of(run), run.rows or "–", run.user or "–",
                  link=link_of(run))  # fmt: skip
    return table
