"""A provider with books of its own, over HTTP, that misbehaves as the recipient's last three digits say.

It lives in the drill's process, so nothing that is killed on our side touches its books. The same key is done once,
as every provider has to; everything else that a company on the other side of the world does to us, it does.
"""

import json
import socket
import struct
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from commerce.providers.base import Adapter, Call, Outcome, Result, providers

TIMEOUT = 1
LATE_SECONDS = 3.0
# What an ending means; any other delivers at once.
HANGS, RESETS, ERROR_AFTER, BAD_JSON, ERROR_BEFORE, LATE, REFUSES, HANGS_AND_REFUSES = (
    "601", "602", "603", "604", "605", "606", "607", "608",
)  # fmt: skip
NAMES = {
    HANGS: "hangs after doing it",
    RESETS: "resets within the body after doing it",
    ERROR_AFTER: "500 after doing it",
    BAD_JSON: "bad JSON after doing it",
    ERROR_BEFORE: "500 without doing it",
    LATE: "pending, delivered later",
    REFUSES: "refuses",
    HANGS_AND_REFUSES: "hangs and refuses",
}
_REFUSING = (REFUSES, HANGS_AND_REFUSES)


@dataclass
class Entry:
    """One key in the books: what was asked, how often, and when its outcome may be told."""

    order: str
    ending: str
    known_at: float
    submissions: int = 1
    asked: int = 0

    @property
    def outcome(self) -> str:
        if time.monotonic() < self.known_at:
            return "pending"
        return "failed" if self.ending in _REFUSING else "delivered"


@dataclass
class FarProvider:
    """The company: its books and its server."""

    books: dict[str, Entry] = field(default_factory=dict)
    misbehaved: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    turned_away: set[str] = field(default_factory=set)
    port: int = 0

    def open(self) -> None:
        handler = type("Handler", (_Handler,), {"company": self})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        self.port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def delivered(self) -> dict[str, str]:
        """Keys it has delivered, with their orders' numbers."""
        return {key: entry.order for key, entry in self.books.items() if entry.outcome == "delivered"}

    def submitted(self, key: str, order: str, ending: str) -> tuple[str, bool]:
        """Write a call into the books; its outcome, and whether to answer as one should."""
        with self.lock:
            if ending == ERROR_BEFORE and key not in self.turned_away:
                self.turned_away.add(key)
                self.misbehaved[ending] += 1
                return "error", False
            entry = self.books.get(key)
            if entry is None:
                known_at = time.monotonic() + (LATE_SECONDS if ending == LATE else 0)
                entry = self.books[key] = Entry(order, ending, known_at)
                if ending in NAMES:
                    self.misbehaved[ending] += 1
                return entry.outcome, ending not in NAMES or ending in (LATE, REFUSES)
            entry.submissions += 1
            return entry.outcome, True

    def asked(self, key: str) -> tuple[str, bool]:
        """What became of a key. A company that fails after doing the work fails once more when it is asked."""
        with self.lock:
            entry = self.books.get(key)
            if entry is None:
                return "not_found", True
            entry.asked += 1
            return entry.outcome, not (entry.ending == ERROR_AFTER and entry.asked == 1)


class _Handler(BaseHTTPRequestHandler):
    company: FarProvider
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        ending = asked["recipient"][-3:]
        outcome, proper = self.company.submitted(asked["key"], asked["order"], ending)
        if proper:
            self._answer(200, json.dumps({"status": outcome}))
        else:
            self._misbehave(ending)

    def do_GET(self) -> None:
        key = parse_qs(urlsplit(self.path).query)["key"][0]
        outcome, proper = self.company.asked(key)
        if proper:
            self._answer(200, json.dumps({"status": outcome}))
        else:
            self._answer(500, "oops")

    def _misbehave(self, ending: str) -> None:
        match ending:
            case "601" | "608":
                time.sleep(TIMEOUT * 2)
                self.close_connection = True
            case "602":
                self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n{"status": "deliv')
                self.wfile.flush()
                # Lingering for no time at all resets the connection instead of ending it.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
            case "604":
                self._answer(200, '{"status": "delivered"')
            case _:
                self._answer(500, "oops")

    def _answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_args: Any) -> None:
        """Says nothing."""


@providers.register("far")
class FarAdapter(Adapter):
    """Our side: asks over HTTP, believes what is clear, and raises at everything else."""

    title = "Far away"
    for_tests = True

    def submit(self, call: Call) -> Result:
        body = {"key": call.key, "order": call.order_number, "recipient": call.recipient_key}
        return self._told("POST", "/", call, json.dumps(body))

    def status(self, call: Call) -> Result:
        return self._told("GET", f"/?key={call.key}", call)

    def _told(self, method: str, path: str, call: Call, body: str | None = None) -> Result:
        link = HTTPConnection("127.0.0.1", int(self.options["port"]), timeout=call.timeout)
        try:
            link.request(method, path, body)
            response = link.getresponse()
            told = json.loads(response.read())
            if response.status != 200:
                raise ValueError(f"answered {response.status}")
        finally:
            link.close()
        outcome = Outcome(told["status"])
        code = "provider_error" if outcome == Outcome.FAILED else ""
        return Result(outcome, reference=f"FAR-{call.key[:8]}", error_code=code, message=code, raw=told)
