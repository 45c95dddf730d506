"""Keeps the processes of the product running together: starts them, starts again what dies, stops all in order."""

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from typing import Any

from project.processes import end_on_signals, holding_signals, wait_until

LOOK_SECONDS = 0.2
STOP_SECONDS = 15
# A process that dies again and again is started with longer and longer waits.
LONGEST_WAIT = 10.0
SHORT_LIFE = 5.0
PR_SET_PDEATHSIG = 1
# Forked from us, a process starts at once, for all is imported. Elsewhere than on Linux forking is not to be trusted.
_context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")


@dataclass
class Part:
    """One process of the product, with all that it starts itself."""

    name: str
    run: Callable[[], None]
    process: BaseProcess | None = field(default=None, init=False)
    started: float = field(default=0.0, init=False)
    wait: float = field(default=0.0, init=False)

    def start(self) -> None:
        self.started = time.monotonic()
        self.process = _context.Process(target=_be_a_part, args=(self.run, os.getpid()), name=self.name)
        # The child has our handlers until it has its own: a signal in between would be lost on it.
        with holding_signals():
            self.process.start()

    def is_down(self) -> bool:
        return self.process is None or not self.process.is_alive()

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
        self.process.terminate()
        # Not join(): that waits for whoever else was forked there, too.
        wait_until(self.is_down, seconds=STOP_SECONDS)
        self._kill_group()
        self.process.join()
        self.process = None

    def _kill_group(self) -> None:
        if self.process is not None and self.process.pid:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


class Supervisor:
    """Runs parts until told to stop; parts stop in the order in which they are given."""

    def __init__(
        self, parts: Iterable[Part], *, look_after: Callable[[], None], say: Callable[[str], None]
    ) -> None:
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


def _be_a_part(run: Callable[[], None], parent: int) -> None:
    """What a new process does: become independent of ours in all but its life."""
    # A group of its own: Ctrl-C reaches the parent alone, which stops things in order.
    os.setsid()
    end_on_signals()
    _end_with(parent)
    run()


def _end_with(parent: int) -> None:
    """Linux tells a child when its parent is gone, so that kill -9 on the parent leaves nothing running."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            sys.exit(1)
