"""Every page of the admin, opened in a browser: quiet, usable by everybody, and no wider than the window."""

from collections.abc import Callable

import pytest

from tests.browser.product import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.worker]
WIDTHS = (320, 768, 1440)
SIDEBAR = "#nav-sidebar a[href^='/admin/']"
FIRST_OBJECT = "#result_list tbody a[href*='/change/']"
ADD = "#content a[href$='/add/'], header a[href$='/add/']"


def too_wide(visitor: Visitor) -> list[str]:
    """The widths at which something runs out of this page."""
    found = []
    for width in WIDTHS:
        visitor.page.set_viewport_size({"width": width, "height": 900})
        if visitor.page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{visitor.page.url} at {width}")
    return found


def faults_of(visitor: Visitor, path: str) -> list[str]:
    """What is wrong with the page at this path, besides its sidebar."""
    answer = visitor.page.goto(path)
    refused = [] if answer and answer.status == 200 else [f"{path} answered {answer and answer.status}"]
    return refused + too_wide(visitor) + visitor.grave_findings(sidebar=False)


def test_every_page_of_the_owner_is_fit_for_everybody(visit: Callable[..., Visitor]) -> None:
    """What the sidebar leads to, and of each list its first object and its form for a new one."""
    visitor = visit("owner")
    faults = visitor.grave_findings()

    lists, below = visitor.links(SIDEBAR), []
    for path in lists:
        faults += faults_of(visitor, path)
        below += visitor.links(FIRST_OBJECT)[:1] + visitor.links(ADD)[:1]
    for path in below:
        faults += faults_of(visitor, path)

    faults += visitor.complaints
    assert not faults, "\n".join(faults)
    assert len(lists) > 20 and len(below) > 20


@pytest.mark.parametrize("path", ["/admin/login/", "/admin/password-reset/"])
def test_so_are_the_pages_before_the_sign_in(visit: Callable[..., Visitor], path: str) -> None:
    visitor = visit(None)
    visitor.page.goto(path)

    assert too_wide(visitor) + visitor.grave_findings() + visitor.complaints == []


def test_so_is_the_bar_of_bulk_actions(visit: Callable[..., Visitor]) -> None:
    visitor = visit("owner")
    visitor.page.goto("/admin/commerce/client/")
    visitor.page.locator("input.action-select").first.check()
    visitor.page.locator("#changelist-actions select").wait_for()

    assert visitor.grave_findings() == []
