"""The pages of accounts: a wallet's at once, a company account's summed when its page is open."""

from decimal import Decimal

import pytest
from django.urls import reverse

from commerce.models import Account, Transfer
from core.money import format_money
from tests.commerce.imports import signed_in
from tests.factories_orders import Shop, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    shop = make_shop(funds=1000)
    shop.delivered()
    return shop


def of_company(kind: str) -> Account:
    return Account.objects.get(kind=kind)


def test_a_wallets_page_shows_its_figures_and_its_movements_newest_first(shop: Shop) -> None:
    wallet = shop.reseller.accounts.get(kind="wallet", is_test=False, currency="USD")
    page = signed_in("finance").get(reverse("admin:commerce_account_change", args=[wallet.pk]))
    assert format_money(wallet.balance, "USD") in page.content.decode()
    moved = [str(row.cells[0].value) for row in page.context["movements"].rows]
    assert "Funding" in moved[-1] and len(moved) >= 2


def test_a_company_accounts_page_asks_for_the_sum_of_its_transfers(shop: Shop) -> None:
    revenue = of_company("revenue")
    client = signed_in("finance")
    panel = reverse("admin:commerce_account_company", args=[revenue.pk])
    assert (
        f'hx-get="{panel}"'
        in client.get(reverse("admin:commerce_account_change", args=[revenue.pk])).content.decode()
    )
    earned = sum(Transfer.objects.filter(credit_account=revenue).values_list("amount", flat=True), Decimal(0))
    answer = client.get(panel)
    assert earned > 0 and format_money(earned, "USD") in answer.content.decode()
    assert len(answer.context["movements"].rows) == 1


def test_what_we_pay_stays_with_those_who_may_see_costs(shop: Shop) -> None:
    cost = reverse("admin:commerce_account_company", args=[of_company("cost").pk])
    assert signed_in("finance").get(cost).status_code == 200
    assert signed_in("support").get(cost).status_code == 404
    assert signed_in("moderator").get(cost).status_code == 403
