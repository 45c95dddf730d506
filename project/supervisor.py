"""Keeps the processes of the product running together: starts them, starts again what dies, stops all in order."""

import contextlib
import ctypes
import os
import signal
import subprocess  # nosec B404 - runs our own programs with fixed arguments
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

LOOK_SECONDS = 0.25
STOP_SECONDS = 15
# A process that dies again and again is started with longer and longer waits.
LONGEST_WAIT = 10.0
SHORT_LIFE = 10.0
PR_SET_PDEATHSIG = 1


@dataclass
class Part:
    """One process of the product, with all that it starts itself."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)
    started: float = field(default=0.0, init=False)
    wait: float = field(default=0.0, init=False)

    def start(self) -> None:
        self.started = time.monotonic()
        # A session of its own: Ctrl-C reaches us alone, so that we stop things in order.
        self.process = subprocess.Popen(  # noqa: S603  # nosec B603
            self.command,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
        )

    def is_down(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def restart(self) -> bool:
        """Start again what died, once its wait is over. Its own children would still hold the port or the queue."""
        now = time.monotonic()
        if self.process is not None:
            self._kill_group()
            self.process = None
            self.wait = min(self.wait * 2 or 0.5, LONGEST_WAIT) if now - self.started < SHORT_LIFE else 0.0
            self.started = now
        if now - self.started < self.wait:
            return False
        self.start()
        return True

    def stop(self) -> None:
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_SECONDS)
        self._kill_group()
        self.process.wait()
        self.process = None

    def _kill_group(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


class Supervisor:
    """Runs parts until told to stop; parts stop in the order in which they are given."""

    def __init__(self, parts: Iterable[Part], *, look_after: Callable[[], None], say: Callable[[str], None]) -> None:
        self.parts = list(parts)
        self.look_after = look_after
        self.say = say

    def start(self) -> None:
        for part in self.parts:
            part.start()

    def keep_running(self) -> None:
        """Look after everything until a signal ends this process."""
        while True:
            self.look_after()
            for part in self.parts:
                if part.is_down() and part.restart():
                    self.say(f"{part.name} had ended and was started again.")
            time.sleep(LOOK_SECONDS)

    def stop(self) -> None:
        for part in self.parts:
            part.stop()


def _end_with_parent() -> None:
    """Linux tells a child when its parent is gone, so that kill -9 on us leaves nothing running."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
