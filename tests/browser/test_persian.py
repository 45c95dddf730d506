"""A day of the owner and of support in Persian, and a look at Arabic: from right to left, nothing left in English."""

import re
from collections.abc import Callable
from functools import cache

import polib
import psycopg
import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from tests.browser.people import PASSWORD, add_person
from tests.browser.product import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.worker]
type Visit = Callable[..., Visitor]

# What one sees or hears, but for icons (their names are English words) and what machines wrote.
SEEN = """() => {
    const said = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode, around = node.parentElement;
        const ours = !around.closest("script, style, textarea, pre, code, .material-symbols-outlined");
        if (ours && around.checkVisibility()) {
            said.push(node.textContent);
        }
    }
    for (const name of ["placeholder", "title", "aria-label", "alt"]) {
        document.querySelectorAll(`[${name}]`).forEach((one) => said.push(one.getAttribute(name)));
    }
    return [...new Set(said.map((text) => text.trim().replace(/\\s+/g, " ")))].filter((text) => /[a-z]{2}/i.test(text));
}"""
SIDEBAR = "document.querySelector('#nav-sidebar').getBoundingClientRect()"
WIDER = "document.documentElement.scrollWidth - innerWidth"
AMOUNT = re.compile("^\u2066[$€][\\d,]+\\.\\d\\d\u2069$")


@cache
def ours(language: str) -> dict[str, str]:
    """Our words and Unfold's in English, with what they are in a language."""
    found = {}
    for folder in ("locale", "locale/unfold"):
        for entry in polib.pofile(str(settings.BASE_DIR / folder / language / "LC_MESSAGES" / "django.po")):
            if entry.msgstr and entry.msgstr != entry.msgid:
                found[entry.msgid] = entry.msgstr
    return found


def names(visitor: Visitor) -> set[str]:
    """Data that is spelled as words of ours are: what staff called a recipient's fields, who made the demo, and reasons
    in the language of whoever gave them.
    """
    with psycopg.connect(visitor.product.environment["DATABASE_URL"]) as database:
        return {
            "Demo",
            *(label for (label,) in database.execute("SELECT label FROM commerce_recipientfield")),
            *(reason for (reason,) in database.execute("SELECT DISTINCT data->>'reason' FROM core_event")),
        }


def faults_of(visitor: Visitor, language: str = "fa") -> list[str]:
    """What of this page is not as a reader of that language expects it."""
    page = visitor.page
    english = ours(language).keys() - names(visitor)
    told = [f"{page.url} says “{text}”" for text in page.evaluate(SEEN) if text in english]
    if page.evaluate("document.documentElement.dir") != "rtl":
        told.append(f"{page.url} runs from left to right")
    if page.evaluate(f"{SIDEBAR}.right") < page.viewport_size["width"]:  # type: ignore[index]
        told.append(f"{page.url}: the menu is not on the right")
    if page.evaluate(WIDER) > 0:
        told.append(f"{page.url} is too wide")
    return told


def seen(visitor: Visitor, *pages: str, language: str = "fa") -> list[str]:
    faults = []
    for path in pages:
        visitor.page.goto(path)
        visitor.picture(f"{language}-{re.sub(r'[^a-z]+', '-', path.removeprefix('/admin/')) or 'index'}")
        faults += faults_of(visitor, language)
    return faults


def word(english: str, language: str = "fa") -> str:
    return ours(language)[english]


def press(page: Page, english: str) -> None:
    page.get_by_role("button", name=word(english), exact=True).first.click()


@pytest.fixture
def person(visit: Visit) -> Callable[..., Visitor]:
    """`person("mina", "support", "fa")`: somebody of that role who reads that language, signed in."""
    owner = visit("owner").page

    def enter(name: str, role: str, language: str) -> Visitor:
        add_person(owner, name, role, language=language)
        return visit(None, locale={"fa": "fa-IR", "ar": "ar-AE"}[language]).sign_in_as(name, PASSWORD)

    return enter


def test_the_owners_day_in_persian(person: Callable[..., Visitor]) -> None:
    owner = person("mina", "super_admin", "fa")
    page = owner.page
    faults = seen(
        owner,
        "/admin/",
        "/admin/commerce/order/",
        "/admin/commerce/reseller/1/change/",
        "/admin/commerce/unknownorder/",
        "/admin/settings/",
        "/admin/settings/pricing/",
        "/admin/core/approval/",
        "/admin/history/",
        "/admin/account/",
    )
    page.goto("/admin/commerce/order/?status__exact=fulfilled")
    # Money, a moment and a number read as everywhere: figures from left to right, months by their Persian names.
    row = page.locator("#result_list tbody tr").first
    expect(row.locator(".tl-money")).to_have_text(AMOUNT)
    expect(row.locator(".field-created_at")).to_have_text(re.compile(r"^\d{1,2} [آ-ی]+ 20\d\d، \d\d:\d\d$"))
    expect(row.locator("th a")).to_have_text(re.compile(r"^TL-\w{5}-\w{5}$"))
    row.locator("th a").click()
    page.wait_for_url("**/change/**")
    owner.picture("fa-order")
    faults += faults_of(owner)
    press(page, "Refund")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    owner.picture("fa-refund")
    faults += faults_of(owner)
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/admin/commerce/order/")
    owner.picture("fa-phone")
    assert page.evaluate(WIDER) <= 0
    faults += owner.complaints
    assert not faults, "\n".join(faults)


def test_supports_day_in_persian(person: Callable[..., Visitor]) -> None:
    support = person("sina", "support", "fa")
    page = support.page
    faults = seen(
        support, "/admin/", "/admin/commerce/supportticket/", "/admin/inbox/", "/admin/commerce/customer/"
    )
    page.goto("/admin/commerce/supportticket/?status__exact=open")
    page.locator("#result_list a[href*='/change/']").first.click()
    page.wait_for_url("**/change/**")
    faults += faults_of(support)
    page.fill("#reply-message", "سلام، کد شما تا یک ساعت دیگر می‌رسد.")
    support.picture("fa-ticket")
    press(page, "Send the answer")
    expect(page.get_by_text("کد شما تا یک ساعت دیگر می‌رسد").first).to_be_visible()
    support.picture("fa-ticket-answered")
    page.keyboard.press("Control+k")
    page.keyboard.type("Savanna")
    expect(page.get_by_role("dialog").get_by_text("Savanna Airtime").first).to_be_visible()
    support.picture("fa-palette")
    faults += faults_of(support) + support.complaints
    assert not faults, "\n".join(faults)


def test_a_page_in_arabic(person: Callable[..., Visitor]) -> None:
    admin = person("layla", "admin", "ar")
    faults = seen(admin, "/admin/", "/admin/commerce/order/", language="ar") + admin.complaints
    row = admin.page.locator("#result_list tbody tr").first
    expect(row.locator(".tl-money")).to_have_text(AMOUNT)
    expect(row.locator(".field-created_at")).to_have_text(re.compile(r"^\d{1,2} [ء-ي]+ 20\d\d، \d\d:\d\d$"))
    assert not faults, "\n".join(faults)
