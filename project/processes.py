"""Starting other programs, knowing them again later, and waiting for them."""

import contextlib
import os
import signal
import subprocess  # nosec B404 - runs programs of ours with fixed arguments
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


def alive(pid_file: Path, *marks: str) -> int | None:
    """The process id in a file, if that process lives and its command line has every mark.

    A number alone proves nothing: after kill -9 or a reboot somebody else may have it.
    """
    try:
        pid = int(pid_file.read_text().split()[0])
        os.kill(pid, 0)
    except (OSError, IndexError, ValueError) as error:
        if not isinstance(error, PermissionError):
            return None
    command = command_line(pid)
    return pid if command is None or (command and all(mark in command for mark in marks)) else None


def command_line(pid: int) -> str | None:
    """What a process was started as; empty for one that has ended, nothing where the system does not tell."""
    if Path("/proc/self/cmdline").exists():
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return ""
    done = subprocess.run(  # noqa: S603  # nosec B603 B607
        ["ps", "-o", "command=", "-p", str(pid)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout if done.returncode == 0 else ""


def run(command: list[str], *, seconds: float, identity: Mapping[str, Any] | None = None) -> None:
    """Run to the end.

    Raises:
        OSError: with what the program said, when it fails.
    """
    done = subprocess.run(  # noqa: S603  # nosec B603
        command,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        cwd="/",
        **(identity or {}),
    )
    if done.returncode:
        raise OSError((done.stderr or done.stdout).strip() or f"{command[0]} ended with {done.returncode}")


def spawn(
    command: list[str], log: Path, *, identity: Mapping[str, Any] | None = None
) -> "subprocess.Popen[bytes]":
    """Start a program that outlives us, its words going to a file."""
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603  # nosec B603
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd="/",
            **(identity or {}),
        )


def wait_until(condition: Callable[[], object], *, seconds: float, every: float = 0.05) -> bool:
    """Whether the condition came true in time."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(every)
    return True


def end_of(log: Path, *, lines: int = 5) -> str:
    """The last words of a program, for the message about its failure."""
    with contextlib.suppress(OSError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    return ""


@contextlib.contextmanager
def holding_signals() -> Iterator[None]:
    """Signals that end a process wait until after this block, also in a process that is forked in it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_on_signals() -> None:
    """In a process that was just forked: signals end it, not run the handlers it was forked with; held ones, too."""
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)


def end_children_on_signals() -> None:
    """From now on, what this process forks can be ended from its first moment on.

    Forked with a handler of ours, a child that has none of its own yet would take a signal and go on.
    """
    os.register_at_fork(
        before=partial(signal.pthread_sigmask, signal.SIG_BLOCK, ENDING),
        after_in_parent=partial(signal.pthread_sigmask, signal.SIG_UNBLOCK, ENDING),
        after_in_child=end_on_signals,
    )


def leave_by_exit_on_signals() -> None:
    """Python skips atexit when a signal ends it: leave through SystemExit, unless somebody minds the signal already."""

    def leave(number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        # Outside the main thread signals cannot be minded; then somebody else does it.
        with contextlib.suppress(ValueError):
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, leave)
