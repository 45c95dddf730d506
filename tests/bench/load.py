"""A load generator light enough to leave the cores to what is measured: one process, raw sockets, prepared bytes.

As many processes as clients took a tenth of what an order costs, most of it for switching between them.
"""

import json
import multiprocessing
import secrets
import select
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

# So many requests of each client are made before the round; more are made as they are needed.
PREPARED = 400
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Result:
    """What one round came to: answers a second and their times in milliseconds."""

    per_second: float
    milliseconds: list[float]
    refused: int

    def percentile(self, share: float) -> float:
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def run(port: int, clients: int, seconds: float, bodies: Callable[[int], Iterator[bytes]]) -> Result:
    """Send requests over `clients` connections for some seconds; `bodies(n)` yields client n's whole requests.

    Each connection sends its next request when the answer to the one before has come.
    """
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    process = context.Process(target=_send, args=(port, clients, seconds, bodies, queue))
    process.start()
    refused, times = queue.get()
    process.join()
    return Result(len(times) / seconds, times, refused)


def order_requests(keys: list[str], product: int) -> Callable[[int], Iterator[bytes]]:
    """Single orders, each with a key of its own; client n takes the resellers in turn."""

    def requests(number: int) -> Iterator[bytes]:
        turn = number
        while True:
            turn += 1
            body = json.dumps(
                {"product": product, "recipient": {"player_id": f"51{secrets.randbelow(10**6):06}000"}}
            )
            yield _post("/api/orders/", keys[turn % len(keys)], body.encode())

    return requests


def bulk_requests(keys: list[str], product: int, lines: int) -> Callable[[int], Iterator[bytes]]:
    def requests(number: int) -> Iterator[bytes]:
        turn = number
        while True:
            turn += 1
            orders = [{"product": product, "recipient": {"player_id": f"51{n:06}000"}} for n in range(lines)]
            yield _post("/api/orders/bulk/", keys[turn % len(keys)], json.dumps({"orders": orders}).encode())

    return requests


def _post(path: str, key: str, body: bytes) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Api-Key {key}\r\n"
        f"Idempotency-Key: {secrets.token_hex(12)}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@dataclass(slots=True)
class _Client:
    """A connection with its requests, and when the one under way was sent."""

    link: socket.socket
    prepared: Iterator[bytes]
    more: Iterator[bytes]
    sent: float = 0.0
    received: bytearray = field(default_factory=bytearray)

    def send(self) -> None:
        request = next(self.prepared, None) or next(self.more)
        self.received.clear()
        self.sent = time.perf_counter()
        self.link.sendall(request)

    def read(self) -> int:
        """The status of the answer once all of it is there; 0 before."""
        part = self.link.recv(262_144)
        if not part:
            raise ConnectionError("The server closed the connection.")
        self.received += part
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return 0
        head = self.received[:end].lower()
        at = head.find(b"content-length:")
        if at < 0:
            whole = self.received.endswith(b"0\r\n\r\n")
        else:
            whole = len(self.received) - end - 4 >= int(head[at + 15 :].split(b"\r\n", 1)[0])
        return int(self.received[9:12]) if whole else 0


def _send(
    port: int, clients: int, seconds: float, bodies: Callable[[int], Iterator[bytes]], queue: Any
) -> None:
    poll, known = select.epoll(), {}
    for number in range(clients):
        link = socket.create_connection((HOST, port))
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        more = bodies(number)
        known[link.fileno()] = _Client(link, iter(list(islice(more, PREPARED))), more)
        poll.register(link, select.EPOLLIN)
    times, refused = [], 0
    until = time.perf_counter() + seconds
    for client in known.values():
        client.send()
    waiting = clients
    while waiting:
        for number, _event in poll.poll():
            client = known[number]
            if not (status := client.read()):
                continue
            now = time.perf_counter()
            if status < 300:
                times.append((now - client.sent) * 1000)
            else:
                refused += 1
            if now < until:
                client.send()
            else:
                waiting -= 1
    queue.put((refused, times))
