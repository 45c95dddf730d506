"""Long lists of the back office become runs, followed like any other."""

from typing import cast

from django.http import HttpRequest
from django.utils import timezone, translation

from analytics.admin.runs import RUN, link_of
from analytics.models import ReportRun
from analytics.services import running
from core.backoffice.list_documents import zone_of
from core.backoffice.list_runs import LongList, starters
from core.models import User

SEE = "analytics.view_reportrun"


@starters.register("runs")
def start(request: HttpRequest, wanted: LongList) -> str | None:
    if not request.user.has_perms([RUN, SEE]):
        return None
    zone = zone_of(request)
    today = timezone.localtime(None, zone).date().isoformat()
    run = running.ask(
        kind=ReportRun.Kind.LIST,
        key=wanted.name,
        asked={
            "first": today, "last": today,
            "title": wanted.title, "query": wanted.query, "columns": list(wanted.columns),
        },
        format=wanted.format,
        zone=str(zone),
        language=translation.get_language() or "en",
        user=cast("User", request.user),
    )  # fmt: skip
    return link_of(run)
