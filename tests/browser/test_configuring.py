"""Staff make the product theirs: its looks, its words, its lists and its first page, and others meet what they did."""

import io
import re
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from project.processes import wait_until
from tests.browser.people import PASSWORD, add_person, press, said, save
from tests.browser.product import Product, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.worker]
type Visit = Callable[..., Visitor]

COLOR = "getComputedStyle(document.documentElement).getPropertyValue('--color-primary-600').trim()"
LOGO = "img[src^='data:image/png']"


def comes(page: Page, words: str) -> None:
    """What was saved reaches each process of the server within seconds."""
    assert wait_until(lambda: words in (page.reload(), page.content())[1], seconds=10, every=0.3), words


@pytest.fixture
def owner(visit: Visit) -> Visitor:
    return visit("owner")


@pytest.fixture
def dressed(owner: Visitor, visit: Visit) -> Iterator[Visitor]:
    """The owner has given the product another name, logo and colours; at the end it has its own again."""
    page = owner.page
    page.goto("/admin/settings/branding/")
    page.fill("[name=name]", "Zephyr Pay")
    page.fill("[name=tagline]", "Top-ups on the wind")
    page.fill("[name=primary_color]", "#7c3aed")
    page.fill("[name=footer]", "Zephyr Pay Ltd · Lagos")
    page.set_input_files("[name=logo]", {"name": "logo.png", "mimeType": "image/png", "buffer": logo()})
    page.get_by_role("button", name="Save", exact=True).click()
    said(page, "in force everywhere within seconds")
    yield owner
    page.goto("/admin/settings/branding/")
    dialog = press(owner, "Put back")
    dialog.get_by_label("Reason").fill("The old name is the better one")
    dialog.get_by_role("button", name="Put back").click()
    said(page, "Put back as it was before")
    expect(page.locator("[name=name]")).to_have_value("Topline")
    # Pictures of before are not kept.
    page.locator("[name=remove_logo]").check()
    page.get_by_role("button", name="Save", exact=True).click()
    said(page, "in force everywhere within seconds")


def logo() -> bytes:
    picture = Image.new("RGB", (96, 96), "#7c3aed")
    ImageDraw.Draw(picture).polygon([(20, 24), (76, 24), (40, 72), (76, 72), (20, 72), (56, 24)], "white")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def test_another_name_logo_and_colour_are_seen_everywhere(
    visit: Visit, dressed: Visitor, product: Product, tmp_path: Path
) -> None:
    page = dressed.page
    dressed.picture("branding-1-settings")
    before = page.evaluate(COLOR)
    page.goto("/admin/")
    comes(page, "Zephyr Pay")
    expect(page.locator(f"#nav-sidebar {LOGO}").first).to_be_visible()
    purple = page.evaluate(COLOR)
    dressed.picture("branding-2-admin")

    stranger = visit(None)
    stranger.page.goto("/admin/login/")
    comes(stranger.page, "Zephyr Pay")
    expect(stranger.page.get_by_text("Top-ups on the wind")).to_be_visible()
    expect(stranger.page.locator(LOGO).first).to_be_visible()
    assert stranger.page.evaluate(COLOR) == purple and re.search(r"29\d", purple), (before, purple)
    stranger.picture("branding-3-sign-in")

    address = dressed.product.access["users"]["support"]["username"] + "@topline.example"
    known = len(product.mails.to(address))
    ask_for_a_password(stranger, address)
    mail = product.mails.newest_to(address, after=known)
    assert "Zephyr Pay" in str(mail["From"])

    page.goto("/admin/commerce/reseller/")
    page.get_by_role("button", name="Download").click()
    with page.expect_download() as download:
        page.get_by_text("This list as PDF").first.click()
    document = tmp_path / "list.pdf"
    download.value.save_as(document)
    dressed.keep("branding-4-document.pdf", document)
    first = PdfReader(document).pages[0]
    assert all(words in first.extract_text() for words in ("Top-ups on the wind", "Zephyr Pay Ltd · Lagos"))
    assert first.images


def ask_for_a_password(visitor: Visitor, address: str) -> None:
    page = visitor.page
    page.goto("/admin/login/")
    page.get_by_role("link", name="Forgotten password?").click()
    page.fill("[name=email]", address)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("[name=email]")).to_have_count(0)


SUBJECT = "گذرواژهٔ تازهٔ شما در {product}"
BODY = "{name} عزیز،\n\nبرای گذرواژهٔ تازه این پیوند را باز کنید:\n{link}\n\nبا مهر، تیم پشتیبانی"


