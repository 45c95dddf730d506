"""Every page and dialog of the admin, opened in a browser: quiet, usable by everybody, no wider than the window."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.browser.product import COLOURS, Visitor
from tests.browser.walking import walk

pytestmark = [pytest.mark.browser, pytest.mark.worker]
NARROW = 320


@dataclass(frozen=True, slots=True)
class Look:
    language: str
    theme: str
    width: int


# One page is looked at in one language, theme and width, and on a phone; the next one of its family in the next. What
# a language, its direction or a theme breaks is in what pages share, and so seen on some of them, at the cost of one.
LOOKS = (
    Look("en", "light", 1440),
    Look("fa", "dark", 768),
    Look("en", "dark", NARROW),
    Look("fa", "light", NARROW),
    Look("ar", "light", 1440),
)


def too_wide(visitor: Visitor, *widths: int) -> list[str]:
    """The widths at which something runs out of this page; it stays as wide as the last one."""
    found = []
    for width in widths:
        visitor.page.set_viewport_size({"width": width, "height": 900})
        if visitor.page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{visitor.page.url} at {width}")
    return found


def test_every_page_and_dialog_of_the_owner_is_fit_for_everybody(visit: Callable[..., Visitor]) -> None:
    """What links and buttons lead to, in three languages, light and dark, and within the content policy."""
    visitor = visit("owner")

    def speak(number: int) -> None:
        visitor.speak(LOOKS[number % len(LOOKS)].language)

    def look(number: int) -> list[str]:
        one = LOOKS[number % len(LOOKS)]
        widths = dict.fromkeys((NARROW, one.width))
        found = too_wide(visitor, *widths) + visitor.findings(one.theme, sidebar=number < len(LOOKS))
        return [f"[{one.language}] {fault}" for fault in found]

    def look_into(number: int) -> list[str]:
        return visitor.findings(LOOKS[number % len(LOOKS)].theme, within="#dialog")

    starts = ("/admin/", "/admin/account/")
    walked = walk(visitor, *starts, below="/admin/", before=speak, page_look=look, dialog_look=look_into)

    faults = walked.faults + visitor.complaints
    assert not faults, "\n".join(faults)
    assert len(walked.pages) > 150 and len(walked.dialogs) > 50


@pytest.mark.parametrize("path", ["/admin/login/", "/admin/password-reset/"])
@pytest.mark.parametrize("language", ["en", "fa"])
def test_so_are_the_pages_before_the_sign_in(visit: Callable[..., Visitor], path: str, language: str) -> None:
    visitor = visit(None)
    visitor.speak(language)
    visitor.page.goto(path)

    assert too_wide(visitor, 320, 768, 1440) + visitor.all_findings() + visitor.complaints == []


def test_so_is_the_bar_of_bulk_actions(visit: Callable[..., Visitor]) -> None:
    visitor = visit("owner")
    visitor.page.goto("/admin/commerce/client/")
    visitor.page.locator("input.action-select").first.check()
    visitor.page.locator("#changelist-actions select").wait_for()

    assert visitor.all_findings() == []


def test_the_judge_of_colours_measures_each_kind_of_text(visit: Callable[..., Visitor]) -> None:
    """Once where two are alike, but each that has a colour, a size or a background of its own."""
    visitor = visit(None)
    visitor.page.goto("/admin/login/")
    visitor.page.evaluate(
        """() => document.body.insertAdjacentHTML("beforeend", `<main style="background: #fff">
            <p style="color: #888">one</p><p style="color: #888">two</p>
            <div style="background: #777"><p style="color: #888">three</p></div>
            <p style="color: #999">four</p><p style="color: #888; font-size: 11px">five</p></main>`)"""
    )

    found = visitor.findings("light", rules=COLOURS)

    assert re.findall(r">(\w+)</p>", "".join(found)) == ["one", "three", "four", "five"]
