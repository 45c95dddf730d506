"""Whoever asked is told how a run ended, where they are likely to have gone on to something else."""

from datetime import timedelta

from django.contrib.humanize.templatetags.humanize import intcomma
from django.urls import reverse

from analytics.models import ReportRun
from core.messages.telling import tell

# Who waits no longer than this sees it on the page that is open.
WAITED = timedelta(seconds=5)


def tell_of(run: ReportRun) -> None:
    """Ready or failed, as it is; in the transaction that says so. A cancelled one is no news.

    What a schedule had made is the schedule's to tell.
    """
    user = run.user
    if run.occasion_id is not None:
        return
    if user is None or not user.is_active or not _is_news(run):
        return
    values = {"report": run.title, "format": run.get_format_display()}
    link = reverse("admin:analytics_reportrun_change", args=[run.pk])
    key = f"report:{run.pk}"
    if run.status == ReportRun.Status.DONE:
        tell(user, "report_ready", values | {"rows": intcomma(run.rows)}, about=run, link=link, key=key)
    elif run.status == ReportRun.Status.FAILED:
        tell(user, "report_failed", values | {"error": run.error}, about=run, link=link, key=key)


def _is_news(run: ReportRun) -> bool:
    if run.occasion_id is not None:
        return False  # nobody sits and waits for it; its schedule tells what there is to tell
    if run.kind == ReportRun.Kind.LIST:
        return True  # begun from a list, which stays open
    return run.finished_at is not None and run.finished_at - run.created_at > WAITED
