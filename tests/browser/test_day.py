"""A working day in the admin: each person does what they come for, in a browser, on the running product."""

import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from project.processes import wait_until
from tests.browser.people import add_row, choose, do_to_all, press, said, save
from tests.browser.product import Product, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.worker]
type Visit = Callable[..., Visitor]

FIRST = "#result_list a[href*='/change/']"
ROWS, WRONG = 5_000, (7, 2_500, 4_999)


def open_first(page: Page, path: str) -> None:
    page.goto(path)
    page.locator(FIRST).first.click()
    page.wait_for_load_state()


def as_reseller(visitor: Visitor, method: str, path: str, **body: Any) -> Any:
    """A call of the demo's reseller, as its server makes it."""
    reseller = visitor.product.access["reseller"]
    caller = visitor.context.browser.new_context(base_url=visitor.product.base).request  # type: ignore[union-attr]
    options = {"data": body} if body else {}
    answer = caller.fetch(
        path, method=method, headers={"Authorization": f"Api-Key {reseller['api_key']}"}, **options
    )
    assert answer.ok, answer.text()
    return answer.json()


def airtime_order(caller: Visitor, phone: str, *, reference: str) -> Any:
    """The sandbox decides what becomes of it by the last three digits."""
    airtime = as_reseller(caller, "GET", "/api/products/?search=Airtime")["results"]
    product = next(found for found in airtime if found["brand"]["code"] == "safaricom")
    return as_reseller(
        caller,
        "POST",
        "/api/orders/",
        product=product["id"],
        amount="50" if product["min"] is None else product["min"],
        recipient={"phone": phone},
        reference=reference,
    )


def test_a_new_brand_is_sold_by_the_api_ten_seconds_later(visit: Visit) -> None:
    admin = visit("admin")
    page = admin.page
    page.goto("/admin/commerce/brand/add/")
    page.fill("#id_name", "Starfall Arena")
    page.fill("#id_code", "starfall")
    choose(page, "id_category", "Games")
    page.locator("a[href='#recipient_fields']").click()
    for key, kind, label in (("player_id", "player_id", "Player ID"), ("zone", "zone", "Server")):
        row = f"#id_recipient_fields-{add_row(page, 'recipient_fields')}"
        page.fill(f"{row}-key", key)
        page.select_option(f"{row}-kind", kind)
        page.fill(f"{row}-label", label)
    admin.picture("brand-1-fields")
    save(page)
    page.goto("/admin/commerce/product/add/")
    choose(page, "id_brand", "Starfall")
    page.fill("#id_name", "500 Stars")
    page.fill("#id_sku", "starfall-500")
    page.fill("#id_price", "4.99")
    page.fill("#id_face_value", "4.99")
    page.locator("a[href='#offers']").click()
    row = f"id_offers-{add_row(page, 'offers')}"
    choose(page, f"{row}-provider", "Atlas")
    page.fill(f"#{row}-cost", "4.10")
    admin.picture("brand-2-product")
    save(page)
    saved = time.monotonic()

    product = as_reseller(admin, "GET", "/api/products/?search=500 Stars")["results"][0]
    order = as_reseller(
        admin,
        "POST",
        "/api/orders/",
        product=product["id"],
        recipient={"player_id": "5550000", "zone": "3"},
        reference="first-of-starfall",
    )

    assert time.monotonic() - saved < 10
    page.goto(f"/admin/commerce/order/{order['id']}/change/")
    expect(page.get_by_text("Starfall Arena").first).to_be_visible()
    expect(page.get_by_text("5550000").first).to_be_visible()
    admin.picture("brand-3-sold")


def test_a_stuck_order_is_found_by_phone_and_resolved_with_evidence(visit: Visit) -> None:
    admin = visit("admin")
    page = admin.page
    order = airtime_order(admin, "+254712345202", reference="stuck")
    page.goto("/admin/")
    page.keyboard.press("Control+k")
    page.keyboard.type("0712 345 202")
    page.get_by_role("dialog").get_by_text(order["order_number"]).first.click()
    page.wait_for_url("**/order/**")
    # The provider does not answer; each look takes its time, and only an unknown outcome offers this.
    for _look in range(60):
        if page.get_by_role("button", name="Mark delivered").count():
            break
        page.reload()

    admin.picture("stuck-1-unknown")
    dialog = press(admin, "Mark delivered")
    dialog.get_by_label("Evidence").fill("Seen in the operator's panel")
    dialog.get_by_label("Reason").fill("The customer has the credit")
    admin.picture("stuck-2-evidence")
    dialog.get_by_role("button", name="Mark delivered").click()

    expect(page.get_by_text("Fulfilled").first).to_be_visible()
    expect(page.get_by_text("Seen in the operator's panel").locator("visible=true").first).to_be_visible()
    admin.picture("stuck-3-resolved")


