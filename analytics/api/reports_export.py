"""`/api/analytics/reports/export/`: brief 3's export, streamed."""

import csv
import json
from collections.abc import Generator, Iterator
from itertools import batched, chain
from typing import Any

from django.http import StreamingHttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from analytics.api import overview_schema as schema
from analytics.api.overview import PERMISSION
from analytics.api.staff import require_staff
from analytics.services import report_export
from analytics.services.period import read_days
from core.api.files import SendsFiles
from core.documents.delimited import Line
from core.documents.formulas import neutral
from core.exceptions import InvalidInput

# What may be exported, and who may see each of its rows.
TYPES = {"transactions": "commerce.view_transaction", "users": "commerce.view_customer"}
FORMATS = {"json": "application/json", "csv": "text/csv; charset=utf-8"}
LINES_AT_ONCE = 500


class ReportsExportView(SendsFiles, APIView):
    """Transactions or users of the last days, as CSV or JSON."""

    file_types = ("text/csv",)

    @extend_schema(**schema.EXPORT)
    def get(self, request: Request) -> StreamingHttpResponse:
        require_staff(request, PERMISSION)
        kind = _chosen(request, "type", TYPES, "transactions")
        require_staff(request, TYPES[kind])
        wanted = _chosen(request, "format", FORMATS, "json")
        period = read_days(request.query_params)
        columns, rows = report_export.rows(kind, period)
        lines = _csv(columns, rows) if wanted == "csv" else _json(rows)
        name = f"{kind}-{period.first}-{period.last}.{wanted}"
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return StreamingHttpResponse(lines, content_type=FORMATS[wanted], headers=headers)


def _csv(columns: tuple[str, ...], rows: Iterator[dict[str, Any]]) -> Generator[bytes]:
    writer = csv.writer(Line())
    lines = chain([columns], ([_cell(row[column]) for column in columns] for row in rows))
    for some in batched(lines, LINES_AT_ONCE):
        yield "".join(str(writer.writerow(line)) for line in some).encode()


def _cell(value: Any) -> str:
    """As plain text a spreadsheet does not compute; amounts below zero stay numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return text if text[1:].replace(".", "", 1).isdigit() else neutral(text)


def _json(rows: Iterator[dict[str, Any]]) -> Generator[bytes]:
    """One array, a row a line."""
    yield b"["
    before = ""
    for some in batched(rows, LINES_AT_ONCE):
        yield (before + ",\n".join(json.dumps(row, ensure_ascii=False) for row in some)).encode()
        before = ",\n"
    yield b"]\n"


def _chosen(request: Request, name: str, known: dict[str, str], otherwise: str) -> str:
    text = request.query_params.get(name, "").strip() or otherwise
    if text not in known:
        raise InvalidInput(
            "invalid_filter", _("Choose of %(known)s.") % {"known": ", ".join(known)}, field=name
        )
    return text


urlpatterns = [
    path("api/analytics/reports/export/", ReportsExportView.as_view(), name="api-analytics-export")
]
