"""Runs of reports: the list, and each run's page with how far it is, its file and what that says."""

from datetime import date
from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.admin.run_form import ICONS
from analytics.models import Format, ReportRun
from analytics.services import run_files, run_words, running
from core.backoffice.actions import ActionForm, dialog_action
from core.backoffice.badges import money_cell, status_badge, two_lines
from core.backoffice.base import ReadOnlyAdmin
from core.backoffice.filters import ChoicesFilter, DayRangeFilter, related
from core.backoffice.parts import Fact, Way
from core.events import record
from core.exceptions import DomainError
from core.models import User

_S = ReportRun.Status
RUN, ALL = "analytics.run_report", "analytics.see_all_reports"
TONES = {
    _S.WAITING: "neutral", _S.RUNNING: "info", _S.DONE: "success",
    _S.FAILED: "danger", _S.CANCELLED: "neutral", _S.EXPIRED: "neutral",
}  # fmt: skip


def badge_of(run: ReportRun) -> SafeString:
    return status_badge(run.get_status_display(), TONES[_S(run.status)])


def ties_badge(run: ReportRun) -> SafeString | str:
    if run.ties is None:
        return ""
    return (
        status_badge(_("Ties to the ledger"), "success")
        if run.ties
        else status_badge(_("Does not tie"), "danger")
    )


def is_open(run: ReportRun) -> bool:
    return run.is_open


def has_ended(run: ReportRun) -> bool:
    return not run.is_open


def visible_to(user: Any) -> QuerySet[ReportRun]:
    """Everybody's for those who may see that, else a person's own."""
    runs = ReportRun.objects.all()
    return runs if user.has_perm(ALL) else runs.filter(user=user)