def test_5000_products_are_imported_but_three_bad_rows(visit: Visit, tmp_path: Path) -> None:
    admin = visit("admin")
    page = admin.page
    page.goto("/admin/commerce/product/import/")
    file = tmp_path / "products.xlsx"
    file.write_bytes(products())
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="Check the file").click()

    go = page.get_by_role("button", name="Import 4997, leave out 3")
    expect(go).to_be_visible(timeout=120_000)
    for number in WRONG:
        expect(page.get_by_role("cell", name=f"day-{number}", exact=True)).to_be_visible()
    admin.picture("import-1-checked")
    go.click()

    # The last step's name, and the badge once it is done.
    expect(page.get_by_text("Imported", exact=True)).to_have_count(2, timeout=120_000)
    admin.picture("import-2-done")
    page.goto(f"/admin/commerce/product/?q=day-{ROWS}")
    expect(page.get_by_text(f"Pack {ROWS}")).to_be_visible()


def products() -> bytes:
    """Three of the prices are no numbers."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["sku", "name", "brand", "denomination", "currency", "price", "face_value"])
    for number in range(1, ROWS + 1):
        price = "a lot" if number in WRONG else "9.99"
        sheet.append([f"day-{number}", f"Pack {number}", "freefire", "fixed", "USD", price, "10"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_moderator_blocks_a_client(visit: Visit) -> None:
    moderator = visit("moderator")
    open_first(moderator.page, "/admin/commerce/client/?status__exact=active")

    dialog = press(moderator, "Block")
    dialog.get_by_label("Reason").fill("Pays with cards of others")
    dialog.get_by_role("button", name="Block").click()

    expect(moderator.page.get_by_text("Suspended").first).to_be_visible()
    moderator.picture("client-blocked")


def test_operations_bring_a_sim_and_an_esim_to_their_buyers(visit: Visit) -> None:
    """From an order by the API to a phone that works: several at once where it can be, one by one where it must."""
    operations = visit("moderator")
    card, esim = (sim_order(operations, sku) for sku in ("SIM-MTN-NG", "ESIM-MTN-NG"))
    numbers = [card["order_number"], esim["order_number"]]
    page = operations.page
    page.goto("/admin/commerce/delivery/?status__exact=pending")
    operations.picture("sim-1-pending")

    form = do_to_all(operations, numbers, "Assign deliveries")
    form.get_by_label("Colleague").select_option(label="Priya Menon")
    form.get_by_label("Courier").fill("Sendy")
    operations.picture("sim-2-assign")
    form.get_by_role("button", name="Assign deliveries").click()
    said(page, "2 rows done")
    form = do_to_all(operations, numbers, "Confirm deliveries")
    form.get_by_role("button", name="Confirm deliveries").click()
    said(page, "2 rows done")

    page.goto("/admin/commerce/delivery/?status__exact=confirmed")
    form = do_to_all(operations, numbers, "Dispatch deliveries")
    form.get_by_role("button", name="Dispatch deliveries").click()
    said(page, "2 rows done")
    operations.picture("sim-3-dispatched")

    bring(operations, card["order_number"], iccid="8988211000000123458")
    operations.picture("sim-4-card-active")
    bring(
        operations, esim["order_number"], iccid="8988211000000123466", code="LPA:1$rsp.example.com$DAY-ONE-1"
    )
    press(operations, "Show QR").get_by_role("button", name="Show QR").click()
    expect(page.get_by_alt_text("The activation code as a QR code")).to_be_visible()
    operations.picture("sim-5-esim-code")
    assert operations.complaints == []


def test_many_rows_go_part_by_part_and_each_refusal_is_told(visit: Visit) -> None:
    admin = visit("admin")
    page = admin.page
    page.goto("/admin/commerce/order/?status__exact=fulfilled")
    page.locator("#action-toggle").check()
    page.select_option("select[name=action]", label="Confirm deliveries")
    page.get_by_role("button", name="Run").click()
    page.get_by_role("button", name="Confirm deliveries").click()

    expect(page.get_by_role("link", name="Back to the list")).to_be_focused(timeout=60_000)
    expect(page.get_by_text("50 / 50")).to_be_visible()
    expect(page.get_by_text("0 done, 50 refused")).to_be_visible()
    expect(page.get_by_text("This order is not shipped.").first).to_be_visible()
    admin.picture("many-rows")
    assert admin.all_findings() + admin.complaints == []


def sim_order(visitor: Visitor, sku: str) -> Any:
    """An order of a SIM that our desk has taken up."""
    product = as_reseller(visitor, "GET", f"/api/products/?search={sku}")["results"][0]
    order = as_reseller(
        visitor,
        "POST",
        "/api/orders/",
        product=product["id"],
        recipient={"contact_phone": "+2348031234567", "full_name": "Ada Obi"},
        delivery_address="12 Marina, Lagos",
        reference=f"day-{sku}",
    )
    wait_for_status(visitor, order["id"], "processing")
    return order


def wait_for_status(visitor: Visitor, order: str, status: str) -> None:
    assert wait_until(
        lambda: as_reseller(visitor, "GET", f"/api/orders/{order}/")["status"] == status,
        seconds=30,
        every=0.2,
    )


def bring(visitor: Visitor, number: str, *, iccid: str, code: str = "") -> None:
    """A dispatched SIM arrives, and works."""
    page = visitor.page
    open_first(page, f"/admin/commerce/delivery/?q={number}")
    press(visitor, "Delivered").get_by_role("button", name="Delivered").click()
    said(page, "The delivery is delivered.")
    dialog = press(visitor, "Activate the SIM")
    dialog.get_by_label("ICCID").fill(iccid)
    if code:
        dialog.get_by_label("Activation code").fill(code)
    dialog.get_by_role("button", name="Activate the SIM").click()
    said(page, "The buyer has it and the SIM works.")


def test_support_writes_to_a_buyer(visit: Visit) -> None:
    support = visit("support")
    page = support.page
    open_first(page, "/admin/commerce/delivery/")

    dialog = press(support, "Send message")
    dialog.get_by_label("Subject").fill("Your SIM comes tomorrow")
    dialog.get_by_label("Message").fill("The courier rings at noon.")
    support.picture("message-1-written")
    dialog.get_by_role("button", name="Send").click()
    said(page, "The message is on its way to")
    sent = page.locator(".tl-step", has_text="The courier rings at noon.")
    expect(sent).to_have_count(1)

    for _try in range(60):
        if "(Sent)" in sent.inner_text():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(sent).to_contain_text("(Sent)")
    support.picture("message-2-sent")


def test_support_answers_a_ticket(visit: Visit) -> None:
    support = visit("support")
    open_first(support.page, "/admin/commerce/supportticket/?status__exact=open")

    support.page.fill("#reply-message", "We asked the provider; the code is on its way.")
    support.page.get_by_role("button", name="Send the answer").click()

    expect(support.page.get_by_text("the code is on its way").first).to_be_visible()
    expect(support.page.get_by_text("Their turn").first).to_be_visible()
    support.picture("ticket-answered")


@pytest.fixture(scope="module")
def failed_last_week(browser: Browser, product: Product) -> list[str]:
    """Numbers of orders that a provider refused and that are a week old by now."""
    caller = Visitor(browser, product)
    numbers = [failed_order(caller, ending) for ending in ("101", "102", "103")]
    # A week passes: only then are they last week's.
    with psycopg.connect(product.environment["DATABASE_URL"]) as database:
        database.execute("SET LOCAL session_replication_role = replica")
        database.execute(
            "UPDATE commerce_order SET created_at = created_at - interval '7 days' WHERE order_number = ANY(%s)",
            [numbers],
        )
    caller.context.close()
    return numbers


def failed_order(caller: Visitor, ending: str) -> str:
    order = airtime_order(caller, f"+254712345{ending}", reference=f"fails-{ending}")
    wait_for_status(caller, order["id"], "failed")
    return str(order["order_number"])


def take(visit: Visit, kind: str) -> Path:
    finance = visit("finance")
    page = finance.page
    page.goto("/admin/commerce/order/")
    page.get_by_role("link", name="Failed last week").click()
    page.get_by_role("button", name="Download").click()
    finance.picture(f"failed-{kind}")
    with page.expect_download() as download:
        page.get_by_text(f"This list as {kind}").first.click()
    return Path(download.value.path())


def test_finance_takes_last_weeks_failed_orders_as_excel(visit: Visit, failed_last_week: list[str]) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(take(visit, "Excel").read_bytes())).worksheets[0]
    said = {str(cell) for row in sheet.iter_rows(values_only=True) for cell in row}
    assert said >= set(failed_last_week)


def test_finance_takes_last_weeks_failed_orders_as_pdf(visit: Visit, failed_last_week: list[str]) -> None:
    document = take(visit, "PDF")
    said = "".join(page.extract_text() for page in PdfReader(document).pages)
    assert all(number in said for number in failed_last_week)


def test_the_auditor_reads_who_changed_what_and_changes_nothing(visit: Visit) -> None:
    auditor = visit("auditor")
    page = auditor.page
    page.goto("/admin/history/")
    expect(page.get_by_text("Added:").first).to_be_visible()
    auditor.picture("auditor-1-history")
    page.goto("/admin/operations/")
    expect(page.get_by_role("heading", name="Operations")).to_be_visible()
    auditor.picture("auditor-2-operations")
    open_first(page, "/admin/commerce/reseller/")

    for action in ("Fund", "Adjust", "Suspend", "Credit limit"):
        expect(page.get_by_role("button", name=action, exact=True)).to_have_count(0)


def test_the_owner_sees_the_day_and_searches_from_the_keyboard(visit: Visit, product: Product) -> None:
    owner = visit("owner")
    page = owner.page
    page.get_by_role("link", name="7 days").click()
    expect(page.get_by_text("Daily revenue").first).to_be_visible()
    owner.picture("owner-1-week")
    page.keyboard.press("Control+k")
    page.keyboard.type("Savanna")
    expect(page.get_by_text("Savanna Airtime").first).to_be_visible()
    owner.picture("owner-2-found")
    page.keyboard.press("Escape")
    assert owner.complaints == []
