"""A walk over every kind of page that links lead to, and every kind of dialog on them."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from urllib.parse import urlsplit

from playwright.sync_api import Error, Page, Response

from tests.browser.product import Visitor

REFUSALS = """
window.refusals = [];
document.addEventListener("securitypolicyviolation", (event) =>
    window.refusals.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
NOT_PAGES = re.compile(
    r"/(document|export|file|data|logout|jsi18n|sample)(/|$)|\.(csv|xlsx|pdf|json)$|/media/|/static/"
)
# What tells apart pages of one kind: a number, a list's or a message's name.
ONE_OF_MANY = re.compile(
    r"/(?=[^/]*\d)[^/]+(?=/)|(?<=/views/)[a-z]+\.[a-z]+(?=/)|(?<=/admin/messages/)\w+(?=/)"
)
OPENS_DIALOG = "[hx-get][hx-target='#modal-content']"
MOST = 400

type Look = Callable[[int], list[str]]
"""What is wrong with what is shown now; it is given a number that counts pages and dialogs."""


@dataclass(slots=True)
class Walked:
    pages: list[str]
    dialogs: list[str]
    faults: list[str]


def kind_of(path: str) -> str:
    """One of each kind of page: ids are all alike."""
    return ONE_OF_MANY.sub("/N", path).replace("//", "/")


def walk(
    visitor: Visitor,
    *starts: str,
    below: str = "/",
    before: Callable[[int], None] = lambda number: None,
    page_look: Look = lambda number: [],
    dialog_look: Look = lambda number: [],
) -> Walked:
    """Follow every link to a page of a kind not seen yet, and open every dialog of a kind not seen yet.

    What the content policy refuses, and answers other than 200 of what links lead to, are faults.

    Args:
        below: pages whose paths begin otherwise are left out.
        before: called before each page, with the number of its look.
    """
    page = visitor.page
    page.add_init_script(REFUSALS)
    waiting, seen, opened_kinds = list(starts), {kind_of(path) for path in starts}, set[str]()
    walked, numbers = Walked([], [], []), count()
    while waiting and len(walked.pages) < MOST:
        path = waiting.pop(0)
        number = next(numbers)
        before(number)
        answer = opened(page, path)
        if answer is None or "html" not in answer.headers.get("content-type", ""):
            continue
        walked.pages.append(path)
        if answer.status != 200 and path not in starts:
            walked.faults.append(f"{path} answered {answer.status}")
        links = page.eval_on_selector_all("a[href]:not([hx-get])", "all => all.map(link => link.href)")
        walked.faults += page_look(number)
        for address in dialogs_of(page, opened_kinds):
            walked.dialogs.append(address)
            walked.faults += [f"{address}: {fault}" for fault in dialog_look(next(numbers))]
            closed(page)
        walked.faults += [f"{path} was refused {one}" for one in page.evaluate("window.refusals")]
        for kind, leads in kinds_of(links, visitor.product.base, below):
            if kind not in seen:
                seen.add(kind)
                waiting.append(leads)
    return walked


def kinds_of(links: Sequence[str], base: str, below: str) -> Iterator[tuple[str, str]]:
    """Paths that links to pages of ours lead to, each after its kind."""
    for link in links:
        path = urlsplit(link).path
        if link.startswith(base) and path.startswith(below) and not NOT_PAGES.search(path):
            yield kind_of(path), path


def dialogs_of(page: Page, seen: set[str]) -> Iterator[str]:
    """Open one dialog after the other, of kinds not seen yet; a menu that is closed is no hindrance."""
    addresses = page.eval_on_selector_all(OPENS_DIALOG, "all => all.map(one => one.getAttribute('hx-get'))")
    for address in addresses:
        kind = kind_of(urlsplit(address).path)
        if kind in seen:
            continue
        seen.add(kind)
        page.locator(f'{OPENS_DIALOG}[hx-get="{address}"]').first.evaluate("one => one.click()")
        page.locator("#dialog").first.wait_for()
        yield address


def closed(page: Page) -> None:
    page.keyboard.press("Escape")
    page.locator("#dialog").first.wait_for(state="hidden")


def opened(page: Page, path: str) -> Response | None:
    """The page at this path; nothing where it is a file."""
    try:
        return page.goto(path)
    except Error as error:
        if "Download is starting" in str(error):
            return None
        raise