@admin.register(ReportRun)
class ReportRunAdmin(ReadOnlyAdmin):
    page_template = "admin/analytics/run.html"
    list_display = ("what", "format_shown", "status_shown", "rows_shown", "user", "created_at")
    list_display_links = ("what",)
    phone_columns = ("what", "format_shown", "status_shown")
    list_filter = (
        ("status", ChoicesFilter),
        ("format", ChoicesFilter),
        ("kind", ChoicesFilter),
        *related("user"),
        ("created_at", DayRangeFilter),
    )
    search_fields = ("title__istartswith",)
    search_help_text = gettext_lazy("The beginning of the title.")
    ordering = ("-created_at", "-id")
    heading = gettext_lazy("Runs of reports")
    empty_way = Way(gettext_lazy("Reports"), "admin:reports", RUN)
    empty_hint = gettext_lazy("Choose a report on the page of reports; its files appear here.")
    actions_detail = ("again", "cancel")
    has_notes = can_watch = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReportRun]:
        runs = super().get_queryset(request)
        return runs if request.user.has_perm(ALL) else runs.filter(user=request.user)

    @admin.display(description=gettext_lazy("report"), ordering="title")
    def what(self, run: ReportRun) -> SafeString:
        return two_lines(run.title, days_of(run))

    @admin.display(description=gettext_lazy("format"), ordering="format")
    def format_shown(self, run: ReportRun) -> str:
        return str(run.get_format_display())

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def status_shown(self, run: ReportRun) -> SafeString:
        return badge_of(run)

    @admin.display(description=gettext_lazy("rows"), ordering="rows")
    def rows_shown(self, run: ReportRun) -> SafeString:
        return money_cell(f"{run.rows:,}" if run.rows else "–")

    def get_urls(self) -> list[URLPattern]:
        ours = [
            path(
                "<path:object_id>/progress/",
                self.admin_site.admin_view(self.progress),
                name=_name("progress"),
            ),
            path("<path:object_id>/file/", self.admin_site.admin_view(self.file), name=_name("file")),
        ]
        return [*ours, *super().get_urls()]

    def page_context(self, request: HttpRequest, obj: ReportRun) -> dict[str, Any]:
        return {
            "crumbs": [(_("Reports"), reverse("admin:reports")), (self.heading, self._list_url())],
            **state(request, obj),
        }

    def progress(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The part of the page that moves; once nothing moves any more, the whole page again."""
        run = self._run(request, object_id)
        if not run.is_open:
            return HttpResponse(headers={"HX-Redirect": link_of(run)})
        response = render(request, "admin/analytics/progress.html", state(request, run))
        response["Cache-Control"] = "no-store"
        return response

    def file(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Rights are asked now, not when it was made."""
        run = self._run(request, object_id)
        if request.method not in ("GET", "HEAD"):
            raise Http404
        if not running.may_take(run, cast("User", request.user)):
            raise PermissionDenied
        try:
            response = run_files.download(run)
        except DomainError as error:
            messages.error(request, error.message)
            return HttpResponseRedirect(link_of(run))
        record("report.taken", subject=run, data={"report": run.title, "sha256": run.sha256})
        return response

    @dialog_action(
        gettext_lazy("Cancel"),
        form=ActionForm,
        permission=RUN,
        icon="cancel",
        variant="danger",
        visible=is_open,
        submit=gettext_lazy("Cancel the run"),
        explain=gettext_lazy("Nothing of it is kept. It can be run again."),
    )
    def cancel(self, request: HttpRequest, obj: ReportRun, data: dict[str, Any]) -> str:
        running.cancel(run=obj)
        return _("Cancelled.")

    @dialog_action(
        gettext_lazy("Run again"),
        form=ActionForm,
        permission=RUN,
        icon="replay",
        variant="primary",
        visible=has_ended,
        explain=gettext_lazy("The same days and format, with what the books say now."),
    )
    def again(self, request: HttpRequest, obj: ReportRun, data: dict[str, Any]) -> HttpResponse:
        run = running.again(run=obj, user=cast("User", request.user))
        return HttpResponse(headers={"HX-Redirect": link_of(run)})

    def _run(self, request: HttpRequest, object_id: str) -> ReportRun:
        if not self.has_view_permission(request):
            raise PermissionDenied
        run = visible_to(request.user).select_related("user").filter(pk=_uuid(object_id)).first()
        if run is None:
            raise Http404
        return run


def state(request: HttpRequest, run: ReportRun) -> dict[str, Any]:
    """What a run's page shows of it."""
    may_take = run.status == _S.DONE and running.may_take(run, cast("User", request.user))
    return {
        "run": run,
        "badge": badge_of(run),
        "ties": ties_badge(run),
        "icon": ICONS[Format(run.format)],
        "running": run.is_open,
        "may_take": may_take,
        "file_url": reverse(f"admin:{_name('file')}", args=[run.pk]) if may_take else "",
        "progress_url": reverse(f"admin:{_name('progress')}", args=[run.pk]),
        "facts": _facts(run),
        "proofs": run.told("proofs"),
        "sums": run_words.by_title(run.told("sums")),
    }


def days_of(run: ReportRun) -> str:
    if run.kind == ReportRun.Kind.LIST:
        return str(run.get_kind_display())
    first, last = (_day(run.asked.get(name, "")) for name in ("first", "last"))
    return first if first == last else f"{first} – {last}"


def _day(text: str) -> str:
    return date_format(date.fromisoformat(text), "DATE_FORMAT") if text else ""


def link_of(run: ReportRun) -> str:
    return reverse("admin:analytics_reportrun_change", args=[run.pk])


def _facts(run: ReportRun) -> list[Fact]:
    told = [Fact(label, value) for label, value in run.told("facts")]
    facts = [
        Fact(_("Format"), run.get_format_display()),
        *(told or [Fact(_("Of") if run.kind == ReportRun.Kind.LIST else _("Days"), days_of(run))]),
        Fact(_("Time zone"), run.zone),
        Fact(_("Asked by"), run.user or "–"),
        Fact(_("Rows"), intcomma(run.rows)),
    ]
    if run.finished_at and run.started_at:
        facts.append(Fact(_("Took"), _("%(seconds).1f s") % {"seconds": run.seconds}))
    if run.status == _S.DONE:
        facts += [Fact(_("Size"), filesizeformat(run.size)), Fact(_("SHA-256"), run.sha256)]
    return facts


def _name(what: str) -> str:
    return f"analytics_reportrun_{what}"


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error
