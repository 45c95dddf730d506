"""Money above a limit: one person asks, another decides, and it moves once."""

import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal

import psycopg
import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.browser.people import press, said
from tests.browser.product import Product, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.worker]
type Visit = Callable[..., Visitor]

AMOUNT, REFERENCE = Decimal("18500.00"), "WIRE-DAY-4"


def funded(product: Product) -> list[Decimal]:
    """What the ledger has of the wire."""
    with psycopg.connect(product.environment["DATABASE_URL"]) as database:
        rows = database.execute(
            "SELECT amount FROM commerce_transfer WHERE external_reference = %s", [REFERENCE]
        )
        return [amount for (amount,) in rows]


def balance(product: Product) -> Decimal:
    seller = product.access["reseller"]["seller_id"]
    with psycopg.connect(product.environment["DATABASE_URL"]) as database:
        row = database.execute(
            "SELECT balance FROM commerce_account"
            " WHERE kind = 'wallet' AND NOT is_test AND currency = 'USD' AND reseller_id = %s",
            [seller],
        ).fetchone()
    return Decimal(row[0])  # type: ignore[index]


def test_a_reseller_is_funded_above_the_limit_by_two_persons(visit: Visit, product: Product) -> None:
    reseller = f"/admin/commerce/reseller/{product.access['reseller']['seller_id']}/change/"
    before = balance(product)
    finance = visit("finance")
    page = finance.page
    page.goto(reseller)
    dialog = press(finance, "Fund")
    dialog.get_by_label("Amount").fill(str(AMOUNT))
    dialog.get_by_label("Bank reference").fill(REFERENCE)
    dialog.get_by_label("Reason").fill("Wire of the month, seen at the bank")
    finance.picture("funding-1-asked")
    dialog.get_by_role("button", name="Fund").click()
    said(page, "Nothing was changed yet")
    finance.picture("funding-2-waits")
    assert not funded(product)

    page.get_by_text("Nothing was changed yet").get_by_role("link").click()
    said(page, "You asked for this")
    for action in ("Approve", "Refuse"):
        expect(page.get_by_role("button", name=action, exact=True)).to_have_count(0)
    finance.picture("funding-3-own")
    approval = page.url
    # Not offered; and refused, asked for by hand.
    token = next(one["value"] for one in finance.context.cookies() if one["name"] == "csrftoken")
    answer = finance.context.request.post(
        approval.replace("/change/", "/approve/"),
        form={"_form_submitted": "True", "note": "mine"},
        headers={"X-CSRFToken": token, "Referer": approval, "HX-Request": "true"},
    )
    assert "another person has to decide it" in answer.text() and "hx-redirect" not in answer.headers
    assert not funded(product)

    second = visit("owner")
    page = second.page
    page.get_by_role("link", name="Inbox").click()
    said(page, "18,500.00")
    second.picture("funding-4-told")
    page.goto("/admin/core/approval/")
    second.picture("funding-5-list")
    page.goto(approval)
    said(page, "This waits for you or another second person")
    expect(page.get_by_role("row", name="Balance")).to_contain_text(f"{before + AMOUNT:,.2f}")
    second.picture("funding-6-before-and-after")
    dialog = press(second, "Approve")
    dialog.get_by_label("Note").fill("Seen on the statement, too")
    dialog.get_by_role("button", name="Approve").click()
    said(page, "Approved and done.")
    second.picture("funding-7-approved")
    expect(page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)

    assert funded(product) == [AMOUNT] and balance(product) == before + AMOUNT
    finance.page.goto(reseller)
    finance.picture("funding-8-reseller")
    finance.page.goto("/admin/inbox/")
    said(finance.page, "Approved")
    finance.picture("funding-9-answer")
    assert "The books are right" in proof(product)


def proof(product: Product) -> str:
    """What `check_ledger` says."""
    done = subprocess.run(
        [sys.executable, "manage.py", "check_ledger"],
        cwd=settings.BASE_DIR,
        env=product.environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
