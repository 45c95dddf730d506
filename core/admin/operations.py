"""The operations page: how everything is doing now, and the proofs with what they found."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render as render_part
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.backoffice import pages
from core.backoffice.actions import ReasonForm, list_dialog_action
from core.backoffice.badges import status_badge
from core.backoffice.base import ReadOnlyAdmin
from core.backoffice.filters import ChoicesFilter, DayRangeFilter
from core.backoffice.health import PERMISSION, Card, cards, worst
from core.backoffice.parts import Column, Fact, Table
from core.models import CheckRun
from core.registry import UnknownKey
from core.services import check_runs

RUNS_SHOWN = 5
TONES = {
    CheckRun.State.WAITING: "neutral",
    CheckRun.State.RUNNING: "info",
    CheckRun.State.RIGHT: "success",
    CheckRun.State.WRONG: "danger",
    CheckRun.State.FAILED: "warning",
}
WORDS = {
    "success": gettext_lazy("Everything is fine"),
    "warning": gettext_lazy("Something wants attention"),
    "danger": gettext_lazy("Something is broken"),
    "neutral": gettext_lazy("Nothing to tell"),
}


@pages.page("operations/", name="operations", permission=PERMISSION)
def operations(request: HttpRequest) -> HttpResponse:
    return pages.render(request, "admin/core/operations/page.html", title=_("Operations"), **now(request))


@pages.page("operations/now/", name="operations-now", permission=PERMISSION)
def operations_now(request: HttpRequest) -> HttpResponse:
    """The part that is refreshed."""
    response = render_part(request, "admin/core/operations/now.html", now(request))
    response["Cache-Control"] = "no-store"
    return response


def now(request: HttpRequest) -> dict[str, Any]:
    shown = cards(request)
    proofs = [_proof(request, kind) for kind in check_runs.proofs if _may_see(request, kind)]
    # Books that were found wrong are broken, however well the machines run.
    tone = worst(*(card.health.tone for card in shown), *(proof["tone"] for proof in proofs))
    return {
        "checks": [_card(request, card) for card in shown],
        "overall": {"tone": tone, "words": WORDS[tone], "at": timezone.now()},
        "proofs": proofs,
    }


def _card(request: HttpRequest, card: Card) -> dict[str, Any]:
    name, permission = card.check.link
    link = _link(name) if name and request.user.has_perm(permission) else ""
    return {
        "title": card.check.title,
        "icon": card.check.icon,
        "badge": status_badge(card.health.words, card.health.tone),
        "tone": card.health.tone,
        "facts": card.health.facts,
        "advice": card.health.advice,
        "link": link,
    }


def _link(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _may_see(request: HttpRequest, kind: str) -> bool:
    return request.user.has_perm(check_runs.proofs.get(kind).permission)


def _proof(request: HttpRequest, kind: str) -> dict[str, Any]:
    proof, runs = check_runs.proofs.get(kind), check_runs.latest(kind, RUNS_SHOWN)
    table = Table(
        _("When"), _("State"), Column(_("Findings"), money=True), Column(_("Seconds"), wide=True),
        Column(_("Asked by"), wide=True), empty=_("It has never run. It runs every night; or run it now."),
    )  # fmt: skip
    for run in runs:
        link = reverse("admin:core_checkrun_change", args=[run.pk])
        table.add(
            moment(run), badge(run), run.found if done(run) else "–", seconds(run), run.asked_by, link=link
        )
    return {
        "title": proof.title,
        "explain": proof.explain,
        "tone": TONES[CheckRun.State(runs[0].state)] if runs else "neutral",
        "badge": badge(runs[0]) if runs else status_badge(_("Never run"), "warning"),
        "table": table,
        "run_url": reverse(f"admin:core_checkrun_{kind}_now")
        if hasattr(CheckRunAdmin, f"{kind}_now") and request.user.has_perm("core.run_checks")
        else "",
    }


def badge(run: CheckRun) -> SafeString:
    return status_badge(run.get_state_display(), TONES[CheckRun.State(run.state)])


def done(run: CheckRun) -> bool:
    return run.state in (CheckRun.State.RIGHT, CheckRun.State.WRONG)


def moment(run: CheckRun) -> str:
    from django.utils.formats import date_format

    return date_format(timezone.localtime(run.asked_at), "DATETIME_FORMAT")


def seconds(run: CheckRun) -> str:
    if not run.started_at or not run.finished_at:
        return "–"
    return f"{(run.finished_at - run.started_at).total_seconds():.1f}"


def title_of(kind: str) -> Any:
    try:
        return check_runs.proofs.get(kind).title
    except UnknownKey:
        return kind


@admin.register(CheckRun)
class CheckRunAdmin(ReadOnlyAdmin):
    list_display = ("asked_at", "about", "state_badge", "found", "took", "asked_by")
    list_display_links = ("asked_at", "about")
    list_filter = (("state", ChoicesFilter), ("asked_at", DayRangeFilter))
    ordering = ("-id",)
    heading = gettext_lazy("Checks")
    phone_columns = ("asked_at", "state_badge", "found")
    page_template = "admin/core/checkrun/page.html"
    empty_hint = gettext_lazy("No check has run yet. Run one from the operations page.")
    actions_list = ("ledger_now", "audit_now")

    @admin.display(description=gettext_lazy("check"))
    def about(self, run: CheckRun) -> str:
        return str(title_of(run.kind))

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_badge(self, run: CheckRun) -> SafeString:
        return badge(run)

    @admin.display(description=gettext_lazy("seconds"))
    def took(self, run: CheckRun) -> str:
        return seconds(run)

    def page_context(self, request: HttpRequest, obj: CheckRun) -> dict[str, Any]:
        if obj.kind in check_runs.proofs and not _may_see(request, obj.kind):
            raise PermissionDenied
        return {
            "title": title_of(obj.kind),
            "badge": badge(obj),
            "results": [_result(obj, result) for result in obj.results],
            "facts": [
                Fact(_("Asked by"), obj.asked_by),
                Fact(_("Asked at"), obj.asked_at),
                Fact(_("Finished at"), obj.finished_at),
                Fact(_("Seconds"), seconds(obj)),
                *(Fact(name.capitalize(), f"{figure:,}") for name, figure in obj.figures.items()),
                *([Fact(_("Error"), obj.error)] if obj.error else []),
            ],
            "crumbs": [
                (_("Operations"), reverse("admin:operations")),
                (_("Checks"), reverse("admin:core_checkrun_changelist")),
            ],
        }

    @list_dialog_action(
        gettext_lazy("Prove the books now"),
        form=ReasonForm,
        permission="core.run_checks",
        icon="fact_check",
        variant="primary",
        explain=gettext_lazy(
            "A worker proves every balance, hold and order from the transfers. Nothing is changed; on millions of "
            "orders it takes some seconds."
        ),
    )
    def ledger_now(self, request: HttpRequest, cleaned_data: dict[str, Any]) -> str:
        check_runs.start(kind="ledger", reason=cleaned_data["reason"])
        return _("A worker has it; the result appears here.")

    @list_dialog_action(
        gettext_lazy("Prove what happened now"),
        form=ReasonForm,
        permission="core.run_checks",
        icon="enhanced_encryption",
        explain=gettext_lazy(
            "A worker walks the chain of hashes over every event and finds what was changed, removed or added. "
            "Nothing is changed."
        ),
    )
    def audit_now(self, request: HttpRequest, cleaned_data: dict[str, Any]) -> str:
        check_runs.start(kind="audit", reason=cleaned_data["reason"])
        return _("A worker has it; the result appears here.")


def _result(run: CheckRun, result: dict[str, Any]) -> dict[str, Any]:
    known = run.kind in check_runs.proofs
    title = check_runs.proofs.get(run.kind)().title_of(result["name"]) if known else ""
    findings = Table(_("What"), _("Expected"), _("Found"))
    findings.extend(result["findings"])
    right = not result["count"]
    return {
        "title": title or result["title"],
        "badge": status_badge(_("Right"), "success")
        if right
        else status_badge(_("%(n)d findings") % {"n": result["count"]}, "danger"),
        "seconds": f"{result['seconds']:.2f}",
        "findings": None if right else findings,
        "more": max(0, result["count"] - len(result["findings"])),
    }
