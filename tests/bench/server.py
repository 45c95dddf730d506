"""The web server as the product runs it, on the bench's database, without worker: what is measured is placing."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def serving() -> Iterator[int]:
    """The port it answers at, until the block ends."""
    port = free_port()
    with _running(f"server.web('127.0.0.1', {port})"):
        wait(port)
        yield port


@contextmanager
def making_reports() -> Iterator[None]:
    """The reports' worker, until the block ends."""
    with _running("server.reports_worker()"):
        yield


@contextmanager
def _running(part: str) -> Iterator[None]:
    program = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'project.settings'; import project.wsgi;"
        f" from project import server; {part}"
    )
    process = subprocess.Popen([sys.executable, "-c", program], env=os.environ, start_new_session=True)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait(port: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("The web server did not start.")
