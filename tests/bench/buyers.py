"""Resellers' servers under faults: each order is sent until it is acknowledged, and what was acknowledged is kept."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any

THREADS = 16
AGAIN_SECONDS = 0.1
AGAIN = ("request_running", "try_again")
PATIENCE = 15.0
# Of so many acknowledged orders one is sent again, as by a server that lost the answer.
REPEATED = 5


@dataclass(frozen=True, slots=True)
class Try:
    """One request: when it was sent and answered, and what with: a status, or how the connection ended."""

    sent: float
    ended: float
    kind: str

    @property
    def good(self) -> bool:
        return self.kind == "202"


@dataclass
class Buyers:
    """Sixteen threads that order at a steady rate; `draw` gives the next product and recipient."""

    port: int
    keys: list[str]
    rate: float
    draw: Callable[[random.Random], tuple[int, str]]
    tries: list[Try] = field(default_factory=list)
    acknowledged: dict[str, str] = field(default_factory=dict)
    contradicted: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    wanted: int = 0
    ending: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        self.threads = [threading.Thread(target=self._order, args=(n,), daemon=True) for n in range(THREADS)]
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        """No new orders; those begun are sent until they are acknowledged."""
        self.ending.set()
        for thread in self.threads:
            thread.join(60)

    def _order(self, number: int) -> None:
        rng, link = random.Random(number), Link(self.port)
        turn, due = 0, time.monotonic() + number / self.rate
        while not self.ending.wait(max(0.0, due - time.monotonic())):
            turn += 1
            due = max(due + THREADS / self.rate, time.monotonic())
            product, recipient = self.draw(rng)
            body = {
                "product": product,
                "recipient": {"player_id": recipient},
                "reference": f"{number}-{turn}",
            }
            with self.lock:
                self.wanted += 1
            self._insist(link, f"{number}-{turn}", body, self.keys[number % len(self.keys)])
            if turn % REPEATED == 0:
                self._insist(link, f"{number}-{turn}", body, self.keys[number % len(self.keys)])

    def _insist(self, link: "Link", name: str, body: dict[str, Any], key: str) -> None:
        while True:
            sent = time.monotonic()
            kind, answer = link.post("/api/orders/", body, key, **{"Idempotency-Key": name})
            with self.lock:
                self.tries.append(Try(sent, time.monotonic(), kind))
                if kind == "202":
                    if self.acknowledged.setdefault(name, answer["id"]) != answer["id"]:
                        self.contradicted.append(name)
                    return
                if kind[0] == "4" and answer and answer.get("code") not in AGAIN:
                    self.refused[f"{kind} {answer.get('code')}"] += 1
                    return
            time.sleep(AGAIN_SECONDS)


class Link:
    """One connection that is opened again when it breaks."""

    def __init__(self, port: int) -> None:
        self.http = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def post(self, path: str, body: Any, key: str, **headers: str) -> tuple[str, Any]:
        """The status and the parsed answer, or how the connection ended and nothing."""
        status, raw = self.send(
            path, json.dumps(body).encode(), {"Authorization": f"Api-Key {key}", **headers}
        )
        if not status.isdigit():
            return status, None
        try:
            return status, json.loads(raw)
        except ValueError:
            return f"{status} without JSON", None

    def send(self, path: str, raw: bytes, headers: dict[str, str]) -> tuple[str, bytes]:
        try:
            self.http.request("POST", path, raw, {"Content-Type": "application/json", **headers})
            response = self.http.getresponse()
            return str(response.status), response.read()
        except (OSError, HTTPException) as error:
            self.http.close()
            return _ended(error), b""


def _ended(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "timeout"
        case ConnectionRefusedError():
            return "refused"
        case _:
            return "reset"
