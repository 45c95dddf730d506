"""Wallets, trial balance, daily proof, refunds, provider costs: each against the transfers read one by one."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from analytics.packs.base import Asked
from analytics.services import company_days
from analytics.services.asking import midnight
from commerce.models import Account, Transfer
from commerce.services import ledger
from tests.analytics.pack_world import (
    BERLIN,
    World,
    assert_ties,
    balance,
    book_at,
    booked,
    column,
    live_orders,
    live_transfers,
    make_world,
    sections,
    summed,
    total,
)

pytestmark = pytest.mark.django_db
REFUNDS = ("refund_sale", "refund_service_fee", "refund_delivery_fee", "refund_tax")
SPENT = {"bank", "gateway", "float", "commission", "cost", "adjustment"}


@pytest.fixture
def world() -> World:
    return make_world()


def today(**values) -> Asked:
    """One day: tomorrow, as it may be tomorrow in Berlin already."""
    day = company_days.today() + timedelta(days=1)
    return Asked(day, day, BERLIN, sees_cost=True, values=values)


def on_paper(kind: str) -> dict[str, Decimal]:
    """A balance as people say it of this kind of account."""
    sign = -1 if kind in SPENT else 1
    sums = {currency: sign * balance(kind, currency) for currency in ("EUR", "USD")}
    return {currency: amount for currency, amount in sums.items() if amount}


def test_wallet_balances_are_what_all_transfers_add_up_to(world):
    found = ages, _below, wallets = sections("wallet_balances", today())
    assert total(wallets, "Balance") == on_paper("wallet") == total(ages, "Balance")
    assert total(wallets, "Held") == {"USD": world.waiting.total}
    names = {row[0] for row in wallets.rows}
    assert {world.dollars.reseller.business_name, world.euros.reseller.business_name} <= names
    assert {row[0] for row in ages.rows} == {"Up to 30 days"}
    assert_ties(found)


def test_empty_wallets_are_there_when_asked_for_and_test_wallets_never(world):
    count = Account.objects.filter(kind="wallet", is_test=False).count()
    assert len(sections("wallet_balances", today(empty=True))[2].rows) == count
    [funded] = Account.objects.filter(is_test=True, balance__gt=0)
    assert funded.balance not in {row[3].amount for row in sections("wallet_balances", today())[2].rows}


def test_a_balance_of_a_past_day_leaves_out_what_came_later(world):
    day = date(2026, 3, 29)
    before, after = midnight(day, BERLIN), midnight(day + timedelta(days=1), BERLIN)
    account = world.euros.reseller.accounts.get(currency="EUR", is_test=False)
    Account.objects.update(created_at=before)
    for row, moment in zip(
        Transfer.objects.filter(credit_account=account, kind="funding"), [after - timedelta(seconds=1)], strict=True
    ):  # fmt: skip
        book(row, moment.astimezone(UTC))
    for who, names in (("", 1), ("reseller", 1), ("customer", 0)):
        found = sections("wallet_balances", Asked(day, day, BERLIN, values={"who": who}))
        assert len(found[2].rows) == names
        assert_ties(found)
    [row] = sections("wallet_balances", Asked(day, day, BERLIN))[2].rows
    assert (row[3].amount, row[7]) == (Decimal(500), 0)
    later = date(2026, 7, 1)
    ages = sections("wallet_balances", Asked(later, later, BERLIN))[0]
    assert [row[0] for row in ages.rows] == ["Over 90 days"]
    day_before = day - timedelta(days=1)
    assert sections("wallet_balances", Asked(day_before, day_before, BERLIN))[2].rows == []


def test_who_is_below_zero_is_told_since_when(world):
    wallet = world.dollars.wallet
    ledger.set_credit_limit(account=wallet, limit=Decimal(900), reason="Trusted")
    moments = [datetime(2026, 5, day, tzinfo=UTC) for day in (1, 10, 20)]
    Account.objects.update(created_at=moments[0])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        Transfer.objects.all().update(created_at=moments[0])
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    wallet.refresh_from_db()
    for moment, amount in zip(moments[1:], (wallet.balance + 1, Decimal(5)), strict=True):
        book(ledger.adjust(account=wallet, amount=-amount, reason="Cash paid out"), moment)
    below, wallets = sections("wallet_balances", Asked(date(2026, 6, 20), date(2026, 6, 20), BERLIN))[1:]
    assert [(row[0], row[1], row[2].amount) for row in below.rows] == [("1–30", 1, Decimal(6))]
    [row] = [row for row in wallets.rows if row[3].amount < 0]
    assert row[column(wallets, "Oldest unpaid")] == moments[1]


def test_a_wallet_that_says_something_else_than_its_transfers_is_seen(world):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        Account.objects.filter(pk=world.dollars.wallet.pk).update(balance=999)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    assert not sections("wallet_balances", today())[0].proofs[0].ties
    for key in ("trial_balance", "daily_proof"):
        broken = [proof.label for one in sections(key) for proof in one.proofs if not proof.ties]
        assert broken == ["Wallets say the same of themselves"], key


def test_the_trial_balance_has_every_account_and_both_sides_are_the_same(world):
    [found] = sections("trial_balance")
    assert total(found, "Debits") == total(found, "Credits")
    assert total(found, "Closing, debit") == total(found, "Closing, credit")
    moved = {"EUR": Decimal(0), "USD": Decimal(0)}
    for row in live_transfers():
        moved[row.currency] += row.amount
    assert total(found, "Debits") == moved
    closing = {}
    for name, *_others, debit, credit in found.rows:
        kind = name.split(" · ")[0]
        key = (kind, debit.currency)
        closing[key] = closing.get(key, Decimal(0)) + credit.amount - debit.amount
    for kind in Account.Kind:
        for currency in ("EUR", "USD"):
            assert closing.get((str(kind.label), currency), Decimal(0)) == balance(kind, currency)
    assert_ties([found])


def test_accounts_kept_for_a_provider_are_called_by_its_name(world):
    [found] = sections("trial_balance")
    names = {name for name, *_amounts in found.rows}
    assert f"Provider float · {world.dollars.provider.name}" in names


def test_a_period_opens_with_what_was_before_it(world):
    day = date(2026, 3, 29)
    book_at(midnight(day, BERLIN).astimezone(UTC) - timedelta(seconds=1), order=world.part_refunded)
    [found] = sections("trial_balance", Asked(day, day, BERLIN))
    assert total(found, "Debits") == {}
    assert total(found, "Opening, debit") == total(found, "Closing, debit") != {}
    revenue = next(row for row in found.rows if row[0] == "Revenue")
    assert revenue[2].amount == booked(world.part_refunded, "sale") - booked(
        world.part_refunded, "refund_sale"
    )
    proofs = {proof.label: proof.ties for proof in found.proofs}
    assert proofs["Movements tie to the ledger"]
    assert proofs["Debits and credits are the same"]


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_the_daily_proof_carries_each_closing_to_the_next_day(world, day):
    begin = midnight(day, BERLIN).astimezone(UTC)
    end = midnight(day + timedelta(days=1), BERLIN).astimezone(UTC)
    book_at(begin, order=world.part_refunded)
    book_at(end - timedelta(seconds=1), order=world.refunded)
    book_at(end, order=world.reversed)
    of_it = Asked(day - timedelta(days=1), day + timedelta(days=1), BERLIN, sees_cost=True)
    [found] = sections("daily_proof", of_it)
    assert {row[0] for row in found.rows} == {day + timedelta(days=number) for number in (-1, 0, 1)}
    running = {}
    for _day, account, opening, came, went, closing in found.rows:
        key = (account, opening.currency)
        assert opening.amount == running.get(key, opening.amount)
        assert opening.amount + came.amount - went.amount == closing.amount
        running[key] = closing.amount
    fees = {row[0]: row[3].amount for row in found.rows if row[1] == "Service fees"}
    two = [booked(order, "service_fee") for order in (world.part_refunded, world.refunded)]
    third = booked(world.reversed, "service_fee")
    assert list(fees.values()) == [Decimal(0), sum(two), third]
    broken = [proof.label for proof in found.proofs if not proof.ties]
    assert broken == []


def test_the_daily_proof_ends_with_what_all_transfers_add_up_to(world):
    [found] = sections("daily_proof")
    last = max(row[0] for row in found.rows)
    closing = {(row[1], row[5].currency): row[5].amount for row in found.rows if row[0] == last}
    for kind in Account.Kind:
        for currency, amount in on_paper(kind).items():
            assert closing[str(kind.label), currency] == amount
    assert_ties([found])


def test_refunds_are_listed_with_their_parts_and_reasons(world):
    by_day, by_brand, each, payouts = found = sections("refunds")
    for one in (by_day, by_brand, each):
        assert total(one, "Refunded") == summed(lambda order: booked(order, *REFUNDS))
        assert total(one, "Price") == summed(lambda order: booked(order, "refund_sale"))
        assert total(one, "Tax") == summed(lambda order: booked(order, "refund_tax"))
        assert total(one, "Commission taken back") == summed(lambda order: booked(order, "commission_back"))
    rows = {row[1]: row for row in each.rows}
    assert len(each.rows) == 4 == total(by_day, "Refunds")[""]
    assert rows[world.part_refunded.order_number][column(each, "Reason")] == "Came late"
    assert rows[world.reversed.order_number][column(each, "Type")] == "Reversal"
    assert rows[world.refunded.order_number][column(each, "Buyer")] == world.dollars.reseller.business_name
    assert world.tested.order_number not in rows
    assert payouts.rows == []
    assert_ties(found)


def test_a_refund_of_another_day_is_not_among_them(world):
    book_at(datetime(2026, 5, 5, tzinfo=UTC), order=world.part_refunded)
    each = sections("refunds")[2]
    assert world.part_refunded.order_number not in {row[1] for row in each.rows}
    day = date(2026, 5, 5)
    found = sections("refunds", Asked(day, day, BERLIN))
    assert total(found[0], "Refunded") == {"USD": Decimal("3.33")}
    assert_ties(found)


def test_costs_and_floats_are_what_the_calls_and_the_ledger_say(world):
    bank = ledger.company_account("bank", "USD")
    account = ledger.company_account("float", "USD", code=world.dollars.provider.code)
    ledger.post([ledger.Movement(Transfer.Kind.FLOAT_FUNDING, account, bank, Decimal(600))])
    costs, floats = found = sections("provider_costs")
    assert total(costs, "Cost") == summed(lambda order: booked(order, "cost"))
    paid = [order for order in live_orders() if booked(order, "cost")]
    assert total(costs, "Deliveries") == {"": len(paid)}
    assert total(costs, "Price of the same") == summed(lambda order: order.price, paid)
    assert total(floats, "Given back") == summed(lambda order: booked(order, "cost_back"))
    assert total(floats, "Paid in") == {"USD": Decimal(600)}
    assert total(floats, "Closing") == on_paper("float")
    assert_ties(found)


def test_cost_of_a_call_that_is_not_booked_is_seen(world):
    world.part_refunded.attempts.update(cost=Decimal("1.11"))
    assert [proof.ties for proof in sections("provider_costs")[0].proofs] == [False]


@pytest.mark.parametrize(
    "key", ["wallet_balances", "trial_balance", "daily_proof", "refunds", "provider_costs"]
)
def test_an_empty_ledger_is_an_empty_report(key):
    found = sections(key, today())
    assert all(section.rows == [] and section.chart is None for section in found)
    assert_ties(found)


def book(row: Transfer, moment: datetime) -> None:
    """A transfer was written then."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        Transfer.objects.filter(pk=row.pk).update(created_at=moment)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
