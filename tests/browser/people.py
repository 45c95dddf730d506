"""What people do on the admin's pages, by what they read on them."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.product import Visitor

# Of people whom tests add.
PASSWORD = "a password for the phone 7"


def choose(page: Page, field: str, text: str) -> None:
    """Search in a field of select2 and take the first answer."""
    page.locator(f"#select2-{field}-container").click()
    page.locator(".select2-search__field").last.fill(text)
    page.locator(".select2-results__option:not(.loading-results)", has_text=text).first.click()


def add_row(page: Page, inline: str) -> int:
    """One more row of an inline; its number."""
    number = int(page.locator(f"#id_{inline}-TOTAL_FORMS").input_value())
    page.locator(f"#{inline}-group").get_by_role("link", name="Add another").click()
    return number


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#content .errornote, .errorlist")).to_have_count(0)


def press(visitor: Visitor, action: str) -> Locator:
    """Press an action's button on an object's page; its dialog."""
    visitor.page.get_by_role("button", name=action, exact=True).first.click()
    dialog = visitor.page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    return dialog


def do_to_all(visitor: Visitor, numbers: list[str], action: str) -> Locator:
    """Tick these rows of a list and choose what to do with them; the form that asks about it."""
    page = visitor.page
    for number in numbers:
        page.locator("#result_list tbody tr", has_text=number).locator("input.action-select").check()
    page.select_option("select[name=action]", label=action)
    page.get_by_role("button", name="Run").click()
    form = page.locator("form[data-bulk]")
    expect(form).to_be_visible()
    return form


def said(page: Page, text: str) -> None:
    """The product says so: a toast or a line on the page."""
    expect(page.get_by_text(text).first).to_be_visible()


def add_person(page: Page, name: str, role: str, *, language: str = "") -> None:
    """Somebody of their own for a test: what they do to their account is nobody else's."""
    page.goto("/admin/core/user/add/")
    page.fill("[name=username]", name)
    page.fill("[name=email]", f"{name}@example.com")
    page.select_option("[name=role]", role)
    page.select_option("[name=language]", language)
    page.fill("[name=new_password]", PASSWORD)
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/change/")
