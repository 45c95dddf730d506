"""The whole product, started by its own command on a database of its own."""

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings

from project.processes import wait_until
from tests.mailbox import Mailbox


class Product:
    """A running `quickstart`; `access` is what it wrote into `demo.json`, `mails` whatever it sends."""

    def __init__(self, folder: Path, environment: dict[str, str], orders: int, mails: Mailbox) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.folder, self.base = folder, f"http://localhost:{self.port}"
        self.mails = mails
        self.environment = environment | {"VAR_DIR": str(folder), "EMAIL_URL": mails.url}
        command = [sys.executable, "manage.py", "quickstart"]
        command += ["--port", str(self.port), "--orders", str(orders)]
        with (folder / "output").open("wb") as output:
            self.process = subprocess.Popen(
                command,
                cwd=settings.BASE_DIR,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        assert wait_until(self._ready, seconds=180), self.output
        assert self.process.poll() is None, self.output

    def _ready(self) -> bool:
        return "Ctrl-C stops it" in self.output or self.process.poll() is not None

    @property
    def output(self) -> str:
        return (self.folder / "output").read_text()

    @property
    def access(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "demo.json").read_text()))

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
