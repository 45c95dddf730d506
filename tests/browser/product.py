"""A person at a browser who uses the whole product."""

import os
import shutil
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.contrast import ONCE
from tests.product import Product

__all__ = ["Product", "Visitor", "chromium_path"]


# No rule in force reads the styles as text, which axe would otherwise fetch and parse anew for each page.
AXE = {"resultTypes": ["violations"], "preload": {"assets": ["media"]}}
# Every page has the same sidebar, and every row of a list is built like the first ones: they are looked at once.
SIDEBAR = "#nav-sidebar"
ROWS = 12
FEWER_ROWS = "rows => document.querySelectorAll('#result_list > tbody').forEach((row, at) => at < rows || row.remove())"
# The theme has been put on; colours on their way from one to another are nobody's.
STILL = """() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))
    .then(() => Promise.all(document.getAnimations()
    .filter((one) => one.effect.getComputedTiming().endTime !== Infinity)
    .map((one) => one.finished.catch(() => null))))"""
COLOURS = {"runOnly": ["color-contrast"]}


def chromium_path() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)


def pictures() -> Path | None:
    """Where pictures are wanted."""
    if not (named := os.environ.get("BROWSER_PICTURES")):
        return None
    folder = Path(named)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


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
        return self.sign_in_as(user["username"], user["password"])

    def sign_in_as(self, name: str, password: str) -> "Visitor":
        self.page.goto("/admin/login/")
        self.page.fill("input[name=username]", name)
        self.page.fill("input[name=password]", password)
        self.page.press("input[name=password]", "Enter")
        self.page.wait_for_url("**/admin/")
        return self

    def picture(self, name: str) -> None:
        """What the person sees now, for whoever wants to look and named a folder: BROWSER_PICTURES."""
        self.page.wait_for_load_state()
        if folder := pictures():
            self.page.screenshot(path=folder / f"{name}.png")

    def keep(self, name: str, file: Path) -> None:
        """A file they were given, beside the pictures."""
        if folder := pictures():
            shutil.copy(file, folder / name)

    def speak(self, language: str) -> None:
        """The next pages are in this language."""
        self.context.add_cookies([{"name": "django_language", "value": language, "url": self.product.base}])

    def findings(
        self, theme: str, *, sidebar: bool = True, within: str = "html", rules: Any = None
    ) -> list[str]:
        """What axe-core finds on this page, or within a part of it, in a theme."""
        self.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        if not self.page.evaluate("Boolean(window.axe)"):
            self.page.evaluate(AXE_SCRIPT)
            self.page.evaluate(ONCE)
        self.page.evaluate(FEWER_ROWS, ROWS)
        self.page.evaluate(STILL)
        where = {"include": [within], "exclude": [] if sidebar else [SIDEBAR]}
        result = self.page.evaluate(
            "([where, options]) => { lookAnew(); return axe.run(where, options); }",
            [where, AXE | (rules or {})],
        )
        return [
            f"{self.page.url} ({theme}) {violation['id']}: {node['html'][:120]}"
            for violation in result["violations"]
            for node in violation["nodes"]
        ]

    def all_findings(self) -> list[str]:
        """What axe-core finds on this page; of the dark theme its colours, all else being one."""
        return self.findings("light") + self.findings("dark", rules=COLOURS)
