"""The whole product, started by its own command on the test's database, and a browser to use it with."""

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page

from project.processes import wait_until

THEMES = ("light", "dark")
GRAVE = {"serious", "critical"}


def chromium_path() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)


class Product:
    """A running `quickstart`; `access` is what it wrote into `demo.json`."""

    def __init__(self, folder: Path, environment: dict[str, str], orders: int) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.folder, self.base = folder, f"http://localhost:{port}"
        command = [sys.executable, "manage.py", "quickstart", "--port", str(port), "--orders", str(orders)]
        with (folder / "output").open("wb") as output:
            self.process = subprocess.Popen(
                command,
                cwd=settings.BASE_DIR,
                env=environment | {"VAR_DIR": str(folder)},
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


class Visitor:
    """A person at a browser; remembers what the console complained about."""

    def __init__(self, browser: Browser, product: Product, **options: Any) -> None:
        self.product = product
        options = {"viewport": {"width": 1440, "height": 1000}} | options
        self.context: BrowserContext = browser.new_context(base_url=product.base, **options)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on(
            "console",
            lambda message: (
                self.complaints.append(f"{self.page.url}: {message.text}")
                if message.type == "error"
                else None
            ),
        )
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))

    def sign_in(self, role: str) -> "Visitor":
        user = self.product.access["users"][role]
        self.page.goto("/admin/login/")
        self.page.fill("input[name=username]", user["username"])
        self.page.fill("input[name=password]", user["password"])
        self.page.press("input[name=password]", "Enter")
        self.page.wait_for_url("**/admin/")
        return self

    def grave_findings(self) -> list[str]:
        """What axe-core finds serious or critical on this page, in both themes."""
        found = []
        for theme in THEMES:
            self.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            if not self.page.evaluate("typeof window.axe === 'object'"):
                self.page.evaluate(AXE_SCRIPT)
            result = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            found += [
                f"{self.page.url} ({theme}) {violation['id']}: {node['html'][:120]}"
                for violation in result["violations"]
                if violation["impact"] in GRAVE
                for node in violation["nodes"]
            ]
        return found

    def links(self, selector: str) -> list[str]:
        """Paths that links lead to, each once, without queries of other lists."""
        paths = self.page.eval_on_selector_all(selector, "all => all.map(link => link.pathname)")
        return list(dict.fromkeys(paths))
