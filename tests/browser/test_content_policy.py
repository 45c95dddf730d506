"""The content security policy in a browser: every page of the product does its work within it."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error, Page, Response

from tests.browser.product import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.worker]
WATCH = """
window.refusals = [];
document.addEventListener("securitypolicyviolation", (event) =>
    window.refusals.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
NOT_PAGES = re.compile(
    r"/(document|export|file|logout|jsi18n|sample)\b|\.(csv|xlsx|pdf|json)$|/media/|/static/"
)
MOST = 260


def kind_of(path: str) -> str:
    """One of each kind of page: ids are all alike."""
    return re.sub(r"/(?=[^/]*\d)[^/]+(?=/)", "/N", path)


def crawl(visitor: Visitor, *starts: str) -> tuple[list[str], list[str]]:
    """Follow every link to a page of a kind not seen yet, and open its first dialogs; paths and refusals."""
    page = visitor.page
    page.add_init_script(WATCH)
    waiting, seen, refused = list(starts), {kind_of(path) for path in starts}, []
    walked: list[str] = []
    while waiting and len(walked) < MOST:
        path = waiting.pop(0)
        answer = opened(page, path)
        if answer is None or "html" not in answer.headers.get("content-type", ""):
            continue
        walked.append(path)
        for button in page.locator("main button[hx-target='#modal-content']:visible").all()[:2]:
            button.click()
            page.locator("#dialog").first.wait_for()
            page.keyboard.press("Escape")
            page.locator("#dialog").first.wait_for(state="hidden")
        refused += [f"{path}: {one}" for one in page.evaluate("window.refusals")]
        links = page.eval_on_selector_all("a[href]", "all => all.map(link => link.href)")
        for link in links:
            parts = urlsplit(link)
            if not link.startswith(visitor.product.base) or NOT_PAGES.search(parts.path):
                continue
            if (kind := kind_of(parts.path)) not in seen:
                seen.add(kind)
                waiting.append(parts.path)
    return walked, refused


def opened(page: Page, path: str) -> Response | None:
    """The page at this path; nothing where it is a file."""
    try:
        return page.goto(path)
    except Error as error:
        if "Download is starting" in str(error):
            return None
        raise


def test_no_page_of_the_product_asks_for_more_than_its_policy_allows(visit: Callable[..., Visitor]) -> None:
    walked, refused = crawl(visit("owner"), "/admin/", "/admin/account/", "/api/docs/", "/api/redoc/")

    assert not refused, "\n".join(sorted(set(refused)))
    assert len(walked) > 80


def test_nor_do_the_pages_before_the_sign_in(visit: Callable[..., Visitor]) -> None:
    _walked, refused = crawl(visit(None), "/admin/login/", "/admin/password-reset/", "/nothing-here/")

    assert not refused


def test_the_judge_sees_what_is_refused(visit: Callable[..., Visitor]) -> None:
    visitor = visit(None)
    visitor.page.add_init_script(WATCH)
    visitor.page.goto("/admin/login/")
    visitor.page.evaluate(
        "() => { const one = document.createElement('script'); one.textContent = '1'; document.body.append(one); }"
    )
    visitor.page.wait_for_function("window.refusals.length > 0")
