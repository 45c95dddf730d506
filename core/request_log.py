"""The log of API requests: collected in memory, written in batches by one thread a process.

A request never waits for its log line nor fails because of it. What is still in memory is lost with a killed process
(at most one interval); the ledger and the events are not kept this way.
"""

import atexit
import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from core.masking import masked
from core.models import ApiRequest
from core.request_context import client_ip, request_id

log = logging.getLogger(__name__)
PREFIX = "/api/"
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
KEPT_BODY = 20_000
MOST_WAITING = 20_000


class RequestLog:
    """A bounded buffer and the thread that empties it; when the database is away, the oldest lines go."""

    interval = 1.0
    batch = 1000

    def __init__(self) -> None:
        self.waiting: deque[dict[str, Any]] = deque(maxlen=MOST_WAITING)
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._start_lock = threading.Lock()

    def add(self, line: dict[str, Any]) -> None:
        self.waiting.append(line)
        if self._thread is None or not self._thread.is_alive():
            self._start()

    def flush(self) -> int:
        """Write what is waiting; the number of lines written."""
        written = 0
        while self.waiting:
            lines = [self.waiting.popleft() for _ in range(min(self.batch, len(self.waiting)))]
            ApiRequest.objects.bulk_create([_row(line) for line in lines])
            written += len(lines)
        return written

    def _start(self) -> None:
        with self._start_lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="request-log", daemon=True)
                self._thread.start()
                atexit.register(self._wake.set)

    def _run(self) -> None:
        while not self._wake.wait(self.interval):
            self._flush_quietly()
        self._flush_quietly()

    def _flush_quietly(self) -> None:
        try:
            self.flush()
        except DatabaseError as error:
            log.warning("request log not written", extra={"error": str(error)})
            connection.close()


request_log = RequestLog()


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
            {
                "request_id": request_id(),
                "method": request.method,
                "path": request.path[:300],
                "status": response.status_code,
                "caller": str(getattr(response, "caller", ""))[:200],
                "address": client_ip(),
                "milliseconds": int((time.perf_counter() - started) * 1000),
                "raw": getattr(request, "raw_json", b"")[:KEPT_BODY] if request.method in WRITES else b"",
                "error": getattr(response, "data", None) if response.status_code >= 400 else None,
                "created_at": timezone.now(),
            }
        )
        return response


def _row(line: dict[str, Any]) -> ApiRequest:
    raw, error = line.pop("raw"), line.pop("error")
    code = error.get("code", "") if isinstance(error, dict) else ""
    return ApiRequest(**line, body=_body(raw), error_code=str(code)[:60])


def _body(raw: bytes) -> Any:
    """The body with secrets masked; what is not JSON is not kept, for it cannot be masked."""
    if not raw:
        return None
    try:
        return _storable(masked(json.loads(raw)))
    except (ValueError, RecursionError):
        return {"unreadable": len(raw)}


def _storable(value: Any) -> Any:
    """PostgreSQL's jsonb has no NUL and no half of a surrogate pair."""
    text = json.dumps(value)
    return {"unreadable": len(text)} if "\\u0000" in text or "\\ud" in text else value
