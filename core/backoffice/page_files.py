"""Files of pages that are no list of a model: CSV and Excel, bounded, and written down."""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.backoffice.list_documents import zone_of
from core.documents import delimited, spreadsheet
from core.documents.tables import Column, Document, Row
from core.events import record

CSV, EXCEL = "csv", "xlsx"
KINDS = (CSV, EXCEL)


@dataclass(frozen=True, slots=True)
class PageFile:
    """What a page has to give.

    Attributes:
        subject: what the event of taking it is about.
        rows: read once, and no further than `most`.
    """

    title: str
    subject: tuple[str, str]
    columns: Sequence[Column]
    rows: Generator[Row]
    filters: list[tuple[str, str]] = field(default_factory=list)
    most: int = 20_000


def answer(request: HttpRequest, file: PageFile, kind: str) -> HttpResponse:
    """The file. A longer one is cut, and says so."""
    if kind not in KINDS:
        raise Http404
    user: Any = request.user
    with closing(file.rows), timezone.override(zone_of(request)):
        rows = list(islice(file.rows, file.most + 1))
        cut = len(rows) > file.most
        filters = [*file.filters]
        if cut:
            rows.pop()
            filters.append(
                (_("Cut"), _("The newest %(most)s only: choose fewer days.") % {"most": file.most})
            )
        document = Document(
            title=file.title,
            columns=file.columns,
            rows=rows,
            made_by=user.get_full_name() or user.get_username(),
            made_at=timezone.now(),
            zone=zone_of(request),
            filters=filters,
            number=len(rows),
        )
        if kind == CSV:
            content, content_type = b"".join(delimited.csv_lines(document)), delimited.CONTENT_TYPE
        else:
            content, content_type = spreadsheet.workbook(document), spreadsheet.CONTENT_TYPE
    record(
        "list.exported",
        subject=file.subject,
        data={
            "list": file.title, "format": kind, "rows": len(rows), "cut": cut,
            "filters": [f"{label}: {value}" for label, value in filters],
        },
    )  # fmt: skip
    return HttpResponse(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{document.filename(kind)}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )
