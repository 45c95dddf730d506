"""How far a run is: told twice a second by a thread with a connection of its own, while the run reads and writes."""

import threading
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.db import connection, connections
from django.utils import timezone

from analytics.models import ReportRun

EVERY_SECONDS = 0.5


class Cancelled(Exception):
    """Somebody cancelled the run, or it is no longer ours."""


class Pulse:
    """`rows` and `phase` are written down by the thread; `check()` says whether to go on.

    The thread ends a query that runs when somebody cancels, so that nobody waits for its end.
    """

    def __init__(self, run_id: UUID | None) -> None:
        self.run_id = run_id
        self.rows = 0
        self.expected: int | None = None
        self.phase = ReportRun.Phase.READING
        self.cancelled = False
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._reader: Any = None

    def __enter__(self) -> "Pulse":
        if self.run_id is not None:
            connection.ensure_connection()
            self._reader = connection.connection
            self._thread = threading.Thread(target=self._beat, args=(self.run_id,), daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *_args: object) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def check(self) -> None:
        """Raises Cancelled."""
        if self.cancelled:
            raise Cancelled

    def more(self, rows: int = 1) -> None:
        self.rows += rows
        if self.cancelled:
            raise Cancelled

    def _beat(self, run_id: UUID) -> None:
        try:
            while not self._ended.wait(EVERY_SECONDS):
                self._tell(run_id)
        finally:
            connections.close_all()

    def _tell(self, run_id: UUID) -> None:
        mine = ReportRun.objects.filter(pk=run_id, status=ReportRun.Status.RUNNING, cancel_asked=False)
        values = {"rows": self.rows, "expected": self.expected, "phase": self.phase}
        try:
            told = mine.update(touched_at=timezone.now(), **values)
        except Exception:  # the database is away for a moment; the run's own reading will say so
            connections.close_all()
            return
        if not told:
            self.cancelled = True
            # Each time: the reader may have been between two queries, and begun the next one since.
            self._end_query()

    def _end_query(self) -> None:
        with suppress(Exception):  # where nothing runs there is nothing to end
            self._reader.cancel_safe(timeout=2.0)


def silent() -> Pulse:
    """For a preview, which nobody waits for."""
    return Pulse(None)
