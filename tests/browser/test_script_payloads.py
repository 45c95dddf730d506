"""Pages full of texts that want to be script, in a browser that no policy holds back: nothing of them runs.

No server is started: the browser's requests are answered by Django here, in the transaction that holds the texts.
"""

from collections.abc import Iterator
from contextvars import copy_context
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Browser, Page, Route

from tests.project.payloads import MARK, Poisoned
from tests.project.test_script_payloads import named, objects, owner, poisoned  # noqa: F401

pytestmark = pytest.mark.browser
BASE = "http://testserver"
# What a browser, and what htmx and Alpine, would run or load.
ALIVE = """() => [...document.querySelectorAll("*")].flatMap((element) => [
    ...(/q\\d{3}q/i.test(element.tagName) ? [element.tagName] : []),
    ...[...element.attributes]
        .filter(({ name, value }) => /^(on|x-|@|:|hx-(on|vals|headers)|style$|srcdoc$|id$|class$)/.test(name))
        .filter(({ name, value }) => /q\\d{3}q/.test(value))
        .map(({ name, value }) => `<${element.tagName} ${name}=${value.slice(0, 80)}`),
])"""


class Watched:
    """A page, the answers it gets, and what happened in it that nobody wrote."""

    def __init__(self, page: Page, client: Client) -> None:
        self.page, self.client = page, client
        self.happened: list[str] = []
        # A browser's request comes in a context of its own, where Django would open another connection.
        self.here = copy_context()
        page.route("**/*", self._answer)
        page.on("dialog", lambda dialog: self.happened.append(f"{page.url}: a dialog {dialog.message}"))
        page.on("pageerror", lambda error: self._said(f"error {error}"))
        page.on("console", lambda message: self._said(message.text))

    def _said(self, words: str) -> None:
        if MARK.search(words):
            self.happened.append(f"{self.page.url}: {words[:200]}")

    def _answer(self, route: Route) -> None:
        address = urlsplit(route.request.url)
        if address.hostname != "testserver":
            self.happened.append(f"{self.page.url} asked for {route.request.url[:200]}")
            route.abort()
        elif address.path.startswith("/static/"):
            self._file(route, address.path.removeprefix("/static/"))
        else:
            self._ask(route, f"{address.path}?{address.query}")

    def _file(self, route: Route, name: str) -> None:
        """Scripts and styles: fonts and pictures matter to nobody here."""
        kind = {".js": "text/javascript", ".css": "text/css"}.get(Path(name).suffix)
        found = finders.find(name) if kind else None
        if found:
            route.fulfill(body=Path(str(found)).read_bytes(), content_type=kind)
        else:
            route.fulfill(status=204)

    def _ask(self, route: Route, path: str) -> None:
        sent = {name: value for name, value in route.request.headers.items() if name.startswith("hx-")}
        answer: Any = self.here.run(self.client.get, path, headers=sent, follow=True)
        kept = {name: value for name, value in answer.headers.items() if "Security-Policy" not in name}
        body = self.here.run(b"".join, answer) if answer.streaming else answer.content
        route.fulfill(status=answer.status_code, headers=kept, body=body)

    def open(self, path: str) -> None:
        self.page.goto(BASE + path, wait_until="load")
        self.look()

    def look(self) -> None:
        self.happened += [f"{self.page.url}: {alive}" for alive in self.page.evaluate(ALIVE)]


@pytest.fixture
def watched(browser: Browser, owner: Client) -> Iterator[Watched]:  # noqa: F811
    context = browser.new_context()
    found = Watched(context.new_page(), owner)
    yield found
    context.close()
    assert not found.happened, "\n".join(found.happened[:40])


def test_nothing_runs_on_lists_and_objects(watched: Watched, poisoned: Poisoned) -> None:  # noqa: F811
    opened = 0
    for page in (*named("changelist"), *named("change")):
        watched.open(objects(page)[0] if page.verb == "change" else page.url)
        opened += 1
    assert opened > 60


def test_nothing_runs_in_dialogs_searches_and_parts_that_load_later(watched: Watched) -> None:
    page = watched.page
    for name in ("brand", "product"):
        found = next(one for one in named("change") if one.model and one.model._meta.model_name == name)
        watched.open(objects(found)[0])
        page.wait_for_load_state("networkidle")
        watched.look()
    watched.open("/admin/commerce/order/")
    page.keyboard.press("Control+k")
    for term in ("<b", "=<", '"on'):
        page.locator("#search-input-command").fill(term)
        page.wait_for_timeout(400)
        watched.look()
    found = next(one for one in named("change") if one.model and one.model._meta.model_name == "reseller")
    watched.open(objects(found)[0])
    page.locator("[hx-target='#modal-content']").first.dispatch_event("click")
    page.wait_for_load_state("networkidle")
    watched.look()
    watched.open("/admin/commerce/client/add/")
    page.locator("#select2-id_reseller-container").click()
    page.locator(".select2-results__option:not(.loading-results)").first.wait_for()
    assert MARK.search(page.locator(".select2-results").inner_text())
    watched.look()
