"""A list sent as CSV while it is read, written down at its end as well as at its beginning."""

from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone, translation

from core.actors import Actor, current_actor
from core.documents.delimited import CONTENT_TYPE, csv_lines
from core.documents.tables import Document
from core.events import record
from core.models import Event


def streamed_csv(
    document: Document, rows: Generator[Any], *, event: Event, headers: dict[str, str]
) -> StreamingHttpResponse:
    """Args:
    rows: the cursor behind the document, closed where the reader goes away.
    event: what said that this began; another will say how many rows went out.
    """
    lines = _lines(document, rows, event, current_actor(), translation.get_language())
    return StreamingHttpResponse(lines, content_type=CONTENT_TYPE, headers=headers)


def _lines(
    document: Document, rows: Generator[Any], event: Event, actor: Actor, language: str | None
) -> Iterator[bytes]:
    counted = _Counted(document.rows)
    lines = csv_lines(replace(document, rows=counted))
    complete = False
    try:
        while True:
            # The request is over when a server asks for the next lines: its language and time zone are put back
            # for them, and not kept in between, where the thread may do something else.
            with translation.override(language), timezone.override(document.zone):
                chunk = next(lines, None)
            if chunk is None:
                complete = True
                return
            yield chunk
    finally:
        # The cursor's transaction ends first, so that what is written down stands by itself.
        for generator in (lines, rows):
            generator.close()
        record(
            "list.export_ended",
            subject=(event.subject_kind, event.subject_id),
            data={"export": event.pk, "rows": counted.number, "complete": complete},
            actor=actor,
        )


class _Counted:
    """Rows, counted as they go by."""

    def __init__(self, rows: Any) -> None:
        self.rows, self.number = rows, 0

    def __iter__(self) -> Iterator[Any]:
        for row in self.rows:
            self.number += 1
            yield row
