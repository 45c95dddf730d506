"""What takes a while is seen to be under way, and a second click sends nothing a second time."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.product import Visitor

pytestmark = pytest.mark.browser
type Visit = Callable[..., Visitor]

# A page without patience shows the sign at once; what it showed is kept, as it is gone with the answer.
IMPATIENT = """
    const later = window.setTimeout;
    window.setTimeout = (step, wait, ...rest) => later(step, wait === 700 ? 0 : wait, ...rest);
    window.signs = [];
    new MutationObserver((changes) => changes.forEach(({ addedNodes }) => addedNodes.forEach((node) => {
        if (node.className === "tl-waiting") { window.signs.push([node.getAttribute("role"), node.textContent]); }
    }))).observe(document, { childList: true, subtree: true });
"""


def test_a_sign_stands_while_a_file_is_made_and_goes_when_it_comes(visit: Visit) -> None:
    page = visit("finance").page
    page.add_init_script(IMPATIENT)
    page.goto("/admin/commerce/order/")
    page.get_by_role("button", name="Download").click()
    with page.expect_download():
        page.get_by_text("This list as Excel").first.click()
    expect(page.locator(".tl-waiting")).to_have_count(0)
    assert page.evaluate("window.signs") == [["status", "Working on it…"]]


def test_a_double_click_saves_once(visit: Visit) -> None:
    page = visit("admin").page
    page.goto("/admin/commerce/category/add/")
    page.fill("#id_name", "Vouchers for books")
    page.fill("#id_code", "book-vouchers")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.locator("[name='_save']").first.dblclick()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    assert len(sent) == 1


def test_what_is_typed_while_the_search_opens_is_not_lost(visit: Visit) -> None:
    page = visit("owner").page
    for _ in range(5):
        page.goto("/admin/")
        page.keyboard.press("Control+k")
        page.keyboard.type("Savanna Airtime")
        expect(page.get_by_role("dialog").get_by_role("searchbox")).to_have_value("Savanna Airtime")
        expect(page.get_by_role("dialog").get_by_text("Savanna Airtime").first).to_be_visible()


def test_a_link_that_leads_nowhere_is_not_waited_for(visit: Visit) -> None:
    page = visit("support").page
    page.evaluate(
        """document.querySelector("#main-content").innerHTML = '<a href="#" id="nowhere">Menu</a>'"""
    )
    page.click("#nowhere")
    assert "tl-waits" not in page.evaluate("document.cookie")


def test_a_menu_of_a_row_is_used_by_the_keyboard_and_the_focus_comes_back(visit: Visit) -> None:
    page = visit("owner").page
    page.goto("/admin/django_celery_beat/periodictask/")
    trigger = page.locator("#result_list").get_by_role("button", name="More").first
    trigger.press("Enter")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#dialog")).to_be_visible()
    page.wait_for_function("document.querySelector('#dialog').contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(trigger).to_be_focused()


def test_a_table_that_scrolls_is_reached_by_the_keyboard_and_no_other(visit: Visit) -> None:
    page = visit("finance").page
    page.goto("/admin/analytics/report/")
    page.goto(page.locator("#result_list th a").first.get_attribute("href") or "")
    page.locator(".tl-scroll").first.wait_for()
    reached = """() => [...document.querySelectorAll('.tl-scroll')].filter((box) => box.clientWidth)
        .map((box) => [box.scrollWidth > box.clientWidth, box.tabIndex === 0])"""
    for width in (320, 2560, 320):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_function(f"() => ({reached})().every(([scrolls, stop]) => scrolls === stop)")
    assert any(scrolls for scrolls, _stop in page.evaluate(reached))