def test_words_are_changed_and_reach_somebody_in_their_language(
    visit: Visit, owner: Visitor, product: Product
) -> None:
    page = owner.page
    add_person(page, "nasrin", "support", language="fa")
    page.goto("/admin/messages/password_reset/")
    page.get_by_role("navigation", name="Language").get_by_role("link", name="Persian").click()
    page.fill("[name=subject]", SUBJECT)
    page.fill("[name=body]", "{{ settings.SECRET_KEY }}")
    expect(page.locator("#preview")).to_contain_text("looks like a tag of a template language")
    owner.picture("words-1-refused")
    page.fill("[name=body]", BODY)
    expect(page.locator("#preview")).to_contain_text("https://desk.example.com/admin/…")
    # As one reads it: a line that begins with a Latin name stands on the right, too.
    expect(page.locator("#preview .tl-letter, #words textarea[dir=rtl]")).to_have_count(2)
    expect(page.locator("#preview .tl-letter")).to_have_css("direction", "rtl")
    owner.picture("words-2-preview")

    known = len(product.mails.to("owner@topline.example"))
    page.get_by_role("button", name="Send to me").click()
    said(page, "Nothing was saved")
    tried = product.mails.newest_to("owner@topline.example", after=known)
    assert subject_of(tried) == "گذرواژهٔ تازهٔ شما در Topline"
    page.fill("[name=subject]", SUBJECT)
    page.fill("[name=body]", BODY)
    page.get_by_role("button", name="Save", exact=True).click()
    said(page, "It is used from now on")
    owner.picture("words-3-saved")

    ask_for_a_password(visit(None), "nasrin@example.com")
    mail = product.mails.newest_to("nasrin@example.com")
    text = mail.get_content()
    assert subject_of(mail) == "گذرواژهٔ تازهٔ شما در Topline"
    assert text.startswith("nasrin عزیز") and "تیم پشتیبانی" in text
    theirs = visit(None, locale="fa-IR")
    theirs.page.goto(re.search(r"http\S+", text).group())  # type: ignore[union-attr]
    expect(theirs.page.locator("[name=new_password1]")).to_be_visible()
    theirs.picture("words-4-opened")


def subject_of(mail: EmailMessage) -> str:
    # Python's parser leaves the space a long line was folded at.
    return str(mail["Subject"]).strip()


AS_SAVED = ["Order", "Status", "Product", "Buyer", "Total", "Payment", "Source", "Created at"]


def test_a_view_of_a_list_is_saved_and_shared(visit: Visit, owner: Visitor) -> None:
    add_person(owner.page, "farid", "finance")
    finance = visit("finance")
    page = finance.page
    page.goto("/admin/commerce/order/?status__exact=fulfilled&o=8")
    page.get_by_role("button", name="View", exact=True).click()
    page.get_by_text("Save this view").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Oldest first")
    dialog.locator("li", has_text="Recipient").get_by_role("checkbox").uncheck()
    dialog.get_by_label("Source", exact=True).check()
    for _step in range(3):
        dialog.get_by_role("button", name="Source: earlier").click()
    dialog.get_by_label("Rows a page").select_option("25")
    dialog.get_by_label("Finance").check()
    finance.picture("view-1-dialog")
    dialog.get_by_role("button", name="Save", exact=True).click()
    said(page, "You find it above the list")
    finance.picture("view-2-saved")
    headings = columns(page)

    colleague = visit(None).sign_in_as("farid", PASSWORD)
    colleague.page.goto("/admin/commerce/order/")
    colleague.page.get_by_role("navigation", name="Views of this list").get_by_text("Oldest first").click()
    colleague.page.wait_for_load_state()
    assert columns(colleague.page) == headings == AS_SAVED
    colleague.picture("view-3-colleague")
    support = visit("support").page
    support.goto("/admin/commerce/order/")
    expect(support.get_by_text("Oldest first")).to_have_count(0)


def columns(page: Page) -> list[str]:
    found = page.locator("#result_list thead th[class*=column-]").all_inner_texts()
    return [text.strip().split("\n")[0] for text in found]


LINK = "main a:text-is('Open tickets'), main a:has(bdi:text-is('Open tickets'))"


def test_what_staff_are_told_is_seen_by_whom_it_is_for(visit: Visit, owner: Visitor) -> None:
    page = owner.page
    page.goto("/admin/core/announcement/add/")
    page.fill("[name=title]", "The desk closes at six today")
    page.fill("[name=text]", "Tickets that come later are tomorrow's.")
    page.get_by_label("Support", exact=True).check()
    owner.picture("told-1-announcement")
    save(page)
    page.goto("/admin/core/quicklink/add/")
    page.fill("[name=title]", "Open tickets")
    page.fill("[name=url]", "/admin/commerce/supportticket/?status__exact=open")
    page.get_by_label("Support", exact=True).check()
    owner.picture("told-2-link")
    save(page)
    page.goto("/admin/broadcast/")
    page.get_by_label("Staff: ").check()
    page.get_by_role("checkbox", name="Inbox").check()
    page.fill("[name=subject]", "Atlas is down")
    page.fill("[name=text]", "Send no order there by hand until we write again.")
    page.fill("[name=reason]", "The provider told us")
    page.get_by_role("button", name="Count and look").click()
    said(page, "It goes to")
    owner.picture("told-3-counted")
    page.get_by_role("button", name="Send it to all of them").click()
    said(page, "It goes out to")
    owner.picture("told-4-sent")

    support = visit("support")
    page = support.page
    said(page, "The desk closes at six today")
    expect(page.locator(LINK)).to_be_visible()
    assert wait_until(lambda: is_told(page, "Atlas is down"), seconds=20, every=0.5)
    support.picture("told-5-inbox")
    page.goto("/admin/")
    support.picture("told-6-first-page")
    page.get_by_role("button", name="Put away: The desk closes at six today").click()
    page.wait_for_load_state()
    expect(page.get_by_text("The desk closes at six today")).to_have_count(0)
    page.locator(LINK).click()
    page.wait_for_url("**/supportticket/?status__exact=open")

    other = visit("moderator").page
    expect(other.get_by_text("The desk closes at six today")).to_have_count(0)
    expect(other.locator(LINK)).to_have_count(0)
    assert is_told(other, "Atlas is down")


def is_told(page: Page, words: str) -> bool:
    page.goto("/admin/inbox/")
    return words in page.locator("main").inner_text()
