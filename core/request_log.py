"""The log of API requests: collected in memory, written in batches by one thread a process.

A request never waits for its log line nor fails because of it. What is still in memory is lost with a killed
process (at most one interval); the ledger and the events are not kept this way.
"""

import atexit
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from core.actors import Actor, current_actor
from core.masking import masked
from core.request_context import client_ip, request_id

log = logging.getLogger(__name__)
PREFIX = "/api/"
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
KEPT_BODY = 20_000
MOST_WAITING = 20_000
# Writing is all Python, which would keep the requests of its process waiting by 5 ms at each of their turns.
LINES_A_TURN = 20
PAUSE_SECONDS = 0.001
COPY = (
    "COPY core_apirequest (request_id, method, path, query, status, caller, address, milliseconds, body,"
    " error_code, created_at) FROM STDIN"
)


class Line(NamedTuple):
    """What is noted while the caller waits; everything else is done later, by the thread."""

    request_id: str
    method: str
    path: str
    query: str
    status: int
    actor: Actor
    address: str | None
    milliseconds: int
    raw: bytes
    problem: Any
    created_at: datetime


class RequestLog:
    """A bounded buffer and the thread that empties it; when the database is away, the oldest lines go."""

    batch = 1000

    def __init__(self) -> None:
        self.waiting: deque[Line] = deque(maxlen=MOST_WAITING)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._start_lock = threading.Lock()

    def add(self, line: Line) -> None:
        self.waiting.append(line)
        if self._thread is None and settings.REQUEST_LOG_SECONDS:
            self._start()

    def flush(self) -> int:
        """Write what is waiting, by COPY; the number of lines written."""
        written = 0
        while lines := [self.waiting.popleft() for _ in range(min(self.batch, len(self.waiting)))]:
            with connection.cursor() as cursor, cursor.copy(COPY) as copy:
                for number, line in enumerate(lines, start=1):
                    copy.write_row(_row(line))
                    if number % LINES_A_TURN == 0:
                        time.sleep(PAUSE_SECONDS)
            written += len(lines)
        return written

    def _start(self) -> None:
        with self._start_lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="request-log", daemon=True)
                self._thread.start()
                atexit.register(self._finish)

    def _run(self) -> None:
        while not self._stop.wait(settings.REQUEST_LOG_SECONDS):
            self._flush_quietly()
        self._flush_quietly()
        connection.close()

    def _finish(self) -> None:
        """The process ends: write the last lines, but do not keep it waiting."""
        self._stop.set()
        if self._thread:
            self._thread.join(timeout=3)

    def _flush_quietly(self) -> None:
        try:
            self.flush()
        except DatabaseError as error:
            log.warning("request log not written", extra={"error": type(error).__name__})
            connection.close()
        except Exception:
            # One line that cannot be written must not end the log.
            log.exception("request log not written")
            connection.close()


request_log = RequestLog()
# A forked process has the buffer but not the thread.
os.register_at_fork(after_in_child=request_log.__init__)  # type: ignore[misc]


class RequestLogMiddleware:
    """Notes each request under /api/ once it is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(PREFIX):
            return self.get_response(request)
        started = time.perf_counter()
        response = self.get_response(request)
        request_log.add(
            Line(
                request_id(),
                request.method or "",
                request.path,
                request.META.get("QUERY_STRING", ""),
                response.status_code,
                current_actor(),
                client_ip(),
                int((time.perf_counter() - started) * 1000),
                getattr(request, "raw_json", b"") if request.method in WRITES else b"",
                getattr(response, "data", None) if response.status_code >= 400 else None,
                timezone.now(),
            )
        )
        return response


def _row(line: Line) -> tuple[Any, ...]:
    code = str(line.problem.get("code", "")) if isinstance(line.problem, dict) else ""
    return (
        line.request_id,
        line.method[:8],
        _text(line.path, 300),
        _text(line.query, 500),
        line.status,
        _text(caller_of(line.actor), 200),
        line.address,
        line.milliseconds,
        _body(line.raw),
        code[:60],
        line.created_at,
    )


def caller_of(actor: Actor) -> str:
    """How the log names who asked; searched from its beginning. Nobody who is known: empty."""
    return f"{actor.kind} {actor.id} {actor.label}" if actor.id else ""


def _text(value: str, most: int) -> str:
    return value[:most].replace("\x00", "").encode("utf-8", "replace").decode()


def _body(raw: bytes) -> str | None:
    """The body as JSON with secrets masked; what is not JSON is not kept, for it cannot be masked."""
    if not raw:
        return None
    if len(raw) > KEPT_BODY:
        return f'{{"too_long": {len(raw)}}}'
    try:
        text = orjson.dumps(masked(orjson.loads(raw))).decode()
    except (ValueError, TypeError, RecursionError):
        return _unreadable(raw)
    # PostgreSQL's jsonb has no NUL.
    return _unreadable(raw) if "\\u0000" in text else text


def _unreadable(raw: bytes) -> str:
    return f'{{"unreadable": {len(raw)}}}'
