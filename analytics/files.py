"""The page behind a link of a mail: the file, for whoever has the link."""

from django.http import HttpRequest, HttpResponseBase
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from analytics.services import file_links, run_files
from core import error_pages
from core.events import record
from core.exceptions import DomainError


@require_safe
def report_file(request: HttpRequest, token: str) -> HttpResponseBase:
    """No session is asked for. Each time it is taken is written down, with whose link it was."""
    try:
        link = file_links.read(token)
        response = run_files.download(link.run)
    except DomainError as error:
        answer = error_pages.page(request, error.status, _("This file cannot be had"), error.message)
        answer["X-Robots-Tag"] = "noindex"
        return answer
    if request.method == "GET":
        data = {"report": link.run.title, "sha256": link.run.sha256, "address": link.address}
        record("report.taken", subject=link.run, data=data)
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response


urlpatterns = [path("reports/files/<str:token>/", report_file, name="report-file")]
