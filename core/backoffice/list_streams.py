"""A list sent as CSV while it is read, written down at its end as well as at its beginning."""

from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone, translation

from core.actors import current_actor
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
    lines = _Lines(document, rows, event)
    return StreamingHttpResponse(lines, content_type=CONTENT_TYPE, headers=headers)


class _Lines:
    """The file's parts as the server asks for them.

    Not a generator: one that was never begun is closed without a word, and the cursor behind it stays open.
    """

    def __init__(self, document: Document, rows: Generator[Any], event: Event) -> None:
        self.counted = _Counted(document.rows)
        self.lines = csv_lines(replace(document, rows=self.counted))
        self.rows, self.event, self.zone = rows, event, document.zone
        self.actor, self.language = current_actor(), translation.get_language()
        self.complete = self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        # The request is over when a server asks for the next lines: its language and time zone are put back
        # for them, and not kept in between, where the thread may do something else.
        try:
            with translation.override(self.language), timezone.override(self.zone):
                return next(self.lines)
        except StopIteration:
            self.complete = True
            self.close()
            raise
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Django calls this with the response's own end, however far the reader came."""
        if self.closed:
            return
        self.closed = True
        # The cursor's transaction ends first, so that what is written down stands by itself.
        for generator in (self.lines, self.rows):
            generator.close()
        record(
            "list.export_ended",
            subject=(self.event.subject_kind, self.event.subject_id),
            data={"export": self.event.pk, "rows": self.counted.number, "complete": self.complete},
            actor=self.actor,
        )


class _Counted:
    """Rows, counted as they go by."""

    def __init__(self, rows: Any) -> None:
        self.rows, self.number = rows, 0

    def __iter__(self) -> Iterator[Any]:
        for row in self.rows:
            self.number += 1
            yield row
