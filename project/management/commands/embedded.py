import contextlib
import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from project.settings.data import EMBEDDED


class Command(BaseCommand):
    help = "The embedded PostgreSQL and Valkey: keep them running, say where they are, or stop them."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["status", "run", "stop"])

    def handle(self, *_args: Any, action: str, **_options: Any) -> None:
        if action == "stop":
            EMBEDDED.stop()
        if action == "run":
            EMBEDDED.start()
        self._status()
        if action == "run":
            self.stdout.write("Running until Ctrl-C.")
            self.stdout.flush()
            with contextlib.suppress(KeyboardInterrupt):
                signal.pause()

    def _status(self) -> None:
        urls = EMBEDDED.urls
        for name, pid, url in (
            ("PostgreSQL", EMBEDDED.postgres_pid(), urls.database),
            ("Valkey", EMBEDDED.valkey_pid(), urls.redis),
        ):
            self.stdout.write(f"{name}: {f'process {pid}, {url}' if pid else 'not running'}")
