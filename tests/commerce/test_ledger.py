"""Money moves through transfers; wallets know what they hold."""

from decimal import Decimal

import pytest

from commerce.models import Account, Transfer
from commerce.services import ledger
from commerce.services.proof import prove
from core.exceptions import Conflict, InvalidInput
from core.models import Event
from tests.factories_parties import ResellerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def wallet() -> Account:
    return ledger.wallet_for(party=ResellerFactory(), currency="USD")


def test_funding_moves_money_from_the_bank_to_the_wallet(wallet: Account) -> None:
    transfer = ledger.fund(account=wallet, amount=Decimal("250.50"), reason="Wire 7")

    wallet.refresh_from_db()
    assert wallet.balance == Decimal("250.50")
    assert (transfer.debit_account.kind, transfer.credit_account_id) == ("bank", wallet.pk)


def test_a_transfer_remembers_what_the_wallet_held_afterwards(wallet: Account) -> None:
    for amount in (100, 50):
        ledger.fund(account=wallet, amount=Decimal(amount), reason="Wire")

    after = Transfer.objects.order_by("id").values_list("credit_balance_after", "debit_balance_after")
    assert list(after) == [(Decimal(100), None), (Decimal(150), None)]


def test_the_same_bank_reference_funds_a_wallet_once(wallet: Account) -> None:
    ledger.fund(account=wallet, amount=Decimal(10), reason="Wire", external_reference="BANK-1")

    with pytest.raises(Conflict) as refused:
        ledger.fund(account=wallet, amount=Decimal(10), reason="Wire", external_reference="BANK-1")

    wallet.refresh_from_db()
    assert (refused.value.code, refused.value.field, wallet.balance) == (
        "duplicate_reference",
        "external_reference",
        10,
    )


@pytest.mark.parametrize("amount", ["0", "-5", "0.001", "1e12"])
def test_an_amount_that_is_no_payment_is_refused_and_nothing_moves(wallet: Account, amount: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        ledger.fund(account=wallet, amount=Decimal(amount), reason="Wire")

    assert refused.value.field == "amount"
    assert not Transfer.objects.exists()


def test_an_adjustment_can_take_money_but_never_below_the_limit(wallet: Account) -> None:
    ledger.fund(account=wallet, amount=Decimal(10), reason="Wire")
    ledger.adjust(account=wallet, amount=Decimal(-4), reason="Booked twice")

    with pytest.raises(InvalidInput) as refused:
        ledger.adjust(account=wallet, amount=Decimal("-6.01"), reason="Too much")

    wallet.refresh_from_db()
    assert (refused.value.code, wallet.balance) == ("insufficient_credit", 6)


def test_an_adjustment_needs_a_reason(wallet: Account) -> None:
    with pytest.raises(InvalidInput) as refused:
        ledger.adjust(account=wallet, amount=Decimal(1), reason=" ")

    assert (refused.value.code, refused.value.field) == ("reason_required", "reason")


def test_a_credit_limit_lets_a_wallet_be_spent_below_zero(wallet: Account) -> None:
    ledger.set_credit_limit(account=wallet, limit=Decimal(5), reason="Good customer")

    ledger.adjust(account=wallet, amount=Decimal(-5), reason="Fee")

    wallet.refresh_from_db()
    assert (wallet.balance, wallet.available) == (-5, 0)


def test_a_credit_limit_in_use_cannot_be_taken_away(wallet: Account) -> None:
    ledger.set_credit_limit(account=wallet, limit=Decimal(5), reason="Good customer")
    ledger.adjust(account=wallet, amount=Decimal(-3), reason="Fee")

    with pytest.raises(InvalidInput) as refused:
        ledger.set_credit_limit(account=wallet, limit=Decimal("2.99"), reason="Not any more")

    assert (refused.value.code, refused.value.field) == ("credit_limit_in_use", "limit")


def test_a_change_of_the_limit_is_told_with_before_and_after(wallet: Account) -> None:
    ledger.set_credit_limit(account=wallet, limit=Decimal(5), reason="Good customer")

    event = Event.objects.get(kind="wallet.credit_limit_changed")
    assert (event.data["before"], event.data["after"], event.data["reason"]) == ("0.00", "5", "Good customer")


def test_company_accounts_cannot_be_funded() -> None:
    revenue = ledger.company_account(Account.Kind.REVENUE, "USD")

    with pytest.raises(InvalidInput) as refused:
        ledger.fund(account=revenue, amount=Decimal(1), reason="No")

    assert refused.value.code == "not_a_wallet"


def test_a_party_has_one_wallet_a_currency_and_mode() -> None:
    reseller = ResellerFactory()

    first = ledger.wallet_for(party=reseller, currency="EUR")
    again = ledger.wallet_for(party=reseller, currency="EUR")
    test = ledger.wallet_for(party=reseller, currency="EUR", is_test=True)

    assert first == again != test


def test_the_books_are_right_after_all_of_it(wallet: Account) -> None:
    ledger.fund(account=wallet, amount=Decimal(10), reason="Wire")
    ledger.adjust(account=wallet, amount=Decimal(-4), reason="Booked twice")

    assert prove().right
