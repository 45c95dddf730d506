"""A load generator light enough to leave the cores to what is measured: raw sockets, prepared bytes, own processes."""

import json
import multiprocessing
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

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
    """Send requests from `clients` processes for some seconds; `bodies(n)` yields client n's whole requests."""
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    begin = context.Barrier(clients)
    processes = [
        context.Process(target=_client, args=(port, seconds, bodies, number, begin, queue))
        for number in range(clients)
    ]
    for process in processes:
        process.start()
    results = [queue.get() for _ in processes]
    for process in processes:
        process.join()
    times = [value for _refused, values in results for value in values]
    return Result(len(times) / seconds, times, sum(refused for refused, _values in results))


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


def _client(port, seconds, bodies, number, begin, queue) -> None:  # type: ignore[no-untyped-def]
    link = socket.create_connection((HOST, port))
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    requests = bodies(number)
    begin.wait()
    times, refused = [], 0
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        sent = next(requests)
        started = time.perf_counter()
        link.sendall(sent)
        status = _answer(link)
        if status < 300:
            times.append((time.perf_counter() - started) * 1000)
        else:
            refused += 1
    link.close()
    queue.put((refused, times))


def _answer(link: socket.socket) -> int:
    """Read one whole response; its status."""
    received = link.recv(262_144)
    while (end := received.find(b"\r\n\r\n")) < 0:
        received += link.recv(262_144)
    head = received[:end].lower()
    at = head.find(b"content-length:")
    if at < 0:
        while not received.endswith(b"0\r\n\r\n"):
            received += link.recv(262_144)
    else:
        length = int(head[at + 15 :].split(b"\r\n", 1)[0])
        missing = length - (len(received) - end - 4)
        while missing > 0:
            missing -= len(link.recv(min(missing, 262_144)))
    return int(received[9:12])
