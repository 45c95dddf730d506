"""The page of reports: standard ones, one's own, what ran lately."""

from itertools import groupby
from typing import Any, cast

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.admin import reports, schedule_words, schedules
from analytics.admin.runs import RUN, badge_of, days_of, link_of, ties_badge, visible_to
from analytics.datasets.base import datasets
from analytics.packs.base import packs
from analytics.services import delivering
from core.backoffice import navigation, pages
from core.backoffice.parts import Column, Tab, Table
from core.models import User

RECENT = 12
REPORTS = gettext_lazy("Reports")

navigation.add(REPORTS, REPORTS, "summarize", "admin:reports", RUN, 600)
navigation.add(
    REPORTS,
    gettext_lazy("Composed reports"),
    "table_chart",
    "admin:analytics_report_changelist",
    "analytics.view_report",
    610,
)
navigation.add(
    REPORTS,
    gettext_lazy("Schedules"),
    "schedule_send",
    "admin:analytics_reportschedule_changelist",
    "analytics.view_reportschedule",
    620,
)
navigation.add(
    REPORTS, gettext_lazy("Runs"), "history_toggle_off", "admin:analytics_reportrun_changelist", RUN, 630
)


@pages.page("reports/", name="reports", permission=RUN)
def home(request: HttpRequest) -> HttpResponse:
    groups = _groups(request)
    runs, mine, planned = _runs(request), _mine(request), _planned(request)
    tabs = [
        Tab("standard", _("Standard reports"), sum(len(group["packs"]) for group in groups) or None),
        Tab("mine", _("Composed reports"), len(mine.rows) or None),
        Tab("schedules", _("Schedules"), len(planned.rows) or None),
        Tab("runs", _("Runs")),
    ]
    return pages.render(
        request, "admin/analytics/home.html", title=REPORTS, tabs=tabs, groups=groups, runs=runs, mine=mine,
        planned=planned, schedules_url=reverse("admin:analytics_reportschedule_changelist"),
        reports_url=reverse("admin:analytics_report_changelist"),
        add_url=reverse("admin:analytics_report_add") if request.user.has_perm("analytics.add_report") else "",
        runs_url=reverse("admin:analytics_reportrun_changelist"),
    )  # fmt: skip


def _groups(request: HttpRequest) -> list[dict[str, Any]]:
    """Packs this person may run, by their group, in the order they are registered in."""
    mine = [pack for pack in packs.values() if pack.is_for(cast("User", request.user))]
    order = list(dict.fromkeys(str(pack.group) for pack in mine))
    mine.sort(key=lambda pack: order.index(str(pack.group)))
    return [
        {
            "title": title,
            "packs": [
                {"pack": pack, "link": reverse("admin:report-standard", args=[pack.key])} for pack in group
            ],
        }
        for title, group in groupby(mine, key=lambda pack: str(pack.group))
    ]


def _mine(request: HttpRequest) -> Table:
    table = Table(
        _("Report"), _("Rows of"), Column(_("Owner"), wide=True), Column(_("Shared"), wide=True),
        empty=_("None yet: choose the columns, filters and groups you need, and run it whenever you do."),
    )  # fmt: skip
    for report in reports.visible_to(request.user).select_related("owner").order_by("title", "id")[:RECENT]:
        link = reverse("admin:analytics_report_change", args=[report.pk])
        shared = _("Yes") if report.shared else "–"
        table.add(report.title, datasets.get(report.dataset).title, report.owner, shared, link=link)
    return table


def _planned(request: HttpRequest) -> Table:
    table = Table(
        _("Report"), _("When"), Column(_("Next time"), wide=True), _("State"), Column(_("Owner"), wide=True),
        empty=_("None yet: choose a report, fill in its form and press “Schedule this”."),
    )  # fmt: skip
    found = schedules.visible_to(request.user).select_related("owner")
    for one in found.order_by("-active", F("next_at").asc(nulls_last=True), "id")[:RECENT]:
        link = reverse("admin:analytics_reportschedule_change", args=[one.pk])
        following = delivering.moment(one.next_at, one) if one.next_at else "–"
        table.add(
            one.title, schedule_words.when(one), following, schedule_words.state(one), one.owner, link=link
        )
    return table


def _runs(request: HttpRequest) -> Table:
    table = Table(
        _("Report"), _("Days"), _("Format"), _("Status"), Column(_("Rows"), money=True),
        Column(_("Ledger"), wide=True), Column(_("By"), wide=True),
        empty=_("No report has run yet. Choose one; its file appears here."),
    )  # fmt: skip
    found = visible_to(request.user).select_related("user").order_by("-created_at", "-id")
    for run in found[:RECENT]:
        table.add(run.title, days_of(run), run.get_format_display(), badge_of(run), run.rows or "–",
                  ties_badge(run), run.user or "–", link=link_of(run))  # fmt: skip
    return table
