"""What a person sees of an import: where to upload, how far it is, what it would change, what is wrong."""

from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.backoffice.badges import status_badge
from core.backoffice.dashboard import Figure
from core.backoffice.importing import states
from core.backoffice.importing.resource import importers
from core.backoffice.pages import render
from core.backoffice.parts import Column, Table
from core.models import ImportRun, User

RECENT = 8
_S = ImportRun.Status
TONES = {
    _S.CHECKING: "info", _S.CHECKED: "warning", _S.IMPORTING: "info",
    _S.DONE: "success", _S.STOPPED: "danger", _S.DISCARDED: "neutral",
}  # fmt: skip
LOST = gettext_lazy("Stands still")
WAITS = gettext_lazy("Waits for you")


def plain(queryset: QuerySet[Any]) -> QuerySet[Any]:
    """The list's rows by their ids alone: its counts and joins are for its own columns."""
    return queryset.model._default_manager.filter(pk__in=queryset.order_by().values("pk")).order_by("pk")


def upload_page(admin: Any, request: HttpRequest, form: Any, offered: list[Any]) -> HttpResponse:
    context = {
        "form": form,
        "guides": [_guide(admin, resource) for resource in offered],
        "recent": _recent(admin, request, [resource.slug() for resource in offered]),
        "crumbs": _crumbs(admin),
        "opts": admin.opts,
    }
    title = _("Import %(nouns)s") % {"nouns": admin.opts.verbose_name_plural}
    return render(request, "admin/core/import/upload.html", title=title, **context)


def run_page(admin: Any, request: HttpRequest, run: ImportRun, error: str = "") -> HttpResponse:
    context = {**_state(admin, run), "error": error, "opts": admin.opts}
    upload = reverse(f"admin:{'_'.join(admin.get_model_info())}_import")
    crumbs = [*_crumbs(admin), (_("Import"), upload)]
    return render(
        request,
        "admin/core/import/run.html",
        title=run.file_name,
        crumbs=crumbs,
        upload_url=upload,
        **context,
    )


def progress(admin: Any, request: HttpRequest, run: ImportRun) -> HttpResponse:
    """The part of the page that moves; once nothing moves any more, the whole page again."""
    if not states.is_running(run) or states.is_lost(run):
        response = HttpResponse()
        response["HX-Redirect"] = admin.run_url(run)
        return response
    return TemplateResponse(request, "admin/core/import/progress.html", _state(admin, run))


def _state(admin: Any, run: ImportRun) -> dict[str, Any]:
    return {
        "run": run,
        "what": importers.get(run.resource).get_display_name(),
        "badge": badge(run),
        "steps": _steps(run) if run.status not in (_S.STOPPED, _S.DISCARDED) else [],
        "running": states.is_running(run) and not states.is_lost(run),
        "lost": states.is_lost(run),
        "percent": states.percent(run),
        "whole": states.is_whole(run),
        "written": min(states.written(run), run.total),
        "figures": _figures(run),
        "problems": _problems(run),
        "differences": _differences(run),
        "shown": states.SHOWN,
        "good": run.new + run.changed,
        "progress_url": admin.run_url(run, "run_progress"),
        "urls": {
            verb: admin.run_url(run, "run_verb", verb=verb) for verb in ("confirm", "discard", "restart")
        },
        "list_url": admin._list_url(),
        "message": run.result.get("message", ""),
    }


def _steps(run: ImportRun) -> list[dict[str, str]]:
    """Where the file stands, of the three steps that each takes."""
    at = {_S.CHECKING: 1, _S.CHECKED: 1, _S.IMPORTING: 2, _S.DONE: 3}.get(_S(run.status), 0)
    titles = (_("File handed in"), _("Checked"), _("Imported"))
    states_of = ("is-done" if number < at else "is-now" if number == at else "" for number in range(3))
    return [{"title": title, "state": state} for title, state in zip(titles, states_of, strict=True)]


def badge(run: ImportRun) -> str:
    if states.is_lost(run):
        return status_badge(LOST, "danger")
    if run.status == _S.CHECKED:
        return status_badge(WAITS, "warning")
    return status_badge(run.get_status_display(), TONES[_S(run.status)])


def _figures(run: ImportRun) -> list[Figure]:
    done = run.status in (_S.DONE, _S.IMPORTING)
    return [
        Figure(_("New"), run.new, tone="success" if run.new else "neutral", icon="add_circle"),
        Figure(_("Changed"), run.changed, icon="edit"),
        Figure(_("Unchanged"), run.unchanged, note=_("stay as they are"), icon="check"),
        Figure(
            _("Left out") if done else _("Wrong"),
            run.refused,
            tone="danger" if run.refused else "neutral",
            icon="error",
        ),
    ]


def _problems(run: ImportRun) -> Table:
    table = Table(Column(_("Row"), money=True), Column(_("Which"), wide=True), _("Column"), _("What to do"))
    for problem in run.problems:
        for column, text in problem["errors"]:
            table.add(problem["row"], problem["label"], column or "–", text)
    return table


def _differences(run: ImportRun) -> list[dict[str, Any]]:
    tones = {"new": ("success", _("New")), "changed": ("info", _("Changed"))}
    return [
        {**line, "badge": status_badge(tones[line["kind"]][1], tones[line["kind"]][0])}
        for line in run.differences
    ]


def _guide(admin: Any, resource: type[Any]) -> dict[str, Any]:
    table = Table(_("Column"), _("What it is"))
    made, found_by = resource(), _("needed to find the row")
    for name, text, needed in made.explained():
        column = format_html('<code class="tl-code tl-import__column">{}</code>', name)
        table.add(column, f"{text} · {found_by}" if needed else text)
    info = "_".join(admin.get_model_info())
    samples = {
        kind: reverse(f"admin:{info}_sample", kwargs={"key": resource.slug(), "kind": kind})
        for kind in ("xlsx", "csv")
    }
    return {"title": resource.get_display_name(), "table": table, "samples": samples}


def _recent(admin: Any, request: HttpRequest, slugs: list[str]) -> Table:
    table = Table(_("File"), Column(_("When"), wide=True), Column(_("Rows"), money=True), _("Status"))
    mine = ImportRun.objects.filter(resource__in=slugs, user=cast("User", request.user)).defer(
        "content", "result"
    )[:RECENT]
    for run in mine:
        table.add(run.file_name, _date(run.created_at), run.total, badge(run), link=admin.run_url(run))
    return table


def _date(moment: Any) -> str:
    from django.utils import timezone
    from django.utils.formats import date_format

    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")


def _crumbs(admin: Any) -> list[tuple[Any, str]]:
    return [(admin.heading or capfirst(admin.opts.verbose_name_plural), admin._list_url())]
