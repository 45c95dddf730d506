"""A person sets their phone up, signs in with its code, loses it, and sets up another one."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import PASSWORD, add_person, said
from tests.browser.product import Visitor
from tests.phones import code_of

pytestmark = [pytest.mark.browser, pytest.mark.worker]


@pytest.fixture
def name(visit: Callable[..., Visitor]) -> str:
    """Somebody of their own for this test: the others sign in with a password alone."""
    add_person(visit("owner").page, "phoebe", "support")
    return "phoebe"


def enter(visitor: Visitor, name: str) -> Page:
    page = visitor.page
    page.goto("/admin/login/")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    return page


def secret_on(page: Page) -> str:
    page.get_by_text("No camera? Type this key").click()
    return page.locator(".tl-qr__key").inner_text().replace(" ", "")


def give(page: Page, code: str, button: str) -> None:
    page.fill("input[name=code]", code)
    page.get_by_role("button", name=button).click()


def faults_of(visitor: Visitor) -> list[str]:
    return visitor.all_findings() + visitor.complaints


def test_a_phone_is_set_up_used_lost_and_replaced(visit: Callable[..., Visitor], name: str) -> None:
    first = visit(None)
    page = enter(first, name)
    page.wait_for_url("**/admin/")
    page.goto("/admin/account/")
    first.picture("account")
    faults = faults_of(first)
    page.get_by_role("link", name="Set it up").click()
    secret = secret_on(page)
    first.picture("set-up")
    faults += faults_of(first)
    page.fill("input[name=password]", PASSWORD)
    give(page, code_of(secret), "Set it up")
    codes = page.locator(".tl-codes code").all_inner_texts()
    assert len(codes) == 10 and all(re.fullmatch(r"[a-z2-7-]{19}", code) for code in codes)
    first.picture("codes")
    faults += faults_of(first)
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as a file").click()
    assert download.value.path().read_text().splitlines() == codes
    page.get_by_role("link", name="I have kept them").click()
    expect(page.locator("#second-factor")).to_contain_text("Recovery codes left")

    other = visit(None, viewport={"width": 390, "height": 844})
    page = enter(other, name)
    page.wait_for_url("**/second-factor/**")
    other.picture("code-phone")
    faults += faults_of(other)
    give(page, "000000", "Go on")
    expect(page.get_by_text("This code is not right")).to_be_visible()
    page.wait_for_timeout(1200)
    give(page, code_of(secret, ahead=1), "Go on")
    page.wait_for_url("**/admin/")

    lost = visit(None)
    page = enter(lost, name)
    page.get_by_role("link", name="Phone lost?").click()
    lost.picture("recovery")
    faults += faults_of(lost)
    give(page, codes[0], "Go on")
    page.wait_for_url("**/set-up/**")
    another = secret_on(page)
    page.fill("input[name=password]", PASSWORD)
    give(page, code_of(another), "Set it up")
    page.get_by_role("link", name="I have kept them").click()
    page.wait_for_url("**/admin/")
    page.goto("/admin/account/")
    lost.picture("account-with-phone")
    faults += faults_of(lost)

    other.page.goto("/admin/")
    assert "/second-factor/" in other.page.url
    assert not faults, "\n".join(faults)


IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile Safari/604.1"


def test_who_is_signed_in_twice_signs_the_other_browser_out(visit: Callable[..., Visitor]) -> None:
    add_person(visit("owner").page, "petra", "support")
    here = visit(None).sign_in_as("petra", PASSWORD)
    there = visit(None, user_agent=IPHONE).sign_in_as("petra", PASSWORD)
    page = here.page
    page.goto("/admin/account/")
    browsers = page.locator("#browsers")
    expect(browsers.locator("tbody tr")).to_have_count(2)
    expect(browsers).to_contain_text("This one")
    expect(browsers.locator("tbody tr", has_text="iPhone")).to_contain_text("now")
    here.picture("sessions-1")

    browsers.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Sign out", exact=True).click()
    said(page, "Signed out.")
    expect(browsers.locator("tbody tr")).to_have_count(1)
    here.picture("sessions-2-alone")
    there.page.goto("/admin/account/")
    assert "/admin/login/" in there.page.url
    there.picture("sessions-3-elsewhere")
    assert here.complaints == []
