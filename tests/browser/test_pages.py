"""Every page of the admin, opened in a browser: quiet, usable by everybody, and no wider than the window."""

from collections.abc import Callable

import pytest

from tests.browser.product import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.worker]
WIDTHS = (320, 768, 1440)
SIDEBAR = "#nav-sidebar a[href^='/admin/']"
FIRST_OBJECT = "#result_list tbody a[href*='/change/']"
ADD = "#content a[href$='/add/'], header a[href$='/add/']"


def lists(visitor: Visitor) -> list[str]:
    """What the sidebar leads to."""
    visitor.page.goto("/admin/")
    return visitor.links(SIDEBAR)


def objects(visitor: Visitor) -> list[str]:
    """Of each list its first object and its form for a new one."""
    found = []
    for path in lists(visitor):
        visitor.page.goto(path)
        found += visitor.links(FIRST_OBJECT)[:1] + visitor.links(ADD)[:1]
    return found


def too_wide(visitor: Visitor) -> list[str]:
    """The widths at which something runs out of this page."""
    found = []
    for width in WIDTHS:
        visitor.page.set_viewport_size({"width": width, "height": 900})
        if visitor.page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{visitor.page.url} at {width}")
    return found


@pytest.mark.parametrize("pages", [lists, objects])
def test_every_page_of_the_owner_is_fit_for_everybody(
    visit: Callable[..., Visitor], pages: Callable[[Visitor], list[str]]
) -> None:
    visitor = visit("owner")
    faults: list[str] = []

    paths = pages(visitor)
    for path in paths:
        answer = visitor.page.goto(path)
        if answer is None or answer.status != 200:
            faults.append(f"{path} answered {answer and answer.status}")
        faults += too_wide(visitor) + visitor.grave_findings()

    faults += visitor.complaints
    assert not faults, "\n".join(faults)
    assert len(paths) > 20


@pytest.mark.parametrize("path", ["/admin/login/", "/admin/password-reset/"])
def test_so_are_the_pages_before_the_sign_in(visit: Callable[..., Visitor], path: str) -> None:
    visitor = visit(None)
    visitor.page.goto(path)

    assert too_wide(visitor) + visitor.grave_findings() + visitor.complaints == []
